#include "model/account_admin.h"

#include "base/conf_value.h"
#include "base/date.h"
#include "base/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request: the words behind the verb, and where the answer goes. */
struct request {
    struct owners *owners;
    struct bearers *bearers;
    struct accounts *accounts;
    struct account *account; /* the one that it names */
    struct str arg, more;    /* behind the name */
    struct buf *out;
    struct account **ended;
};

static bool refuse(struct request *r, const char *why)
{
    buf_adds(r->out, why);
    return false;
}

/* The change was kept, or not. */
static bool kept(struct request *r, bool ok, const char *what)
{
    if (!ok)
        return refuse(r, "the database cannot be written; nothing was changed");
    buf_addf(r->out, "%s %s\n", r->account->name, what);
    return true;
}

static void end_sessions(struct request *r)
{
    *r->ended = account_ref(r->account);
}

/* --- what is shown --- */

static void add_usage(struct buf *b, const struct account *a)
{
    char used[24], limit[24];
    text_size(used, sizeof used, a->quota.used);
    text_size(limit, sizeof limit, a->quota.limit);
    buf_adds(b, used);
    if (a->quota.limit > 0)
        buf_addf(b, " of %s", limit);
}

static void add_json(struct buf *b, const struct account *a)
{
    buf_adds(b, "{\"name\":");
    escape_json(b, str_of(a->name));
    buf_addf(b,
             ",\"role\":\"%s\",\"disabled\":%s,\"quota\":%llu,\"used\":%llu,"
             "\"cert\":\"%s\"",
             role_name(a->role), a->disabled ? "true" : "false", (unsigned long long)a->quota.limit,
             (unsigned long long)a->quota.used, a->cert);
    buf_addf(b, ",\"created\":%lld,\"last_seen\":%lld,\"always_on\":%s}",
             (long long)(a->created / 1000), (long long)(a->last_seen / 1000),
             a->always_on ? "true" : "false");
}

static int by_fold(const void *a, const void *b)
{
    return strcmp((*(struct account *const *)a)->fold, (*(struct account *const *)b)->fold);
}

/* All of them in order; the caller frees the array. */
static struct account **sorted(const struct accounts *as)
{
    struct account **all = calloc(as->by_name.count + 1, sizeof(struct account *));
    size_t n = 0;
    if (all == NULL)
        return NULL;
    for (struct hnode *k = hmap_next(&as->by_name, NULL); k != NULL; k = hmap_next(&as->by_name, k))
        all[n++] = hmap_entry(k, struct account, by_name);
    qsort(all, n, sizeof(struct account *), by_fold);
    return all;
}

static void add_row(struct buf *b, const struct account *a)
{
    char seen[DATE_TEXT_MAX] = "never";
    struct buf usage = {0};
    if (a->last_seen > 0)
        date_minute(seen, (time_t)(a->last_seen / 1000));
    add_usage(&usage, a);
    buf_addf(b, "%-20s  %-6s  %-24s  %-16s  %s\n", a->name, role_name(a->role), buf_str(&usage),
             seen, a->disabled ? "disabled" : "");
    buf_free(&usage);
}

static bool list(struct request *r)
{
    const bool json = str_eq(r->arg, "--json");
    struct account **all = sorted(r->accounts);
    if (all == NULL)
        return refuse(r, "out of memory");
    if (json)
        buf_addc(r->out, '[');
    else
        buf_addf(r->out, "%-20s  %-6s  %-24s  %-16s\n", "NAME", "ROLE", "FILES", "LAST SEEN");
    for (size_t i = 0; all[i] != NULL; i++) {
        if (json && i > 0)
            buf_addc(r->out, ',');
        if (json)
            add_json(r->out, all[i]);
        else
            add_row(r->out, all[i]);
    }
    if (json)
        buf_adds(r->out, "]\n");
    free(all);
    return true;
}

