/* http_auth.h: who a client says it is in an Authorization field (RFC 9110, 11.4). */
#ifndef PARSE_HTTP_AUTH_H
#define PARSE_HTTP_AUTH_H

#include "base/text.h"

/* Decodes a field of the scheme Basic (RFC 7617, 2) into out (size bytes; no NUL is put behind it);
 * user, up to the first colon, and password point into it, and either may be empty. False, with
 * neither set, for another scheme, bad base 64, what does not fit, has no colon or has a control
 * character. Whether it is UTF-8 is not looked at. */
bool http_basic_parse(struct str field, char *out, size_t size, struct str *user,
                      struct str *password);

/* The token of a field of the scheme Bearer (RFC 6750, 2.1); p is NULL for another scheme, or when
 * it has none. */
struct str http_bearer_parse(struct str field);

#endif
