/* irc_auth.c: whose a session is: PASS (RFC 2812, 3.1.1), and what every way to log in ends with.
 * See irc_sasl.c and irc_register.c. */
#include "serve/irc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILURES_MAX = 3 };

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
    irc_sasl_end(s);
    irc_register_cancel(s);
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

/* The name that the one had whom this was before belongs to that account. */
static void give_up_name(struct irc *s)
{
    char name[32], was[NAME_BYTES_MAX + 1];
    text_copy(was, sizeof was, s->user.name);
    snprintf(name, sizeof name, "guest-%llu", (unsigned long long)s->conn->id);
    if (chat_rename(irc_chat(s), &s->user, str_of(name)) == CHAT_OK)
        irc_server_line(s,
                        "NOTICE %s :The name %s belongs to the account that you were logged in "
                        "to; you are %s now.",
                        name, was, name);
}

void irc_vouch(struct irc *s)
{
    struct user *u = &s->user;
    char ident[sizeof u->ident];
    if (u->account == NULL || u->ident[0] != '~')
        return;
    text_copy(ident, sizeof ident, u->ident + 1);
    if (s->registered)
        chat_set_ident(irc_chat(s), u, ident);
    else
        text_copy(u->ident, sizeof u->ident, ident);
}

bool irc_become(struct irc *s, struct account *a)
{
    struct account *before = s->user.account;
    if (before != a && !login_enter(irc_serve(s), a))
        return false;
    s->user.account = a;
    s->failures = 0;
    irc_serve(s)->metrics->logins++;
    const struct user *u = &s->user;
    irc_reply(s, RPL_LOGGEDIN, "%s!%s@%s %s :You are now logged in as %s", irc_nick(s),
              u->ident[0] != '\0' ? u->ident : "*", u->host, a->name, a->name);
    if (before == a)
        return true;
    if (s->registered && before != NULL &&
        account_find(irc_serve(s)->accounts, str_of(s->user.name)) == before)
        give_up_name(s);
    login_leave(before);
    irc_vouch(s);
    if (s->registered)
        chat_tell_account(irc_chat(s), &s->user);
    return true;
}

void irc_come_as(struct irc *s, struct account *a)
{
    if (!irc_become(s, a))
        irc_end(s, WS_TRY_LATER, "Too many sessions; try again later");
}

bool irc_may_fail_again(struct irc *s)
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
    if (result == LOGIN_OK && irc_become(s, a)) {
        irc_try_register(s);
        irc_gone_on(s);
    } else if (result == LOGIN_DENIED) {
        irc_reply(s, ERR_PASSWDMISMATCH, ":Password incorrect");
        irc_error(s, "Password incorrect");
    } else {
        irc_error(s, IRC_TOO_MANY_LOGINS);
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
        irc_error(s, IRC_TOO_MANY_LOGINS);
    return true;
}
