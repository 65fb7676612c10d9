#include "base/password.h"

#include "base/secret.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

/* With password_hash()'s parameters; what it was made from was thrown away. */
const char password_nobody[] =
    "$y$j9T$NOBODYNOBODYNOBODYNOB/$NOBODYNOBODYNOBODYNOBODYNOBODYNOBODYNOBODY1";

/* crypt_rn() for password and hash (or the salt that a new one begins with) into out. */
static bool crypt_into(const char *password, const char *setting, char out[HASH_MAX])
{
    struct crypt_data *data = calloc(1, sizeof *data); /* 32 KiB: too much for a stack */
    if (data == NULL)
        return false;
    const char *hash = crypt_rn(password, setting, data, (int)sizeof *data);
    const bool ok = hash != NULL && strlen(hash) < HASH_MAX;
    if (ok)
        memcpy(out, hash, strlen(hash) + 1);
    explicit_bzero(data, sizeof *data);
    free(data);
    return ok;
}

bool password_hash(const char *password, char out[HASH_MAX])
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    return crypt_gensalt_rn("$y$", 0, NULL, 0, setting, (int)sizeof setting) != NULL &&
           crypt_into(password, setting, out);
}

bool password_check(const char *password, const char *hash)
{
    char made[HASH_MAX];
    const bool ok = crypt_into(password, hash, made) && secret_same(str_of(made), hash);
    explicit_bzero(made, sizeof made);
    return ok;
}

bool password_is_hash(const char *text)
{
    return text[0] == '$' && strlen(text) < HASH_MAX && crypt_checksalt(text) == CRYPT_SALT_OK;
}
