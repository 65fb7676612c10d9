/* ftp_login.c: USER and PASS. */
#include "serve/ftp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAILURES_MAX = 3,
    DENY_MS = 1000, /* a wrong password is answered so much later */
};

static bool is_guest(const char *user)
{
    return str_ieq(str_of(user), "anonymous") || str_ieq(str_of(user), "ftp");
}

/* The same words for everybody: they do not tell who there is. */
void ftp_user(struct ftp *s, struct str arg)
{
    char *user = strndup(arg.p, utf8_cut(arg.p, arg.n, 64));
    if (user == NULL) {
        ftp_error(s, ENOMEM, arg);
        return;
    }
    free(s->user);
    s->user = user;
    s->logged_in = false;
    ftp_reply(s, 331, "Send the password; guests send their e-mail address.");
}

void ftp_logout(struct ftp *s)
{
    if (s->logged_in)
        ftp_note_login(s, EVENT_LOGOUT);
    s->logged_in = false;
    free(s->user);
    free(s->cwd);
    free(s->rename_from);
    s->user = s->cwd = s->rename_from = NULL;
    s->rest = 0;
}

void ftp_note_login(struct ftp *s, enum event_kind kind)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = {.kind = kind, .who = s->user};
    serve_event_from(&ev, s->control, peer);
    event_emit(ftp_serve(s)->bus, &ev);
}

/* The answer comes late, from a timer, and further commands wait for it. */
static void deny(struct ftp *s)
{
    ftp_note_login(s, EVENT_DENIED);
    ftp_serve(s)->metrics->ftp_denied++;
    s->failures++;
    s->denying = true;
    conn_pause(s->control);
    (void)timer_set(&s->control->loop->timers, &s->deny_timer,
                    s->control->loop->clock.mono + DENY_MS);
}

void ftp_say_denied(struct ftp *s)
{
    s->denying = false;
    if (s->failures >= FAILURES_MAX) {
        ftp_reply(s, 421, "Too many failed logins. Good bye.");
        conn_finish(s->control, true);
        return;
    }
    ftp_reply(s, 530, "Login incorrect.");
    conn_resume(s->control);
    conn_again(s->control);
}

void ftp_pass(struct ftp *s, struct str arg)
{
    (void)arg;
    if (s->user == NULL) {
        ftp_reply(s, 503, "Send USER first.");
        return;
    }
    if (s->logged_in) {
        ftp_reply(s, 230, "Already logged in.");
        return;
    }
    if (!is_guest(s->user) || ftp_conf(s)->anonymous == ACCESS_NO) {
        deny(s);
        return;
    }
    s->logged_in = true;
    conn_deadline(s->control, ftp_serve(s)->conf->limits->idle_timeout);
    ftp_serve(s)->metrics->ftp_logins++;
    ftp_note_login(s, EVENT_LOGIN);
    ftp_reply(s, 230, "Welcome. You may %s.",
              ftp_conf(s)->anonymous == ACCESS_WRITE ? "read and write" : "read");
}
