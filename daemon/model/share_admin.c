#include "model/share_admin.h"

#include "base/date.h"
#include "base/escape.h"

#include <string.h>

/* --- making --- */

enum share_result share_check(const struct share_desk *d, struct share_wish *wish)
{
    struct stat st;
    const struct person who = {.account = wish->maker, .guests = ACCESS_NO, .rooms = d->rooms};
    const unsigned need = wish->uploads ? MAY_READ | MAY_WRITE : MAY_READ;
    if (wish->maker != NULL &&
        (!account_usable(wish->maker) || (access_rights(d->conf, &who, wish->path) & need) != need))
        return SHARE_NOT_ALLOWED;
    if (store_stat(d->files, wish->path, &st) != 0 || !(S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
        return SHARE_NOT_THERE;
    wish->folder = S_ISDIR(st.st_mode);
    return wish->uploads && !wish->folder ? SHARE_NO_FOLDER : SHARE_OK;
}

const char *share_result_text(enum share_result result)
{
    switch (result) {
    case SHARE_OK: break;
    case SHARE_TOO_MANY: return "there are too many shares";
    case SHARE_NO_MEMORY: return "out of memory";
    case SHARE_NOT_KEPT: return "the database cannot be written; nothing was changed";
    case SHARE_NOT_THERE: return "there is no such file or folder";
    case SHARE_NOT_ALLOWED:
        return "that account may not do there itself what the link would let others do";
    case SHARE_NO_FOLDER: return "uploads need a folder, and that is a file";
    }
    return "";
}

enum share_result share_make(const struct share_desk *d, struct share_wish *wish, struct buf *url,
                             struct share **out)
{
    char token[SHARE_TOKEN_MAX];
    enum share_result result = share_check(d, wish);
    if (result == SHARE_OK)
        result = share_new(d->shares, wish, token, out);
    if (result == SHARE_OK)
        buf_addf(url, "%s/s/%s%s", d->url, token, wish->folder ? "/" : "");
    explicit_bzero(token, sizeof token);
    return result;
}

/* --- showing --- */

static const char *maker_of(const struct share *s)
{
    return s->maker != NULL ? s->maker->name : "";
}

void share_add_json(struct buf *out, const struct shares *ss, const struct share *s)
{
    buf_addf(out, "{\"id\":%lld,\"path\":", (long long)s->id);
    escape_json(out, str_of(s->path));
    buf_addf(out, ",\"type\":\"%s\",\"account\":", s->folder ? "folder" : "file");
    escape_json(out, str_of(maker_of(s)));
    buf_addf(out, ",\"made\":%lld,\"expires\":%lld,\"password\":%s,\"uploads\":%s",
             (long long)(s->made / 1000), (long long)(s->expires / 1000),
             s->hash[0] != '\0' ? "true" : "false", s->uploads ? "true" : "false");
    buf_addf(out, ",\"hits\":%llu,\"usable\":%s}", (unsigned long long)s->hits,
             share_usable(ss, s) ? "true" : "false");
}

static void add_row(struct buf *out, const struct shares *ss, const struct share *s)
{
    char until[DATE_TEXT_MAX] = "never";
    if (s->expires > 0)
        date_minute(until, (time_t)(s->expires / 1000));
    buf_addf(out, "%6lld  %-16s  %-16s  %6llu  ", (long long)s->id,
             s->maker != NULL ? s->maker->name : "(agentctl)", until, (unsigned long long)s->hits);
    escape_line(out, str_of(s->path));
    buf_addf(out, "%s%s%s%s\n", s->folder && s->path[1] != '\0' ? "/" : "",
             s->hash[0] != '\0' ? "  password" : "", s->uploads ? "  uploads" : "",
             share_usable(ss, s) ? "" : "  (does not hold)");
}

void share_list(const struct shares *ss, const struct account *of, bool json, struct buf *out)
{
    bool first = true;
    if (json)
        buf_addc(out, '[');
    else
        buf_addf(out, "%6s  %-16s  %-16s  %6s  %s\n", "ID", "BY", "UNTIL (UTC)", "HITS", "WHAT");
    list_each(n, &ss->all)
    {
        const struct share *s = list_entry(n, struct share, link);
        if (of != NULL && s->maker != of)
            continue;
        if (json) {
            buf_adds(out, first ? "" : ",");
            share_add_json(out, ss, s);
        } else {
            add_row(out, ss, s);
        }
        first = false;
    }
    if (json)
        buf_adds(out, "]\n");
}

/* --- the verbs --- */

static bool refuse(struct buf *out, const char *why)
{
    buf_adds(out, why);
    return false;
}

/* The next word; "-" is none. */
static struct str take_word(struct str *rest)
{
    struct str word = STR("");
    (void)str_split(rest, ' ', &word);
    return str_eq(word, "-") ? STR("") : word;
}

static bool add(const struct share_desk *d, struct str rest, struct buf *out)
{
    struct share_wish wish = {0};
    char hash[HASH_MAX], path[PATH_BYTES_MAX], date[DATE_TEXT_MAX];
    struct share *s = NULL;
    struct buf url = {0};
    const struct str lasts = take_word(&rest), hashed = take_word(&rest),
                     uploads = take_word(&rest), name = take_word(&rest);
    wish.path = path;
    wish.hash = hash;
    wish.uploads = uploads.n > 0;
    if (d->files == NULL)
        return refuse(out,
                      "agentd is stopped: it alone knows where its links lead; start it first");
    if (d->url == NULL)
        return refuse(out, "no door of http is open: nobody could come by the link");
    if (!share_lasts(lasts, &wish.lasts))
        return refuse(out, "--expires must be a time such as 30m, 12h or 7d, or never");
    if (!str_copy(hash, sizeof hash, hashed) || (hashed.n > 0 && !password_is_hash(hash)))
        return refuse(out, "that is no hash of a password");
    if (name.n > 0 && (wish.maker = account_find(d->shares->accounts, name)) == NULL)
        return refuse(out, "there is no account of that name (see: agentctl user list)");
    if (rest.n == 0 || !path_resolve("/", rest, path))
        return refuse(out, "the path is missing, or too long");
    const enum share_result result = share_make(d, &wish, &url, &s);
    if (result != SHARE_OK)
        return refuse(out, share_result_text(result));
    if (s->expires > 0)
        date_minute(date, (time_t)(s->expires / 1000));
    buf_addf(out, "%s\nid %lld, %s%s\n", buf_str(&url), (long long)s->id,
             s->expires > 0 ? "until " : "until it is revoked", s->expires > 0 ? date : "");
    buf_free(&url);
    return true;
}

static bool list(const struct share_desk *d, struct str rest, struct buf *out)
{
    share_list(d->shares, NULL, str_eq(rest, "--json"), out);
    return true;
}

static bool revoke(const struct share_desk *d, struct str rest, struct buf *out)
{
    uint64_t id;
    const struct str token = share_token_in(rest);
    struct share *s = token.p != NULL                     ? share_of_token(d->shares, token)
                      : text_number(rest, INT64_MAX, &id) ? share_by_id(d->shares, (int64_t)id)
                                                          : NULL;
    if (s == NULL)
        return refuse(out, "there is no such share (see: agentctl share list)");
    const long long number = (long long)s->id;
    if (!share_revoke(d->shares, s, "revoked"))
        return refuse(out, "the database cannot be written; nothing was changed");
    buf_addf(out, "share %lld is revoked\n", number);
    return true;
}

static const struct verb {
    const char *name;
    bool (*run)(const struct share_desk *d, struct str rest, struct buf *out);
} verbs[] = {{"add", add}, {"list", list}, {"revoke", revoke}};

bool share_admin(const struct share_desk *d, struct str line, struct buf *out)
{
    struct str rest = line, verb = STR("");
    (void)str_split(&rest, ' ', &verb);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (str_eq(verb, verbs[i].name))
            return verbs[i].run(d, rest.p != NULL ? rest : STR(""), out);
    return refuse(out, "usage: share PATH [--expires TIME] [--password] [--uploads] [--as NAME] | "
                       "share list | share revoke ID|URL");
}
