/* serve.h: what every front-end is, and what it is handed.
 *
 * A front-end ("frontend") is a const row: a protocol. A door is one that is open: a section of the
 * configuration with its listeners and its sessions. To add a protocol: one file here, one row in
 * server.c, one section in conf_keys.c; echo.c is the shortest example. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/conf.h"
#include "base/metrics.h"
#include "model/absent.h"
#include "model/access.h"
#include "model/bearer.h"
#include "model/chat.h"
#include "model/coded.h"
#include "model/event.h"
#include "model/history.h"
#include "model/lock.h"
#include "model/marker.h"
#include "model/owner.h"
#include "model/pace.h"
#include "model/prop.h"
#include "model/share_admin.h"
#include "model/store.h"
#include "model/token.h"
#include "model/tries.h"
#include "model/upload.h"
#include "net/admit.h"
#include "net/ban.h"
#include "net/conn.h"
#include "net/dgram.h"
#include "net/listener.h"
#include "parse/ws.h"

struct serve;
struct door;
struct door_upgrade;

/* How far the transfer of a file is; see progress.c. The path lives as long as the transfer. */
struct progress {
    const char *path; /* NULL: there is none */
    bool incoming;    /* from the peer to the store */
    uint64_t done;    /* bytes of the file that are there already */
    uint64_t total;   /* of the whole file; PROGRESS_UNKNOWN: nobody knows */
    uint64_t moved;   /* bytes that this transfer has moved */
    int64_t ms;       /* and for how long */
};
#define PROGRESS_UNKNOWN UINT64_MAX

/* Somebody who is connected, for `agentctl who`. The strings live for the call only. */
struct who {
    const char *proto;
    uint64_t sid;
    const char *name;    /* "" = not known */
    const char *account; /* "" = a guest */
    char peer[PEER_TEXT_MAX];
    int64_t since; /* wall clock, ms */
    const char *doing;
    struct progress progress;
    bool tls;
};
typedef void who_fn(void *arg, const struct who *w);

struct frontend {
    const char *name; /* of the section, and `proto` in the log */
    const char *path; /* where http leads to it by WebSocket; NULL: nowhere */
    bool datagrams;
    const char *busy; /* what a client is told that a limit keeps out */
    /* Is the section sensible? Changes nothing. -1 with "key: reason" in why. May be NULL. */
    int (*check)(const struct conf_sect *sect, struct buf *why);
    /* Is there to be a door though the section listens nowhere? May be NULL: no. */
    bool (*silent)(const struct conf_sect *sect);
    /* Makes d->state from d->sect. -1 with the reason in why. May be NULL. */
    int (*open)(struct door *d, struct buf *why);
    /* d->sect is another one now. May be NULL. */
    void (*reload)(struct door *d);
    void (*close)(struct door *d); /* frees d->state; the sessions are gone. May be NULL. */

    /* Stream protocols: a session is a conn of these ops and so many zeroed bytes, which closed()
     * frees with door_closed(). */
    const struct conn_ops *ops;
    size_t session_size;
    bool client_first; /* clients speak first: those that do not cost no session for a second */
    void (*greet)(struct conn *c); /* it has just come. May be NULL. */
    /* It comes from http, and speaks WebSocket from here on: behind greet(). NULL: cannot be. */
    void (*upgraded)(struct conn *c, const struct door_upgrade *up);
    void (*drain)(struct conn *c); /* agentd stops: end when what runs is done */
    /* Its name, doing, progress; another proto than that of the log, if need be. May be NULL. */
    void (*describe)(struct conn *c, struct who *w);
    void (*kick)(struct conn *c, const char *reason); /* NULL: conn_close() */
    struct account *(*account)(const struct conn *c); /* who has logged in; may be NULL */

    /* Datagram protocols. */
    dgram_fn *datagram;                                 /* d->arg is the door */
    void (*who)(struct door *d, who_fn *fn, void *arg); /* may be NULL */
    /* One of its sockets is about to be closed. */
    void (*unlisten)(struct door *d, const struct dgram *dg);
    /* Once a second. May be NULL. */
    void (*tick)(struct door *d);
};

enum { LISTEN_MAX = 16 }; /* addresses of one section */

