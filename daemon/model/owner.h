/* owner.h: who has brought which file, for quotas. It follows the events: what is uploaded, moved
 * and deleted through agentd. What others change beneath its feet it finds out when a quota would
 * be exceeded. */
#ifndef MODEL_OWNER_H
#define MODEL_OWNER_H

#include "model/account.h"
#include "model/event.h"
#include "model/store.h"

struct owners {
    struct event_sub sub;
    struct db *db;
    struct accounts *accounts;
    int64_t pruned_of; /* the account whose files were looked at last, and how far */
    char pruned_to[PATH_BYTES_MAX];
    struct store *store; /* whose uploads are told what they may replace now; NULL = none */
};

/* Adds up what the accounts' files take, and listens to bus. All of them must outlive it. */
void owners_init(struct owners *o, struct db *db, struct accounts *accounts, struct event_bus *bus);
void owners_free(struct owners *o);
/* The size of the file at path, if it is a's; else 0. */
uint64_t owner_size(struct owners *o, const struct account *a, const char *path);
/* Looks at some of a's files, the next ones each time, and forgets those that are there no more; at
 * most once a second. True when there were any. */
bool owner_prune(struct owners *o, struct account *a, struct store *s);
/* a is deleted: its files are nobody's, and what is left of its uploads goes. */
void owner_forget(struct owners *o, const struct account *a);

#endif
