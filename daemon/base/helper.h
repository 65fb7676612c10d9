/* helper.h: what a process of ours is made of that owns something the loop must not wait for. As
 * bytes go both ways, the two halves need not know how: sys/helper runs them. */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include "base/buf.h"
#include "base/text.h"

enum { HELPER_FD = 4 }; /* the descriptor that the helper was given, as it has it */

struct helper_ops {
    const char *name; /* of the process */

    /* --- in the helper --- */

    /* Its state, made of `arg` as that was when it was forked; NULL ends it. */
    void *(*begin)(const void *arg);
    /* Takes what is whole off `in`, and adds to out. */
    void (*input)(void *state, struct buf *in, struct buf *out);
    /* Nothing more has come: does a piece of its own work. In how many ms it wants to do the next,
     * if nothing comes before; -1: not at all. */
    int (*idle)(void *state, struct buf *out);
    /* Nothing will come any more. */
    void (*end)(void *state);

    /* --- in agentd --- */

    /* The bytes to be sent next: none, when n is 0. They stay until sent() tells that the first n
     * of them have gone. */
    struct str (*output)(void *arg);
    void (*sent)(void *arg, size_t n);
    /* Takes what is whole off `in`; -1 when that makes no sense. */
    int (*heard)(void *arg, struct buf *in);
    /* It has ended; what it had not answered, it never will. Another one may begin. */
    void (*lost)(void *arg);
};

#endif
