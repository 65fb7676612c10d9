/* ftp_site.c: SITE, which is what each server has of its own (RFC 959, 4.1.3). */
#include "base/escape.h"
#include "serve/ftp.h"

#include <string.h>

enum {
    IDLE_LEAST = 30, /* seconds that SITE IDLE may set */
    WHO_MAX = 200,   /* sessions that SITE WHO names */
};

/* --- files --- */

static void site_chmod(struct ftp *s, struct str arg)
{
    struct ftp_change c = {.has_mode = true, .path = arg};
    struct ftp_entry e;
    struct str word;
    if (!str_split(&c.path, ' ', &word) || !ftp_mode_parse(word, &c.mode) || c.path.n == 0)
        ftp_reply(s, 501, "Syntax: SITE CHMOD mode path; the mode is octal, 777 at most.");
    else if (ftp_change(s, &c, &e))
        ftp_reply(s, 200, "The mode was set.");
}

static void site_utime(struct ftp *s, struct str arg)
{
    struct ftp_change c = {.has_modified = true};
    struct ftp_entry e;
    if (!ftp_utime_parse(arg, &c.path, &c.modified))
        ftp_reply(s, 501, "Syntax: SITE UTIME YYYYMMDDhhmm[ss] path");
    else if (ftp_change(s, &c, &e))
        ftp_reply(s, 200, "The time was set.");
}

/* --- the session, and the others --- */

static void site_idle(struct ftp *s, struct str arg)
{
    const uint64_t most = (uint64_t)ftp_serve(s)->conf->limits->idle_timeout / 1000;
    const uint64_t least = most < IDLE_LEAST ? most : IDLE_LEAST;
    uint64_t seconds;
    if (arg.n == 0) {
        ftp_reply(s, 200, "Silence ends the session after %llu s, of at most %llu.",
                  (unsigned long long)ftp_idle(s) / 1000, (unsigned long long)most);
    } else if (!text_number(arg, most, &seconds) || seconds < least) {
        ftp_reply(s, 501, "SITE IDLE takes %llu to %llu seconds.", (unsigned long long)least,
                  (unsigned long long)most);
    } else {
        s->idle = (unsigned)seconds;
        conn_deadline(s->control, ftp_idle(s));
        ftp_reply(s, 200, "Silence ends the session after %llu s.", (unsigned long long)seconds);
    }
}

static void add_session(const struct ftp *other, struct buf *out)
{
    char peer[PEER_TEXT_MAX];
    struct progress p;
    addr_text(&other->control->peer, peer);
    buf_adds(out, " ");
    escape_line(out, str_of(other->user != NULL ? other->user : "-"));
    buf_addf(out, " %s ", peer);
    if (ftp_progress(other, &p)) {
        escape_line(out, str_of(p.path));
        buf_adds(out, " (");
        progress_text(&p, out);
        buf_adds(out, ")");
    } else {
        escape_line(out, str_of(other->logged_in ? ftp_cwd(other) : "logging in"));
    }
    buf_adds(out, "\r\n");
}

/* Counts the sessions by FTP; the first of them go to out, unless that is NULL. */
static size_t each_session(const struct serve *serve, struct buf *out)
{
    size_t count = 0;
    list_each(n, &serve->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        if (d->fe != &ftp_frontend)
            continue;
        list_each(k, &d->conns)
        {
            if (count++ < WHO_MAX && out != NULL)
                add_session(list_entry(k, struct conn, link)->session, out);
        }
    }
    return count;
}

/* Names and addresses are for administrators. */
static void site_who(struct ftp *s, struct str arg)
{
    const bool all = s->account != NULL && s->account->role == ROLE_ADMIN;
    struct buf b = {0};
    (void)arg;
    if (all)
        buf_adds(&b, "200-Who is connected by FTP:\r\n");
    const size_t count = each_session(ftp_serve(s), all ? &b : NULL);
    buf_addf(&b, "200 %zu session%s by FTP.\r\n", count, count == 1 ? "" : "s");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

/* --- chat --- */

static void say(struct ftp *s, struct str room, struct str text)
{
    const enum chat_result result = serve_say(s->control, s->account, str_of(s->user), room, text);
    if (result == CHAT_OK)
        ftp_reply(s, 200, "It was said in %.*s.", (int)room.n, room.p);
    else
        ftp_reply(s, 550, "%.*s: %s.", (int)room.n, room.p, serve_said_text(result));
}

static void site_msg(struct ftp *s, struct str arg)
{
    struct str room;
    if (!str_split(&arg, ' ', &room) || room.n < 2 || room.p[0] != '#' || arg.n == 0)
        ftp_reply(s, 501, "Syntax: SITE MSG #room text");
    else if (!utf8_valid(arg.p, arg.n) || !utf8_valid(room.p, room.n))
        ftp_reply(s, 501, "The text has to be UTF-8.");
    else if (arg.n > TEXT_BYTES_MAX)
        ftp_reply(s, 501, "The text is too long: %d bytes at most.", TEXT_BYTES_MAX);
    else if (s->account == NULL && !ftp_serve(s)->conf->irc->guests)
        ftp_reply(s, 550, "Guests are not let into the chat.");
    else if (serve_say_wait(ftp_serve(s), s->control, s->account, 1) > 0)
        ftp_reply(s, 450, "Too fast; say it again in a while.");
    else
        say(s, room, arg);
}

/* --- the table --- */

struct verb {
    const char *name;
    void (*run)(struct ftp *s, struct str arg);
    bool arg;
    const char *syntax; /* what stands behind the name */
};

static const struct verb verbs[] = {
    {"CHMOD", site_chmod, true, "mode path"},
    {"HELP", ftp_site_help, false, "[verb]"},
    {"IDLE", site_idle, false, "[seconds]"},
    {"MSG", site_msg, true, "#room text"},
    {"UTIME", site_utime, true, "YYYYMMDDhhmm[ss] path"},
    {"WHO", site_who, false, ""},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static const struct verb *find(struct str name)
{
    for (int i = 0; i < VERBS; i++)
        if (str_ieq(name, verbs[i].name))
            return &verbs[i];
    return NULL;
}

static void add_syntax(struct buf *b, const struct verb *v)
{
    buf_addf(b, "SITE %s%s%s\r\n", v->name, v->syntax[0] != '\0' ? " " : "", v->syntax);
}

void ftp_site_help(struct ftp *s, struct str arg)
{
    const struct verb *v = arg.n > 0 ? find(arg) : NULL;
    struct buf b = {0};
    if (v != NULL) {
        buf_adds(&b, "214 Syntax: ");
        add_syntax(&b, v);
    } else if (arg.n > 0) {
        buf_adds(&b, "501 SITE has no such verb.\r\n");
    } else {
        buf_adds(&b, "214-SITE is for:\r\n");
        for (int i = 0; i < VERBS; i++) {
            buf_addc(&b, ' ');
            add_syntax(&b, &verbs[i]);
        }
        buf_adds(&b, "214 End\r\n");
    }
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

void ftp_site(struct ftp *s, struct str arg)
{
    struct str name;
    (void)str_split(&arg, ' ', &name);
    const struct verb *v = find(name);
    if (v == NULL)
        ftp_reply(s, 504, "SITE has no such verb; see SITE HELP.");
    else if (v->arg && arg.n == 0)
        ftp_reply(s, 501, "Syntax: SITE %s %s", v->name, v->syntax);
    else
        v->run(s, arg.p != NULL ? arg : STR(""));
}
