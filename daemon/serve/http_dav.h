/* http_dav.h: what the methods of WebDAV (RFC 4918) share. */
#ifndef SERVE_HTTP_DAV_H
#define SERVE_HTTP_DAV_H

#include "parse/dav_if.h"
#include "parse/dav_xml.h"
#include "serve/http.h"

enum { LOCK_SECONDS_MAX = 3600 }; /* that a lock is given at once */

/* --- http_dav.c --- */

/* What an answer of XML begins with. */
extern const char http_dav_top[];
/* <D:href> of what is at path in the store; a folder's ends in a slash. */
void http_dav_href(struct buf *b, const char *path, bool folder);
/* <D:status> */
void http_dav_status(struct buf *b, int status);
/* A whole answer of XML; frees it. */
void http_dav_send(struct http_call *call, int status, struct buf *xml);
/* An error that names the condition that was not met (RFC 4918, 16), and with path, what it is
 * about. */
void http_dav_error(struct http_call *call, int status, const char *condition, const char *path);
/* The path within the store that a URL in a header field names: 0; or the status that refuses it:
 * 400, or 502 where it is not ours. */
int http_dav_path(const struct http_call *call, struct str url, char path[PATH_BYTES_MAX]);
/* The Depth field, or what it is where there is none; false, and answered, when it is nonsense. */
bool http_dav_depth(struct http_call *call, enum dav_depth otherwise, enum dav_depth *out);
/* May whoever asks do that with call->path? Else it is answered. */
bool http_may(struct http_call *call, unsigned rights);
/* The same about the If field (10.4), and about locks: may path be changed so? reach is a set of
 * LOCK_*. */
bool http_unlocked(struct http_call *call, const char *path, unsigned reach);
/* Is the lock that of whoever asks? */
bool http_owns_lock(const struct http *h, const struct lock *l);
/* path, if whoever asks may be told of it; a share tells of none. Else NULL. */
const char *http_told_path(const struct http *h, const char *path);

/* --- http_propfind.c --- */

/* Is it a property that we tell of, and nobody sets? */
bool http_dav_is_live(const char *space, const char *name);
/* The property as an empty element. */
void http_dav_name(struct buf *b, const char *space, const char *name);

/* --- http_tree.c --- */

enum tree_op { TREE_DELETE, TREE_MOVE, TREE_COPY };

struct tree_wish {
    enum tree_op op;
    const char *from, *to; /* TREE_DELETE: no `to` */
    bool clear;            /* what is at `to` goes first, with all that is in it */
    bool shallow;          /* of a folder, only itself */
    bool replaced;         /* something was at `to` */
};

/* Does it in slices, and answers: 201, 204, or 207 with what could not be done (9.6.1, 9.8.5). The
 * rights for what the wish names have been looked at, and the locks. */
void http_tree(struct http_call *call, const struct tree_wish *wish);
/* The status for an errno of a change. */
int http_change_status(int err);
/* Tells of a change. */
void http_changed(const struct http *h, enum event_kind kind, const char *path, const char *to);

/* --- http_lock.c --- */

/* <D:lockdiscovery> of path. */
void http_add_locks(struct buf *b, struct serve *s, const char *path);

#endif