/* What a conn brings along that HTTP's Upgrade has handed over. */
struct door_upgrade {
    struct account *account; /* in whose name; NULL: a guest's. For the call only. */
    bool binary;             /* what is sent are binary messages, not texts */
};

/* One address of a door. */
struct door_socket {
    struct list link; /* in door->sockets */
    struct addr asked;
    bool keep; /* the fresh configuration still wants it */
    bool tls;
    struct listener ls;
    struct dgram dg;
};

struct door {
    struct list link; /* in serve->doors */
    const struct frontend *fe;
    struct serve *serve;
    const struct conf_sect *sect;
    void *state; /* the front-end's */
    struct list sockets, conns;
    size_t guests;  /* connections of other doors that use its state now: see door_hold() */
    char title[64]; /* http, or http "pictures" */
    bool keep;      /* the fresh configuration still wants it */
    bool closing;   /* goes when its last session does */
};

/* What server.c does for the control socket. */
struct serve_admin {
    int (*reload)(struct serve *s, struct buf *why);
    void (*reopen)(struct serve *s);
    void (*stop)(struct serve *s);
};

/* Everything a front-end may use. Embedded in struct server. */
struct serve {
    const struct conf *conf;
    struct loop *loop;
    struct conns *conns;
    struct admit *admit;
    struct log *log;
    struct metrics *metrics;
    struct event_bus *bus;
    struct chat *chat;
    struct access_rooms *rooms; /* whose folders /rooms has */
    struct history *history;
    struct store *files;
    struct coded_cache *coded;
    struct accounts *accounts;
    struct bearers *bearers; /* tokens for programs */
    struct owners *owners;
    struct shares *shares;
    struct locks *locks; /* see serve_locked() */
    struct props *props;
    struct markers *markers;
    struct absents *absents; /* who is in the chat without a connection */
    struct db *db;
    struct bans *bans;
    struct tries tries;   /* logins that failed */
    struct tries made;    /* accounts that clients have made for themselves */
    struct list logins;   /* those that are under way */
    struct paces paces;   /* of those who speak and do not stay */
    struct tokens tokens; /* of browsers that have logged in */
    struct tls_set *tls;  /* NULL: there is no certificate, and TLS is off */
    const struct serve_admin *admin;
    struct logfile *transfers; /* the xferlog; NULL = none */
    struct list doors;
    struct hmap drops;    /* by their secrets */
    struct list dropping; /* what they bring now */
    struct list news;     /* of uploads, to be told when their digest is known */
    size_t news_count;
    struct list hosts;     /* the virtual ones of http */
    uint64_t hosts_change; /* counts the changes to them, and to the names of all */
    int64_t started;       /* wall clock, ms */
    int64_t since;         /* the same on the monotonic clock */
    unsigned walks;        /* through the store, for people in the chat */
    bool draining;
    size_t descriptors; /* how many the system allows us */
};

static inline struct door *door_of(const struct conn *c)
{
    return c->owner;
}

/* --- door.c --- */

/* A door for the section, without sockets. NULL with the reason in why. */
struct door *door_new(struct serve *s, const struct frontend *fe, const struct conf_sect *sect,
                      struct buf *why);
/* Opens a socket at the address. inherited[0..n) are sockets from socket activation, of which one
 * that fits is taken (and set to -1). -1 with the reason in why. */
int door_listen(struct door *d, const struct addr *a, bool tls, int *inherited, int n,
                struct buf *why);
void door_unlisten(struct door_socket *ds);
/* Stops listening, lets the sessions finish, and goes when the last has. */
void door_shut(struct door *d);
/* Frees a door without sessions. */
void door_free(struct door *d);
/* How many connections have come in by it, and are there. */
size_t door_conns(const struct door *d);
/* Ends the session, as an administrator wishes; the reason may be empty. */
void door_kick(struct conn *c, const char *reason);
/* To be called at the end of closed(): frees the session. */
void door_closed(struct conn *c);
/* The open door of the front-end's unlabelled section, or NULL. */
struct door *door_find(const struct serve *s, const char *frontend);
/* c leaves its door for d, whose front-end has upgraded(): it gets a session there. The one it had
 * is gone; whoever calls it has freed what that owned. Without memory, c is closed. */
