/* listener.h: a socket that connections come in by. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "net/admit.h"
#include "net/ban.h"
#include "net/conn.h"

struct listener;

/* A new connection: take fd with conn_open(), or return -1 with errno and it is closed. */
typedef int listener_fn(struct listener *ls, int fd, const struct addr *peer);

struct listener {
    struct watch watch;
    struct conns *conns;
    struct timer timer; /* ends a pause, or says what was refused meanwhile */
    listener_fn *fn;
    void *arg;
    const char *name;  /* the protocol, for the log */
    const char *busy;  /* what a client that is refused is told; "" = nothing */
    struct addr addr;  /* as bound: port 0 has become a real one */
    bool admit;        /* counts against the limits */
    bool client_first; /* the kernel keeps who says nothing, for a second at most */
    bool kept;         /* may have the descriptors that loop_has_room() keeps */
    bool paused;
    unsigned refused_since;
    char refused_why[64];
};

/* Binds and listens. -1 with the reason, which names the address, in why. The rest of *ls, `fn` to
 * `admit`, is the caller's to set before. */
int listener_open(struct listener *ls, struct conns *cs, const struct addr *addr, struct buf *why);
/* The same for a Unix socket, only for our own user. At path there may be a socket that nobody
 * listens at any more, but nothing else. */
int listener_open_unix(struct listener *ls, struct conns *cs, const char *path, struct buf *why);
/* Takes over a socket that listens already (socket activation). */
int listener_adopt(struct listener *ls, struct conns *cs, int fd, struct buf *why);
/* Stops listening. Harmless when it is not open (watch.fd < 0). */
void listener_close(struct listener *ls);

#endif
