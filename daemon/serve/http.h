/* http.h: one HTTP connection, for the files of this front-end (http*.c). RFC 9110 and 9112. */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "model/listing.h"
#include "parse/http_chunk.h"
#include "parse/http_req.h"
#include "serve/serve.h"
#include "web/web.h"

struct http;
struct http_visit;

#define HTTP_SHARES    "/s/" /* share links begin so */
#define HTTP_FORM_TYPE "application/x-www-form-urlencoded"

enum http_state {
    HTTP_READING, /* a request's head */
    HTTP_BODY,    /* and its body */
    HTTP_SENDING, /* a response that takes more than one turn */
    HTTP_WAITING, /* for a login, or for a file to be safe on the disk */
};

enum {
    HTTP_DISCARD_MAX = 256 << 10, /* bytes of a body nobody wants that are read; beyond, we close */
    HTTP_FORM_MAX = 8 << 10,      /* bytes of a form */
};

/* What is done about a request whose body matters, or whose answer takes more than one turn. A
 * handler makes it, as the first member of what it has to remember, and says by which of these
 * calls it goes on. */
struct http_work_ops {
    /* A piece of the request's body; false when that has failed, and was answered. NULL: the body
     * is dropped. */
    bool (*data)(struct http *h, struct str piece);
    /* The body is over: answer, now or later, and then http_answered(). NULL when the answer does
     * not wait for it. */
    void (*end)(struct http *h);
    /* The output has drained: more of the response. */
    void (*step)(struct http *h);
    /* The request is over (why = NULL), or it will not come to its end: frees the work. */
    void (*drop)(struct http *h, const char *why);
    /* The response has no end, and nothing was sent for a while. May be NULL. */
    void (*quiet)(struct http *h);
    /* The file that it is about, or what is done, for `agentctl who`. May be NULL. */
    const char *(*about)(const struct http *h);
    /* How far that file is. May be NULL. */
    void (*progress)(const struct http *h, struct progress *p);
};

struct http_work {
    const struct http_work_ops *ops;
};

enum {
    HTTP_HEADERS_MAX = 4096, /* bytes of all lines of `header` in a section */
    HTTP_NAME_MAX = 128,     /* and of a name there */
};

/* A door of http: its site, and what is the same in many responses. */
struct http_door {
    struct list host; /* in serve->hosts, when it is a virtual host */
    struct door *door;
    struct store site;
    struct logfile access;               /* fd = -1: no access log */
    uint32_t replaces;                   /* first letters of the names in `header`, a bit each */
    time_t second;                       /* what follows shows this second */
    char common[HTTP_HEADERS_MAX + 256]; /* header lines of every response */
    size_t common_len;
    char clf[48]; /* for the access log */
};

/* What an error is told in. */
enum http_shape { HTTP_PAGE, HTTP_JSON, HTTP_TEXT }; /* that an answer may have */

/* The last name that a connection has asked for, and whose it was. */
struct http_named {
    struct door *door;
    uint64_t change; /* serve->hosts_change then */
    size_t len;
    char text[64]; /* as it came; a longer one is not kept */
};

struct http {
    struct conn *conn;
    struct door *host; /* whose section the request is for: the conn's own, or a virtual host */
    struct http_named named;
    enum http_state state;
    bool keep;                /* the connection goes on behind this response */
    bool keep_taken;          /* the same, if somebody takes the request's body */
    bool body_pending;        /* the request's body has not been read to its end */
    bool late;                /* some bytes of a head have come: its deadline runs */
    bool begun;               /* the final response's head has been sent */
    bool chunked;             /* how the pieces of the response's body are framed */
    size_t head_len;          /* of a request that waits to be answered; 0 = none does */
    struct account *account;  /* whose request it is; a reference. NULL: a guest's */
    bool machine;             /* who comes by a token for programs: see model/bearer */
    struct login *login;      /* one that is under way */
    struct http_visit *visit; /* below /s/: by which share it comes; else NULL */
    struct http_work *work;   /* see above; NULL: none */
    /* Where the connection goes now, and what it brings along; NULL: it stays. */
    struct door *upgrade;
    struct door_upgrade brings;
    struct http_chunk chunk;
    uint64_t body_left;            /* of a body with a length */
    uint64_t body_taken;           /* bytes of it that came */
    uint64_t body_seen;            /* ... when its deadline was last looked at */
    uint64_t sent_seen;            /* bytes that had arrived when a response's was */
    int64_t body_since;            /* when it began to be waited for */
    uint64_t queued;               /* bytes of the response's body so far */
    int status;                    /* of a response that takes more than one turn */
    enum http_shape error_shape;   /* for an error behind the body, when the head is gone */
    struct buf log_head, log_tail; /* its access log line, around status and size */
    struct buf cors;               /* header lines for the origin that the request is from */
    char ip[PEER_TEXT_MAX];        /* the peer's, once a line has shown it */
    struct http_req req;
};

