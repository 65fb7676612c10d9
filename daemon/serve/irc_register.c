/* irc_register.c: making an account (IRCv3 draft/account-registration), coming by TLS only (sts),
 * and what those hear who look for services. */
#include "serve/irc.h"

#include <stdlib.h>
#include <string.h>

enum {
    WEAK_BELOW = 8,      /* characters of a password */
    PER_HOST = 4,        /* accounts that one address may make */
    ALTOGETHER = 200,    /* and all */
    MEMORY_MS = 3600000, /* until nobody has made one for so long */
};

/* The account that is being made: a worker hashes. */
struct irc_registering {
    uint64_t ticket;
    char name[NAME_BYTES_MAX + 1];
    char hash[HASH_MAX], verifier[VERIFIER_MAX];
};

/* --- capabilities --- */

static enum conf_access registration(const struct irc *s)
{
    return (enum conf_access)irc_serve(s)->conf->irc->registration;
}

bool irc_register_there(const struct irc *s)
{
    return registration(s) != ACCESS_NO && !serve_needs_tls(s->conn, true);
}

void irc_register_value(const struct irc *s, struct buf *out)
{
    (void)s;
    buf_adds(out, "before-connect");
}

/* The port that this door takes TLS at; 0 = none. */
static unsigned tls_port(const struct door *d)
{
    list_each(n, &d->sockets)
    {
        const struct door_socket *ds = list_entry(n, struct door_socket, link);
        if (ds->tls)
            return addr_port(&ds->ls.addr);
    }
    return 0;
}

static int64_t sts(const struct irc *s)
{
    return ((const struct conf_irc *)(const void *)door_of(s->conn)->sect)->sts;
}

bool irc_sts_there(const struct irc *s)
{
    return s->ws == NULL && sts(s) > 0 && tls_port(door_of(s->conn)) != 0;
}

void irc_sts_value(const struct irc *s, struct buf *out)
{
    if (s->conn->tls != NULL)
        buf_addf(out, "duration=%lld", (long long)(sts(s) / 1000));
    else
        buf_addf(out, "port=%u", tls_port(door_of(s->conn)));
}

/* --- REGISTER --- */

static void fail(struct irc *s, const char *code, struct str name, const char *why)
{
    irc_fail(s, "REGISTER", code, name, why);
}

static void unavailable(struct irc *s, struct str name, const char *why)
{
    fail(s, "TEMPORARILY_UNAVAILABLE", name, why);
}

static struct str nick(const struct irc *s)
{
    return str_of(s->registered ? s->user.name : s->nick);
}

static bool is_nick(const struct irc *s, struct str name)
{
    char a[FOLD_BYTES_MAX], b[FOLD_BYTES_MAX];
    return name_fold(name, a) && name_fold(nick(s), b) && strcmp(a, b) == 0;
}

/* May this session make an account at all? */
static bool may_register(struct irc *s, struct str name)
{
    if (registration(s) == ACCESS_NO)
        unavailable(s, name, "Accounts are made by the administrator here");
    else if (serve_needs_tls(s->conn, true))
        unavailable(s, name, "Use TLS: a password must not travel in clear here");
    else if (s->user.account != NULL)
        fail(s, "ALREADY_AUTHENTICATED", str_of(s->user.account->name), "You are logged in");
    else if (nick(s).n == 0)
        fail(s, "NEED_NICK", STR("*"), "Send NICK first: the account is for that name");
    else if (!str_eq(name, "*") && !is_nick(s, name))
        fail(s, "ACCOUNT_NAME_MUST_BE_NICK", name, "The account must have the name that you bear");
    else
        return true;
    return false;
}

/* Can the nick be an account's name? That of the next guest who is called so by us cannot. */
static bool is_free(struct irc *s)
{
    const struct str name = nick(s);
    const enum chat_result result = chat_name_free(irc_chat(s), name, &s->user);
    const enum account_result account = account_may_add(irc_serve(s)->accounts, name);
    if (account == ACCOUNT_EXISTS || result == CHAT_NAME_OWNED)
        fail(s, "ACCOUNT_EXISTS", name, "There is an account of that name");
    else if (result == CHAT_NAME_TAKEN)
        fail(s, "ACCOUNT_EXISTS", name, "Somebody else is called so now");
    else if (account != ACCOUNT_OK || result != CHAT_OK || str_istarts(name, "guest-"))
        fail(s, "BAD_ACCOUNT_NAME", name, "No account can have that name");
    else
        return true;
    return false;
}

static bool is_password(struct irc *s, struct str password)
{
    const struct str name = nick(s);
    for (size_t i = 0; i < password.n; i++)
        if ((unsigned char)password.p[i] < ' ' || password.p[i] == 0x7f) {
            fail(s, "UNACCEPTABLE_PASSWORD", name, "The password has a control character");
            return false;
        }
    if (password.n >= PASSWORD_MAX)
        fail(s, "UNACCEPTABLE_PASSWORD", name, "The password may have 255 bytes");
    else if (utf8_count(password.p, password.n) < WEAK_BELOW)
        fail(s, "WEAK_PASSWORD", name, "The password must have eight characters or more");
    else if (is_nick(s, password))
        fail(s, "WEAK_PASSWORD", name, "The password must be another word than the name");
    else
        return true;
    return false;
}

/* Nobody is written to, and it is not kept; but what is none may be a password that was put there.
 */
