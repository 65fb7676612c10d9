/* attr.h: what is known of a file besides its content, and changing that. Functions return 0 or an
 * errno, as store.h's do; links are followed as far as they stay in the store. */
#ifndef MODEL_ATTR_H
#define MODEL_ATTR_H

#include "model/store.h"

enum { ATTR_MODE_MASK = 0777 }; /* of the bits that may be set */

/* Where the file system does not say when a file was made. */
#define ATTR_NO_BIRTH INT64_MIN

/* stat() of name in the folder dir ("": of dir itself), and when it was made, in seconds since
 * 1970. Links are not followed. */
int attr_look_at(int dir, const char *name, struct stat *st, int64_t *born);
/* The same of a path in the store. */
int attr_look(struct store *s, const char *path, struct stat *st, int64_t *born);
/* When it was changed last, from now on. */
int attr_set_modified(struct store *s, const char *path, struct timespec modified);
/* The bits of ATTR_MODE_MASK; the others go. */
int attr_set_mode(struct store *s, const char *path, mode_t mode);

#endif
