/* ftp_info.c: what a client is told of us and of its session, and what it tells of itself. */
#include "base/escape.h"
#include "base/version.h"
#include "serve/ftp.h"

#include <string.h>

enum { MESSAGE_BYTES_MAX = 4096, MESSAGE_LINES_MAX = 50 };

/* --- lines --- */

void ftp_reply_lines(struct ftp *s, int code, const char *text)
{
    struct str rest = str_of(text), line;
    while (str_split(&rest, '\n', &line))
        conn_printf(s->control, "%d%c%.*s\r\n", code, rest.p != NULL ? '-' : ' ', (int)line.n,
                    line.p);
}

void ftp_show_message(struct ftp *s, int code, const char *folder)
{
    char text[MESSAGE_BYTES_MAX];
    struct buf clean = {0}, out = {0};
    size_t n;
    if (!(ftp_rights(s, folder) & MAY_READ) ||
        store_message(ftp_store(s), folder, text, sizeof text, &n) != 0)
        return;
    escape_text(&clean, (struct str){text, n == sizeof text ? utf8_cut(text, n, n - 1) : n});
    struct str rest = {buf_data(&clean), clean.len}, line;
    for (int i = 0; i < MESSAGE_LINES_MAX && rest.n > 0 && str_split(&rest, '\n', &line); i++) {
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        buf_addf(&out, "%d-", code);
        escape_line(&out, line);
        buf_adds(&out, "\r\n");
    }
    conn_write_buf(s->control, &out);
    buf_free(&clean);
    buf_free(&out);
}

/* --- of us --- */

void ftp_noop(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 200, "OK.");
}

void ftp_syst(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 215, "UNIX Type: L8");
}

/* What the client says of itself is of no account, but it asks the same of us (a draft: CSID). */
void ftp_csid(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 200, "Name=agentd; Version=%s; OS=UNIX; CaseSensitive=1; DirSep=/;",
              AGENTD_VERSION);
}

void ftp_clnt(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 200, "Noted.");
}

/* --- of the session --- */

static void add_total(struct ftp *s, const char *what, const struct ftp_total *t)
{
    char size[24];
    if (t->files == 0)
        return;
    text_size(size, sizeof size, t->bytes);
    conn_printf(s->control, "221-You have %s %llu file%s (%s).\r\n", what,
                (unsigned long long)t->files, t->files > 1 ? "s" : "", size);
}

void ftp_quit(struct ftp *s, struct str arg)
{
    (void)arg;
    add_total(s, "fetched", &s->fetched);
    add_total(s, "brought", &s->brought);
    ftp_reply(s, 221, "Good bye.");
    conn_finish(s->control, true);
}

/* "/a.iso, 1234 of 5678 bytes; down, 21% of 5.5 KB, 1.2 KB/s, 4s left" */
static void add_transfer(const struct ftp *s, struct buf *b)
{
    struct progress p;
    if (!ftp_transferring(s)) {
        buf_adds(b, " No transfer is running.\r\n");
        return;
    }
    if (s->sum != NULL) {
        buf_adds(b, " A digest is computed: ");
        escape_line(b, str_of(ftp_sum_name(s->sum)));
        buf_adds(b, ".\r\n");
        return;
    }
    buf_adds(b, " A transfer is running");
    if (ftp_progress(s, &p)) {
        buf_adds(b, ": ");
        escape_line(b, str_of(p.path));
        buf_addf(b, ", %llu", (unsigned long long)p.done);
        if (p.total != PROGRESS_UNKNOWN)
            buf_addf(b, " of %llu", (unsigned long long)p.total);
        buf_adds(b, " bytes; ");
        progress_text(&p, b);
    }
    buf_adds(b, ".\r\n");
}

void ftp_stat(struct ftp *s, struct str arg)
{
    if (arg.n > 0) {
        ftp_stat_path(s, arg);
        return;
    }
    char text[PEER_TEXT_MAX];
    struct buf b = {0};
    addr_ip_text(&s->control->peer, text);
    buf_addf(&b, "211-agentd %s\r\n You are ", AGENTD_VERSION);
    escape_line(&b, str_of(s->logged_in ? s->user : "not logged in"));
    buf_addf(&b, " from %s.\r\n The directory is ", text);
    escape_line(&b, str_of(ftp_cwd(s)));
    buf_addf(&b, ", the type %s.\r\n", s->ascii ? "ASCII" : "binary");
    if (s->control->tls != NULL)
        buf_addf(&b, " TLS is on, data connections are %s.\r\n",
                 s->prot_p ? "protected" : "in clear");
    text_span(text, sizeof text, (uint64_t)ftp_idle(s) / 1000);
    buf_addf(&b, " Silence ends the session after %s.\r\n", text);
    add_transfer(s, &b);
    buf_adds(&b, "211 End of status\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}