/* What a handler gets: the request and its parsed path. */
struct http_call {
    struct http *h;
    const char *head; /* the head's bytes; NULL when they are gone: see http_take_body() */
    const char *path; /* decoded, behind the route's prefix; NULL as well */
    bool folder;      /* it ended in a slash */
    bool head_only;   /* HEAD: the same answer without its body */
    unsigned note;    /* the handler's own, for http_form_note() */
};

static inline struct serve *http_serve(const struct http *h)
{
    return door_of(h->conn)->serve;
}

static inline struct http_door *http_door(const struct http *h)
{
    return h->host->state;
}

static inline const struct conf_http *http_conf(const struct http *h)
{
    return (const void *)h->host->sect;
}

static inline struct str http_field(const struct http_call *call, enum http_field_id id)
{
    return http_req_field(&call->h->req, call->head, id, 0);
}

/* The one field of that name; false when there is none, or several, which is none that one could
 * understand. */
static inline bool http_one_field(const struct http_call *call, enum http_field_id id,
                                  struct str *value)
{
    *value = http_field(call, id);
    return value->p != NULL && http_req_field(&call->h->req, call->head, id, 1).p == NULL;
}

/* The host and port by which the client reached us: of an absolute target, else Host (RFC 9112,
 * 3.2.2). */
static inline struct str http_authority(const struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    return r->authority_len > 0 ? (struct str){call->head + r->authority, r->authority_len}
                                : http_field(call, HTTP_HOST);
}

/* --- http_reply.c --- */

/* A response's head, while it is being written. */
struct http_head {
    const struct http *h;
    struct conn *conn;
    uint32_t replaces; /* of the section, see http_door */
    size_t n;
    char text[1536]; /* what does not fit is sent before it */
};

/* Status line and the lines of every response. */
void http_head_begin(const struct http *h, struct http_head *hd, int status);
/* A line, unless the section has one of that name instead, which is in the head already. Nobody's
 * Cache-Control takes the place of ours for somebody who has logged in. */
void http_head_add(struct http_head *hd, const char *name, struct str value);
/* In any case: what guards somebody. */
void http_head_must(struct http_head *hd, const char *name, struct str value);
void http_head_addu(struct http_head *hd, const char *name, uint64_t value);
/* Sends it. What follows is `body` bytes of content (for the log). */
void http_head_send(struct http *h, struct http_head *hd, uint64_t body);
/* A whole response out of memory, logged, that nobody keeps. */
void http_send(struct http_call *call, int status, const char *type, struct str body);
/* A page of our own: the same with a policy that lets nothing in from outside. */
void http_send_page(struct http_call *call, int status, struct buf *html);
/* The same for one with scripts of ours. */
void http_send_script_page(struct http_call *call, int status, struct buf *html);
/* Nothing but the status: 201, 204. */
void http_send_bare(struct http_call *call, int status);
/* The head is whole: sends it with the body, which may be empty, and logs the response. */
void http_send_whole(struct http_call *call, struct http_head *hd, int status, struct str body);
/* Writes the log line of a response that is complete, whether the request's head is there or not.
 */
void http_log_whole(struct http_call *call, int status);
/* To another page, by GET (303). cookie is a Set-Cookie field's value, or NULL. */
void http_see_other(struct http_call *call, const char *location, const char *cookie);
/* To another place for good: 301, or 308 where the method must stay. */
void http_moved(struct http_call *call, const char *location);
/* To path, with the request's query. */
void http_redirect(struct http_call *call, const char *path);
const char *http_status_text(int status);
/* Content-Security-Policy of pages without scripts, and of those with scripts of ours. */
extern const char http_page_policy[], http_script_policy[];
/* Writes the access log line of a response that is complete. */
void http_log(struct http *h, const char *head, int status, uint64_t bytes);
/* Keeps what the line needs, for a response that is not. http_log_late() writes it, if there is
 * one. */
void http_log_keep(struct http *h, const char *head, int status);
void http_log_late(struct http *h, uint64_t bytes);

