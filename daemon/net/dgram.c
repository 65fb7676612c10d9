#include "net/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TURN_DATAGRAMS = 64,
    SOCKET_BYTES = 1 << 20, /* what the kernel may hold for us, either way */
};

static void on_ready(struct watch *w, unsigned events)
{
    struct dgram *d = container_of(w, struct dgram, watch);
    char p[DGRAM_MAX];
    (void)events;
    for (int i = 0; i < TURN_DATAGRAMS && w->fd >= 0; i++) {
        struct addr from = {.len = sizeof from.v6};
        const ssize_t n = recvfrom(w->fd, p, sizeof p, MSG_TRUNC, &from.sa, &from.len);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            continue; /* an ICMP error about something we sent */
        const bool cut = (size_t)n > sizeof p;
        d->fn(d, p, cut ? sizeof p : (size_t)n, cut, &from);
    }
}

int dgram_adopt(struct dgram *d, struct loop *l, int fd, struct buf *why)
{
    d->loop = l;
    d->watch = (struct watch){.fd = fd, .fn = on_ready, .name = "udp"};
    (void)addr_local(&d->addr, fd);
    if (loop_watch(l, &d->watch, LOOP_READ) == 0)
        return 0;
    buf_addf(why, "cannot wait for datagrams: %s", strerror(errno));
    d->watch.fd = -1;
    return -1;
}

int dgram_open(struct dgram *d, struct loop *l, const struct addr *addr, struct buf *why)
{
    char text[PEER_TEXT_MAX];
    const int on = 1, bytes = SOCKET_BYTES;
    d->watch.fd = -1;
    const int fd = socket(addr->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && addr->sa.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (fd >= 0 && bind(fd, &addr->sa, addr->len) == 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        if (dgram_adopt(d, l, fd, why) == 0)
            return 0;
    } else {
        addr_text(addr, text);
        buf_addf(why, "cannot listen on %s (udp): %s", text, strerror(errno));
    }
    if (fd >= 0) {
        const int saved = errno;
        close(fd);
        errno = saved;
    }
    return -1;
}

int dgram_send(struct dgram *d, const struct addr *to, const void *p, size_t n)
{
    return sendto(d->watch.fd, p, n, MSG_NOSIGNAL, &to->sa, to->len) < 0 ? -1 : 0;
}

void dgram_close(struct dgram *d)
{
    if (d->watch.fd < 0)
        return;
    loop_unwatch(d->loop, &d->watch);
    close(d->watch.fd);
    d->watch.fd = -1;
}
