/* form.h: the fields of a form, application/x-www-form-urlencoded (WHATWG URL, 5.1). */
#ifndef PARSE_FORM_H
#define PARSE_FORM_H

#include "base/text.h"

/* Decodes the value of the first field of that name into out (size bytes), NUL-terminated. A field
 * without '=' has an empty value. False when there is none, or when its value does not fit, has a
 * broken escape or has a NUL; out is of no use then. Whether it is UTF-8 is not looked at. */
bool form_field(struct str body, const char *name, char *out, size_t size);

#endif
