/* helper.h: runs a process of ours (base/helper.h) beside the loop: forks it, carries bytes to it
 * and from it without waiting, and begins it anew when it has died, after a pause that grows. It
 * ends when our end of its socket does, and not before it has done what it was given. */
#ifndef SYS_HELPER_H
#define SYS_HELPER_H

#include "base/helper.h"
#include "base/log.h"

#include <sys/types.h>

struct helper;

/* Told whenever there is a descriptor to watch for reading, and, with write, for writing; -1 when
 * it is about to be closed. */
typedef void helper_watch_fn(void *arg, int fd, bool write);

struct helper_setup {
    const struct helper_ops *ops;
    void *ops_arg;
    int fd; /* to be handed down; -1 = none */
    struct log *log;
    helper_watch_fn *watch;
    void *watch_arg;
};

/* NULL when memory is out. Nothing runs until helper_want(). */
struct helper *helper_new(const struct helper_setup *setup);
/* Begins it; or lets it end, when it has done what it was given. */
void helper_want(struct helper *h, bool on, int64_t now);
/* Sends what there is to send, as far as the socket takes it. */
void helper_flush(struct helper *h);
/* Its descriptor is ready for reading, or writing. */
void helper_ready(struct helper *h);
/* Begins one that has died, if its pause is over. Call about once a second; now: monotonic ms. */
void helper_tick(struct helper *h, int64_t now);
/* A child has ended; true when it was this one. */
bool helper_ended(struct helper *h, pid_t pid, int status, int64_t now);
/* Sends what is left, lets it end and waits for that, for at most ms; frees h. */
void helper_stop(struct helper *h, int ms);

#endif
