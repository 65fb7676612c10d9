/* daemonize.h: from a program that somebody started to a daemon: daemon(7), the SysV steps. */
#ifndef SYS_DAEMONIZE_H
#define SYS_DAEMONIZE_H

#include "base/buf.h"

#include <stdbool.h>

/* Descriptors 0 to 2 are open behind this: on /dev/null, where the caller left them closed. */
void daemonize_stdio(void);
/* Puts right what the caller left behind: descriptors from 3 on are closed (but those of socket
 * activation, 3 to 2 + keep_fds), signals as a new process has them, umask 027. */
void daemonize_clean(int keep_fds);
/* Forks twice, with setsid between (libdaemon). True in the daemon: stdin and stdout are /dev/null,
 * stderr is still the caller's, cwd is /. False in the process that was started: it has waited
 * until daemonize_ready(), and shall exit with *status. */
bool daemonize(int *status);
/* Tells the process that waits to exit with status. Call once, in the daemon. */
void daemonize_ready(int status);
/* Tells systemd, if that started us, that we are ready (sd_notify(3)). */
void daemonize_notify(void);

#endif
