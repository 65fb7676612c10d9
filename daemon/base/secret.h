/* secret.h: secrets that nobody guesses, and their digests, by which they are known again without
 * being kept. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/text.h"

enum { DIGEST_TEXT_MAX = 65 }; /* a SHA-256 in hex, with its NUL */

/* Writes size - 1 hex digits of the system's randomness, and a NUL; false when there is none. */
bool secret_new(char *out, size_t size);
/* Its SHA-256 in hex; false when memory is out. */
bool secret_digest(struct str secret, char out[DIGEST_TEXT_MAX]);
/* The first secret of so many hex digits, and no more, that stands in text behind the prefix; p is
 * NULL when there is none. */
struct str secret_behind(struct str text, const char *prefix, size_t digits);
/* Is it the same text? Takes as long whatever differs. */
bool secret_same(struct str a, const char *b);

#endif
