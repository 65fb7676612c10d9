#include "base/verifier.h"

#include "base/digest.h"
#include "base/saslprep.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SCHEME "SCRAM-SHA-256$"

static bool hmac(const void *key, size_t key_len, struct str text, unsigned char out[VERIFIER_KEY])
{
    unsigned n = 0;
    return HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text.p, text.n, out, &n) !=
               NULL &&
           n == VERIFIER_KEY;
}

static bool sha256(const unsigned char in[VERIFIER_KEY], unsigned char out[VERIFIER_KEY])
{
    unsigned char digest[DIGEST_MAX];
    if (digest_bytes(DIGEST_SHA256, in, VERIFIER_KEY, digest) != 0)
        return false;
    memcpy(out, digest, VERIFIER_KEY);
    explicit_bzero(digest, sizeof digest);
    return true;
}

bool verifier_derive(struct verifier *v, const char *password)
{
    unsigned char salted[VERIFIER_KEY], client[VERIFIER_KEY];
    char *text = saslprep(password);
    const bool ok =
        text != NULL &&
        PKCS5_PBKDF2_HMAC(text, (int)strlen(text), v->salt, sizeof v->salt, (int)v->iterations,
                          EVP_sha256(), sizeof salted, salted) == 1 &&
        hmac(salted, sizeof salted, STR("Client Key"), client) && sha256(client, v->stored) &&
        hmac(salted, sizeof salted, STR("Server Key"), v->server);
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
    explicit_bzero(salted, sizeof salted);
    explicit_bzero(client, sizeof client);
    return ok;
}

bool verifier_new(const char *password, char out[VERIFIER_MAX])
{
    struct verifier v = {.iterations = VERIFIER_ITERATIONS};
    const bool ok = getrandom(v.salt, sizeof v.salt, 0) == (ssize_t)sizeof v.salt &&
                    verifier_derive(&v, password);
    if (ok)
        verifier_text(&v, out);
    explicit_bzero(&v, sizeof v);
    return ok;
}

void verifier_text(const struct verifier *v, char out[VERIFIER_MAX])
{
    char salt[2 * VERIFIER_SALT + 1], stored[2 * VERIFIER_KEY + 1], server[2 * VERIFIER_KEY + 1];
    text_to_hex(salt, v->salt, sizeof v->salt);
    text_to_hex(stored, v->stored, sizeof v->stored);
    text_to_hex(server, v->server, sizeof v->server);
    snprintf(out, VERIFIER_MAX, SCHEME "%u:%s$%s:%s", v->iterations, salt, stored, server);
}

/* The next part of a text, up to `sep`, as so many bytes. */
static bool take_hex(struct str *rest, char sep, unsigned char *out, size_t n)
{
    char hex[2 * VERIFIER_KEY + 1];
    struct str part;
    return str_split(rest, sep, &part) && str_copy(hex, sizeof hex, part) &&
           text_from_hex(out, n, hex);
}

bool verifier_parse(struct verifier *v, const char *text)
{
    struct str rest = str_of(text), part;
    uint64_t iterations = 0;
    if (str_split(&rest, '$', &part) && str_eq(part, "SCRAM-SHA-256") &&
        str_split(&rest, ':', &part) && text_number(part, INT32_MAX, &iterations) &&
        iterations > 0 && take_hex(&rest, '$', v->salt, sizeof v->salt) &&
        take_hex(&rest, ':', v->stored, sizeof v->stored) &&
        take_hex(&rest, '\0', v->server, sizeof v->server) && rest.p == NULL) {
        v->iterations = (unsigned)iterations;
        return true;
    }
    *v = (struct verifier){0};
    return false;
}

void verifier_fake(struct verifier *v, struct str key, struct str name)
{
    unsigned char salt[VERIFIER_KEY];
    *v = (struct verifier){.iterations = VERIFIER_ITERATIONS};
    if (hmac(key.p, key.n, name, salt))
        memcpy(v->salt, salt, sizeof v->salt);
    /* Nothing is known whose digest is all zero. */
}

bool verifier_proves(const struct verifier *v, struct str auth_message,
                     const unsigned char proof[VERIFIER_KEY])
{
    unsigned char client[VERIFIER_KEY], stored[VERIFIER_KEY];
    bool ok = hmac(v->stored, sizeof v->stored, auth_message, client);
    for (size_t i = 0; i < sizeof client; i++)
        client[i] ^= proof[i];
    ok = ok && sha256(client, stored) && CRYPTO_memcmp(stored, v->stored, sizeof stored) == 0;
    explicit_bzero(client, sizeof client);
    return ok;
}

bool verifier_sign(const struct verifier *v, struct str auth_message,
                   unsigned char out[VERIFIER_KEY])
{
    return hmac(v->server, sizeof v->server, auth_message, out);
}
