/* irc_auth.c: logging in: PASS (RFC 2812, 3.1.1), and SASL over AUTHENTICATE (IRCv3), in the
 * capability `sasl`. */
#include "serve/irc.h"

#include "net/tls.h"
#include "parse/base64.h"
#include "parse/sasl_plain.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 400,     /* bytes of base 64 in one AUTHENTICATE; a full one has more behind it */
    SASL_MAX = 1024, /* of all of them */
    FAILURES_MAX = 3,
};

static void drop_pass(struct irc *s)
{
    if (s->pass == NULL)
        return;
    explicit_bzero(s->pass, strlen(s->pass));
    free(s->pass);
    s->pass = NULL;
}

void irc_auth_free(struct irc *s)
{
    if (s->login != NULL)
        login_cancel(s->login);
    s->login = NULL;
    if (s->sasl.mem != NULL)
        explicit_bzero(s->sasl.mem, s->sasl.cap);
    buf_free(&s->sasl);
    drop_pass(s);
    login_leave(s->user.account);
    s->user.account = NULL;
}

void irc_refuse_plain(struct irc *s)
{
    irc_reply(s, ERR_PASSWDMISMATCH, ":Use TLS: a password must not travel in clear here");
    irc_error(s, "Use TLS");
}

/* --- what came of it --- */

static bool become(struct irc *s, struct account *a)
{
    if (!login_enter(irc_serve(s), a))
        return false;
    s->user.account = a;
    irc_serve(s)->metrics->logins++;
    const struct user *u = &s->user;
    irc_reply(s, RPL_LOGGEDIN, "%s!%s@%s %s :You are now logged in as %s", irc_nick(s),
              u->ident[0] != '\0' ? u->ident : "*", u->host, a->name, a->name);
    return true;
}

void irc_come_as(struct irc *s, struct account *a)
{
    if (!become(s, a))
        irc_error(s, "Too many logins or sessions; try again later");
}

/* False when that was one too many, and the connection ends. */
static bool may_fail_again(struct irc *s)
{
    if (++s->failures < FAILURES_MAX)
        return true;
    irc_error(s, "Too many failed logins");
    return false;
}

/* --- PASS --- */

void irc_pass(struct irc *s, const struct irc_msg *m)
{
    if (s->registered) {
        irc_reply(s, ERR_ALREADYREGISTERED, ":You may not reregister");
        return;
    }
    if (serve_needs_tls(s->conn, true)) {
        irc_refuse_plain(s);
        return;
    }
    drop_pass(s);
    s->pass = strndup(m->param[0].p, m->param[0].n);
}

static void pass_done(void *arg, enum login_result result, struct account *a)
{
    struct irc *s = arg;
    s->login = NULL;
    if (s->conn->finishing || s->conn->closing)
        return; /* thrown out meanwhile */
    irc_go_on(s);
    if (result == LOGIN_OK && become(s, a)) {
        irc_try_register(s);
        irc_gone_on(s);
    } else if (result == LOGIN_DENIED) {
        irc_reply(s, ERR_PASSWDMISMATCH, ":Password incorrect");
        irc_error(s, "Password incorrect");
    } else {
        irc_error(s, "Too many logins or sessions; try again later");
    }
}

bool irc_check_pass(struct irc *s)
{
    if (s->login != NULL)
        return true;
    if (s->pass == NULL || s->user.account != NULL)
        return false;
    /* "name:password", as for bouncers, or the password of the one whose name is the nick: which of
     * them shows in whether there is such an account. It must not show in what a failure costs. */
    struct str password = str_of(s->pass), rest = password, first = {0};
    struct str name = str_of(s->nick);
    const bool two = memchr(password.p, ':', password.n) != NULL && str_split(&rest, ':', &first) &&
                     name_check(first) == NAME_OK;
    if (two && account_find(irc_serve(s)->accounts, first) != NULL) {
        name = first;
        password = rest;
    }
    s->login = login_begin(s->conn, name, password, pass_done, s);
    if (two && s->login != NULL)
        login_charge(s->login, first);
    drop_pass(s);
    if (s->login != NULL)
        conn_pause(s->conn);
    else
        irc_error(s, "Too many logins or sessions; try again later");
    return true;
}

/* --- SASL --- */

static void sasl_end(struct irc *s)
{
    if (s->sasl.mem != NULL)
        explicit_bzero(s->sasl.mem, s->sasl.cap);
    buf_free(&s->sasl);
    s->mechanism = IRC_SASL_NONE;
}

