/* ftp_passive.c: PASV and EPSV: the client connects to us, and nobody else does (RFC 2577, 4 and
 * 8). */
#include "net/advertise.h"
#include "serve/ftp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Where no range is configured: the dynamic ports (RFC 6335, 6). Asking the kernel for any port
 * takes it long when many are in TIME_WAIT; naming one does not. */
static const struct ftp_ports dynamic_ports = {49152, 65535 - 49152 + 1};
enum { DYNAMIC_TRIES = 32 };

static void note_stranger(struct ftp *s, const struct addr *peer)
{
    char control[PEER_TEXT_MAX], other[PEER_TEXT_MAX];
    struct log *log = ftp_serve(s)->log;
    addr_text(&s->control->peer, control);
    addr_text(peer, other);
    ftp_serve(s)->metrics->ftp_strangers++;
    if (s->stranger_noted) /* a line for each would be a way to fill the disk */
        return;
    s->stranger_noted = true;
    log_say(log, LOG_WARN,
            "event=stranger proto=ftp sid=%llu peer=%s data connection from %s refused",
            (unsigned long long)s->control->id, control, other);
}

/* One connection, from the peer; anybody else's is closed and the true one still waited for. */
static int on_accept(struct listener *ls, int fd, const struct addr *peer)
{
    struct ftp *s = ls->arg;
    if (!addr_same_ip(peer, &s->control->peer)) {
        note_stranger(s, peer);
        close(fd);
        return 0;
    }
    if (!ftp_open_data(s, fd, peer, false))
        return -1;
    listener_close(ls);
    s->channel = FTP_NO_CHANNEL;
    timer_clear(&s->control->loop->timers, &s->data_timer);
    ftp_protect(s); /* some clients begin before they say what for */
    if (s->connecting)
        ftp_transfer_begin(s);
    return 0;
}

/* True when it listens; false with errno. */
static bool listen_at(struct ftp *s, struct addr *at, unsigned port)
{
    struct buf why = {0};
    addr_set_port(at, port);
    const bool ok = listener_open(&s->listener, ftp_serve(s)->conns, at, &why) == 0;
    buf_free(&why);
    return ok;
}

/* Listens at the address that the client came in by, on a random port of the range. False with
 * errno. */
static bool listen_for_data(struct ftp *s)
{
    struct addr at;
    struct ftp_ports ports;
    s->listener = (struct listener){.fn = on_accept, .arg = s, .name = "ftp-data", .busy = ""};
    if (!addr_local(&at, s->control->watch.fd))
        return false;
    addr_unmap(&at);
    const bool any = !ftp_ports_parse(&ports, ftp_conf(s)->passive_ports) || ports.count == 0;
    if (any)
        ports = dynamic_ports;
    const unsigned start = ftp_ports_start(s), tries = any ? DYNAMIC_TRIES : ports.count;
    bool ok = false;
    errno = EADDRINUSE;
    for (unsigned i = 0; i < tries && !ok && errno == EADDRINUSE; i++)
        ok = listen_at(s, &at, ftp_ports_at(&ports, start, i));
    if (!ok && any && errno == EADDRINUSE)
        ok = listen_at(s, &at, 0);
    return ok;
}

/* Takes the place of the channel before. False, with the reply given, when there is no port. */
static bool open_channel(struct ftp *s)
{
    ftp_close_channel(s);
    s->stranger_noted = false;
    if (listen_for_data(s)) {
        s->channel = FTP_PASSIVE;
        return true;
    }
    if (errno == EADDRINUSE)
        ftp_reply(s, 425, "No port is free for a data connection; try again later.");
    else
        ftp_reply(s, 425, "No data connection can be had: %s.", strerror(errno));
    return false;
}

void ftp_pasv(struct ftp *s, struct str arg)
{
    struct addr at;
    (void)arg;
    if (ftp_refused_by_epsv_all(s))
        return;
    if (addr_bytes(&s->control->peer).n != 4) {
        ftp_reply(s, 425, "PASV is for IPv4; use EPSV.");
        return;
    }
    if (!open_channel(s))
        return;
    if (!advertise_find(ftp_conf(s)->passive_address, &s->control->peer, &at))
        at = s->listener.addr;
    const unsigned char *b = (const unsigned char *)addr_bytes(&at).p;
    const unsigned port = addr_port(&s->listener.addr);
    ftp_reply(s, 227, "Entering passive mode (%u,%u,%u,%u,%u,%u).", b[0], b[1], b[2], b[3],
              port >> 8, port & 255);
}

void ftp_epsv(struct ftp *s, struct str arg)
{
    const bool v4 = addr_bytes(&s->control->peer).n == 4;
    if (arg.p != NULL && str_ieq(arg, "ALL")) {
        s->epsv_only = true;
        ftp_reply(s, 200, "EPSV ALL accepted.");
        return;
    }
    if (arg.n > 0 && !str_eq(arg, v4 ? "1" : "2")) {
        ftp_reply(s, 522, "Network protocol not supported, use (%d)", v4 ? 1 : 2);
        return;
    }
    if (open_channel(s))
        ftp_reply(s, 229, "Entering extended passive mode (|||%u|)", addr_port(&s->listener.addr));
}
