/* neighbour.h: a file that lies ready in a content coding beside another one: style.css.gz beside
 * style.css. One that is older than the other does not count. */
#ifndef MODEL_NEIGHBOUR_H
#define MODEL_NEIGHBOUR_H

#include "base/coding.h"
#include "model/store.h"

/* The codings (1 << CODING_GZIP | ...) in which f has a neighbour; as old as a second at most. */
unsigned neighbour_codings(struct store_file *f);
/* Opens that one, like store_open(). */
int neighbour_open(const struct store_file *f, enum coding coding, struct store_file **out);

#endif
