/* conf_value.h: one value of the configuration, between its text and its field. For conf*.c. */
#ifndef BASE_CONF_VALUE_H
#define BASE_CONF_VALUE_H

#include "base/conf.h"
#include "base/text.h"

/* The field of k in s: a char **, int64_t * or bool * by the key's type. */
void *conf_field(const struct conf_sect *s, const struct conf_key *k);
/* Is the field a char *, owned by the section? */
bool conf_is_text(const struct conf_key *k);
/* Sets the field from text; CONF_LINES: adds a line to it. False, with what it must be in why, when
 * it was not understood. */
bool conf_set(struct conf_sect *s, const struct conf_key *k, const char *text, struct buf *why);
/* Adds the field's text: a string, a number with its unit, a word. */
void conf_value(const struct conf_sect *s, const struct conf_key *k, struct buf *out);
/* "64K", "30s": as the keys of those types have it. */
bool conf_parse_size(struct str text, int64_t *out);
bool conf_parse_span(struct str text, int64_t *out);
void conf_add_size(struct buf *out, int64_t n);
/* Adds [name] or [name "label"]. */
void conf_title(struct buf *out, const struct conf_sect *s);

#endif
