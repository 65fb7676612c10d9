/* http.h: one HTTP connection, for the files of this front-end (http*.c). RFC 9110 and 9112. */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "model/listing.h"
#include "parse/http_chunk.h"
#include "parse/http_req.h"
#include "serve/serve.h"

enum http_state {
    HTTP_READING, /* a request's head */
    HTTP_BODY,    /* and its body */
    HTTP_SENDING, /* a response that takes more than one turn */
};

/* A door of http: its site, and what is the same in many responses. */
struct http_door {
    struct store site;
    struct logfile access; /* fd = -1: no access log */
    time_t second;         /* what follows shows this second */
    char common[160];      /* header lines of every response */
    size_t common_len;
    char clf[48]; /* for the access log */
};

struct http {
    struct conn *conn;
    enum http_state state;
    bool keep;         /* the connection goes on behind this response */
    bool body_pending; /* the request's body has not been read to its end */
    bool echo;         /* ... and goes back as it comes */
    bool late;         /* some bytes of a head have come: its deadline runs */
    struct http_chunk chunk;
    uint64_t body_left;            /* of a body with a length */
    uint64_t body_taken;           /* bytes of it that came */
    int64_t body_since;            /* when it began to be waited for */
    uint64_t queued;               /* bytes of the response's body so far */
    int status;                    /* of a response that takes more than one turn */
    struct buf log_head, log_tail; /* its access log line, around status and size */
    struct listing *listing;
    bool listed, chunked; /* how far the names are read; how the page is framed */
    struct http_req req;
};

/* What a handler gets: the request and its parsed path. */
struct http_call {
    struct http *h;
    const char *head;          /* the head's bytes */
    char path[PATH_BYTES_MAX]; /* decoded; behind the route's prefix */
    bool folder;               /* it ended in a slash */
    bool head_only;            /* HEAD: the same answer without its body */
};

static inline struct serve *http_serve(const struct http *h)
{
    return door_of(h->conn)->serve;
}

static inline struct http_door *http_door(const struct http *h)
{
    return door_of(h->conn)->state;
}

static inline const struct conf_http *http_conf(const struct http *h)
{
    return (const void *)door_of(h->conn)->sect;
}

static inline struct str http_field(const struct http_call *call, enum http_field_id id)
{
    return http_req_field(&call->h->req, call->head, id, 0);
}

/* --- http_reply.c --- */

/* A response's head, while it is being written. */
struct http_head {
    struct conn *conn; /* what does not fit into text is sent before it */
    size_t n;
    char text[1536];
};

/* Status line and the lines of every response. */
void http_head_begin(const struct http *h, struct http_head *hd, int status);
void http_head_add(struct http_head *hd, const char *name, struct str value);
void http_head_addu(struct http_head *hd, const char *name, uint64_t value);
/* Sends it. What follows is `body` bytes of content (for the log). */
void http_head_send(struct http *h, struct http_head *hd, uint64_t body);
/* A whole response out of memory, logged. */
void http_send(struct http_call *call, int status, const char *type, struct str body);
/* A page of our own: the same with a policy that lets nothing in from outside. */
void http_send_page(struct http_call *call, int status, struct buf *html);
/* A short page for an error. With `allow`, the field of that name (405). */
void http_error(struct http_call *call, int status, const char *allow);
/* The same before there is a request; closes. */
void http_refuse(struct http *h, int status);
/* To path, with the request's query. */
void http_redirect(struct http_call *call, const char *path);
const char *http_status_text(int status);
extern const char http_page_policy[];
/* Writes the access log line of a response that is complete. */
void http_log(struct http *h, const char *head, int status, uint64_t bytes);
/* Keeps what the line needs, for a response that is not. http_log_late() writes it, if there is
 * one. */
void http_log_keep(struct http *h, const char *head, int status);
void http_log_late(struct http *h, uint64_t bytes);

/* --- http.c --- */

/* The response takes more turns: no further request before http_sent(). */
void http_sending(struct http *h);
void http_sent(struct http *h);

/* --- http_file.c --- */

/* The site at /, and the store at /files/. */
void http_get_site(struct http_call *call);
void http_get_files(struct http_call *call);

/* --- http_list.c --- */

/* The folder at path of s as a page; 0 or an errno, and then nothing was sent. */
int http_list(struct http_call *call, struct store *s, const char *path);
void http_list_step(struct http *h);

/* --- http_page.c: pages of our own --- */

void http_get_home(struct http_call *call);
void http_get_chat(struct http_call *call);
void http_get_status(struct http_call *call);
void http_get_asset(struct http_call *call);

/* --- http_echo.c --- */

void http_echo(struct http_call *call);
/* A piece of the body, and its end. */
void http_echo_data(struct http *h, struct str data);
void http_echo_end(struct http *h);

extern const struct frontend http_frontend;

#endif
