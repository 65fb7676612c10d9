/* verifier.h: what is kept of a password for SCRAM-SHA-256 (RFC 5802, 3; RFC 7677): it checks a
 * client's proof, and makes none. Beside the password's hash, which it cannot stand for: who steals
 * it can try passwords faster than by the hash. */
#ifndef BASE_VERIFIER_H
#define BASE_VERIFIER_H

#include "base/text.h"

enum {
    VERIFIER_SALT = 16,
    VERIFIER_KEY = 32,
    VERIFIER_MAX = 192,         /* bytes of its text, with the NUL */
    VERIFIER_ITERATIONS = 20000 /* some 10 ms of a worker, once; and of the client, each time */
};

struct verifier {
    unsigned iterations;
    unsigned char salt[VERIFIER_SALT];
    unsigned char stored[VERIFIER_KEY], server[VERIFIER_KEY];
};

/* The keys, by salt and iterations, which are set; slow, for workers. False when memory is out. */
bool verifier_derive(struct verifier *v, const char *password);
/* The text of one with a fresh salt; slow, for workers. False when memory or randomness is out. */
bool verifier_new(const char *password, char out[VERIFIER_MAX]);
/* "SCRAM-SHA-256$20000:SALT$STORED:SERVER", in hex. */
void verifier_text(const struct verifier *v, char out[VERIFIER_MAX]);
/* False, with *v all zero, when it is no such text. */
bool verifier_parse(struct verifier *v, const char *text);
/* One that looks like a real one, has no password, and is the same for the same key and name. */
void verifier_fake(struct verifier *v, struct str key, struct str name);
/* Is it the proof of somebody who knows the password? As long whatever differs. */
bool verifier_proves(const struct verifier *v, struct str auth_message,
                     const unsigned char proof[VERIFIER_KEY]);
/* And what proves to the client that we keep it. */
bool verifier_sign(const struct verifier *v, struct str auth_message,
                   unsigned char out[VERIFIER_KEY]);

#endif
