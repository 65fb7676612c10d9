/* ftp.c: the control connection: login, lines, the table of commands. */
#include "serve/ftp.h"

#include "base/version.h"
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
    UNKNOWN_MAX = 10, /* before login */
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
        {ETXTBSY, 450, "Somebody has locked it; try again later."},
        {EAGAIN, 450, "Too busy; try again later."},
        {ENOMEM, 451, "Out of memory."},
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        if (replies[i].err == err) {
            ftp_reply(s, replies[i].code, "%.*s: %s", (int)path.n, path.p, replies[i].text);
            return;
        }
    ftp_reply(s, 451, "%.*s: %s", (int)path.n, path.p, strerror(err));
}

const char *ftp_cwd(const struct ftp *s)
{
    return s->cwd != NULL ? s->cwd : "/";
}

unsigned ftp_rights(const struct ftp *s, const char *path)
{
    return serve_rights(ftp_serve(s), s->account, (enum conf_access)ftp_conf(s)->anonymous, path);
}

bool ftp_path(struct ftp *s, struct str arg, char out[PATH_BYTES_MAX])
{
    if (path_resolve(ftp_cwd(s), arg.p != NULL ? arg : STR(""), out))
        return true;
    ftp_reply(s, 553, "Not a name that can be used here.");
    return false;
}

/* --- small commands --- */

static void cmd_quit(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 221, "Good bye.");
    conn_finish(s->control, true);
}

static void cmd_noop(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 200, "OK.");
}

static void cmd_syst(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 215, "UNIX Type: L8");
}

static void cmd_stat(struct ftp *s, struct str arg)
{
    if (arg.n > 0) {
        ftp_stat_path(s, arg);
        return;
    }
    char peer[PEER_TEXT_MAX];
    addr_ip_text(&s->control->peer, peer);
    conn_printf(s->control,
                "211-agentd %s\r\n You are %s from %s.\r\n The directory is %s, the type %s.\r\n"
                " %s\r\n211 End of status\r\n",
                AGENTD_VERSION, s->logged_in ? s->user : "not logged in", peer, ftp_cwd(s),
                s->ascii ? "ASCII" : "binary",
                ftp_transferring(s) ? "A transfer is running." : "No transfer is running.");
}

static void cmd_help(struct ftp *s, struct str arg);

/* --- the table --- */

enum {
    FREE = 1, /* may come before login */
    DATA = 2, /* needs a data connection */
    NOW = 4,  /* does not wait for the end of a transfer */
    ARG = 8,  /* has an argument */
    /* What its user needs the right to do to the file or folder that the argument names. Listings,
     * whose argument may be a pattern, ask by themselves. */
    READ = 16,
    WRITE = 32,
    CHANGE = READ | WRITE,
};

struct command {
    const char *name;
    void (*run)(struct ftp *s, struct str arg);
    unsigned flags;
};

static const struct command commands[] = {
    /* in order of names */
    {"ABOR", ftp_abor, NOW},
    {"ALLO", ftp_allo, 0},
    {"APPE", ftp_appe, ARG | CHANGE | DATA},
    {"AUTH", ftp_auth, FREE | ARG},
    {"CCC", ftp_ccc, FREE},
    {"CDUP", ftp_cdup, 0},
    {"CWD", ftp_cwd_cmd, ARG},
    {"DELE", ftp_dele, ARG | CHANGE},
    {"EPRT", ftp_eprt, ARG},
    {"EPSV", ftp_epsv, 0},
    {"FEAT", ftp_feat, FREE},
    {"HELP", cmd_help, FREE},
    {"LIST", ftp_list, DATA},
    {"MDTM", ftp_mdtm, ARG | READ},
    {"MKD", ftp_mkd, ARG | WRITE},
    {"MLSD", ftp_mlsd, DATA},
    {"MLST", ftp_mlst, READ},
    {"MODE", ftp_mode, ARG},
    {"NLST", ftp_nlst, DATA},
    {"NOOP", cmd_noop, FREE},
    {"OPTS", ftp_opts, FREE | ARG},
    {"PASS", ftp_pass, FREE},
    {"PASV", ftp_pasv, 0},
    {"PBSZ", ftp_pbsz, FREE | ARG},
    {"PORT", ftp_port, ARG},
    {"PROT", ftp_prot, FREE | ARG},
    {"PWD", ftp_pwd, 0},
    {"QUIT", cmd_quit, FREE},
    {"REST", ftp_rest, ARG},
    {"RETR", ftp_retr, ARG | READ | DATA},
    {"RMD", ftp_rmd, ARG | CHANGE},
    {"RNFR", ftp_rnfr, ARG | CHANGE},
    {"RNTO", ftp_rnto, ARG | CHANGE},
    {"SIZE", ftp_size, ARG | READ},
    {"STAT", cmd_stat, NOW},
    {"STOR", ftp_stor, ARG | WRITE | DATA},
    {"STRU", ftp_stru, ARG},
    {"SYST", cmd_syst, FREE},
    {"TYPE", ftp_type, ARG},
    {"USER", ftp_user, FREE | ARG},
    /* The old names of RFC 775, which some clients still send. */
    {"XCUP", ftp_cdup, 0},
    {"XCWD", ftp_cwd_cmd, ARG},
    {"XMKD", ftp_mkd, ARG | WRITE},
    {"XPWD", ftp_pwd, 0},
    {"XRMD", ftp_rmd, ARG | CHANGE},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void cmd_help(struct ftp *s, struct str arg)
{
    struct buf b = {0};
    (void)arg;
    buf_adds(&b, "214-These commands are known:");
    for (int i = 0; i < COMMANDS; i++)
        buf_addf(&b, "%s%-5s", i % 12 == 0 ? "\r\n " : "", commands[i].name);
    buf_adds(&b, "\r\n214 End of help\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

static int compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct command *)row)->name);
}

