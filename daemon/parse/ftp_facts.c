#include "parse/ftp_facts.h"

static const struct {
    const char *name;
    enum ftp_fact fact;
} facts[] = {
    {"type", FACT_TYPE},        {"size", FACT_SIZE},      {"modify", FACT_MODIFY},
    {"perm", FACT_PERM},        {"unique", FACT_UNIQUE},  {"create", FACT_CREATE},
    {"media-type", FACT_MEDIA}, {"UNIX.mode", FACT_MODE},
};
enum { FACTS = sizeof facts / sizeof facts[0] };

bool ftp_facts_parse(struct str list, unsigned *on)
{
    struct str one;
    if (list.n > 0 && memchr(list.p, ' ', list.n) != NULL)
        return false;
    *on = 0;
    while (str_split(&list, ';', &one))
        for (int i = 0; i < FACTS; i++)
            if (str_ieq(one, facts[i].name))
                *on |= (unsigned)facts[i].fact;
    return true;
}

void ftp_facts_write(struct buf *out, unsigned on, bool all)
{
    for (int i = 0; i < FACTS; i++) {
        const bool set = (on & (unsigned)facts[i].fact) != 0;
        if (set || all)
            buf_addf(out, "%s%s;", facts[i].name, set && all ? "*" : "");
    }
}

bool ftp_time_parse(struct str arg, struct timespec *t, struct str *path)
{
    struct str time;
    if (!str_split(&arg, ' ', &time) || arg.p == NULL || arg.n == 0 || !date_ftp_parse(time, t))
        return false;
    *path = arg;
    return true;
}

bool ftp_mode_parse(struct str s, unsigned *mode)
{
    unsigned m = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '7' || m > 0777)
            return false;
        m = m * 8 + (unsigned)(s.p[i] - '0');
    }
    *mode = m;
    return s.n >= 3 && m <= 0777;
}

static enum ftp_mff fact_parse(struct ftp_change *c, struct str fact)
{
    struct str name;
    if (!str_split(&fact, '=', &name) || fact.p == NULL || name.n == 0)
        return FTP_MFF_BAD;
    if (str_ieq(name, "modify")) {
        c->has_modified = true;
        return date_ftp_parse(fact, &c->modified) ? FTP_MFF_OK : FTP_MFF_BAD;
    }
    if (str_ieq(name, "UNIX.mode")) {
        c->has_mode = true;
        return ftp_mode_parse(fact, &c->mode) ? FTP_MFF_OK : FTP_MFF_BAD;
    }
    c->unknown = name;
    return FTP_MFF_UNKNOWN;
}

enum ftp_mff ftp_mff_parse(struct ftp_change *c, struct str arg)
{
    struct str list, one;
    enum ftp_mff result = FTP_MFF_OK;
    *c = (struct ftp_change){0};
    if (!str_split(&arg, ' ', &list) || arg.p == NULL || arg.n == 0 || list.n == 0 ||
        list.p[list.n - 1] != ';')
        return FTP_MFF_BAD;
    c->path = arg;
    list.n--; /* the last ';' ends a fact, and begins none */
    while (result != FTP_MFF_BAD && str_split(&list, ';', &one)) {
        const enum ftp_mff r = fact_parse(c, one);
        result = r != FTP_MFF_OK ? r : result;
    }
    return result;
}
