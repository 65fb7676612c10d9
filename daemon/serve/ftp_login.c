/* ftp_login.c: who somebody is, and whom he means: USER PASS ACCT REIN HOST. */
#include "serve/ftp.h"

#include "parse/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FAILURES_MAX = 3 };

static bool is_guest(const char *user)
{
    return str_ieq(str_of(user), "anonymous") || str_ieq(str_of(user), "ftp");
}

static void note_login(struct ftp *s, enum event_kind kind)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = {.kind = kind, .who = s->user, .account = s->account};
    serve_event_from(&ev, s->control, peer);
    event_emit(ftp_serve(s)->bus, &ev);
}

static void leave(struct ftp *s)
{
    if (!s->logged_in)
        return;
    note_login(s, EVENT_LOGOUT);
    s->logged_in = false;
    login_leave(s->account);
    s->account = NULL;
}

void ftp_logout(struct ftp *s)
{
    ftp_close_channel(s); /* whose rate is the account's */
    leave(s);
    free(s->user);
    free(s->cwd);
    free(s->rename_from);
    s->user = s->cwd = s->rename_from = NULL;
    s->rest = s->till = s->allo = 0;
    s->fetched = s->brought = (struct ftp_total){0};
}

/* The same words for everybody: they do not tell who there is. */
void ftp_user(struct ftp *s, struct str arg)
{
    char *user = strndup(arg.p, utf8_cut(arg.p, arg.n, NAME_BYTES_MAX));
    if (user == NULL) {
        ftp_error(s, ENOMEM, arg);
        return;
    }
    ftp_logout(s);
    s->user = user;
    if (serve_needs_tls(s->control, !is_guest(user))) {
        free(s->user);
        s->user = NULL; /* so that no password follows */
        ftp_reply(s, 530, "Encrypt the connection first: AUTH TLS.");
        return;
    }
    ftp_reply(s, 331, "Send the password; guests send their e-mail address.");
}

static void welcome(struct ftp *s)
{
    s->logged_in = true;
    conn_deadline(s->control, ftp_idle(s));
    ftp_serve(s)->metrics->ftp_logins++;
    note_login(s, EVENT_LOGIN);
    ftp_show_message(s, 230, "/");
    if (s->account == NULL)
        ftp_reply(s, 230, "Welcome. You may %s.",
                  ftp_conf(s)->anonymous == ACCESS_WRITE ? "read and write" : "read");
    else
        ftp_reply(s, 230, "Welcome, %s.", s->account->name);
}

static void deny(struct ftp *s)
{
    ftp_serve(s)->metrics->ftp_denied++;
    if (++s->failures < FAILURES_MAX) {
        ftp_reply(s, 530, "Login incorrect.");
        return;
    }
    ftp_reply(s, 421, "Too many failed logins. Good bye.");
    conn_finish(s->control, true);
}

static void login_done(void *arg, enum login_result result, struct account *a)
{
    struct ftp *s = arg;
    s->login = NULL;
    if (s->control->finishing || s->control->closing)
        return; /* thrown out meanwhile */
    if (result == LOGIN_OK && !login_enter(ftp_serve(s), a))
        result = LOGIN_BUSY;
    if (result == LOGIN_OK) {
        s->account = a;
        ftp_serve(s)->metrics->logins++;
        welcome(s);
    } else if (result == LOGIN_DENIED) {
        deny(s);
    } else {
        ftp_reply(s, 421, "Too many logins or sessions; try again later.");
        conn_finish(s->control, true);
    }
    conn_resume(s->control);
    conn_again(s->control);
}

void ftp_pass(struct ftp *s, struct str arg)
{
    if (s->user == NULL) {
        ftp_reply(s, 503, "Send USER first.");
        return;
    }
    if (s->logged_in) {
        ftp_reply(s, 230, "Already logged in.");
        return;
    }
    if (is_guest(s->user) && ftp_conf(s)->anonymous != ACCESS_NO) {
        welcome(s);
        return;
    }
    s->login =
        login_begin(s->control, str_of(s->user), arg.p != NULL ? arg : STR(""), login_done, s);
    if (s->login == NULL)
        login_done(s, LOGIN_BUSY, NULL);
    else
        conn_pause(s->control);
}

void ftp_acct(struct ftp *s, struct str arg)
{
    (void)arg;
    if (s->logged_in)
        ftp_reply(s, 202, "No account is needed besides the login.");
    else
        ftp_reply(s, 503, "Log in with USER and PASS; no account is needed besides.");
}

/* RFC 959, 4.1.1. TLS stays, as a step back into clear would be for somebody in between to ask for
 * (RFC 4217, 11, has the session go on in clear); what PBSZ and PROT said goes. */
void ftp_rein(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_logout(s);
    ftp_reset_params(s);
    conn_deadline(s->control, ftp_serve(s)->conf->limits->request_timeout);
    ftp_reply_lines(s, 220, ftp_conf(s)->banner);
}

/* A name, an IPv4 address, an IPv6 address in brackets; no port. */
static bool is_host(struct str arg)
{
    struct addr a;
    if (arg.p[0] == '[')
        return arg.n > 2 && arg.p[arg.n - 1] == ']' &&
               addr_parse_ip(&a, (struct str){arg.p + 1, arg.n - 2}, 0) &&
               a.sa.sa_family == AF_INET6;
    return host_may_be_listed(arg) && arg.p[0] != '*';
}

/* RFC 7151. */
void ftp_host(struct ftp *s, struct str arg)
{
    const char *names = ftp_conf(s)->host;
    const struct str host = host_of(arg);
    if (!is_host(arg))
        ftp_reply(s, 501, "HOST takes a name, or an address; IPv6 in brackets.");
    else if (s->user != NULL)
        ftp_reply(s, 503, "HOST comes before USER.");
    else if (names[0] != '\0' && host_listed(names, host) == 0)
        ftp_reply(s, 504, "That host is not here.");
    else
        ftp_reply_lines(s, 220, ftp_conf(s)->banner);
}
