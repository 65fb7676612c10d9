/* partial.h: what has come of uploads that broke off: kept for a while, so that whoever sent it can
 * go on, by any door.
 *
 * A partial is a file in the store's hidden folder, "/.agentd", which no door shows, and a row in
 * the database that says whose it is and what it shall become. Its name is a token that nobody
 * guesses. How much of it is there, the file's size tells, whatever ended agentd. An upload may be
 * a partial while it runs, so that kill -9 leaves one, too: then it is in use.
 *
 * They count in their account's quota, and make room when that needs it. Each account may keep so
 * many of them, and bytes; guests so many together; the oldest go first. */
#ifndef MODEL_PARTIAL_H
#define MODEL_PARTIAL_H

#include "model/account.h"
#include "model/store.h"

enum {
    PARTIAL_TOKEN_MAX = 33,   /* with its NUL */
    PARTIALS_OF_ACCOUNT = 50, /* how many there may be */
    PARTIALS_OF_ADDRESS = 10, /* of guests from one address */
    PARTIALS_OF_GUESTS = 500, /* and from all */
    PARTIALS_MAX = 5000,      /* of everybody */
};

#define PARTIAL_LENGTH_UNKNOWN UINT64_MAX

/* Whose one is: an account's, or a guest's, who is known by the address. */
struct partial_owner {
    int64_t account;     /* its id; 0: a guest's */
    struct quota *quota; /* the account's; NULL: none */
    char address[PEER_TEXT_MAX];
};

struct partial {
    struct hnode by_token;
    struct list link; /* the one that was touched last is the last */
    struct partials *all;
    char token[PARTIAL_TOKEN_MAX];
    struct partial_owner owner;
    uint64_t size;        /* of what is there, when nobody uses it */
    uint64_t length;      /* of the whole file */
    struct digest digest; /* of the whole file, if the client has told it */
    bool fresh;           /* it must not replace a file */
    bool told;            /* the client knows the token */
    bool whole;           /* the upload is done; this only tells so */
    uint64_t said;        /* by ftp, of its size, since it was last used; 0 = nothing */
    int64_t until;        /* when it goes; wall clock, ms */
    struct upload *user;  /* the upload that goes on with it; NULL: nobody uses it */
    char path[];
};

struct partials {
    struct store *store;
    struct db *db;
    const struct clock *clock;
    int dir; /* the hidden folder; -1: it has not been needed yet */
    struct hmap by_token;
    struct list oldest_first;
    /* Set by whoever reads the configuration. */
    int64_t keep;         /* ms that one stays; 0: none does */
    uint64_t account_max; /* bytes that an account's may take */
    uint64_t guests_max;  /* bytes that all guests' may take */
};

/* Finds what there is, and hangs it into s; all of them must outlive it. Files in the hidden folder
 * that belong to nothing go by and by: see partials_tick(). */
void partials_init(struct partials *ps, struct store *s, struct db *db, struct accounts *accounts);
void partials_free(struct partials *ps);
/* ps->keep is another one, and none stays longer than that: with 0, all go that are not in use. */
void partials_keep(struct partials *ps, int64_t keep);
/* Removes some of those whose time is over. Call about once a second. */
void partials_tick(struct partials *ps);
/* The hidden folder, which is made when it is missing; -1 when it cannot be. */
int partials_folder(struct partials *ps);

/* The one of that token, or NULL; whose it is is not asked. */
struct partial *partial_by_token(const struct partials *ps, struct str token);
/* The owner's one for path, or NULL: whose upload broke off last, before one that is in use. */
struct partial *partial_find(const struct partials *ps, const struct partial_owner *o,
                             const char *path);
bool partial_is_of(const struct partial *p, const struct partial_owner *o);
/* What is there of it, in use or not. False when it is gone. */
bool partial_stat(const struct partial *p, struct stat *st);

/* A new one, in use; of its file only the name is decided, p->token. NULL when none are kept, or
 * memory is out. */
struct partial *partial_new(struct partials *ps, const struct partial_owner *o, const char *path);
/* Writes down what p says of itself. False when the database could not. */
bool partial_save(struct partial *p);
/* Nobody uses it any more: size bytes are there. p may be gone behind this, when that is too much.
 */
void partial_settle(struct partial *p, uint64_t size);
/* up goes on with it: its bytes count there. */
void partial_use(struct partial *p, struct upload *up);
/* Its file has got its name, and is no partial any more. */
void partial_completed(struct partial *p, uint64_t size);
/* Removes it, with its file. */
void partial_drop(struct partial *p);
/* Those of that owner's for path that nobody uses. */
void partials_drop_of(struct partials *ps, const struct partial_owner *o, const char *path);
/* The same for all of an account that goes; of those in use, uploads_forget() sees to it. */
void partials_forget(struct partials *ps, int64_t account);
/* Drops the oldest that counts in q, to make room there. False when there is none. */
bool partials_yield(struct partials *ps, const struct quota *q);

#endif
