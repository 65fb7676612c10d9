/* http_range.h: Range and the conditional fields (RFC 9110, 13 and 14). */
#ifndef PARSE_HTTP_RANGE_H
#define PARSE_HTTP_RANGE_H

#include "base/text.h"

enum range_result {
    RANGE_NONE,  /* none, or not to be understood: send everything */
    RANGE_ONE,   /* *from and *len are set */
    RANGE_MANY,  /* several, of which we make none: send everything */
    RANGE_WRONG, /* beyond the end: 416 */
};

/* "bytes=0-499", "bytes=500-", "bytes=-500" of `size` bytes. */
enum range_result http_range(struct str value, uint64_t size, uint64_t *from, uint64_t *len);

/* Is etag (with its quotes) in the list of an If-Match or If-None-Match? `*` matches all. With
 * weak, W/ is of no account (RFC 9110, 8.8.3.2). */
bool http_etag_in(struct str list, struct str etag, bool weak);

#endif
