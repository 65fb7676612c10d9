#include "parse/ftp_cmd.h"

#include <stdio.h>
#include <string.h>

bool ftp_cmd_parse(struct ftp_cmd *c, struct str line)
{
    size_t n = 0;
    *c = (struct ftp_cmd){0};
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '\0' || line.p[i] == '\r' || line.p[i] == '\n')
            return false;
    while (n < line.n && line.p[n] != ' ')
        n++;
    if (n == 0 || n > FTP_VERB_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        c->verb[i] = text_upper(line.p[i]);
    if (n < line.n)
        c->arg = (struct str){line.p + n + 1, line.n - n - 1};
    return true;
}

bool ftp_port_parse(struct ftp_addr *a, struct str arg)
{
    uint64_t v[6];
    struct str part;
    for (int i = 0; i < 6; i++)
        if (!str_split(&arg, ',', &part) || part.n > 3 || !text_number(part, 255, &v[i]))
            return false;
    if (arg.p != NULL)
        return false;
    *a = (struct ftp_addr){.port = (unsigned)(v[4] * 256 + v[5])};
    snprintf(a->ip, sizeof a->ip, "%u.%u.%u.%u", (unsigned)v[0], (unsigned)v[1], (unsigned)v[2],
             (unsigned)v[3]);
    return true;
}

/* Of the letters that addresses are made of. */
static bool looks_like_ip(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\0' || strchr("0123456789abcdefABCDEF:.", s.p[i]) == NULL)
            return false;
    return s.n > 0;
}

bool ftp_eprt_parse(struct ftp_addr *a, struct str arg, unsigned *proto)
{
    struct str part[5];
    uint64_t family, port;
    *proto = 0;
    if (arg.n < 7 || arg.p[0] < 33 || arg.p[0] > 126)
        return false;
    const char sep = arg.p[0];
    for (int i = 0; i < 5; i++)
        if (!str_split(&arg, sep, &part[i]))
            return false;
    if (arg.p != NULL || part[4].n != 0 || !text_number(part[1], 99, &family))
        return false;
    *proto = (unsigned)family;
    *a = (struct ftp_addr){.v6 = family == 2};
    if (!text_number(part[3], 65535, &port) || !looks_like_ip(part[2]) ||
        !str_copy(a->ip, sizeof a->ip, part[2]))
        return false;
    a->port = (unsigned)port;
    return family == 1 || family == 2;
}

/* Fourteen digits, or the twelve that are without seconds. */
static bool parse_time(struct str text, struct timespec *out)
{
    char digits[15];
    if (text.n != 12 && text.n != 14)
        return false;
    memcpy(digits, text.p, text.n);
    memcpy(digits + text.n, "00", text.n == 12 ? 2 : 0);
    return date_ftp_parse((struct str){digits, 14}, out);
}

bool ftp_utime_parse(struct str arg, struct str *path, struct timespec *modified)
{
    struct str rest = arg, utc, word;
    struct timespec other;
    if (str_split_last(&rest, ' ', &utc) && str_ieq(utc, "UTC") &&
        str_split_last(&rest, ' ', &word) && parse_time(word, &other) &&
        str_split_last(&rest, ' ', &word) && parse_time(word, modified) &&
        str_split_last(&rest, ' ', &word) && parse_time(word, &other)) {
        *path = rest;
        return rest.n > 0;
    }
    *path = arg;
    return str_split(path, ' ', &word) && parse_time(word, modified) && path->n > 0;
}
