/* proof.h: a password that was right a short while ago is known again without the cost of its hash,
 * so that each of a browser's requests may carry it: a keyed digest of it is kept, under a key that
 * no other process has. */
#ifndef BASE_PROOF_H
#define BASE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

struct proof_key {
    uint64_t seed[4];
};

struct proof {
    uint64_t digest[2];
    int64_t until; /* monotonic, ms; 0 = there is none */
};

/* A random key; false when the system has no randomness. */
bool proof_key_new(struct proof_key *key);
/* The password was right at `now`. */
void proof_keep(struct proof *p, const struct proof_key *key, const char *password, int64_t now);
bool proof_holds(const struct proof *p, const struct proof_key *key, const char *password,
                 int64_t now);

#endif