static bool show(struct request *r)
{
    const struct account *a = r->account;
    char date[DATE_TEXT_MAX];
    if (str_eq(r->arg, "--json")) {
        add_json(r->out, a);
        buf_addc(r->out, '\n');
        return true;
    }
    buf_addf(r->out, "name         %s\nrole         %s\nfiles        ", a->name,
             role_name(a->role));
    add_usage(r->out, a);
    date_minute(date, (time_t)(a->created / 1000));
    buf_addf(r->out, "\ncreated      %s\n", date);
    date_minute(date, (time_t)(a->last_seen / 1000));
    buf_addf(r->out, "last seen    %s\n", a->last_seen > 0 ? date : "never");
    buf_addf(r->out, "certificate  %s\n", a->cert[0] != '\0' ? a->cert : "none");
    buf_addf(r->out, "always on    %s\n", a->always_on ? "yes" : "no");
    buf_addf(r->out, "may log in   %s\n", a->disabled ? "no: disabled" : "yes");
    return true;
}

/* --- what is changed --- */

static bool parse_quota(struct str text, uint64_t *out)
{
    int64_t n = 0;
    if (!str_eq(text, "off") && !conf_parse_size(text, &n))
        return false;
    *out = (uint64_t)n;
    return true;
}

/* What is kept of a password: HASH, or HASH:VERIFIER (no hash has a colon). */
struct kept_password {
    char hash[HASH_MAX], verifier[VERIFIER_MAX];
};

static bool take_password(struct request *r, struct kept_password *out)
{
    struct str rest = r->arg, hash = {0};
    struct verifier v;
    (void)str_split(&rest, ':', &hash);
    const bool ok =
        str_copy(out->hash, sizeof out->hash, hash) && password_is_hash(out->hash) &&
        str_copy(out->verifier, sizeof out->verifier, rest.p != NULL ? rest : STR("")) &&
        (rest.p == NULL || verifier_parse(&v, out->verifier));
    return ok || refuse(r, "that is no hash of a password");
}

/* If it cannot be kept, the next login with the password makes another. */
static void keep_verifier(struct request *r, const struct kept_password *p)
{
    if (p->verifier[0] != '\0')
        (void)account_set_verifier(r->accounts, r->account, p->verifier);
}

static bool add(struct request *r, struct str name)
{
    struct kept_password p;
    struct str role_text = r->more, quota_text = {0};
    enum role role = ROLE_WRITE;
    uint64_t quota = 0;
    if (r->more.n > 0) {
        quota_text = r->more;
        (void)str_split(&quota_text, ' ', &role_text);
    }
    if (!take_password(r, &p))
        return false;
    if (role_text.n > 0 && !role_parse(role_text, &role))
        return refuse(r, "the role must be one of: read write admin");
    if (quota_text.n > 0 && !parse_quota(quota_text, &quota))
        return refuse(r, "the quota must be a size such as 500M or 10G, or off");
    switch (account_add(r->accounts, name, p.hash, role, quota, &r->account)) {
    case ACCOUNT_OK: keep_verifier(r, &p); return kept(r, true, "may log in now");
    case ACCOUNT_NAME_BAD:
        return refuse(r, "nobody can have that name: letters and digits of one script, and "
                         "-_[]{}\\|^`, at most 32");
    case ACCOUNT_NAME_RESERVED: return refuse(r, "that name stands for something else here");
    case ACCOUNT_EXISTS: return refuse(r, "there is an account of that name");
    case ACCOUNT_NO_MEMORY: return refuse(r, "out of memory");
    case ACCOUNT_NOT_KEPT: break;
    }
    return kept(r, false, NULL);
}

static bool passwd(struct request *r)
{
    struct kept_password p;
    if (!take_password(r, &p))
        return false;
    if (!kept(r, account_set_hash(r->accounts, r->account, p.hash), "has another password"))
        return false;
    keep_verifier(r, &p);
    end_sessions(r);
    return true;
}

static bool del(struct request *r)
{
    struct account *a = account_ref(r->account); /* for what is said of it */
    const bool ok = kept(r, account_delete(r->accounts, a), "is deleted; the files stay");
    if (ok) {
        owner_forget(r->owners, a);
        bearer_forget(r->bearers, a);
        end_sessions(r);
    }
    account_unref(a);
    return ok;
}

static bool enable(struct request *r)
{
    return kept(r, account_set_disabled(r->accounts, r->account, false), "may log in");
}

static bool disable(struct request *r)
{
    if (!kept(r, account_set_disabled(r->accounts, r->account, true), "may not log in any more"))
        return false;
    end_sessions(r);
    return true;
}

