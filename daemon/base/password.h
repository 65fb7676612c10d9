/* password.h: passwords and their hashes: yescrypt by libcrypt, as in Debian's /etc/shadow. Either
 * call takes some ten milliseconds on purpose: agentd's workers make them, never its loop. */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include <stdbool.h>

enum {
    PASSWORD_MAX = 256, /* bytes of a password, with its NUL */
    HASH_MAX = 192,     /* of a hash */
};

/* A fresh hash with a random salt; false when the system lends no randomness or memory. */
bool password_hash(const char *password, char out[HASH_MAX]);
/* Is it the password of that hash? Takes as long for a wrong one. */
bool password_check(const char *password, const char *hash);
/* Has it the form of a hash that password_check() understands? Cheap. */
bool password_is_hash(const char *text);
/* A hash that no password has, as dear to check as a real one: for names that nobody has. */
extern const char password_nobody[];

#endif