static void sasl_fail(struct irc *s)
{
    sasl_end(s);
    irc_reply(s, ERR_SASLFAIL, ":SASL authentication failed");
    (void)may_fail_again(s);
}

static void sasl_succeed(struct irc *s)
{
    sasl_end(s);
    irc_reply(s, RPL_SASLSUCCESS, ":SASL authentication successful");
}

static void sasl_done(void *arg, enum login_result result, struct account *a)
{
    struct irc *s = arg;
    s->login = NULL;
    if (s->conn->finishing || s->conn->closing)
        return; /* thrown out meanwhile */
    irc_go_on(s);
    if (result == LOGIN_OK && become(s, a))
        sasl_succeed(s);
    else if (result == LOGIN_DENIED)
        sasl_fail(s);
    else
        irc_error(s, "Too many logins or sessions; try again later");
    irc_gone_on(s);
}

static void plain(struct irc *s, struct str message)
{
    struct str authzid, name, password;
    if (!sasl_plain_parse(message, &authzid, &name, &password) ||
        (authzid.n > 0 && (authzid.n != name.n || memcmp(authzid.p, name.p, name.n) != 0))) {
        sasl_fail(s);
        return;
    }
    s->login = login_begin(s->conn, name, password, sasl_done, s);
    if (s->login != NULL)
        conn_pause(s->conn);
    else
        sasl_fail(s);
}

/* A certificate, which TLS has proved to be the client's, stands for name and password; the name
 * that may come with it must be the one that it is for. */
static void external(struct irc *s, struct str authzid)
{
    char print[TLS_FINGERPRINT_MAX];
    struct account *a =
        tls_fingerprint(s->conn->tls, print) ? login_by_cert(irc_serve(s), print) : NULL;
    const bool its_own =
        a != NULL && (authzid.n == 0 || account_find(irc_serve(s)->accounts, authzid) == a);
    if (its_own && become(s, a))
        sasl_succeed(s);
    else
        sasl_fail(s);
}

/* The whole message is there, in base 64. */
static void sasl_whole(struct irc *s)
{
    char message[SASL_MAX];
    const ssize_t n =
        base64_decode((struct str){buf_data(&s->sasl), s->sasl.len}, message, sizeof message);
    if (n < 0)
        sasl_fail(s);
    else if (s->mechanism == IRC_SASL_EXTERNAL)
        external(s, (struct str){message, (size_t)n});
    else
        plain(s, (struct str){message, (size_t)n});
    explicit_bzero(message, sizeof message);
}

const char *irc_mechanisms(const struct irc *s)
{
    if (serve_needs_tls(s->conn, true))
        return "";
    return s->conn->tls != NULL ? "PLAIN,EXTERNAL" : "PLAIN";
}

static void sasl_begin(struct irc *s, struct str mechanism)
{
    if (serve_needs_tls(s->conn, true)) {
        irc_refuse_plain(s);
    } else if (str_ieq(mechanism, "PLAIN")) {
        s->mechanism = IRC_SASL_PLAIN;
    } else if (str_ieq(mechanism, "EXTERNAL") && s->conn->tls != NULL) {
        s->mechanism = IRC_SASL_EXTERNAL;
    } else {
        irc_reply(s, RPL_SASLMECHS, "%s :are available SASL mechanisms", irc_mechanisms(s));
        sasl_fail(s);
    }
    if (s->mechanism != IRC_SASL_NONE)
        irc_line(s, "AUTHENTICATE +");
}

void irc_authenticate(struct irc *s, const struct irc_msg *m)
{
    const struct str arg = m->param[0];
    if (s->user.account != NULL) {
        irc_reply(s, ERR_SASLALREADY, ":You have already authenticated using SASL");
    } else if (str_eq(arg, "*")) {
        sasl_end(s);
        irc_reply(s, ERR_SASLABORTED, ":SASL authentication aborted");
    } else if (s->mechanism == IRC_SASL_NONE) {
        sasl_begin(s, arg);
    } else if (arg.n > CHUNK || s->sasl.len + arg.n > SASL_MAX) {
        sasl_end(s);
        irc_reply(s, ERR_SASLTOOLONG, ":SASL message too long");
    } else {
        if (!str_eq(arg, "+"))
            buf_add(&s->sasl, arg.p, arg.n);
        if (arg.n < CHUNK)
            sasl_whole(s);
    }
}
