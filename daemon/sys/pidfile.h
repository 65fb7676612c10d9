/* pidfile.h: who runs. The lock on the file decides, for as long as the process lives; the number
 * in it only tells who. */
#ifndef SYS_PIDFILE_H
#define SYS_PIDFILE_H

#include "base/buf.h"

#include <sys/types.h>

/* Opens and locks path and writes our pid. The descriptor, or -1 with the reason in why ("already
 * running as pid 42"); then nothing was touched. */
int pidfile_take(const char *path, struct buf *why);
/* Removes the file and gives up the lock. */
void pidfile_drop(int fd, const char *path);
/* The pid that holds the lock; 0 when nobody does, -1 when that cannot be told (reason in why). */
pid_t pidfile_holder(const char *path, struct buf *why);
/* Sends the holder SIGTERM and waits up to timeout_ms for its end; then kills it and waits a little
 * more. Never signals a process that does not hold the file. 0: it has ended, or nobody ran; -1
 * with the reason in why. */
int pidfile_stop(const char *path, int timeout_ms, struct buf *why);

#endif