/* --- http_error.c --- */

/* A page for an error: the section's own or a short one; JSON or text to those who ask for it. With
 * `allow`, the field of that name (405). */
void http_error(struct http_call *call, int status, const char *allow);
/* The same before there is a request; closes. */
void http_refuse(struct http *h, int status);

/* --- http_door.c --- */

int http_check(const struct conf_sect *sect, struct buf *why);
bool http_silent(const struct conf_sect *sect);
int http_open(struct door *d, struct buf *why);
void http_reload(struct door *d);
void http_close(struct door *d);
void http_tick(struct door *d);
/* Do names decide which section a request is for? */
static inline bool http_by_name(const struct http *h)
{
    const struct door *own = door_of(h->conn);
    return ((const struct conf_http *)(const void *)own->sect)->host[0] != '\0' ||
           !list_empty(&own->serve->hosts);
}
/* Then: chooses it by the name it gives us. False: we have no such name, and it is answered 421. */
bool http_choose_host(struct http *h, const char *head);
/* Back to the connection's own. */
void http_leave_host(struct http *h);

/* --- http_cors.c: pages of other sites that use this one (Fetch standard, 3.2) --- */

/* Where there is a list: prepares what each response says to the origin that the request is from.
 */
void http_note_origin(struct http *h, const char *head);
/* Answers a browser that asks before a request of another origin's page; false: it is no such
 * question. `allow` is what may be done. */
bool http_preflight(struct http_call *call, const char *allow);
/* Does every response of the section depend on the origin? */
bool http_varies_by_origin(const struct conf_http *cf);

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
/* The body will not come to its end: answers with the status, if nothing has been yet, and ends the
 * connection. */
void http_body_failed(struct http *h, int status, const char *why);
/* From data(): no more of the body, until http_read_on(). */
void http_hold(struct http *h);
void http_read_on(struct http *h);

/* From a handler, instead of an answer: something has to be waited for. The request's head stays,
 * and http_retry() calls the handler again, which finds its work where it left it. */
void http_wait(struct http *h);
void http_retry(struct http *h);

/* The response takes more turns: no further request before http_sent(). */
void http_sending(struct http *h);
void http_sent(struct http *h);

/* --- http_time.c --- */

/* The connection's deadline has passed. */
void http_timeout(struct conn *c);

/* --- http_work.c --- */

/* Takes w over, and drops what was there before. */
void http_set_work(struct http *h, struct http_work *w);
void http_drop_work(struct http *h, const char *why);

/* The answer comes behind the request's body, when its head is gone: ends with http_answered(). */
void http_take_body(struct http_call *call, struct http_work *w);

/* A body that is kept, up to max bytes (413), for whole(), which ends with http_answered(). It,
 * call->path and the query are to be had until then, and are wiped behind it. 503 when there is no
 * memory. */
typedef void http_form_fn(struct http *h);
void http_take_form(struct http_call *call, size_t max, http_form_fn *whole);
struct str http_form_body(const struct http *h);
const char *http_form_path(const struct http *h);
struct str http_form_query(const struct http *h);
unsigned http_form_note(const struct http *h);

/* A response whose body comes in pieces and has no known length: begins its head; and then sends it
 * with the first piece (emptied; may be NULL), takes w over, and calls w->ops->step() whenever
 * little waits to be sent. HEAD ends there. */
void http_stream_begin(struct http_call *call, struct http_head *hd, int status);
void http_stream(struct http_call *call, struct http_head *hd, struct http_work *w,
                 struct buf *first);
/* From step(): sends a piece, which is emptied, and asks for the next call; behind the last one the
 * response is done, and the work gone. */
void http_piece(struct http *h, struct buf *piece, bool last);
/* From step(): sends a part of an open file as a piece. */
void http_piece_file(struct http *h, struct ofile *of, uint64_t from, uint64_t len);
/* From step(): asks for the next call without one. */
void http_step_again(struct http *h);

/* --- http_body.c --- */

/* How the request's body ends; and if nobody takes it, whether it is worth reading. */
void http_plan_body(struct http *h);
/* Takes what has come of it. -1 when it is broken, or not wanted. */
int http_body_next(struct http *h);

/* --- http_file.c --- */

/* The site at /, and the store at /files/. */
void http_get_site(struct http_call *call);
void http_get_files(struct http_call *call);

