/* glob.h: file name patterns with * and ?. */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/text.h"

bool glob_has_magic(struct str pattern);
/* Does the whole name match? At most pattern × name steps, whatever the pattern: only the last star
 * is ever tried again. '?' is one character of UTF-8. */
bool glob_match(struct str pattern, struct str name);
/* The same, which takes off *steps what it took; false, too, once none are left. */
bool glob_match_within(struct str pattern, struct str name, uint64_t *steps);

#endif
