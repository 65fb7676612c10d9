/* ftp_data.c: the data connection, however it came about: ftp_passive.c, ftp_active.c. */
#include "serve/ftp.h"

#include <sys/random.h>

/* --- its end of the conn --- */

/* Only for an upload: otherwise it is never read, so that a client may close its sending side. */
static int data(struct conn *c)
{
    if (c->in.len > 0)
        buf_consume(&c->in, ftp_in(c->session, buf_data(&c->in), c->in.len));
    if (c->in.len > 0)
        conn_again(c);
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

/* The session has nothing to do with its data connection any more; NULL: there is none. */
static struct conn *leave_data(struct ftp *s)
{
    struct conn *c = s->data;
    if (c == NULL)
        return NULL;
    s->data = NULL;
    c->session = NULL;
    conn_limit(c, NULL);
    return c;
}

void ftp_close_channel(struct ftp *s)
{
    if (s->channel == FTP_PASSIVE)
        listener_close(&s->listener);
    s->channel = FTP_NO_CHANNEL;
    struct conn *c = leave_data(s);
    if (c != NULL)
        conn_close(c, CLOSE_DONE);
    timer_clear(&s->control->loop->timers, &s->data_timer);
}

void ftp_let_go(struct ftp *s)
{
    struct conn *c = leave_data(s);
    if (c != NULL)
        conn_finish(c, true);
}

bool ftp_open_data(struct ftp *s, int fd, const struct addr *peer, bool connecting)
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

bool ftp_refused_by_epsv_all(struct ftp *s)
{
    if (s->epsv_only)
        ftp_reply(s, 501, "Not after EPSV ALL.");
    return s->epsv_only;
}

bool ftp_ports_parse(struct ftp_ports *ports, const char *text)
{
    struct str rest = str_of(text), part;
    uint64_t low, high;
    *ports = (struct ftp_ports){0};
    if (text[0] == '\0')
        return true;
    if (!str_split(&rest, '-', &part) || !text_number(str_trim(part), 65535, &low))
        return false;
    high = low;
    if (rest.p != NULL && !text_number(str_trim(rest), 65535, &high))
        return false;
    *ports = (struct ftp_ports){(unsigned)low, (unsigned)(high - low) + 1};
    return low > 0 && low <= high;
}

unsigned ftp_ports_start(const struct ftp *s)
{
    unsigned start;
    if (getrandom(&start, sizeof start, GRND_NONBLOCK) < (ssize_t)sizeof start)
        start = (unsigned)s->control->id;
    return start;
}

unsigned ftp_ports_at(const struct ftp_ports *ports, unsigned start, unsigned i)
{
    return ports->low + (start % ports->count + i) % ports->count;
}

void ftp_connect(struct ftp *s)
{
    struct loop *l = s->control->loop;
    s->connecting = true;
    if (s->data != NULL) {
        ftp_transfer_begin(s);
    } else if (s->channel == FTP_ACTIVE) {
        if (!ftp_connect_to_client(s))
            ftp_transfer_closed(s, CLOSE_TIMEOUT);
    } else {
        (void)timer_set(&l->timers, &s->data_timer,
                        l->clock.mono + ftp_serve(s)->conf->limits->request_timeout);
    }
}