void door_adopt(struct door *d, struct conn *c, const struct door_upgrade *up);
/* A connection of another door begins, and ends, to use d's state and section: until then d stays,
 * even when it is shut. */
void door_hold(struct door *d);
void door_release(struct door *d);
/* Does nobody use it any more? */
bool door_unused(const struct door *d);
/* The addresses in the section's `listen` (every front-end has it), or its `tls_listen`; -1 with
 * "key: reason" in why. */
int door_addresses(const struct conf_sect *sect, bool tls, struct addr out[LISTEN_MAX],
                   struct buf *why);
/* The value of that key, and its name. */
const char *door_listen_text(const struct conf_sect *sect, bool tls);
const char *door_listen_key(bool tls);
/* The names of a virtual host that has no addresses of its own; "" for every other door. */
const char *door_host_text(const struct door *d);

/* --- ws.c: a conn that sends and gets messages, by WebSocket --- */

struct ws_link;

/* One const instance per protocol. */
struct ws_ops {
    size_t message_max; /* bytes; a longer one ends the connection (1009) */
    /* A message: a text, which is UTF-8, or a binary one. 1: it was taken; 0: not now, the same
     * comes again with the next data(); -1: it breaks a rule (1008). */
    int (*message)(struct conn *c, struct str message, bool binary);
    /* Nothing more will come or go, for this reason; closed() follows in time. May be NULL. */
    void (*over)(struct conn *c, const char *why);
};

/* binary: what ws_say() makes. NULL when memory is out. */
struct ws_link *ws_open(struct conn *c, const struct ws_ops *ops, bool binary);
/* To be called from closed(); l may be NULL. */
void ws_close(struct ws_link *l);
/* From data(), which it is instead of: hands on the messages that have come, answers pings, and
 * ends the connection when the peer does, or breaks a rule. */
void ws_data(struct ws_link *l);
/* From timeout(), and once at the beginning: asks a silent peer whether it is there, and ends the
 * connection when no answer comes. It sets the deadlines for that. */
void ws_timeout(struct ws_link *l);
/* Sends a message. */
void ws_say(struct ws_link *l, struct str message);
void ws_send(struct ws_link *l, struct str message, bool binary);
/* Is what ws_say() makes binary? Whoever shares coded frames asks. */
bool ws_binary(const struct ws_link *l);
/* Says why, and ends the connection when what is queued has left and the peer has answered, or time
 * is up. */
void ws_finish(struct ws_link *l, enum ws_code code, const char *why);

/* --- progress.c: how far a transfer is, in words and numbers --- */

/* Bytes a second, since it began. */
uint64_t progress_rate(const struct progress *p);
/* 0 to 100; -1 when nobody knows. */
int progress_percent(const struct progress *p);
/* Seconds that it will take still, at that rate; -1 when nobody knows. */
int64_t progress_left(const struct progress *p);
/* "up, 45% of 1.2 GB, 3.4 MB/s, 12s left". */
void progress_text(const struct progress *p, struct buf *out);

/* --- login.c: names and passwords, by every door alike --- */

enum login_result {
    LOGIN_OK,
    LOGIN_DENIED, /* an unknown name, a wrong password, a disabled account: nobody learns which */
    LOGIN_BUSY,   /* too much else waits, or this account has too many sessions */
};

struct login;
/* The account is the caller's to reference, and NULL unless LOGIN_OK, or for a share. The login is
 * gone behind it. */
typedef void login_fn(void *arg, enum login_result result, struct account *a);

/* Checks name and password for c's peer. done() is called from the loop, later: at once when it is
 * right, late when it is not. NULL when memory is out. */
struct login *login_begin(struct conn *c, struct str name, struct str password, login_fn *done,
                          void *arg);
/* The same for who has shown that he knows the password, or has not, without sending it: only how
 * that is answered, counted and punished is left. */
struct login_proof {
    struct account *account; /* NULL: nobody has the name */
    unsigned generation;     /* of the account, when its verifier was taken */
    bool right;
};
struct login *login_begin_proven(struct conn *c, struct str name, const struct login_proof *proof,
                                 login_fn *done, void *arg);