static bool is_email(struct irc *s, struct str email)
{
    const char *at = email.n > 0 ? memchr(email.p, '@', email.n) : NULL;
    if (str_eq(email, "*") || (at != NULL && at > email.p && at + 1 < email.p + email.n))
        return true;
    fail(s, "INVALID_EMAIL", nick(s), "That is no address; * is for none, which will do");
    return false;
}

static bool too_many(const struct irc *s)
{
    const struct tries *made = &irc_serve(s)->made;
    const int64_t now = s->conn->loop->clock.mono;
    return tries_count(made, addr_host(&s->conn->peer), now, MEMORY_MS) >= PER_HOST ||
           tries_count(made, STR(""), now, MEMORY_MS) >= ALTOGETHER;
}

static void count_one(struct irc *s)
{
    struct tries *made = &irc_serve(s)->made;
    const int64_t now = s->conn->loop->clock.mono;
    (void)tries_note(made, addr_host(&s->conn->peer), now, MEMORY_MS);
    (void)tries_note(made, STR(""), now, MEMORY_MS);
}

void irc_register_cancel(struct irc *s)
{
    struct job_runner *jobs = irc_serve(s)->files->jobs;
    struct irc_registering *r = s->registering;
    if (r == NULL)
        return;
    if (r->ticket != 0)
        jobs->cancel(jobs, r->ticket);
    explicit_bzero(r, sizeof *r);
    free(r);
    s->registering = NULL;
}

static void note_account(struct irc *s, struct account *a)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = {
        .kind = EVENT_ACCOUNT, .who = a->name, .account = a, .text = "was made by its owner"};
    serve_event_from(&ev, s->conn, peer);
    event_emit(irc_serve(s)->bus, &ev);
    irc_serve(s)->metrics->irc_accounts++;
}

/* The account, in whose name the session goes on. */
static void make_account(struct irc *s, const struct irc_registering *r)
{
    struct accounts *as = irc_serve(s)->accounts;
    const enum role role = registration(s) == ACCESS_WRITE ? ROLE_WRITE : ROLE_READ;
    struct account *a = NULL;
    if (account_add(as, str_of(r->name), r->hash, role, 0, &a) != ACCOUNT_OK) {
        unavailable(s, str_of(r->name), "The account cannot be kept now; try again later");
        return;
    }
    (void)account_set_verifier(as, a, r->verifier);
    account_seen(as, a);
    note_account(s, a);
    irc_server_line(s, "REGISTER SUCCESS %s :The account is made, and you are logged in", a->name);
    (void)irc_become(s, a);
}

static void hashed(void *arg, int err)
{
    struct irc *s = arg;
    struct irc_registering *r = s->registering;
    r->ticket = 0;
    if (s->conn->finishing || s->conn->closing)
        return; /* thrown out meanwhile */
    irc_go_on(s);
    if (err != 0)
        unavailable(s, str_of(r->name), "Too much else waits; try again later");
    else if (may_register(s, STR("*")) && is_free(s)) /* still */
        make_account(s, r);
    irc_register_cancel(s);
    irc_try_register(s);
    irc_gone_on(s);
}

static void begin(struct irc *s, struct str password)
{
    struct job_runner *jobs = irc_serve(s)->files->jobs;
    struct irc_registering *r = s->registering = calloc(1, sizeof *r);
    char text[PASSWORD_MAX];
    if (r != NULL && str_copy(text, sizeof text, password)) {
        const struct job job = {.kind = JOB_HASH,
                                .fd = -1,
                                .fd2 = -1,
                                .password = text,
                                .made = r->hash,
                                .verifier = r->verifier,
                                .done = hashed,
                                .arg = s};
        (void)str_copy(r->name, sizeof r->name, nick(s));
        r->ticket = jobs->submit(jobs, &job);
        explicit_bzero(text, sizeof text);
    }
    if (r != NULL && r->ticket != 0) {
        count_one(s);
        conn_pause(s->conn);
        return;
    }
    irc_register_cancel(s);
    unavailable(s, nick(s), "Too much else waits; try again later");
}

void irc_register(struct irc *s, const struct irc_msg *m)
{
    if (!may_register(s, m->param[0]) || !is_free(s) || !is_email(s, m->param[1]) ||
        !is_password(s, m->param[2]))
        return;
    if (too_many(s))
        unavailable(s, nick(s), "Too many accounts were made; try again in an hour");
    else
        begin(s, m->param[2]);
}

/* There is never anything to verify. */
void irc_verify(struct irc *s, const struct irc_msg *m)
{
    const struct account *a = s->user.account;
    if (a != NULL)
        irc_fail(s, m->command, "ALREADY_AUTHENTICATED", str_of(a->name), "You are logged in");
    else
        irc_fail(s, m->command, "INVALID_CODE", m->param[0], "Accounts need no verification here");
}

/* --- services --- */

bool irc_service_hint(struct irc *s, struct str target)
{
    if (target.n < 4 || !str_ieq((struct str){target.p + target.n - 4, 4}, "serv") ||
        chat_name_free(irc_chat(s), target, &s->user) != CHAT_NAME_RESERVED)
        return false;
    irc_server_line(s,
                    "NOTICE %s :There is no %.*s here, and nobody was told that. Log in with SASL "
                    "or PASS; %s.",
                    s->user.name, (int)target.n, target.p,
                    irc_register_there(s) ? "REGISTER makes an account"
                                          : "the administrator makes accounts");
    return true;
}
