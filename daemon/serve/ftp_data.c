/* ftp_data.c: data connections: only to and from the control connection's peer (RFC 2577). */
#include "base/escape.h"
#include "serve/ftp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT_LEAST = 1024, /* of a client's data port: lower ones are other services (RFC 2577, 3) */
    /* Where no range is configured: the dynamic ports (RFC 6335, 6). Asking the kernel for any port
     * takes it long when many are in TIME_WAIT; naming one does not. */
    DYNAMIC_LOW = 49152,
    DYNAMIC_HIGH = 65535,
    DYNAMIC_TRIES = 32,
};

/* --- its end of the conn --- */

/* Only for an upload: otherwise it is never read, so that a client may close its sending side. */
static int data(struct conn *c)
{
    if (c->in.len > 0)
        ftp_transfer_take(c->session, buf_data(&c->in), c->in.len);
    buf_clear(&c->in);
    return 0;
}

static bool piped(struct conn *c, int pipe, size_t n)
{
    return ftp_transfer_splice(c->session, pipe, n);
}

static void drain(struct conn *c)
{
    struct ftp *s = c->session;
    if (s->connecting)
        ftp_transfer_begin(s); /* connected */
    else if (s->shaking)
        ftp_transfer_protected(s);
    else if (ftp_uses_data(s))
        ftp_transfer_step(s);
}

static void timeout(struct conn *c)
{
    const struct ftp *s = c->session;
    const int64_t idle = ftp_serve(s)->conf->limits->idle_timeout;
    const int64_t last = c->last_rx > c->last_tx ? c->last_rx : c->last_tx;
    const int64_t left = last + idle - c->loop->clock.mono;
    if (left > 0 && !c->connecting)
        conn_deadline(c, left);
    else
        conn_close(c, CLOSE_TIMEOUT);
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct ftp *s = c->session;
    if (s == NULL || s->data != c)
        return; /* the session has let go of it */
    s->data = NULL;
    s->cut = c->cut;
    if (ftp_uses_data(s))
        ftp_transfer_closed(s, c->connecting ? CLOSE_TIMEOUT : reason);
}

static const struct conn_ops data_ops = {
    .name = "ftp-data",
    .in_max = 256 << 10,
    .data = data,
    .drain = drain,
    .timeout = timeout,
    .closed = closed,
    .piped = piped,
};

/* --- the channel --- */

void ftp_close_channel(struct ftp *s)
{
    if (s->channel == FTP_PASSIVE)
        listener_close(&s->listener);
    s->channel = FTP_NO_CHANNEL;
    if (s->data != NULL) {
        struct conn *c = s->data;
        s->data = NULL;
        c->session = NULL;
        conn_limit(c, NULL);
        conn_close(c, CLOSE_DONE);
    }
    timer_clear(&s->control->loop->timers, &s->data_timer);
}

static bool open_data(struct ftp *s, int fd, const struct addr *peer, bool connecting)
{
    s->data = conn_open(ftp_serve(s)->conns, fd, &data_ops, s, peer, connecting);
    if (s->data == NULL)
        return false;
    const struct conf_limits *limits = ftp_serve(s)->conf->limits;
    conn_pause(s->data);
    serve_limit(ftp_serve(s), s->data, s->account, &s->control->peer);
    conn_deadline(s->data, connecting ? limits->request_timeout : limits->idle_timeout);
    return true;
}

static void note_stranger(struct ftp *s, const struct addr *peer)
{
    char control[PEER_TEXT_MAX], other[PEER_TEXT_MAX];
    struct log *log = ftp_serve(s)->log;
    addr_text(&s->control->peer, control);
    addr_text(peer, other);
    ftp_serve(s)->metrics->ftp_strangers++;
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
    if (!open_data(s, fd, peer, false))
        return -1;
    listener_close(ls);
    s->channel = FTP_NO_CHANNEL;
    timer_clear(&s->control->loop->timers, &s->data_timer);
    ftp_protect(s); /* some clients begin before they say what for */
    if (s->connecting)
        ftp_transfer_begin(s);
    return 0;
}