static bool set_always_on(struct request *r)
{
    const bool on = str_eq(r->arg, "yes");
    if (!on && !str_eq(r->arg, "no"))
        return refuse(r, "say yes or no");
    return kept(r, account_set_always_on(r->accounts, r->account, on),
                on ? "stays in the chat while away" : "is in the chat while connected");
}

static bool set_role(struct request *r)
{
    enum role role;
    char text[32];
    if (!role_parse(r->arg, &role))
        return refuse(r, "the role must be one of: read write admin");
    snprintf(text, sizeof text, "has the role %s", role_name(role));
    return kept(r, account_set_role(r->accounts, r->account, role), text);
}

static bool set_quota(struct request *r)
{
    uint64_t limit;
    if (!parse_quota(r->arg, &limit))
        return refuse(r, "the quota must be a size such as 500M or 10G, or off");
    return kept(r, account_set_quota(r->accounts, r->account, limit),
                limit > 0 ? "has another quota" : "has no quota");
}

/* Colons, as openssl x509 -fingerprint has them, are left out. */
static bool set_cert(struct request *r)
{
    char print[CERT_TEXT_MAX] = "";
    size_t n = 0;
    if (str_eq(r->arg, "none")) {
        end_sessions(r); /* who came by it may be somebody else */
        return kept(r, account_set_cert(r->accounts, r->account, ""), "has no certificate");
    }
    for (size_t i = 0; i < r->arg.n; i++) {
        if (r->arg.p[i] == ':')
            continue;
        if (text_hex(r->arg.p[i]) < 0 || n == CERT_TEXT_MAX - 1)
            return refuse(r, "the fingerprint must be the certificate's SHA-256 in hex");
        print[n++] = text_lower(r->arg.p[i]);
    }
    if (n != CERT_TEXT_MAX - 1)
        return refuse(r, "the fingerprint must be the certificate's SHA-256 in hex");
    const struct account *other = account_by_cert(r->accounts, print);
    if (other != NULL && other != r->account)
        return refuse(r, "another account has that certificate");
    return kept(r, account_set_cert(r->accounts, r->account, print),
                "may log in by that certificate");
}

static bool token(struct request *r)
{
    return bearer_admin(r->bearers, r->account, r->arg, r->out);
}

/* --- the table --- */

static const struct verb {
    const char *name;
    bool (*run)(struct request *r); /* NULL: add, whose name nobody has yet */
    bool names;                     /* one account */
    bool takes_arg;
} verbs[] = {
    {"add", NULL, false, true},        {"always-on", set_always_on, true, true},
    {"cert", set_cert, true, true},    {"del", del, true, false},
    {"disable", disable, true, false}, {"enable", enable, true, false},
    {"list", list, false, false},      {"passwd", passwd, true, true},
    {"quota", set_quota, true, true},  {"role", set_role, true, true},
    {"show", show, true, false},       {"token", token, true, false},
};

bool account_admin(struct owners *o, struct bearers *bs, struct str line, struct buf *out,
                   struct account **ended)
{
    struct request r = {
        .owners = o, .bearers = bs, .accounts = o->accounts, .out = out, .ended = ended};
    struct str rest = line, verb = {0}, name = {0};
    const struct verb *v = verbs, *end = verbs + sizeof verbs / sizeof verbs[0];
    *ended = NULL;
    (void)str_split(&rest, ' ', &verb);
    while (v < end && !str_eq(verb, v->name))
        v++;
    if (v == end)
        return refuse(
            &r,
            "usage: user add|passwd|del|list|show|enable|disable|role|quota|cert|token|always-on");
    if (v->names || v->run == NULL)
        (void)str_split(&rest, ' ', &name);
    if (v->run == NULL) { /* the last of its words may hold blanks */
        (void)str_split(&rest, ' ', &r.arg);
        r.more = rest.p != NULL ? rest : STR("");
    } else {
        r.arg = rest.p != NULL ? rest : STR("");
    }
    if (v->takes_arg && r.arg.n == 0)
        return refuse(&r, "an argument is missing");
    if (v->run == NULL)
        return add(&r, name);
    if (v->names && (r.account = account_find(o->accounts, name)) == NULL)
        return refuse(&r, "there is no account of that name (see: agentctl user list)");
    return v->run(&r);
}
