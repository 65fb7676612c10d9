/* http_login.h: how it is found out who comes: what http_auth.c does for others. */
#ifndef SERVE_HTTP_LOGIN_H
#define SERVE_HTTP_LOGIN_H

#include "serve/http.h"

/* Who tells by a name and a password whether somebody may come in: at once, where they were right a
 * moment ago; else by a login that ends with http_basic_done(). */
struct http_keeper {
    bool (*knows)(struct http *h, struct str name, struct str password);
    struct login *(*begin)(struct http *h, struct str name, struct str password);
};
/* Basic authentication: as http_identify(). */
bool http_by_basic(struct http *h, struct str field, const struct http_keeper *keeper,
                   int *refused);
void http_basic_done(struct http *h, enum login_result result);
/* The cookie's token that whoever asks is known by; empty when it is none. */
struct str http_token(const struct http_call *call);
/* Does it hold still? */
bool http_token_holds(const struct http *h, struct str token);

#endif
