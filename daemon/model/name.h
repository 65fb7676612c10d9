/* name.h: the names of people and rooms: which there may be, and which are the same. */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

#include "base/limits.h"
#include "base/text.h"

enum { FOLD_BYTES_MAX = 2 * NAME_BYTES_MAX };

enum name_fault {
    NAME_OK,
    NAME_EMPTY,
    NAME_LONG,
    NAME_CHARS,  /* a character that no name may have */
    NAME_SCRIPT, /* letters of several scripts, as in a Latin name with a Cyrillic а */
};

/* May a person be called so? Letters and digits of one script, and - _ [ ] { } \ | ^ `. */
enum name_fault name_check(struct str name);
/* May a room? '#', then anything that shows, but no blank, ',' ':' '*' or '?'. */
enum name_fault room_name_check(struct str name);
/* What is compared: NFKC, without case. False when name is not UTF-8, or folds to too much or to
 * what has a blank. */
bool name_fold(struct str name, char out[FOLD_BYTES_MAX]);

#endif
