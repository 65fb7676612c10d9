/* login.c: names and passwords, for every door. Hashing runs in the workers. A name that nobody has
 * costs what a wrong password costs, and both are answered late: by a timer, the later the more
 * tries have failed; and while one address has failed, few of its tries run at once. */
#include "serve/serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOGINS_MAX = 2000,    /* under way at once */
    OF_HOST_MAX = 500,    /* of one address: nobody keeps the others out */
    AT_ONCE = 8,          /* of them, those that run */
    AT_ONCE_FAILED = 4,   /* of an address that has failed before */
    DELAY_MAX_MS = 30000, /* how late an answer can get */
    GIVE_UP_MS = 600000,  /* longer than all of it can take */
};

/* Longer than any address, so that none is taken for the other. */
#define ACCOUNT_KEY "account: "
#define SHARE_KEY   "share of files: "

enum phase {
    LOGIN_WAITING, /* for others of the same address */
    LOGIN_HASHING, /* a worker has it, or will */
    LOGIN_HELD,    /* it has failed, and is answered when its time has come */
};

struct login {
    struct list link;
    struct serve *serve;
    struct timer timer;
    enum phase phase;
    enum login_result result;
    struct account *account; /* a reference; NULL: nobody has the name */
    unsigned generation;     /* of the account, when its hash was taken */
    struct share *share;     /* a reference; NULL: it is about an account */
    uint64_t ticket;         /* of the job */
    login_fn *done;          /* NULL once cancelled */
    void *arg;
    struct addr peer;
    const char *proto;
    uint64_t sid;
    char name[NAME_BYTES_MAX + 1];
    char key[sizeof ACCOUNT_KEY + FOLD_BYTES_MAX]; /* of the account, for counting */
    char password[PASSWORD_MAX];
    char verifier[VERIFIER_MAX]; /* that the job is to make, for an account that has none */
    bool proven, right;          /* there is no password, but a proof: what came of it is known */
};

static const struct conf_limits *limits_of(const struct login *l)
{
    return l->serve->conf->limits;
}

static void start_waiting(struct serve *s, const struct addr *peer);

static void free_login(struct login *l)
{
    list_unlink(&l->link);
    timer_clear(&l->serve->loop->timers, &l->timer);
    account_unref(l->account);
    share_unref(l->share);
    explicit_bzero(l->password, sizeof l->password);
    explicit_bzero(l->verifier, sizeof l->verifier);
    free(l);
}

/* Tells the door, and makes room for the next. */
static void answer(struct login *l, enum login_result result)
{
    struct serve *s = l->serve;
    struct account *a = result == LOGIN_OK ? l->account : NULL;
    const struct addr peer = l->peer;
    if (l->ticket != 0) /* given up */
        s->files->jobs->cancel(s->files->jobs, l->ticket);
    list_unlink(&l->link); /* done() may begin another */
    if (l->done != NULL)
        l->done(l->arg, result, a);
    free_login(l);
    start_waiting(s, &peer);
}

static void on_timer(struct timer *t)
{
    struct login *l = container_of(t, struct login, timer);
    answer(l, l->result);
}

/* Answers so much later. The timer was set before, so that setting it anew cannot fail. */
static void hold(struct login *l, enum login_result result, int64_t ms)
{
    struct loop *loop = l->serve->loop;
    l->phase = LOGIN_HELD;
    l->result = result;
    l->timer.fn = on_timer;
    (void)timer_set(&loop->timers, &l->timer, loop->clock.mono + ms);
}

/* --- failures --- */

static void log_failure(const struct login *l, const char *why, int64_t delay)
{
    char peer[PEER_TEXT_MAX], text[96];
    addr_text(&l->peer, peer);
    snprintf(text, sizeof text, "%s; answered %lld ms later", why, (long long)delay);
    const struct event ev = {.kind = EVENT_DENIED,
                             .proto = l->proto,
                             .sid = l->sid,
                             .peer = peer,
                             .who = l->name,
                             .text = text};
    event_emit(l->serve->bus, &ev);
    l->serve->metrics->logins_denied++;
}

