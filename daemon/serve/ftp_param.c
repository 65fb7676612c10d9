/* ftp_param.c: the commands that say how transfers are made (RFC 959, 4.1.2), and what we can do.
 */
#include "parse/ftp_part.h"
#include "serve/ftp.h"

static void add_mlst(struct ftp *s, struct buf *b)
{
    buf_addc(b, ' ');
    ftp_facts_write(b, s->facts, true);
}

/* RFC 2389, 3: in order of names. */
static const struct {
    const char *name;
    bool tls;                                     /* only where there is TLS */
    void (*add)(struct ftp *s, struct buf *line); /* what follows; may be NULL */
} features[] = {
    {"AUTH TLS", true, NULL},       {"AVBL", false, NULL},
    {"CLNT", false, NULL},          {"CSID", false, NULL},
    {"EPRT", false, NULL},          {"EPSV", false, NULL},
    {"HASH", false, ftp_hash_feat}, {"HOST", false, NULL},
    {"LANG EN*", false, NULL},      {"MD5", false, NULL},
    {"MDTM", false, NULL},          {"MFF Modify;UNIX.mode;", false, NULL},
    {"MFMT", false, NULL},          {"MLST", false, add_mlst},
    {"MODE Z", false, NULL},        {"PASV", false, NULL},
    {"PBSZ", true, NULL},           {"PROT", true, NULL},
    {"RANG STREAM", false, NULL},   {"REST STREAM", false, NULL},
    {"SIZE", false, NULL},          {"TVFS", false, NULL},
    {"UTF8", false, NULL},          {"XCRC", false, NULL},
    {"XMD5", false, NULL},          {"XSHA", false, NULL},
    {"XSHA1", false, NULL},         {"XSHA256", false, NULL},
    {"XSHA512", false, NULL},
};

void ftp_feat(struct ftp *s, struct str arg)
{
    struct buf b = {0};
    (void)arg;
    const bool tls = ftp_serve(s)->tls != NULL || s->control->tls != NULL;
    buf_adds(&b, "211-Features:\r\n");
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (features[i].tls && !tls)
            continue;
        buf_addf(&b, " %s", features[i].name);
        if (features[i].add != NULL)
            features[i].add(s, &b);
        buf_adds(&b, "\r\n");
    }
    buf_adds(&b, "211 End\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

static void opts_mlst(struct ftp *s, struct str list)
{
    struct buf b = {0};
    if (!ftp_facts_parse(list, &s->facts)) {
        ftp_reply(s, 501, "Invalid MLST options.");
        return;
    }
    ftp_facts_write(&b, s->facts, false);
    ftp_reply(s, 200, "MLST OPTS%s%s", b.len > 0 ? " " : "", buf_str(&b));
    buf_free(&b);
}

/* "UTF-8 NLST" and its like are of drafts before RFC 2640. */
static void opts_utf8(struct ftp *s, struct str arg)
{
    if (arg.n == 0 || str_ieq(arg, "ON") || str_ieq(arg, "NLST"))
        ftp_reply(s, 200, "UTF8 is always on.");
    else if (str_ieq(arg, "OFF"))
        ftp_reply(s, 504, "UTF8 is always on, and stays.");
    else
        ftp_reply(s, 501, "Syntax: OPTS UTF8 ON");
}

void ftp_opts(struct ftp *s, struct str arg)
{
    struct str rest = arg, name;
    (void)str_split(&rest, ' ', &name);
    if (str_ieq(name, "UTF8") || str_ieq(name, "UTF-8"))
        opts_utf8(s, rest);
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
    else if (str_ieq(arg, "A") || str_ieq(arg, "A N") || str_ieq(arg, "A T"))
        s->ascii = true; /* T is the same as N here (RFC 1123, 4.1.2.2) */
    else {
        ftp_reply(s, 504, "TYPE is A, I or L 8.");
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

/* RFC 2640, 4.1: there is one language; one with a region's name is meant, too. */
void ftp_lang(struct ftp *s, struct str arg)
{
    if (arg.n == 0)
        ftp_reply(s, 200, "Replies are in English, as they always are.");
    else if (str_ieq(arg, "EN") || str_istarts(arg, "EN-"))
        ftp_reply(s, 200, "Replies are in English.");
    else
        ftp_reply(s, 504, "Replies are in English only: LANG EN.");
}

void ftp_reset_params(struct ftp *s)
{
    s->facts = FACTS_FIRST;
    s->idle = 0;
    s->rest = s->till = s->allo = 0;
    s->level = s->hash = 0;
    s->ascii = s->mode_z = s->epsv_only = false;
    s->pbsz = s->prot_p = s->implicit;
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
    s->rest = s->till = 0;
    if (!text_number(arg, INT64_MAX, &s->rest))
        ftp_reply(s, 501, "REST takes a number of bytes.");
    else if (s->ascii && s->rest > 0)
        refuse_rest(s);
    else
        ftp_reply(s, 350, "The next transfer begins at %llu.", (unsigned long long)s->rest);
}

bool ftp_may_rest(struct ftp *s)
{
    const bool ok = s->rest == 0 || !s->ascii;
    if (!ok)
        refuse_rest(s);
    return ok;
}
