/* ftp_param.c: the commands that say how transfers are made (RFC 959, 4.1.2), and what we can do.
 */
#include "parse/ftp_part.h"
#include "serve/ftp.h"

static const struct {
    const char *name;
    enum ftp_fact fact;
} facts[] = {{"type", FACT_TYPE},
             {"size", FACT_SIZE},
             {"modify", FACT_MODIFY},
             {"perm", FACT_PERM},
             {"unique", FACT_UNIQUE}};
enum { FACTS = sizeof facts / sizeof facts[0] };

/* "type*;size*;": with a star the ones that are on, or only those without. */
static void add_facts(struct buf *b, unsigned on, bool all)
{
    for (int i = 0; i < FACTS; i++) {
        const bool set = (on & (unsigned)facts[i].fact) != 0;
        if (set || all)
            buf_addf(b, "%s%s;", facts[i].name, set && all ? "*" : "");
    }
}

void ftp_feat(struct ftp *s, struct str arg)
{
    struct buf b = {0};
    (void)arg;
    const bool tls = ftp_serve(s)->tls != NULL || s->control->tls != NULL;
    buf_addf(&b, "211-Features:\r\n%s EPRT\r\n EPSV\r\n", tls ? " AUTH TLS\r\n" : "");
    buf_adds(&b, " HASH");
    ftp_hash_feat(s, &b);
    buf_adds(&b, "\r\n MD5\r\n MDTM\r\n MLST ");
    add_facts(&b, s->facts, true);
    buf_addf(&b, "\r\n MODE Z\r\n PASV\r\n%s", tls ? " PBSZ\r\n PROT\r\n" : "");
    buf_adds(&b, " RANG STREAM\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n UTF8\r\n XCRC\r\n"
                 " XMD5\r\n XSHA\r\n XSHA1\r\n XSHA256\r\n XSHA512\r\n211 End\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

static void opts_mlst(struct ftp *s, struct str list)
{
    struct str one;
    struct buf b = {0};
    s->facts = 0;
    while (str_split(&list, ';', &one))
        for (int i = 0; i < FACTS; i++)
            if (str_ieq(one, facts[i].name))
                s->facts |= (unsigned)facts[i].fact;
    add_facts(&b, s->facts, false);
    ftp_reply(s, 200, "MLST OPTS %s", buf_str(&b));
    buf_free(&b);
}

void ftp_opts(struct ftp *s, struct str arg)
{
    struct str rest = arg, name;
    (void)str_split(&rest, ' ', &name);
    if (str_ieq(name, "UTF8") && (rest.n == 0 || str_ieq(rest, "ON")))
        ftp_reply(s, 200, "UTF8 is always on.");
    else if (str_ieq(name, "MLST"))
        opts_mlst(s, rest);
    else if (str_ieq(name, "HASH"))
        ftp_opts_hash(s, rest);
    else if (str_ieq(name, "MODE"))
        ftp_opts_mode(s, rest);
    else
        ftp_reply(s, 501, "There is no such option.");
}

void ftp_type(struct ftp *s, struct str arg)
{
    if (str_ieq(arg, "I") || str_ieq(arg, "L 8"))
        s->ascii = false;
    else if (str_ieq(arg, "A") || str_ieq(arg, "A N"))
        s->ascii = true;
    else {
        ftp_reply(s, 504, "TYPE is A or I.");
        return;
    }
    ftp_reply(s, 200, "TYPE is now %s.", s->ascii ? "ASCII" : "binary");
}

void ftp_stru(struct ftp *s, struct str arg)
{
    if (str_ieq(arg, "F"))
        ftp_reply(s, 200, "STRU is file.");
    else
        ftp_reply(s, 504, "STRU is F only.");
}

void ftp_allo(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 202, "Not needed here.");
}

/* In ASCII it would count bytes as they go over the line (RFC 3659, 5.3), and nobody knows where
 * those are in the file. */
static void refuse_rest(struct ftp *s)
{
    s->rest = 0;
    ftp_reply(s, 501, "REST is for binary transfers; send TYPE I first.");
}

void ftp_rang(struct ftp *s, struct str arg)
{
    struct ftp_part part;
    const bool ok = ftp_rang_parse(&part, arg);
    const bool whole = ok && part.till == UINT64_MAX;
    s->rest = s->till = 0;
    if (!ok) {
        ftp_reply(s, 501, "RANG takes the first and the last byte, or 1 0 for the whole file.");
    } else if (whole) {
        ftp_reply(s, 350, "The next transfer is that of the whole file.");
    } else if (!ftp_raw(s)) {
        ftp_reply(s, 551, "RANG is for TYPE I and MODE S.");
    } else {
        s->rest = part.from;
        s->till = part.till;
        ftp_reply(s, 350, "The next transfer begins at %llu and ends at %llu.",
                  (unsigned long long)part.from, (unsigned long long)part.till - 1);
    }
}

void ftp_rest(struct ftp *s, struct str arg)
{
    s->till = 0;
    if (!text_number(arg, INT64_MAX, &s->rest))
        ftp_reply(s, 501, "REST takes a number of bytes.");
    else if (s->ascii && s->rest > 0)
        refuse_rest(s);
    else
        ftp_reply(s, 350, "The next transfer begins at %llu.", (unsigned long long)s->rest);
}

bool ftp_take_rest(struct ftp *s, uint64_t *rest)
{
    *rest = s->rest;
    s->rest = 0;
    if (*rest > 0 && s->ascii)
        refuse_rest(s);
    return *rest == 0 || !s->ascii;
}

uint64_t ftp_take_till(struct ftp *s)
{
    const uint64_t till = s->till;
    s->till = 0;
    return till != 0 ? till : UINT64_MAX;
}

void ftp_reset_params(struct ftp *s)
{
    s->ascii = s->mode_z = false;
    s->facts = FACTS_ALL;
    s->rest = s->till = s->allo = 0;
    s->level = s->hash = 0;
}
