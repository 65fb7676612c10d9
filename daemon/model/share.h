/* share.h: share links: an unguessable token stands for a file or a folder of the store, for
 * whoever has it, until it expires or is revoked. It gives no more than its maker has. All of them
 * are in memory, and each change goes to the database before it counts; of a token, its digest
 * alone is kept.
 *
 * A share is about a path: it ends when what is there is deleted or goes elsewhere, and stays when
 * a file is replaced. */
#ifndef MODEL_SHARE_H
#define MODEL_SHARE_H

#include "base/secret.h"
#include "model/access.h"
#include "model/event.h"

enum {
    SHARE_TOKEN_MAX = 41, /* of a token, with its NUL: 160 bits in hex */
    SHARE_WHO_MAX = 32,   /* "share:ID" */
    SHARES_MAX = 10000,
    SHARES_OF_MAX = 200,             /* of one account */
    SHARE_DEFAULT_MS = 7 * 86400000, /* how long one holds if nobody says */
};

struct share {
    struct hnode by_digest; /* key: digest */
    struct list link;       /* in shares->all */
    unsigned refs;
    bool gone;             /* it has ended */
    bool folder;           /* of what it is a link to */
    bool uploads;          /* new files may be put into the folder */
    bool counted;          /* hits were, since they were kept */
    const char *ending;    /* why it will be gone soon; NULL: it will not */
    int64_t id;            /* for people */
    struct account *maker; /* a reference; NULL: an administrator, by agentctl */
    int64_t made, expires; /* wall clock, ms; expires 0 = never */
    uint64_t hits;
    struct proof proof;           /* of the password that was right last */
    char digest[DIGEST_TEXT_MAX]; /* of the token */
    char hash[HASH_MAX];          /* of the password; "" = none */
    char pass[SHARE_TOKEN_MAX];   /* what a browser gets for the password; another at each start */
    char who[SHARE_WHO_MAX];      /* as the log has it */
    char path[];
};

struct shares {
    struct event_sub sub;
    struct event_bus *bus;
    struct hmap by_digest;
    struct list all; /* the oldest first */
    struct db *db;
    struct accounts *accounts;
    const struct clock *clock;
    struct proof_key key;
    int64_t kept_at; /* when hits were; monotonic, ms */
};

/* Reads all shares, and listens to bus. All of them must outlive it. -1 with the reason in why. */
int shares_init(struct shares *ss, struct db *db, struct accounts *accounts, struct event_bus *bus,
                struct buf *why);
void shares_free(struct shares *ss);

struct share_wish {
    const char *path;
    bool folder, uploads;
    struct account *maker; /* NULL: an administrator, by agentctl */
    int64_t lasts;         /* ms; 0 = for good */
    const char *hash;      /* of the password; "" = none */
};

enum share_result {
    SHARE_OK,
    SHARE_TOO_MANY,
    SHARE_NO_MEMORY,
    SHARE_NOT_KEPT, /* the database failed; nothing was changed */
    SHARE_NOT_THERE,
    SHARE_NOT_ALLOWED, /* to the maker */
    SHARE_NO_FOLDER,   /* uploads need one */
};

/* A new share: its token goes to token, and is nowhere else. */
enum share_result share_new(struct shares *ss, const struct share_wish *wish,
                            char token[SHARE_TOKEN_MAX], struct share **out);
/* The share of that token, if it holds now; else NULL. The caller takes a reference when it keeps
 * it. */
struct share *share_find(const struct shares *ss, struct str token);
/* The same, whether it holds or not. */
struct share *share_of_token(const struct shares *ss, struct str token);
/* The same by what agentctl and the page of shares call it. */
struct share *share_by_id(const struct shares *ss, int64_t id);
/* What it lets somebody do with path now: MAY_READ and MAY_WRITE, of what its maker may. */
unsigned share_rights(const struct conf *conf, struct access_rooms *rooms, const struct share *s,
                      const char *path);
/* Does it hold, as far as its maker and the time go? */
bool share_usable(const struct shares *ss, const struct share *s);
/* Ends it: false when that could not be kept; then nothing has changed. */
bool share_revoke(struct shares *ss, struct share *s, const char *why);
static inline struct share *share_ref(struct share *s)
{
    s->refs++;
    return s;
}
/* NULL does nothing. */
void share_unref(struct share *s);
/* Somebody has come by it. */
void share_hit(struct share *s);
/* Ends those that have expired, and keeps what was counted. Call about once a second. */
void shares_tick(struct shares *ss);

/* The password was right: see base/proof.h. */
void share_remember(const struct shares *ss, struct share *s, const char *password);
bool share_remembers(const struct shares *ss, const struct share *s, const char *password);

/* Is path what is shared, or in it? */
bool share_covers(const struct share *s, const char *path);
/* The first token of a share link (/s/TOKEN) in text: a URL, or what a log would show; p is NULL
 * when there is none. */
struct str share_token_in(struct str text);
/* How long a share is to hold: "7d", "30m", "never"; "" is as long as SHARE_DEFAULT_MS. False when
 * it is none of them. */
bool share_lasts(struct str text, int64_t *ms);

#endif
