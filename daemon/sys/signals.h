/* signals.h: signals as events of the loop. The handler only notes the number and writes to a pipe.
 */
#ifndef SYS_SIGNALS_H
#define SYS_SIGNALS_H

/* Catches TERM, INT, HUP, USR1 and CHLD, ignores PIPE; SEGV, BUS, FPE, ILL and ABRT write a trace
 * to stderr and then do what they do. The descriptor that becomes readable, or -1. */
int signals_open(void);
/* A signal that has come since the last time, or 0 when there is none left. */
int signals_take(int fd);
/* As a new process has them, for a child; closes the pipe. */
void signals_reset(void);

#endif