/* An error page for an errno of something that was to be read. */
void http_fail(struct http_call *call, int err);
/* The conditions of a request that changes the file at call->path (RFC 9110, 13.2.2): 0 to go on,
 * or 412. In a drop box, as rights tell, there is none to be seen. */
int http_write_conditions(const struct http_call *call, unsigned rights);

/* --- http_auth.c --- */

/* Finds out who makes the request; *refused is 0, or the status that answers it. False when that
 * takes a while: then http_identified() follows. */
bool http_identify(struct http *h, const char *head, int *refused);
/* Is it an administrator, and no program in his name? */
bool http_is_admin(const struct http *h);
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
/* Does the request come from a page of ours, as far as the browser says? The form of another site's
 * page must not do anything in somebody's name. */
bool http_same_origin(const struct http_call *call);
void http_note_login(struct http *h, enum event_kind kind);
/* "log in", or who is and a button to log out, for the head of a page. */
void http_add_person(struct buf *b, const struct http *h);

/* --- http_visit.c: who comes by a share link --- */

/* As http_identify(), for a request whose path begins with HTTP_SHARES: h->visit is what came of
 * it, until http_visit_end(). */
bool http_visit_begin(struct http *h, const char *head, int *refused);
void http_visit_end(struct http *h);
/* Closes the connection if its share has ended meanwhile. */
void http_visit_check(struct http *h);
/* What a share gives whoever comes by it. */
unsigned http_visit_rights(const struct http *h, const char *path);
/* Whose quota uploads count against (NULL: nobody's), and who the log says it was. */
struct account *http_payer(const struct http *h);
const char *http_who(const struct http *h);
/* "share:ID"; NULL of whoever comes by none. */
const char *http_visitor(const struct http *h);
/* The URL of a path of the store is http_base(), and behind it http_shown() of the path, escaped:
 * /files and all of it, or /s/TOKEN and what lies below what is shared ("/" of that itself). */
const char *http_base(const struct http *h);
const char *http_shown(const struct http *h, const char *path);
/* What http_base() is called in a page. */
const char *http_base_name(const struct http *h);
/* The name of the file that is shared alone: its URL does not tell it. Else NULL. */
const char *http_shared_name(const struct http *h);
#define HTTP_SHARES_ALLOW "GET, HEAD, OPTIONS, POST, PUT, MKCOL"
void http_visit_get(struct http_call *call);
void http_visit_put(struct http_call *call);
void http_visit_post(struct http_call *call);
/* A browser makes those that are on the way of what is dropped onto the page. */
void http_visit_make_folder(struct http_call *call);

/* --- http_share.c: share links are made, shown and revoked --- */

/* POST ?share, with a form: a link to call->path. False when that is not what is asked for. */
bool http_post_share(struct http_call *call);
void http_get_shares(struct http_call *call);
void http_post_shares(struct http_call *call);

/* --- http_put.c --- */

void http_put_file(struct http_call *call);

/* What is to be said of an upload of h's, and the status for an errno of one. */
struct transfer http_transfer(const struct http *h, const struct upload *up);
int http_upload_status(int err);
/* Gives *up up, if there is one; and the same, but what has come may stay. */
void http_upload_drop(struct http *h, struct upload **up, const char *why);
void http_upload_broken(struct http *h, struct upload **up, const char *why);

/* --- http_resume.c: /-/uploads/TOKEN, an upload that is not over --- */

#define HTTP_UPLOADS "/-/uploads"
void http_get_upload(struct http_call *call);
void http_patch_upload(struct http_call *call);
void http_delete_upload(struct http_call *call);
/* HEAD of call->path with ?upload: how much of it is there, of what broke off. */
void http_get_progress(struct http_call *call);
/* Adds Upload-Limit; p = NULL: for one that begins now. Nothing, where none are kept. */
void http_add_upload_limit(const struct http *h, struct http_head *hd, const struct partial *p);
/* Upload-Offset and Upload-Complete. */
void http_add_progress(struct http_head *hd, uint64_t offset, bool complete);

/* --- http_parts.c --- */

void http_post_files(struct http_call *call);

/* --- http_change.c --- */

void http_delete_file(struct http_call *call);
void http_make_folder(struct http_call *call);
void http_move_file(struct http_call *call);
void http_copy_file(struct http_call *call);

/* --- WebDAV; what they share is in http_dav.h --- */

#define HTTP_FILES_ALLOW                                                              \
    "GET, HEAD, OPTIONS, POST, PUT, DELETE, MKCOL, MOVE, COPY, PROPFIND, PROPPATCH, " \
    "LOCK, UNLOCK"
