/* http.h: one HTTP connection, for the files of this front-end (http*.c). RFC 9110 and 9112. */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "model/listing.h"
#include "parse/http_chunk.h"
#include "parse/http_req.h"
#include "serve/serve.h"
#include "web/web.h"

enum http_state {
    HTTP_READING, /* a request's head */
    HTTP_BODY,    /* and its body */
    HTTP_SENDING, /* a response that takes more than one turn */
    HTTP_WAITING, /* for a login, or for a file to be safe on the disk */
};

/* How a folder is shown. */
enum http_listing { HTTP_LIST_PAGE, HTTP_LIST_JSON, HTTP_LIST_NAMES };

/* What becomes of a request's body. */
enum http_sink {
    HTTP_DROP,
    HTTP_ECHO,  /* it goes back as it comes */
    HTTP_FORM,  /* it is kept; the answer follows its end */
    HTTP_FILE,  /* it is an upload; the same */
    HTTP_PARTS, /* it is a form with files; the same */
};

enum {
    HTTP_DISCARD_MAX = 256 << 10, /* bytes of a body nobody wants that are read; beyond, we close */
    HTTP_FORM_MAX = 8 << 10,      /* bytes of a form */
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
    bool keep_taken;   /* the same, if somebody takes the request's body */
    bool body_pending; /* the request's body has not been read to its end */
    bool late;         /* some bytes of a head have come: its deadline runs */
    bool created;      /* the upload makes a file that was not there */
    enum http_sink sink;
    size_t head_len;         /* of a request that waits to be answered; 0 = none does */
    struct account *account; /* whose request it is; a reference. NULL: a guest's */
    struct login *login;     /* one that is under way */
    struct upload *upload;
    struct buf form;
    struct http_parts *parts; /* HTTP_PARTS */
    struct http_chunk chunk;
    uint64_t body_left;            /* of a body with a length */
    uint64_t body_taken;           /* bytes of it that came */
    int64_t body_since;            /* when it began to be waited for */
    uint64_t queued;               /* bytes of the response's body so far */
    int status;                    /* of a response that takes more than one turn */
    struct buf log_head, log_tail; /* its access log line, around status and size */
    struct listing *listing;
    char *folder; /* that is listed; NULL: all of its names may be seen */
    enum http_listing listing_form;
    bool listed, chunked; /* how far the names are read; how the page is framed */
    bool first_entry;     /* none was sent yet */
    struct http_req req;
};

/* What a handler gets: the request and its parsed path. */
struct http_call {
    struct http *h;
    const char *head;          /* the head's bytes; NULL when they are gone: see http_take_body() */
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
/* To another page, by GET (303). cookie is a Set-Cookie field's value, or NULL. */
void http_see_other(struct http_call *call, const char *location, const char *cookie);
/* To another place for good: 301, or 308 where the method must stay. */
void http_moved(struct http_call *call, const char *location);
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

/* What whoever makes the request may do with a path of the store: a set of MAY_*. */
unsigned http_rights(const struct http *h, const char *path);
/* Does this door show the store, and pages about everything? */
bool http_has_home(const struct http *h);
/* Is the connection encrypted? */
bool http_is_secure(const struct http *h);
/* Who makes the request is known now; refused: 0, or the status that answers it. */
void http_identified(struct http *h, int refused);
/* A request that http_take_body() was called for is answered. */
void http_answered(struct http *h);
/* The same without an end: what waited is done, and more of the body is wanted. */
void http_read_on(struct http *h);

/* The response takes more turns: no further request before http_sent(). */
void http_sending(struct http *h);
void http_sent(struct http *h);

/* --- http_body.c --- */

/* How the request's body ends; and if nobody takes it, whether it is worth reading. */
void http_plan_body(struct http *h);
/* The answer comes behind the request's body, when its head is gone: ends with http_answered(). */
void http_take_body(struct http_call *call, enum http_sink sink);
/* Is that so? */
bool http_answers_later(const struct http *h);
/* Takes what has come of it. -1 when it is broken, or not wanted. */
int http_body_next(struct http *h);
void http_drop_form(struct http *h);

/* --- http_file.c --- */

/* The site at /, and the store at /files/. */
void http_get_site(struct http_call *call);
void http_get_files(struct http_call *call);

/* If-Match and If-None-Match of a request that changes the file at call->path (RFC 9110, 13.2.2): 0
 * to go on, or 412. In a drop box, as rights tell, there is none to be seen. */
int http_write_conditions(const struct http_call *call, unsigned rights);

/* --- http_auth.c --- */

/* Finds out who makes the request; *refused is 0, or the status that answers it. False when that
 * takes a while: then http_identified() follows. */
bool http_identify(struct http *h, const char *head, int *refused);
/* Takes a reference; NULL: a guest. */
void http_set_account(struct http *h, struct account *a);
/* Are there accounts at all? */
bool http_logins_open(const struct http *h);
/* Is it a browser that asks, to show a page to somebody? */
bool http_wants_page(const struct http_call *call);
/* Answers whoever may not have what was asked for: 401, 403, or a page to log in by. */
void http_forbid(struct http_call *call);
/* Leads to the same by TLS; 403 when this door has none. */
void http_to_https(struct http_call *call);
void http_get_login(struct http_call *call);
void http_post_login(struct http_call *call);
void http_post_logout(struct http_call *call);
/* The login form is whole. */
void http_form_end(struct http *h);
/* Does the request come from a page of ours, as far as the browser says? The form of another site's
 * page must not do anything in somebody's name. */
bool http_same_origin(const struct http_call *call);
void http_note_login(struct http *h, enum event_kind kind);
/* "log in", or who is and a button to log out, for the head of a page. */
void http_add_person(struct buf *b, const struct http *h);

/* --- http_put.c --- */

void http_put_file(struct http_call *call);
/* A piece of the body; false when the upload has failed, and was answered. */
bool http_put_data(struct http *h, struct str data);
void http_put_end(struct http *h);
/* The connection is gone, or the upload is given up. */
void http_upload_drop(struct http *h, const char *why);

/* What is to be said of an upload of h's, and the status for an errno of one. */
struct transfer http_transfer(const struct http *h, const struct upload *up);
int http_upload_status(int err);

/* --- http_parts.c --- */

void http_post_files(struct http_call *call);
/* A piece of the body; false when it has failed, and was answered. */
bool http_parts_data(struct http *h, struct str data);
/* Is a file being made safe, so that the body has to wait? */
bool http_parts_waiting(const struct http *h);
/* The body is over. */
void http_parts_end(struct http *h);
void http_parts_free(struct http *h);

/* --- http_change.c --- */

void http_delete_file(struct http_call *call);
void http_make_folder(struct http_call *call);
void http_move_file(struct http_call *call);

/* --- http_list.c --- */

/* The folder at path of s as a page; 0 or an errno, and then nothing was sent. */
int http_list(struct http_call *call, struct store *s, const char *path);
/* The page of a folder that call->path may be put into, and not looked at. */
void http_drop_box(struct http_call *call);
void http_list_step(struct http *h);
void http_list_drop(struct http *h);

/* --- http_page.c: pages of our own --- */

/* The name by which the client reached us, without the port. */
struct str http_host(const struct http_call *call);
/* A word of a template, {{NAME}}, and what stands for it, which is HTML already. */
struct fill {
    const char *name;
    struct str value;
};
/* Adds the template with its words filled in; the last of fills has no name. */
void http_fill(struct buf *out, const struct web_file *f, const struct fill *fills);

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