bool ftp_parse_ports(const char *text, unsigned *low, unsigned *high)
{
    struct str rest = str_of(text), a;
    uint64_t from, to;
    *low = *high = 0;
    if (text[0] == '\0')
        return true;
    if (!str_split(&rest, '-', &a) || !text_number(str_trim(a), 65535, &from))
        return false;
    to = from;
    if (rest.p != NULL && !text_number(str_trim(rest), 65535, &to))
        return false;
    *low = (unsigned)from;
    *high = (unsigned)to;
    return from > 0 && from <= to;
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

/* Listens at the address that the client came in by, on a random port of the range. */
static bool listen_for_data(struct ftp *s)
{
    struct addr at;
    unsigned low, high, start = 0;
    ftp_close_channel(s);
    s->listener = (struct listener){.fn = on_accept, .arg = s, .name = "ftp-data", .busy = ""};
    if (!addr_local(&at, s->control->watch.fd) ||
        !ftp_parse_ports(ftp_conf(s)->passive_ports, &low, &high))
        return false;
    const bool any = high == 0;
    if (any) {
        low = DYNAMIC_LOW;
        high = DYNAMIC_HIGH;
    }
    const unsigned ports = high - low + 1, tries = any ? DYNAMIC_TRIES : ports;
    if (getrandom(&start, sizeof start, GRND_NONBLOCK) < 0)
        start = (unsigned)s->control->id;
    bool ok = false;
    errno = EADDRINUSE;
    for (unsigned i = 0; i < tries && !ok && errno == EADDRINUSE; i++)
        ok = listen_at(s, &at, low + (start % ports + i) % ports);
    if (!ok && any && errno == EADDRINUSE)
        ok = listen_at(s, &at, 0);
    if (ok)
        s->channel = FTP_PASSIVE;
    return ok;
}

static bool refused_by_epsv_all(struct ftp *s)
{
    if (s->epsv_only)
        ftp_reply(s, 501, "Not after EPSV ALL.");
    return s->epsv_only;
}

void ftp_pasv(struct ftp *s, struct str arg)
{
    struct addr at;
    (void)arg;
    if (refused_by_epsv_all(s))
        return;
    const char *advertised = ftp_conf(s)->passive_address;
    if (addr_bytes(&s->control->peer).n != 4) {
        ftp_reply(s, 425, "PASV is for IPv4; use EPSV.");
        return;
    }
    if (!listen_for_data(s)) {
        ftp_reply(s, 425, "No port is free for a data connection.");
        return;
    }
    if (advertised[0] == '\0' || !addr_parse_ip(&at, str_of(advertised), 0))
        at = s->listener.addr;
    const struct str ip = addr_bytes(&at);
    const unsigned char *b = (const unsigned char *)ip.p;
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
    if (listen_for_data(s))
        ftp_reply(s, 229, "Entering extended passive mode (|||%u|)", addr_port(&s->listener.addr));
    else
        ftp_reply(s, 425, "No port is free for a data connection.");
}

/* No bounce: to the client itself only, and to no service of its own. */
static void set_target(struct ftp *s, const struct ftp_addr *to, const char *verb)
{
    struct addr a;
    if (!addr_parse_ip(&a, str_of(to->ip), to->port) || !addr_same_ip(&a, &s->control->peer) ||
        to->port < PORT_LEAST) {
        ftp_reply(s, 500, "Illegal %s command: not your address, or a port below %d.", verb,
                  PORT_LEAST);
        return;
    }
    ftp_close_channel(s);
    s->target = s->control->peer;
    addr_set_port(&s->target, to->port);
    s->channel = FTP_ACTIVE;
    ftp_reply(s, 200, "%s command successful.", verb);
}

void ftp_port(struct ftp *s, struct str arg)
{
    struct ftp_addr to;
    if (refused_by_epsv_all(s))
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
    if (refused_by_epsv_all(s))
        return;
    if (ftp_eprt_parse(&to, arg, &proto))
        set_target(s, &to, "EPRT");
    else if (proto > 2)
        ftp_reply(s, 522, "Network protocol not supported, use (1,2)");
    else
        ftp_reply(s, 501, "Syntax: EPRT |1|132.235.1.2|6275|");
}

/* --- getting it going --- */

/* Connects to the client from the address that it knows. */
static bool connect_to_client(struct ftp *s)
{
    struct addr from;
    const int on = 1;
    const int fd = socket(s->target.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (addr_local(&from, s->control->watch.fd)) {
        addr_set_port(&from, 0);
        (void)!bind(fd, &from.sa, from.len);
    }
    if ((connect(fd, &s->target.sa, s->target.len) < 0 && errno != EINPROGRESS) ||
        !open_data(s, fd, &s->target, true)) {
        close(fd);
        return false;
    }
    s->channel = FTP_NO_CHANNEL;
    return true;
}

void ftp_connect(struct ftp *s)
{
    struct loop *l = s->control->loop;
    s->connecting = true;
    if (s->data != NULL) {
        ftp_transfer_begin(s);
    } else if (s->channel == FTP_ACTIVE) {
        if (!connect_to_client(s))
            ftp_transfer_closed(s, CLOSE_TIMEOUT);
    } else {
        (void)timer_set(&l->timers, &s->data_timer,
                        l->clock.mono + ftp_serve(s)->conf->limits->request_timeout);
    }
}