static bool same_host(const struct addr *a, const struct addr *b)
{
    const struct str x = addr_host(a), y = addr_host(b);
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

/* What the address still has under way is not worth a worker's time. */
static void drop_all_of(struct serve *s, const struct addr *peer)
{
    list_each(n, &s->logins)
    {
        struct login *l = list_entry(n, struct login, link);
        if (l->phase == LOGIN_HELD || !same_host(&l->peer, peer))
            continue;
        if (l->ticket != 0)
            s->files->jobs->cancel(s->files->jobs, l->ticket);
        l->ticket = 0;
        hold(l, LOGIN_DENIED, 0);
    }
}

static void ban(struct login *l, unsigned failures)
{
    struct serve *s = l->serve;
    char why[64];
    snprintf(why, sizeof why, "%u failed logins", failures);
    (void)bans_set(s, &l->peer, s->loop->clock.wall + limits_of(l)->ban, why);
    drop_all_of(s, &l->peer);
}

static void fail(struct login *l, const char *why)
{
    struct serve *s = l->serve;
    const struct conf_limits *limits = limits_of(l);
    const int64_t now = s->loop->clock.mono;
    const unsigned by_host = tries_note(&s->tries, addr_host(&l->peer), now, limits->ban);
    const unsigned by_name = tries_note(&s->tries, str_of(l->key), now, limits->ban);
    const unsigned most = by_host > by_name ? by_host : by_name;
    const int64_t delay = tries_delay(most, limits->login_delay, DELAY_MAX_MS);
    log_failure(l, why, delay);
    hold(l, LOGIN_DENIED, delay);
    if (limits->login_failures > 0 && by_host >= (uint64_t)limits->login_failures)
        ban(l, by_host);
}

/* --- hashing --- */

/* What is wrong with it, besides the password; NULL: nothing. */
static const char *fault_of(const struct login *l)
{
    const struct account *a = l->account;
    if (l->share != NULL)
        return share_usable(l->serve->shares, l->share) ? NULL : "the share has ended meanwhile";
    if (a == NULL || a->gone)
        return "no such account";
    if (a->disabled)
        return "disabled account";
    return a->generation != l->generation ? "the account has changed meanwhile" : NULL;
}

static const char *wrong(const struct login *l)
{
    if (l->share != NULL || !l->proven || l->account->verifier[0] != '\0')
        return "wrong password";
    return "the account's password was set before there was SCRAM; one login with it changes that";
}

static void succeed(struct login *l)
{
    struct serve *s = l->serve;
    tries_forget(&s->tries, str_of(l->key));
    if (l->share != NULL) {
        share_remember(s->shares, l->share, l->password);
    } else {
        if (!l->proven)
            account_remember(s->accounts, l->account, l->password);
        if (l->verifier[0] != '\0')
            (void)account_set_verifier(s->accounts, l->account, l->verifier);
        account_seen(s->accounts, l->account);
    }
    answer(l, LOGIN_OK);
}

static void hashed(void *arg, int err)
{
    struct login *l = arg;
    struct serve *s = l->serve;
    const bool nobody = l->account == NULL && l->share == NULL;
    l->ticket = 0;
    if (err != 0 && err != EACCES)
        hold(l, LOGIN_BUSY, 0);
    else if (ban_find(s->bans, &l->peer, s->loop->clock.wall) != NULL)
        hold(l, LOGIN_DENIED, 0); /* right or wrong: it came too late */
    else if (err != 0 && !nobody)
        fail(l, wrong(l));
    else if (fault_of(l) != NULL)
        fail(l, fault_of(l));
    else
        succeed(l);
}

static const char *hash_of(const struct login *l)
{
    if (l->share != NULL)
        return l->share->hash;
    return l->account != NULL ? l->account->hash : password_nobody;
}

/* Nothing is left to be computed; but nobody is answered while he asks. */
static void on_proof(struct timer *t)
{
    struct login *l = container_of(t, struct login, timer);
    hashed(l, l->right ? 0 : EACCES);
}

static void start_proven(struct login *l)
{
    struct loop *loop = l->serve->loop;
    l->phase = LOGIN_HASHING;
    l->timer.fn = on_proof;
    (void)timer_set(&loop->timers, &l->timer, loop->clock.mono);
}

static void start(struct login *l)
{
    struct job_runner *jobs = l->serve->files->jobs;
    const struct account *a = l->account;
    if (l->proven) {
        start_proven(l);
        return;
    }
    const struct job job = {.kind = JOB_VERIFY,
                            .fd = -1,
                            .fd2 = -1,
                            .password = l->password,
                            .hash = hash_of(l),
                            .verifier = a != NULL && a->verifier[0] == '\0' ? l->verifier : NULL,
                            .done = hashed,
                            .arg = l};
    l->phase = LOGIN_HASHING;
    l->generation = a != NULL ? a->generation : 0;
    l->ticket = jobs->submit(jobs, &job);
    if (l->ticket == 0)
        hold(l, LOGIN_BUSY, 0);
}

/* How many of the address's run: all that do not wait. */
static unsigned running(const struct serve *s, const struct addr *peer)
{
    unsigned n = 0;
    list_each(k, &s->logins)
    {
        const struct login *l = list_entry(k, struct login, link);
        n += l->phase != LOGIN_WAITING && same_host(&l->peer, peer);
    }
    return n;
}

static unsigned at_once(struct serve *s, const struct addr *peer)
{
    const struct conf_limits *limits = s->conf->limits;
    const bool failed =
        limits->login_delay > 0 &&
        tries_count(&s->tries, addr_host(peer), s->loop->clock.mono, limits->ban) > 0;
    return failed ? AT_ONCE_FAILED : AT_ONCE;
}

/* Those of the address that have waited longest take the places that are free. */
static void start_waiting(struct serve *s, const struct addr *peer)
{
    const unsigned run = running(s, peer), most = at_once(s, peer);
    unsigned places = run < most ? most - run : 0;
    list_each(n, &s->logins)
    {
        struct login *l = list_entry(n, struct login, link);
        if (places == 0)
            return;
        if (l->phase != LOGIN_WAITING || !same_host(&l->peer, peer))
            continue;
        places--;
        start(l);
    }
}

/* --- for the doors --- */

/* Is there room for another one of this address? */
static bool has_room(const struct serve *s, const struct addr *peer)
{
    unsigned all = 0, of_host = 0;
    list_each(n, &s->logins)
    {
        all++;
        of_host += same_host(&list_entry(n, struct login, link)->peer, peer);
    }
    return all < LOGINS_MAX && of_host < OF_HOST_MAX;
}

void login_charge(struct login *l, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    const bool can_be = name.n <= NAME_BYTES_MAX && name_fold(name, fold);
    snprintf(l->key, sizeof l->key, ACCOUNT_KEY "%s", can_be ? fold : "?");
}

/* One that is to be told whose it is; NULL when there is no room or no memory. A password that is
 * too long is nobody's: *fits is false. */
static struct login *new_login(struct conn *c, struct str name, struct str password, login_fn *done,
                               void *arg, bool *fits)
{
    struct serve *s = door_of(c)->serve;
    struct login *l = has_room(s, &c->peer) ? calloc(1, sizeof *l) : NULL;
    if (l == NULL)
        return NULL;
    *l = (struct login){.serve = s,
                        .timer = {.fn = on_timer},
                        .result = LOGIN_BUSY,
                        .done = done,
                        .arg = arg,
                        .peer = c->peer,
                        .proto = c->ops->name,
                        .sid = c->id};
    if (timer_set(&s->loop->timers, &l->timer, s->loop->clock.mono + GIVE_UP_MS) < 0) {
        free(l);
        return NULL;
    }
    list_push(&s->logins, &l->link);
    (void)str_copy(l->name, sizeof l->name, name);
    login_charge(l, name);
    *fits = str_copy(l->password, sizeof l->password, password);
    return l;
}

struct login *login_begin(struct conn *c, struct str name, struct str password, login_fn *done,
                          void *arg)
{
    struct serve *s = door_of(c)->serve;
    bool fits;
    struct login *l = new_login(c, name, password, done, arg, &fits);
    if (l == NULL)
        return NULL;
    /* One that is too long is checked as one that is wrong. */
    struct account *a = fits ? account_find(s->accounts, name) : NULL;
    l->account = a != NULL ? account_ref(a) : NULL;
    start_waiting(s, &l->peer);
    return l;
}

struct login *login_begin_proven(struct conn *c, struct str name, const struct login_proof *proof,
                                 login_fn *done, void *arg)
{
    bool fits;
    struct login *l = new_login(c, name, STR(""), done, arg, &fits);
    if (l == NULL)
        return NULL;
    l->proven = true;
    l->right = proof->right;
    l->account = proof->account != NULL ? account_ref(proof->account) : NULL;
    l->generation = proof->generation;
    start_waiting(l->serve, &l->peer);
    return l;
}

struct login *login_begin_share(struct conn *c, struct share *share, struct str password,
                                login_fn *done, void *arg)
{
    bool fits;
    struct login *l = new_login(c, str_of(share->who), password, done, arg, &fits);
    if (l == NULL)
        return NULL;
    snprintf(l->key, sizeof l->key, SHARE_KEY "%lld", (long long)share->id);
    if (!fits)
        l->password[0] = '\0'; /* which is no share's */
    l->share = share_ref(share);
    start_waiting(l->serve, &l->peer);
    return l;
}

void login_cancel(struct login *l)
{
    l->done = NULL;
}

struct account *login_known(struct serve *s, struct str name, struct str password)
{
    char text[PASSWORD_MAX];
    struct account *a = account_find(s->accounts, name);
    if (a == NULL || !account_usable(a) || !str_copy(text, sizeof text, password))
        return NULL;
    const bool known = account_remembers(s->accounts, a, text);
    explicit_bzero(text, sizeof text);
    if (known)
        account_seen(s->accounts, a);
    return known ? a : NULL;
}

bool login_knows_share(const struct serve *s, const struct share *share, struct str password)
{
    char text[PASSWORD_MAX];
    const bool known =
        str_copy(text, sizeof text, password) && share_remembers(s->shares, share, text);
    explicit_bzero(text, sizeof text);
    return known;
}

struct account *login_by_cert(struct serve *s, const char *fingerprint)
{
    struct account *a = account_by_cert(s->accounts, fingerprint);
    if (a == NULL || !account_usable(a))
        return NULL;
    account_seen(s->accounts, a);
    return a;
}

bool login_enter(struct serve *s, struct account *a)
{
    const int64_t most = s->conf->limits->per_account;
    if (a == NULL)
        return true;
    if (most > 0 && a->sessions >= (uint64_t)most)
        return false;
    account_ref(a)->sessions++;
    return true;
}

void login_leave(struct account *a)
{
    if (a == NULL)
        return;
    a->sessions--;
    account_unref(a);
}

void login_end_sessions(struct serve *s, const struct account *a, const char *reason)
{
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        list_each(k, &d->conns)
        {
            struct conn *c = list_entry(k, struct conn, link);
            if (d->fe->account != NULL && d->fe->account(c) == a)
                door_kick(c, reason);
        }
    }
}

void logins_free(struct serve *s)
{
    struct job_runner *jobs = s->files->jobs;
    list_each(n, &s->logins)
    {
        struct login *l = list_entry(n, struct login, link);
        if (l->ticket != 0)
            jobs->cancel(jobs, l->ticket);
        free_login(l);
    }
}
