/* ftp_tls.c: protection of the control connection and of data connections (RFC 4217). */
#include "serve/ftp.h"

#include <errno.h>

/* --- the control connection --- */

static bool is_mechanism(struct str arg)
{
    return str_ieq(arg, "TLS") || str_ieq(arg, "TLS-C") || str_ieq(arg, "SSL");
}

/* What came in clear may be anybody's: lines behind AUTH must not count as the client's own. */
static void forget_plain(struct ftp *s)
{
    buf_clear(&s->control->in);
    buf_clear(&s->line);
    buf_free(&s->queued);
    s->telnet = (struct telnet){0};
    s->skipping = s->ascii = s->epsv_only = false;
    s->facts = FACTS_ALL;
    ftp_logout(s);
}

void ftp_auth(struct ftp *s, struct str arg)
{
    struct conn *c = s->control;
    if (c->tls != NULL) {
        ftp_reply(s, 503, "TLS is on already.");
        return;
    }
    if (!is_mechanism(arg)) {
        ftp_reply(s, 504, "AUTH takes TLS.");
        return;
    }
    if (ftp_serve(s)->tls == NULL) {
        ftp_reply(s, 431, "TLS is off: there is no certificate.");
        return;
    }
    s->prot_p = str_ieq(arg, "SSL"); /* as clients that say so are used to */
    ftp_reply(s, 234, "Go on with TLS.");
    conn_send(c);
    if (c->out.bytes > 0) { /* it has not read what came before */
        conn_close(c, CLOSE_SLOW);
        return;
    }
    forget_plain(s);
    conn_start_tls(c, tls_accept(ftp_serve(s)->tls, "ftp", c->watch.fd));
    conn_deadline(c, ftp_serve(s)->conf->limits->request_timeout);
}

void ftp_ccc(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 533, "The control connection stays protected.");
}

void ftp_pbsz(struct ftp *s, struct str arg)
{
    uint64_t size;
    if (s->control->tls == NULL) {
        ftp_reply(s, 503, "AUTH TLS comes first.");
    } else if (!text_number(arg, UINT32_MAX, &size)) {
        ftp_reply(s, 501, "PBSZ takes a number.");
    } else {
        s->pbsz = true;
        ftp_reply(s, 200, "PBSZ=0");
    }
}

void ftp_prot(struct ftp *s, struct str arg)
{
    if (!s->pbsz) {
        ftp_reply(s, 503, "PBSZ comes first.");
    } else if (str_ieq(arg, "S") || str_ieq(arg, "E")) {
        ftp_reply(s, 536, "PROT is P or C.");
    } else if (!str_ieq(arg, "P") && !str_ieq(arg, "C")) {
        ftp_reply(s, 504, "PROT is P or C.");
    } else {
        s->prot_p = str_ieq(arg, "P");
        ftp_close_channel(s); /* one that was opened the other way */
        ftp_reply(s, 200, "Data connections are %s.", s->prot_p ? "protected" : "in clear");
    }
}

/* --- data connections --- */

bool ftp_data_in_clear(const struct ftp *s)
{
    return s->control->tls != NULL && !s->prot_p && ftp_serve(s)->conf->tls->require != REQUIRE_NO;
}

void ftp_protect(struct ftp *s)
{
    if (s->prot_p && s->data->tls == NULL)
        conn_start_tls(s->data, tls_accept_data(s->control->tls, s->data->watch.fd));
}

static void note_no_resume(struct ftp *s, bool refused)
{
    char peer[PEER_TEXT_MAX];
    if (s->no_resume_noted)
        return;
    s->no_resume_noted = true;
    addr_text(&s->control->peer, peer);
    log_say(ftp_serve(s)->log, refused ? LOG_WARN : LOG_INFO,
            "event=no-resume proto=ftp sid=%llu peer=%s data connection does not go on with the "
            "control connection's TLS session%s",
            (unsigned long long)s->control->id, peer, refused ? " and is refused" : "");
}

bool ftp_data_is_ours(struct ftp *s)
{
    const bool required = ftp_conf(s)->tls_require_resume;
    if (s->data->tls == NULL)
        return true;
    if (tls_resumes(s->data->tls, s->control->tls)) {
        tls_new_ticket(s->control->tls); /* for the next one; it goes with the reply */
        return true;
    }
    note_no_resume(s, required);
    return !required;
}
