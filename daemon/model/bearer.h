/* bearer.h: tokens for programs: whoever has one speaks, reads and writes as its account, and needs
 * no password (RFC 6750). It administrates nothing. All are in memory, and each change goes to the
 * database before it counts; of a token, its digest alone is kept. */
#ifndef MODEL_BEARER_H
#define MODEL_BEARER_H

#include "base/secret.h"
#include "model/account.h"

enum {
    BEARER_TOKEN_MAX = 49, /* of a token, with its NUL: 192 bits in hex */
    BEARER_NAME_MAX = 32,  /* bytes of what somebody calls it, with its NUL */
    BEARERS_OF_MAX = 50,   /* of one account */
};

struct bearer {
    struct hnode by_digest;  /* key: digest */
    struct list link;        /* in bearers->all */
    int64_t id;              /* for people */
    struct account *account; /* a reference */
    int64_t made, used;      /* wall clock, ms; used: 0 = never, and exact to a minute */
    char name[BEARER_NAME_MAX];
    char digest[DIGEST_TEXT_MAX];
};

struct bearers {
    struct hmap by_digest;
    struct list all; /* the oldest first */
    struct db *db;
    struct accounts *accounts;
};

/* Reads all of them; accounts, and its database, must outlive it. -1 with the reason in why. */
int bearers_init(struct bearers *bs, struct accounts *accounts, struct buf *why);
void bearers_free(struct bearers *bs);
/* Whose it is, if the account may log in; else NULL. */
struct account *bearer_find(struct bearers *bs, struct str token);
/* All of a's end: it is deleted. */
void bearer_forget(struct bearers *bs, const struct account *a);
/* "add [NAME]", "list", "revoke ID": what there is to say goes to out; false when that is why not.
 */
bool bearer_admin(struct bearers *bs, struct account *a, struct str line, struct buf *out);

#endif