/* The same for the password of a share, which is nobody's name: it counts as a login does. */
struct login *login_begin_share(struct conn *c, struct share *share, struct str password,
                                login_fn *done, void *arg);
/* Should it fail, that counts against this name instead. */
void login_charge(struct login *l, struct str name);
/* done() will not be called any more; what failed still counts. */
void login_cancel(struct login *l);
/* The account, if this password was right a short while ago; else NULL, which means nothing. */
struct account *login_known(struct serve *s, struct str name, struct str password);
bool login_knows_share(const struct serve *s, const struct share *share, struct str password);
/* The same for what needs no password to be checked: a certificate's fingerprint. */
struct account *login_by_cert(struct serve *s, const char *fingerprint);
/* Counts a session of a (NULL: a guest) against [limits] per_account, and takes a reference; false
 * when there are too many. login_leave() undoes both. */
bool login_enter(struct serve *s, struct account *a);
void login_leave(struct account *a);
/* Ends all sessions of the account. */
void login_end_sessions(struct serve *s, const struct account *a, const char *reason);
/* Ends what runs, at the end of everything. */
void logins_free(struct serve *s);

/* --- ban.c: bans, in force and kept --- */

void bans_load(struct serve *s);
/* Bans a until then (wall clock, ms; 0 = for good) and closes its connections; false when that
 * cannot be kept. */
bool bans_set(struct serve *s, const struct addr *a, int64_t until, const char *reason);
/* False when there is no such ban. */
bool bans_lift(struct serve *s, const struct addr *a);
/* Lets go of those that are over. Call about once a second. */
void bans_tick(struct serve *s);

/* --- serve.c: what several front-ends do alike --- */

/* Looks at each one of a list with `between` between them by `fault`, which says what is wrong, or
 * NULL. -1 with "key: one fault" in why. */
int serve_check_list(const char *key, const char *list, char between,
                     const char *(*fault)(struct str one), struct buf *why);

/* Bounds c, which is about to transfer something for a (NULL: the guests from peer), by [limits]
 * transfer_rate. a, or peer's connection, must stay until conn_limit(c, NULL). */
void serve_limit(struct serve *s, struct conn *c, struct account *a, const struct addr *peer);
/* Does [tls] require that c, which is in clear, is not: for a login, or for anything at all? */
bool serve_needs_tls(const struct conn *c, bool login);
/* What somebody, whom c's door knows, may do with a path of the store: a set of MAY_*. */
unsigned serve_rights(const struct conn *c, const struct person *who, const char *path);

/* Fills in proto, sid and peer (a buffer of PEER_TEXT_MAX) from c. */
void serve_event_from(struct event *ev, const struct conn *c, char *peer);
/* What guests may do with the store on the web. */
enum conf_access serve_web_access(const struct serve *s);
/* Adds the URL of our pages, without a slash behind it, as somebody reaches them who sees us at
 * `local` (may be NULL). False, and nothing added, when no http door shows the store. */
bool serve_web_url(const struct serve *s, const struct addr *local, struct buf *out);
/* The same for share links, which any http door takes. */
bool serve_share_url(const struct serve *s, struct buf *out);
/* The same for a file of the store. */
void serve_file_url(const struct serve *s, const char *path, const struct addr *local,
                    struct buf *out);
/* Something in the store was changed by c's peer, of the name `who` (a = NULL: a guest): an event
 * of this kind. to: where it went, or NULL. */
void serve_changed(const struct conn *c, struct account *a, const char *who, enum event_kind kind,
                   const char *path, const char *to);
/* A file has arrived, or has been fetched: tells the log, the lobby, the transfer log. ms is how
 * long it took. */
struct transfer {
    struct conn *conn; /* whose peer it is; the control connection, for FTP */
    const char *who;
    struct account *account; /* NULL: a guest */
    const char *path;
    uint64_t size; /* of the file; of one that is not whole, what came or went of it */
    int64_t ms;
    bool ascii; /* its line ends were changed on the way */
};
void serve_uploaded(struct serve *s, const struct transfer *t);
/* --- serve_presence.c: one person by several doors --- */

