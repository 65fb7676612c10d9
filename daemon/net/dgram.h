/* dgram.h: a UDP socket. */
#ifndef NET_DGRAM_H
#define NET_DGRAM_H

#include "net/addr.h"
#include "net/loop.h"

enum { DGRAM_MAX = 1024 }; /* bytes of one datagram that are looked at; WIRE.md */

struct dgram;
/* One datagram, cut to DGRAM_MAX; `cut` tells whether it was. */
typedef void dgram_fn(struct dgram *d, const char *p, size_t n, bool cut, const struct addr *from);

struct dgram {
    struct watch watch;
    struct loop *loop;
    dgram_fn *fn;
    void *arg;
    struct addr addr; /* as bound */
};

/* Binds. -1 with the reason, which names the address, in why. fn and arg are set before. */
int dgram_open(struct dgram *d, struct loop *l, const struct addr *addr, struct buf *why);
/* Takes over a socket that is bound already (socket activation). */
int dgram_adopt(struct dgram *d, struct loop *l, int fd, struct buf *why);
/* Tries once; -1 when the datagram was dropped. */
int dgram_send(struct dgram *d, const struct addr *to, const void *p, size_t n);
void dgram_close(struct dgram *d);

#endif
