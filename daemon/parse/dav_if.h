/* dav_if.h: the header fields of WebDAV (RFC 4918, 10). */
#ifndef PARSE_DAV_IF_H
#define PARSE_DAV_IF_H

#include "base/text.h"

enum dav_depth { DAV_DEPTH_0, DAV_DEPTH_1, DAV_DEPTH_INFINITY };

/* The If field (10.4): conditions in lists. A list holds when all of its conditions do; the field,
 * when one of its lists does. */
struct dav_cond {
    struct str resource; /* the URL that the list is about; p = NULL: the request's own */
    bool first;          /* of its list */
    bool negated;
    bool etag;        /* an entity tag; else a state token */
    struct str value; /* the tag with its quotes, the token without its brackets */
};

struct dav_if {
    struct str rest, resource;
    bool begun, in_list;
};

/* To read the conditions of a field. */
static inline struct dav_if dav_if_begin(struct str field)
{
    return (struct dav_if){.rest = field};
}

/* The next one: 1; 0 when there are no more; -1 when the field is malformed. */
int dav_if_next(struct dav_if *it, struct dav_cond *out);

/* "0", "1" or "infinity" (10.2); false for anything else. */
bool dav_depth_parse(struct str field, enum dav_depth *out);
/* "<urn:...>" (10.1, 10.5): what stands between the brackets. */
bool dav_coded_url(struct str field, struct str *url);
/* Seconds of a Timeout field (10.7): the first of its values that is understood, but 1 at least and
 * `most` at most; `most` when there is none. */
unsigned dav_timeout(struct str field, unsigned most);

#endif
