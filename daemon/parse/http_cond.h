/* http_cond.h: conditional requests (RFC 9110, 13). */
#ifndef PARSE_HTTP_COND_H
#define PARSE_HTTP_COND_H

#include "base/date.h"
#include "parse/http_req.h"

/* What tells the states of a file apart. */
struct http_validators {
    struct str etag; /* a strong one, with its quotes */
    time_t modified;
    const struct str *others; /* tags that stand for the same state; not for If-Range */
    unsigned other_count;
};

/* What the request's conditions come to, in the order of 13.2.2: 0 to go on, 304 or 412. `head` is
 * where the request's head is. v is what is there now; NULL: nothing. */
int http_cond(const struct http_req *r, const char *head, const struct http_validators *v);

/* If-Range (13.1.5): may a range be sent, or has it to be everything? A date names one state only
 * if the file could not change again within its second: `now` is the time. */
bool http_cond_range(const struct http_req *r, const char *head, const struct http_validators *v,
                     time_t now);

#endif