/* The Allow field for what is at call->path. */
const char *http_files_allow(const struct http_call *call);
void http_propfind(struct http_call *call);
void http_proppatch(struct http_call *call);
void http_lock(struct http_call *call);
void http_unlock(struct http_call *call);

/* --- http_list.c --- */

/* The folder at path of s as a page; 0 or an errno, and then nothing was sent. */
int http_list(struct http_call *call, struct store *s, const char *path);
/* Does a client that says Accept want such a type? */
bool http_accepts(const struct http_call *call, const char *type);
/* By ?json, or by what the client would rather have: a browser asks for HTML among others. */
enum http_shape http_shape(const struct http_call *call);
/* The Content-Type of each. */
extern const char *const http_shape_type[];
/* The value of a field of the request's query; false when there is none. */
bool http_query(const struct http_call *call, const char *name, char *out, size_t size);

/* --- http_folder.c: the HTML of a folder's page --- */

/* What a page of a folder is about. */
struct folder_page {
    const char *path, *shown; /* the latter as http_shown() has it */
    bool store;      /* it lies in the store; else in a site, where there is nothing to change */
    bool browser;    /* it gets links to other views, which would lead a mirroring client astray */
    unsigned rights; /* in the store */
    struct listing_order order;
    const char *said;               /* a word for what was done just now; "" = nothing */
    uint64_t files, folders, bytes; /* of the rows so far */
};
void http_folder_top(struct buf *b, const struct http *h, const struct folder_page *p);
void http_folder_row(struct buf *b, struct folder_page *p, const struct listing_entry *e);
/* Behind the last row, and the end of the page. */
void http_folder_bottom(struct buf *b, const struct folder_page *p);
void http_folder_end(struct buf *b);
/* The page of a folder that call->path may be put into, and not looked at. */
void http_drop_box(struct http_call *call);
/* home / files / a / b, each a link. */
void http_crumbs(struct buf *b, const struct http *h, const char *path);
/* Leads a browser back to the folder, which then says so; said is a word of its table. */
void http_back_to(struct http_call *call, const char *folder, const char *said);

/* --- http_view.c --- */

/* The page around a file: FILE?view. Takes a reference over. 0 or an errno, and then nothing was
 * sent. */
int http_view(struct http_call *call, struct store_file *f);

/* --- http_forms.c --- */

/* A folder is made, files are renamed or deleted, by a form of the folder's page. */
void http_post_change(struct http_call *call);

/* --- http_archive.c --- */

/* Does the query ask for an archive (?archive=tar, ?archive=zip)? Then it is answered with one of
 * the folder at call->path. */
bool http_archive(struct http_call *call);

/* --- http_events.c --- */

/* /events: what changes in the store, as it happens. */
void http_get_events(struct http_call *call);

/* --- http_status.c --- */

void http_get_status(struct http_call *call);
void http_get_metrics(struct http_call *call);

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
/* A page that is made so. */
void http_send_filled(struct http_call *call, const struct web_file *f, const struct fill *fills);
/* Adds text as HTML to b, which is empty; the whole of it. */
struct str http_html(struct buf *b, struct str text);

/* Adds the URL of our pages, without a slash behind it: as the client sees us, unless the
 * configuration knows better. */
void http_add_url(struct buf *b, const struct http_call *call);

void http_get_home(struct http_call *call);
void http_get_chat(struct http_call *call);
void http_get_asset(struct http_call *call);
/* /favicon.ico, which browsers ask every site for. */
void http_no_icon(struct http_call *call);

/* --- http_room.c --- */

void http_get_room(struct http_call *call);
void http_post_room(struct http_call *call);
/* A short text for programs, and how long they should wait, unless that is 0. */
void http_send_words(struct http_call *call, int status, const char *words, int64_t wait_ms);

/* --- http_drop.c: /-/drop/SECRET, a file from somebody in the chat --- */

void http_post_drop(struct http_call *call);

/* --- http_echo.c --- */

void http_echo(struct http_call *call);

/* --- http_upgrade.c: from HTTP to WebSocket (RFC 6455, 4.2) --- */

/* /chat/ws and /echo: answers, and has the connection go over to the front-end of that name: the
 * door is in h->upgrade then. */
void http_upgrade_chat(struct http_call *call);
void http_upgrade_echo(struct http_call *call);
/* What a 426 has to say. */
void http_add_upgrade(struct http_head *hd);

extern const struct frontend http_frontend;

#endif
