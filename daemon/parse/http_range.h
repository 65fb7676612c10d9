/* http_range.h: Range and the conditional fields (RFC 9110, 13 and 14). */
#ifndef PARSE_HTTP_RANGE_H
#define PARSE_HTTP_RANGE_H

#include "base/text.h"

enum {
    HTTP_RANGES_MAX = 16, /* that may be asked for at once */
    HTTP_RANGES_GAP = 80, /* bytes between two, for which a part of its own would cost more */
};

/* Some bytes of a representation. */
struct http_range {
    uint64_t from, len; /* len > 0 */
};

struct http_ranges {
    unsigned count;
    struct http_range range[HTTP_RANGES_MAX];
};

enum range_result {
    RANGE_NONE,  /* none, too many, or not to be understood: send everything */
    RANGE_SOME,  /* those in *out */
    RANGE_WRONG, /* all beyond the end: 416 */
};

/* "bytes=0-499", "bytes=500-", "bytes=-500", "bytes=0-1,5-9" of `size` bytes. Those beyond the end
 * are left out; those that overlap or nearly meet become one, at the first one's place (14.2). */
enum range_result http_ranges(struct str value, uint64_t size, struct http_ranges *out);

/* Is etag (with its quotes) in the list of an If-Match or If-None-Match? `*` matches all. With
 * weak, W/ is of no account (RFC 9110, 8.8.3.2). */
bool http_etag_in(struct str list, struct str etag, bool weak);

#endif
