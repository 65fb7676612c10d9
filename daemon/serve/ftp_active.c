/* ftp_active.c: PORT and EPRT: we connect to the client, and to nobody else (RFC 2577, 3). */
#include "serve/ftp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT_LEAST = 1024, /* of a client's data port: lower ones are other services (RFC 2577, 3) */
    PORT_TRIES = 100,  /* ports of our own range, of which few are taken for the same peer */
};

/* By IPv6 on loopback, lftp names any address (|2|::|), and means its own. */
static bool is_own(const struct addr *a, const struct addr *peer)
{
    return addr_same_ip(a, peer) ||
           (addr_bytes(peer).n == 16 && addr_bytes(a).n == 16 && addr_is_any(a));
}

/* No bounce: to the client itself only, and to no service of its own. */
static void set_target(struct ftp *s, const struct ftp_addr *to, const char *verb)
{
    struct addr a;
    if (!addr_parse_ip(&a, str_of(to->ip), to->port) || (a.sa.sa_family == AF_INET6) != to->v6) {
        ftp_reply(s, 501, "That is no IPv%d address.", to->v6 ? 6 : 4);
        return;
    }
    if (!is_own(&a, &s->control->peer) || to->port < PORT_LEAST) {
        ftp_reply(s, 500, "Illegal %s command: not your address, or a port below %d.", verb,
                  PORT_LEAST);
        return;
    }
    ftp_close_channel(s);
    s->target = s->control->peer;
    addr_unmap(&s->target);
    addr_set_port(&s->target, to->port);
    s->channel = FTP_ACTIVE;
    ftp_reply(s, 200, "%s command successful.", verb);
}

void ftp_port(struct ftp *s, struct str arg)
{
    struct ftp_addr to;
    if (ftp_refused_by_epsv_all(s))
        return;
    if (ftp_port_parse(&to, arg))
        set_target(s, &to, "PORT");
    else
        ftp_reply(s, 501, "Syntax: PORT h1,h2,h3,h4,p1,p2");
}

void ftp_eprt(struct ftp *s, struct str arg)
{
    struct ftp_addr to;
    unsigned proto;
    if (ftp_refused_by_epsv_all(s))
        return;
    if (ftp_eprt_parse(&to, arg, &proto))
        set_target(s, &to, "EPRT");
    else if (proto > 2)
        ftp_reply(s, 522, "Network protocol not supported, use (1,2)");
    else
        ftp_reply(s, 501, "Syntax: EPRT |1|132.235.1.2|6275|");
}

/* --- getting it going --- */

/* A socket bound to that port of ours, which others may share to reach other peers: two connections
 * only have to differ in one of their ends. Port 0 is any. -1 with errno. */
static int open_from(const struct ftp *s, unsigned port)
{
    struct addr from;
    const int on = 1;
    const int fd = socket(s->target.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!addr_local(&from, s->control->watch.fd))
        return fd;
    addr_unmap(&from); /* as the target is */
    addr_set_port(&from, port);
    if (bind(fd, &from.sa, from.len) == 0 || port == 0)
        return fd;
    const int err = errno;
    close(fd);
    errno = err;
    return -1;
}

/* From one port. False with errno: EADDRINUSE, EADDRNOTAVAIL when that is taken for this peer. */
static bool connect_from(struct ftp *s, unsigned port)
{
    const int fd = open_from(s, port);
    if (fd < 0)
        return false;
    if ((connect(fd, &s->target.sa, s->target.len) == 0 || errno == EINPROGRESS) &&
        ftp_open_data(s, fd, &s->target, true))
        return true;
    const int err = errno;
    close(fd);
    errno = err;
    return false;
}

static void note_no_port(struct ftp *s, int err)
{
    if (s->no_port_noted)
        return;
    s->no_port_noted = true;
    log_say(ftp_serve(s)->log, LOG_WARN,
            "event=no-active-port proto=ftp sid=%llu active_ports=%s reason=\"%s\"",
            (unsigned long long)s->control->id, ftp_conf(s)->active_ports, strerror(err));
}

bool ftp_connect_to_client(struct ftp *s)
{
    struct ftp_ports ports;
    bool ok = false;
    s->channel = FTP_NO_CHANNEL;
    if (!ftp_ports_parse(&ports, ftp_conf(s)->active_ports) || ports.count == 0)
        return connect_from(s, 0);
    const unsigned start = ftp_ports_start(s);
    const unsigned tries = ports.count < PORT_TRIES ? ports.count : PORT_TRIES;
    errno = EADDRINUSE;
    for (unsigned i = 0; i < tries && !ok && (errno == EADDRINUSE || errno == EADDRNOTAVAIL); i++)
        ok = connect_from(s, ftp_ports_at(&ports, start, i));
    if (!ok && (errno == EADDRINUSE || errno == EADDRNOTAVAIL || errno == EACCES))
        note_no_port(s, errno);
    return ok;
}
