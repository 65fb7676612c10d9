#include "base/proof.h"

#include "base/hmap.h"

#include <string.h>
#include <sys/random.h>

enum { PROOF_MS = 10 * 60000 }; /* how long a password is remembered */

bool proof_key_new(struct proof_key *key)
{
    return getrandom(key, sizeof *key, 0) == (ssize_t)sizeof *key;
}

static void prove(const struct proof_key *key, const char *password, uint64_t out[2])
{
    const size_t n = strlen(password);
    out[0] = siphash13(key->seed, password, n);
    out[1] = siphash13(key->seed + 2, password, n);
}

void proof_keep(struct proof *p, const struct proof_key *key, const char *password, int64_t now)
{
    prove(key, password, p->digest);
    p->until = now + PROOF_MS;
}

bool proof_holds(const struct proof *p, const struct proof_key *key, const char *password,
                 int64_t now)
{
    uint64_t digest[2];
    if (now >= p->until)
        return false;
    prove(key, password, digest);
    return ((digest[0] ^ p->digest[0]) | (digest[1] ^ p->digest[1])) == 0;
}