/* Adds the names of the doors, "ftp, web", by which a is here, but for the session sid. */
void serve_presence(const struct serve *s, const struct account *a, uint64_t sid, struct buf *out);
/* Ends all sessions of a; how many. */
unsigned serve_kick_account(const struct serve *s, const struct account *a, const char *reason);

/* --- serve_say.c: who speaks in a room, and does not stay --- */

/* Flood control for a (NULL: the guests from c's address): 0, or how long to wait, in ms. */
int64_t serve_say_wait(struct serve *s, const struct conn *c, const struct account *a,
                       int64_t cost);
/* a, or a guest who is called name, says it; see chat_say_passing(). The text may have several
 * lines. */
enum chat_result serve_say(struct conn *c, struct account *a, struct str name, struct str room,
                           struct str text);
/* Why it was not said. */
const char *serve_said_text(enum chat_result result);

/* --- serve_drop.c: files are sent to a room by http, with a secret of a session in the chat --- */

#define HTTP_DROPS "/-/drop/"
enum { DROP_SECRET_MAX = 41 }; /* with its NUL */

/* Embedded in the session; all zero is one that is closed. */
struct drop {
    struct hnode by_secret; /* in serve->drops */
    struct user *user;
    char secret[DROP_SECRET_MAX]; /* "" = there is none */
    char room[FOLD_BYTES_MAX];    /* that the person spoke in last; "" = in none */
};

/* u, who is in the chat, may send files from here on. */
void serve_drop_open(struct serve *s, struct drop *d, struct user *u);
void serve_drop_close(struct serve *s, struct drop *d);
/* The session with that secret; NULL when there is none any more. */
struct drop *serve_drop_find(const struct serve *s, struct str secret);
/* He has said something in the room. */
void drop_spoke(struct drop *d, struct str room);

/* --- serve_news.c: files that have arrived are told in the rooms --- */

/* ev is an upload: tells the room whose folder it lies in, or else the lobby, if all who can be
 * there may see the file; with its SHA-256, when that is known. */
void serve_tell_news(struct serve *s, const struct event *ev);
/* What waits for a digest is told without. */
void serve_flush_news(struct serve *s);

/* The same for what was made here, out of what was here: it is an upload to whoever keeps books,
 * but no news. */
void serve_made(struct serve *s, const struct transfer *t, const char *how);
void serve_downloaded(struct serve *s, const struct transfer *t);
/* One that ended early. */
void serve_download_aborted(struct serve *s, const struct transfer *t, const char *why);
/* An upload that came to nothing. */
void serve_upload_aborted(struct serve *s, const struct transfer *t, const char *why);
/* Gives up: one that is visible already has arrived all the same. up is gone then. */
void serve_upload_drop(struct serve *s, const struct transfer *t, struct upload *up,
                       const char *why);
/* Does somebody's lock keep all who have not shown its token from changing path? For doors that
 * know of no tokens; reach is a set of LOCK_*. */
bool serve_locked(const struct serve *s, const char *path, unsigned reach);
/* It breaks off: the same, but what has come may stay for the client to go on with. */
void serve_upload_broken(struct serve *s, const struct transfer *t, struct upload *up,
                         const char *why);
/* Whose a partial is that a (NULL: a guest) leaves by c. */
void serve_partial_owner(const struct conn *c, struct account *a, struct partial_owner *out);
/* The folder of a room, which path is or lies in, is made at its first use. Nothing for any other
 * path. */
void serve_room_folder(struct serve *s, const char *path);
/* r has become somebody's by c's peer: what an earlier room of that name has left in its folder is
 * put aside, where administrators alone see it. False when there was nothing. */
bool serve_clear_room_folder(const struct conn *c, const char *who, const struct room *r);
/* r, whose folder was `was`, has been renamed by c's peer: its folder goes along. */
void serve_move_room_folder(const struct conn *c, const char *who, const char *was,
                            const struct room *r);
/* Begins an upload by a (NULL: a guest) to path, as upload_begin() does, within a's quota.
 * Without MAY_REPLACE among the rights nothing is replaced. 0 or an errno: ETXTBSY when path is
 * locked, unless the wish says that this was seen to. */
int serve_upload_begin(struct serve *s, struct account *a, unsigned rights,
                       const struct upload_wish *wish, struct upload **up);

#endif