static const struct command *find(const char *verb)
{
    return bsearch(verb, commands, COMMANDS, sizeof commands[0], compare);
}

/* What no FTP client says: an HTTP request that was led to this port. */
static bool is_http(const char *verb)
{
    static const char *const verbs[] = {"GET",     "POST",    "PUT",    "HEAD",
                                        "OPTIONS", "CONNECT", "DELETE", "PATCH"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verb, verbs[i]) == 0)
            return true;
    return false;
}

static int unknown(struct ftp *s, const char *verb)
{
    if (!s->logged_in && (is_http(verb) || ++s->unknown >= UNKNOWN_MAX))
        return -1;
    ftp_reply(s, 500, "Unknown command.");
    return 0;
}

/* Has the user the rights that the row asks for? Else the reply is given. */
static bool permitted(struct ftp *s, unsigned flags, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (!ftp_path(s, arg, path))
        return false;
    const unsigned rights = ftp_rights(s, path);
    if ((flags & READ) && !(rights & MAY_READ))
        ftp_reply(s, 550, "Permission denied.");
    else if ((flags & WRITE) && !(rights & MAY_WRITE))
        ftp_reply(s, 550, "Permission denied: you may only read.");
    else
        return true;
    return false;
}

/* Checks what the row asks for, so that no handler has to. */
static void run(struct ftp *s, const struct command *row, struct str arg)
{
    const unsigned flags = row->flags;
    if (!(flags & FREE) && !s->logged_in)
        ftp_reply(s, 530, "Log in with USER and PASS.");
    else if ((flags & ARG) && arg.n == 0)
        ftp_reply(s, 501, "%s takes an argument.", row->name);
    else if ((flags & CHANGE) && !permitted(s, flags, arg))
        return;
    else if ((flags & DATA) && ftp_data_in_clear(s))
        ftp_reply(s, 522, "Data connections have to be protected: PROT P.");
    else if ((flags & DATA) && s->channel == FTP_NO_CHANNEL && s->data == NULL)
        ftp_reply(s, 425, "Use PASV, EPSV, PORT or EPRT first.");
    else
        row->run(s, arg);
}

/* --- lines --- */

/* One line. -1 closes. */
static int take_line(struct ftp *s, struct str line)
{
    struct ftp_cmd cmd;
    if (line.n == 0)
        return 0;
    if (!ftp_cmd_parse(&cmd, line))
        return unknown(s, "");
    const struct command *row = find(cmd.verb);
    /* What came behind waiting ones waits, too. */
    if ((ftp_transferring(s) || s->queued.len > 0) &&
        (row == NULL || !(row->flags & NOW) || cmd.arg.n > 0)) {
        if (s->queued.len + line.n > QUEUED_MAX)
            return -1;
        buf_add(&s->queued, line.p, line.n);
        buf_adds(&s->queued, "\r\n");
        return s->queued.failed ? -1 : 0;
    }
    if (row == NULL)
        return unknown(s, cmd.verb);
    run(s, row, cmd.arg);
    return 0;
}

