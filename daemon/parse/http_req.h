/* http_req.h: the head of an HTTP/1.x request (RFC 9112, 2-7; RFC 9110, 5). Strict: what a proxy
 * and we might read differently is refused, so that nothing can be smuggled between the two.
 *
 * The parser keeps offsets only, so the bytes may move between calls. */
#ifndef PARSE_HTTP_REQ_H
#define PARSE_HTTP_REQ_H

#include "base/text.h"

enum {
    HTTP_LINE_MAX = 8192,  /* bytes of the request line; longer is 414 */
    HTTP_HEAD_MAX = 16384, /* bytes of the whole head; more is 431 */
    HTTP_FIELDS_MAX = 100,
};

enum http_method {
    HTTP_UNKNOWN,
    HTTP_GET,
    HTTP_HEAD,
    HTTP_OPTIONS,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_MKCOL,
    HTTP_MOVE,
    HTTP_COPY,
    HTTP_PROPFIND,
    HTTP_PROPPATCH,
    HTTP_LOCK,
    HTTP_UNLOCK,
    HTTP_PATCH,
    HTTP_TRACE,
    HTTP_CONNECT,
};

/* Fields that somebody here asks for. */
enum http_field_id {
    HTTP_OTHER,
    HTTP_HOST,
    HTTP_CONNECTION,
    HTTP_CONTENT_LENGTH,
    HTTP_TRANSFER_ENCODING,
    HTTP_EXPECT,
    HTTP_RANGE,
    HTTP_IF_MATCH,
    HTTP_IF_NONE_MATCH,
    HTTP_IF_MODIFIED_SINCE,
    HTTP_IF_UNMODIFIED_SINCE,
    HTTP_IF_RANGE,
    HTTP_USER_AGENT,
    HTTP_REFERER,
    HTTP_CONTENT_TYPE,
    HTTP_CONTENT_DISPOSITION,
    HTTP_CONTENT_RANGE,
    HTTP_ACCEPT,
    HTTP_ACCEPT_ENCODING,
    HTTP_AUTHORIZATION,
    HTTP_COOKIE,
    HTTP_ORIGIN,
    HTTP_DESTINATION,
    HTTP_OVERWRITE,
    HTTP_REQUEST_METHOD,  /* Access-Control-Request-Method */
    HTTP_REQUEST_HEADERS, /* Access-Control-Request-Headers */
    HTTP_DEPTH,
    HTTP_IF,
    HTTP_LOCK_TOKEN,
    HTTP_TIMEOUT,
    HTTP_EXPECTED_LENGTH, /* X-Expected-Entity-Length: of a chunked body, by macOS */
    HTTP_UPLOAD_COMPLETE,
    HTTP_UPLOAD_OFFSET,
    HTTP_UPLOAD_LENGTH,
    HTTP_REPR_DIGEST,
    HTTP_CONTENT_DIGEST,
    HTTP_CONTENT_MD5,
    HTTP_UPGRADE,
    HTTP_WS_KEY, /* Sec-WebSocket-Key, and so on */
    HTTP_WS_VERSION,
    HTTP_WS_PROTOCOL,
    HTTP_FIELD_IDS,
};

struct http_field {
    unsigned char id; /* enum http_field_id */
    unsigned char name_len;
    uint16_t name, value, value_len; /* name and value as offsets into the head */
};

struct http_req {
    size_t pos;                           /* start of the line that is not parsed yet */
    size_t scanned;                       /* how far it was searched for its end */
    bool started;                         /* the request line is done */
    unsigned char hosts, lengths, logins; /* how often each field came */
    bool connection_close, connection_keep, connection_upgrade;
    bool other_coding;  /* Transfer-Encoding has one that we know not */
    bool broken_coding; /* it has something behind `chunked`, or what is no coding */
    bool unmet;         /* Expect wants what we know not */
    /* The result. */
    int status; /* that refuses the request: 400, 414, 417, 431, 501, 505; 0 = none */
    enum http_method method;
    unsigned minor;  /* HTTP/1.minor, 0 or 1 */
    bool keep_alive; /* the client would go on with this connection */
    bool chunked;    /* the body is chunked */
    bool has_length; /* ... or has this length; neither = there is none */
    bool expect;     /* it waits for 100 Continue, or for an error */
    bool https;      /* the target is absolute, and this its scheme */
    uint64_t length;
    uint16_t line_len;                 /* of the request line, for the access log */
    uint16_t line;                     /* where it begins */
    uint16_t path, path_len;           /* "*" for OPTIONS * */
    uint16_t query, query_len;         /* behind '?' */
    uint16_t authority, authority_len; /* of an absolute target; takes the place of Host */
    uint64_t seen; /* fields that are there: a bit for each enum http_field_id */
    unsigned fields;
    struct http_field field[HTTP_FIELDS_MAX];
};

/* To parse another request. */
void http_req_reset(struct http_req *r);
/* Parses p[0..n), of which earlier calls have seen the beginning. The length of the head, empty
 * line included: where the body begins, and how it ends, is known then, even if r->status refuses
 * the request (417, 501). 0 when more is needed; -1 with r->status set: nothing that follows can be
 * made sense of. */
int http_req_parse(struct http_req *r, const char *p, size_t n);
/* The value of the nth (from 0) field with this id; NULL p when there is none. `head` is where the
 * head begins now. */
struct str http_req_field(const struct http_req *r, const char *head, enum http_field_id id,
                          unsigned nth);
struct str http_req_path(const struct http_req *r, const char *head);
struct str http_req_line(const struct http_req *r, const char *head);
/* Is it a token, as methods and the names of fields are (RFC 9110, 5.6.2)? */
bool http_is_token(struct str s);

#endif
