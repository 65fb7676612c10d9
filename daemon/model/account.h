/* account.h: the accounts: who may log in, by every door alike. All of them are in memory, and each
 * change goes to the database before it counts. */
#ifndef MODEL_ACCOUNT_H
#define MODEL_ACCOUNT_H

#include "base/clock.h"
#include "base/hmap.h"
#include "base/password.h"
#include "base/proof.h"
#include "base/rate.h"
#include "base/verifier.h"
#include "model/db.h"
#include "model/name.h"

/* Each may what those before it may. */
enum role { ROLE_READ, ROLE_WRITE, ROLE_ADMIN };

enum {
    CERT_TEXT_MAX = 65, /* a SHA-256 in hex, with its NUL */
    ACCOUNT_SECRET_MAX = 65,
};

/* What the files that somebody has brought may take up. */
struct quota {
    uint64_t limit;   /* bytes; 0 = none */
    uint64_t used;    /* by files that are there */
    uint64_t pending; /* by uploads that are under way */
};

struct account {
    struct hnode by_name; /* key: fold */
    unsigned refs;
    bool gone; /* was deleted */
    bool disabled;
    bool always_on; /* stays in the chat without a connection; see model/absent */
    enum role role;
    int64_t id;
    int64_t created, last_seen; /* wall clock, ms; 0 = never */
    struct quota quota;
    struct rate rate;         /* of its transfers */
    int64_t pruned_at;        /* when its files were looked at last; see model/owner */
    unsigned sessions;        /* that count against [limits] per_account */
    unsigned generation;      /* grows when earlier logins shall end */
    struct proof proof;       /* of the password that was right last */
    char cert[CERT_TEXT_MAX]; /* the client certificate that stands for a password; "" = none */
    char hash[HASH_MAX];
    char verifier[VERIFIER_MAX]; /* of the same password; "" = from before there were any */
    char name[NAME_BYTES_MAX + 1];
    char fold[FOLD_BYTES_MAX];
};

struct accounts {
    struct hmap by_name;
    struct db *db;
    const struct clock *clock;
    struct proof_key key;
    char fakes[ACCOUNT_SECRET_MAX]; /* what verifiers of nobody are made from */
};

enum account_result {
    ACCOUNT_OK,
    ACCOUNT_NAME_BAD,
    ACCOUNT_NAME_RESERVED,
    ACCOUNT_EXISTS,
    ACCOUNT_NO_MEMORY,
    ACCOUNT_NOT_KEPT, /* the database failed; nothing was changed */
};

/* Reads all accounts; db must outlive them. -1 with the reason in why. */
int accounts_init(struct accounts *as, struct db *db, const struct clock *clock, struct buf *why);
void accounts_free(struct accounts *as);

/* The account of that name, disabled or not; NULL when nobody has it. The caller takes a reference
 * when it keeps it. */
struct account *account_find(const struct accounts *as, struct str name);
/* The same by a client certificate's fingerprint. */
struct account *account_by_cert(const struct accounts *as, const char *fingerprint);
/* The same by its number. */
struct account *account_by_id(const struct accounts *as, int64_t id);
static inline struct account *account_ref(struct account *a)
{
    a->refs++;
    return a;
}
/* NULL does nothing. */
void account_unref(struct account *a);
/* May this account log in? */
static inline bool account_usable(const struct account *a)
{
    return !a->gone && !a->disabled;
}

/* What account_add() would say of the name. */
enum account_result account_may_add(const struct accounts *as, struct str name);
/* A new account; *out may be NULL. */
enum account_result account_add(struct accounts *as, struct str name, const char *hash,
                                enum role role, uint64_t quota, struct account **out);
/* Each false when it could not be kept; then nothing has changed. */
bool account_set_hash(struct accounts *as, struct account *a, const char *hash);
/* That of the password whose hash was set before; to set a hash drops it. */
bool account_set_verifier(struct accounts *as, struct account *a, const char *verifier);
bool account_set_role(struct accounts *as, struct account *a, enum role role);
bool account_set_quota(struct accounts *as, struct account *a, uint64_t limit);
bool account_set_disabled(struct accounts *as, struct account *a, bool disabled);
bool account_set_always_on(struct accounts *as, struct account *a, bool on);
bool account_set_cert(struct accounts *as, struct account *a, const char *fingerprint);
bool account_delete(struct accounts *as, struct account *a);
/* a has logged in now. */
void account_seen(struct accounts *as, struct account *a);

/* The password was right, and is known again for a while: see base/proof.h. */
void account_remember(const struct accounts *as, struct account *a, const char *password);
bool account_remembers(const struct accounts *as, const struct account *a, const char *password);

/* What SCRAM shows, and checks, of that name: its account's verifier. Where there is none it is one
 * that looks alike, today and after a restart: nobody learns which names there are. The account, or
 * NULL. */
struct account *account_verifier(const struct accounts *as, struct str name, struct verifier *out);

const char *role_name(enum role role);
/* False when there is no such role. */
bool role_parse(struct str text, enum role *out);

#endif
