/* hmap.h: an intrusive hash map from bytes to whatever holds the node. Keys are hashed with SipHash
 * under a random seed, so that nobody can choose names that collide. */
#ifndef BASE_HMAP_H
#define BASE_HMAP_H

#include "base/container.h"

#include <stdbool.h>
#include <stdint.h>

struct hnode {
    struct hnode *next;
    uint64_t hash;
    const void *key; /* owned by the structure that holds the node */
    size_t key_len;
};

struct hmap {
    struct hnode **slot;
    size_t slots; /* a power of two, or 0 while nothing was ever put */
    size_t count;
    uint64_t seed[2];
};

/* The structure of type T whose member M is the node N. */
#define hmap_entry(N, T, M) container_of(N, T, M)

void hmap_init(struct hmap *m);
/* Frees the table; the nodes stay their owners'. */
void hmap_free(struct hmap *m);
/* Adds n under key, which must not be there yet and must live as long as the node is in the map.
 * -1 when memory is out. */
int hmap_put(struct hmap *m, struct hnode *n, const void *key, size_t len);
struct hnode *hmap_get(const struct hmap *m, const void *key, size_t len);
/* Takes n out. Harmless when it is not in the map. */
void hmap_del(struct hmap *m, struct hnode *n);
/* Walks all nodes: start with NULL, ends with NULL. Only the node just returned may be deleted, and
 * only after the next one has been asked for. */
struct hnode *hmap_next(const struct hmap *m, const struct hnode *n);

uint64_t siphash13(const uint64_t seed[2], const void *p, size_t n);

#endif