/* Takes lines from b until it holds none, a command has to wait, or the turn's share is done. */
static int take_lines(struct ftp *s, struct buf *b)
{
    for (int i = 0; i < TURN_LINES; i++) {
        struct str line;
        if (s->login != NULL || s->control->finishing || s->control->closing)
            return 0;
        if (s->control->handshaking) { /* what stands behind AUTH has no say */
            buf_clear(b);
            return 0;
        }
        const ssize_t n = line_next(buf_data(b), b->len, LINE_MAX_BYTES, &line);
        if (n == 0)
            return 0;
        if (n < 0) {
            if (!s->skipping)
                ftp_reply(s, 500, "Line too long.");
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

/* The commands that waited, before those that come now. */
static int take_queued(struct ftp *s)
{
    struct buf waiting = s->queued;
    s->queued = (struct buf){0};
    int result = 0;
    while (waiting.len > 0 && result == 0 && s->login == NULL && !s->control->finishing &&
           !s->control->closing)
        result = take_lines(s, &waiting);
    if (waiting.len > 0 && s->queued.len == 0)
        s->queued = waiting;
    else
        buf_free(&waiting);
    return result;
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
        conn_deadline(c, ftp_serve(s)->conf->limits->idle_timeout);
    if (!ftp_transferring(s) && s->queued.len > 0 && take_queued(s) < 0)
        return -1;
    if (!take_input(s) || take_lines(s, &s->line) < 0)
        return -1;
    if (s->line.len == 0)
        buf_free(&s->line);
    if (s->login != NULL)
        return 0;
    if (c->in.len > 0 || has_line(s) || (s->queued.len > 0 && !ftp_transferring(s)))
        conn_again(c);
    else if (c->eof && s->upload != NULL && s->queued.len == 0)
        return -1; /* the client is gone, and nobody says that its file was whole */
    else if (c->eof && ftp_transferring(s))
        conn_pause(c); /* let that end first */
    return 0;
}

void ftp_continue(struct ftp *s)
{
    conn_deadline(s->control, ftp_serve(s)->conf->limits->idle_timeout);
    if (door_of(s->control)->closing) {
        ftp_reply(s, 421, "agentd stops. Good bye.");
        conn_finish(s->control, true);
        return;
    }
    conn_resume(s->control);
    conn_again(s->control);
}

/* --- the session --- */

static void drain(struct conn *c)
{
    struct ftp *s = c->session;
    if (s->transfer == FTP_STAT)
        ftp_transfer_step(s);
}

static void timeout(struct conn *c)
{
    struct ftp *s = c->session;
    const struct conf_limits *limits = ftp_serve(s)->conf->limits;
    if (s->transfer == FTP_STAT) { /* goes over this connection, which must be read */
        const int64_t left = c->last_tx + limits->idle_timeout - c->loop->clock.mono;
        if (left > 0)
            conn_deadline(c, left);
        else
            conn_close(c, CLOSE_SLOW);
        return;
    }
    if (ftp_transferring(s) || s->login != NULL) { /* which end by themselves */
        conn_deadline(c, limits->idle_timeout);
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
    s->facts = FACTS_ALL;
    s->listener.watch.fd = -1;
    s->pbsz = s->prot_p = c->tls != NULL;
    /* ABOR may come behind a Telnet Synch, whose mark is urgent data (RFC 959, 4.1.3). */
    (void)setsockopt(c->watch.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    ftp_reply(s, 220, "%s", ftp_conf(s)->banner);
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
    if (s->upload != NULL)
        w->doing = upload_path(s->upload);
    else if (s->file != NULL)
        w->doing = s->file->path;
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

static int check(const struct conf_sect *sect, struct buf *why)
{
    const struct conf_ftp *cf = (const void *)sect;
    struct addr a;
    unsigned low, high;
    if (!ftp_parse_ports(cf->passive_ports, &low, &high)) {
        buf_addf(why, "passive_ports: %s is no range such as 50000-50999", cf->passive_ports);
        return -1;
    }
    if (cf->passive_address[0] != '\0' &&
        (!addr_parse_ip(&a, str_of(cf->passive_address), 0) || a.sa.sa_family != AF_INET)) {
        buf_addf(why, "passive_address: %s is no IPv4 address", cf->passive_address);
        return -1;
    }
    return 0;
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
