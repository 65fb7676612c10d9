/* ftp.c: the control connection: its lines, replies, and the session. */
#include "serve/ftp.h"

#include "net/advertise.h"
#include "parse/host.h"
#include "parse/line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    LINE_MAX_BYTES = PATH_BYTES_MAX + 16,
    QUEUED_MAX = 8192, /* bytes of commands that wait for a transfer's end */
    TURN_LINES = 16,
};

/* --- replies --- */

void ftp_reply(struct ftp *s, int code, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_addf(&b, "%d ", code);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    buf_adds(&b, "\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

void ftp_error(struct ftp *s, int err, struct str path)
{
    static const struct {
        int err, code;
        const char *text;
    } replies[] = {
        {ENOENT, 550, "No such file or directory."},
        {EEXIST, 550, "It exists already."},
        {EISDIR, 550, "It is a directory."},
        {ENOTDIR, 550, "Not a directory."},
        {ENOTEMPTY, 550, "The directory is not empty."},
        {EACCES, 550, "Permission denied."},
        {EPERM, 550, "Permission denied."},
        {EROFS, 550, "Permission denied: the store is read-only."},
        {EBUSY, 550, "The root cannot be changed."},
        {EINVAL, 550, "That cannot be done."},
        {EXDEV, 550, "Cannot be moved to another file system."},
        {ENAMETOOLONG, 553, "The name is too long."},
        {ENOSPC, 452, "The disk is full."},
        {EDQUOT, 552, "The quota is used up."},
        {EFBIG, 552, "The file is too large."},
        {EPROTO, 451, "That was no deflate stream (MODE Z); nothing is stored."},
        {ETXTBSY, 450, "Somebody has locked it; try again later."},
        {EAGAIN, 450, "Too busy; try again later."},
        {ECANCELED, 426, "Another session of yours goes on with it."},
        {EBADMSG, 550, "It is not what was announced; send it anew."},
        {EMFILE, 450, "Too busy; try again later."},
        {ENFILE, 450, "Too busy; try again later."},
        {ENOMEM, 451, "Out of memory."},
    };
    const char *colon = path.n > 0 ? ": " : "";
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        if (replies[i].err == err) {
            ftp_reply(s, replies[i].code, "%.*s%s%s", (int)path.n, path.p, colon, replies[i].text);
            return;
        }
    ftp_reply(s, 451, "%.*s%s%s", (int)path.n, path.p, colon, strerror(err));
}

int ftp_error_for(const struct ftp *s, int err, const char *path)
{
    const bool tells = err == EEXIST || err == EISDIR || err == ENOTDIR || err == ENOENT ||
                       err == ELOOP || err == EXDEV;
    return tells && !(ftp_rights(s, path) & MAY_READ) ? EACCES : err;
}

int64_t ftp_idle(const struct ftp *s)
{
    const int64_t most = ftp_serve(s)->conf->limits->idle_timeout, own = (int64_t)s->idle * 1000;
    return own > 0 && own < most ? own : most;
}

const char *ftp_cwd(const struct ftp *s)
{
    return s->cwd != NULL ? s->cwd : "/";
}

unsigned ftp_rights(const struct ftp *s, const char *path)
{
    const struct person who = {.account = s->account,
                               .guests = (enum conf_access)ftp_conf(s)->anonymous};
    return serve_rights(s->control, &who, path);
}

bool ftp_path(struct ftp *s, struct str arg, char out[PATH_BYTES_MAX])
{
    if (path_resolve(ftp_cwd(s), arg.p != NULL ? arg : STR(""), out))
        return true;
    ftp_reply(s, 553, "Not a name that can be used here.");
    return false;
}

/* --- lines --- */

/* Stands for a line that was too long; no command is called so. */
static const char TOO_LONG[] = "line-too-long";

/* More waits than may: the client does not wait for answers. */
static void refuse_to_queue(struct ftp *s)
{
    ftp_reply(s, 421, "Too many commands wait for the end of a transfer. Good bye.");
    ftp_transfer_drop(s, "too many commands");
    conn_finish(s->control, true);
}

/* What came behind waiting ones waits, too. */
static void queue_line(struct ftp *s, struct str line)
{
    buf_add(&s->queued, line.p, line.n);
    buf_adds(&s->queued, "\r\n");
    if (s->queued.failed || s->queued.len > QUEUED_MAX)
        refuse_to_queue(s);
}

/* One line. -1 closes. */
static int take_line(struct ftp *s, struct str line)
{
    struct ftp_cmd cmd;
    if (line.n == 0)
        return 0;
    const struct ftp_command *row = ftp_cmd_parse(&cmd, line) ? ftp_command(cmd.verb) : NULL;
    if ((ftp_transferring(s) || s->queued.len > 0) && ftp_command_waits(s, row, cmd.arg))
        queue_line(s, line);
    else if (str_eq(line, TOO_LONG))
        ftp_reply(s, 500, "Line too long.");
    else
        return ftp_run(s, row, cmd.verb, cmd.arg);
    return 0;
}

/* Not while a login is under way, nor from one who does not read the answers. */
static bool may_take(const struct ftp *s)
{
    return s->login == NULL && !s->control->finishing && !s->control->closing &&
           !conn_full(s->control);
}

/* Takes lines from b until it holds none, a command has to wait, or the turn's share is done. */
static int take_lines(struct ftp *s, struct buf *b)
{
    for (int i = 0; i < TURN_LINES; i++) {
        struct str line;
        if (!may_take(s))
            return 0;
        if (s->control->handshaking) { /* what stands behind AUTH has no say */
            buf_clear(b);
            return 0;
        }
        const ssize_t n = line_next(buf_data(b), b->len, LINE_MAX_BYTES, &line);
        if (n == 0)
            return 0;
        if (n < 0) {
            if (!s->skipping && take_line(s, str_of(TOO_LONG)) < 0)
                return -1;
            const char *lf = memchr(buf_data(b), '\n', b->len);
            s->skipping = lf == NULL;
            buf_consume(b, lf != NULL ? (size_t)(lf - buf_data(b)) + 1 : b->len);
            continue;
        }
        const int result = s->skipping ? 0 : take_line(s, line);
        s->skipping = false;
        buf_consume(b, (size_t)n);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* The commands that waited, before those that come now; a turn's share of them. */
static int take_queued(struct ftp *s)
{
    struct buf waiting = s->queued;
    s->queued = (struct buf){0};
    const int result = take_lines(s, &waiting);
    if (s->control->handshaking) /* what stands behind AUTH has no say */
        buf_clear(&waiting);
    if (s->queued.len == 0) {
        buf_free(&s->queued);
        s->queued = waiting;
        return result;
    }
    buf_add(&s->queued, buf_data(&waiting), waiting.len); /* behind those that wait again */
    buf_free(&waiting);
    return s->queued.failed ? -1 : result;
}

static bool queue_is_due(const struct ftp *s)
{
    return s->queued.len > 0 && !ftp_transferring(s);
}

static bool has_line(const struct ftp *s)
{
    return s->line.len > 0 && memchr(buf_data(&s->line), '\n', s->line.len) != NULL;
}

/* Takes what has come, without Telnet's commands, once the lines before it are done. */
static bool take_input(struct ftp *s)
{
    struct buf *in = &s->control->in;
    if (in->len == 0 || has_line(s))
        return true;
    char *at = buf_reserve(&s->line, in->len);
    if (at == NULL)
        return false;
    buf_grew(&s->line, telnet_strip(&s->telnet, buf_data(in), in->len, at));
    buf_clear(in);
    return true;
}

static int data(struct conn *c)
{
    struct ftp *s = c->session;
    if (c->in.len > 0 && s->logged_in)
        conn_deadline(c, ftp_idle(s));
    if (queue_is_due(s) && take_queued(s) < 0)
        return -1;
    if (!queue_is_due(s) && (!take_input(s) || take_lines(s, &s->line) < 0))
        return -1;
    if (s->line.len == 0)
        buf_free(&s->line);
    if (s->queued.len == 0)
        buf_free(&s->queued);
    if (s->login != NULL)
        return 0;
    if (conn_full(c)) { /* it asks for more than it reads */
        conn_pause(c);
        conn_await(c, FTP_LOW_MARK);
        return 0;
    }
    if (c->in.len > 0 || has_line(s) || queue_is_due(s))
        conn_again(c);
    else if (c->eof && (s->upload != NULL || s->sum != NULL) && s->queued.len == 0)
        return -1; /* the client is gone: nobody says that its file was whole, or waits for a sum */
    else if (c->eof && ftp_transferring(s))
        conn_pause(c); /* let that end first */
    return 0;
}

void ftp_continue(struct ftp *s)
{
    conn_deadline(s->control, ftp_idle(s));
    if (door_of(s->control)->closing) {
        ftp_reply(s, 421, "agentd stops. Good bye.");
        conn_finish(s->control, true);
        return;
    }
    conn_resume(s->control);
    if (s->queued.len > 0 || has_line(s) || s->control->in.len > 0 || s->control->eof)
        conn_again(s->control);
}

/* --- the session --- */

static void drain(struct conn *c)
{
    struct ftp *s = c->session;
    if (c->paused && s->login == NULL) { /* whose end listens again by itself */
        conn_resume(c);
        conn_again(c);
    }
    if (s->transfer == FTP_STAT)
        ftp_transfer_step(s);
}

static void timeout(struct conn *c)
{
    struct ftp *s = c->session;
    const int64_t idle = ftp_idle(s);
    if (s->transfer == FTP_STAT) { /* goes over this connection, which must be read */
        const int64_t left = c->last_tx + idle - c->loop->clock.mono;
        if (left > 0)
            conn_deadline(c, left);
        else
            conn_close(c, CLOSE_SLOW);
        return;
    }
    if (ftp_transferring(s) || s->login != NULL) { /* which end by themselves */
        conn_deadline(c, idle);
        return;
    }
    c->loop->metrics->closed_timeout++;
    ftp_reply(s, 421, "Timeout. Good bye.");
    conn_finish(c, true);
}

static void on_data_timer(struct timer *t)
{
    struct ftp *s = container_of(t, struct ftp, data_timer);
    if (s->connecting && s->data == NULL)
        ftp_transfer_closed(s, CLOSE_TIMEOUT);
}

static void greet(struct conn *c)
{
    struct ftp *s = c->session;
    const int on = 1;
    s->control = c;
    s->data_timer.fn = on_data_timer;
    s->listener.watch.fd = -1;
    s->implicit = c->tls != NULL;
    ftp_reset_params(s);
    /* ABOR may come behind a Telnet Synch, whose mark is urgent data (RFC 959, 4.1.3). */
    (void)setsockopt(c->watch.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    ftp_reply_lines(s, 220, ftp_conf(s)->banner);
    conn_deadline(c, ftp_serve(s)->conf->limits->request_timeout);
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct ftp *s = c->session;
    ftp_transfer_drop(s, close_reason_name(reason));
    ftp_close_channel(s); /* a STAT leaves it open */
    timer_clear(&c->loop->timers, &s->data_timer);
    if (s->login != NULL)
        login_cancel(s->login);
    ftp_logout(s);
    buf_free(&s->line);
    buf_free(&s->queued);
    door_closed(c);
}

/* A transfer may end first; see ftp_continue(). */
static void stop(struct conn *c)
{
    struct ftp *s = c->session;
    if (ftp_transferring(s))
        return;
    ftp_reply(s, 421, "agentd stops. Good bye.");
    conn_finish(c, true);
}

static void describe(struct conn *c, struct who *w)
{
    const struct ftp *s = c->session;
    w->name = s->user != NULL ? s->user : "";
    if (ftp_progress(s, &w->progress))
        w->doing = w->progress.path;
    else if (s->sum != NULL)
        w->doing = ftp_sum_name(s->sum);
    else
        w->doing = s->logged_in ? ftp_cwd(s) : "logging in";
}

static struct account *account(const struct conn *c)
{
    return ((const struct ftp *)c->session)->account;
}

static void kick(struct conn *c, const char *reason)
{
    ftp_reply(c->session, 421, "Good bye: %s",
              reason[0] != '\0' ? reason : "an administrator's wish");
    ftp_transfer_drop(c->session, "kicked");
    conn_finish(c, true);
}

static bool check_ports(const char *key, const char *text, const char *example, struct buf *why)
{
    struct ftp_ports ports;
    const bool ok = ftp_ports_parse(&ports, text);
    if (!ok)
        buf_addf(why, "%s: %s is no range such as %s", key, text, example);
    return ok;
}

static int check(const struct conf_sect *sect, struct buf *why)
{
    const struct conf_ftp *cf = (const void *)sect;
    struct buf wrong = {0};
    if (!check_ports("passive_ports", cf->passive_ports, "50000-50999", why) ||
        !check_ports("active_ports", cf->active_ports, "20000-20999", why))
        return -1;
    const bool ok = advertise_check(cf->passive_address, &wrong);
    if (!ok)
        buf_addf(why, "passive_address: %s", buf_str(&wrong));
    buf_free(&wrong);
    return ok ? serve_check_list("host", cf->host, ' ', host_fault, why) : -1;
}

static const struct conn_ops ops = {
    .name = "ftp",
    .in_max = 16 << 10,
    .data = data,
    .drain = drain,
    .timeout = timeout,
    .closed = closed,
};

const struct frontend ftp_frontend = {
    .name = "ftp",
    .busy = "421 Too many connections.\r\n",
    .check = check,
    .ops = &ops,
    .session_size = sizeof(struct ftp),
    .greet = greet,
    .drain = stop,
    .describe = describe,
    .kick = kick,
    .account = account,
};
