/* server.h: everything there is in a running agentd, put together. */
#ifndef SERVER_H
#define SERVER_H

#include "model/chat_registry.h"
#include "model/db.h"
#include "model/partial.h"
#include "model/room_access.h"
#include "serve/control.h"
#include "serve/serve.h"
#include "sys/helper.h"
#include "sys/privs.h"
#include "sys/workers.h"

enum {
    INHERITED_MAX = 32,
    WORKERS_MAX = 16, /* as conf_keys.c has it */
};

struct server;

struct worker_slot {
    struct watch watch;
    struct server *server;
};

struct server {
    struct serve serve;
    struct conf *conf;
    struct conf *retired; /* earlier ones, whose sections a door that is closing still has */
    struct log log;
    struct metrics metrics;
    struct loop loop;
    struct admit admit;
    struct conns conns;
    struct event_bus bus;
    struct chat chat;
    struct chat_registry registry;
    struct room_access rooms;
    struct store files;
    struct coded_cache coded;
    struct accounts accounts;
    struct owners owners;
    struct bearers bearers;
    struct shares shares;
    struct locks locks;
    struct props props;
    struct partials partials;
    struct markers markers;
    struct absents absents;
    struct bans bans;
    bool tls_wanted; /* the configuration that is being put into force has a certificate */
    struct logfile transfers;
    struct db *db;
    struct history history;
    struct helper *keeping; /* its process */
    struct watch history_watch;
    struct loop_hook history_hook;
    struct control *control;
    struct workers *workers;
    struct worker_slot worker[WORKERS_MAX];
    struct privs privs;
    struct watch signals;
    struct timer tick, deadline;
    struct loop_hook end;
    int pidfile;
    int inherited[INHERITED_MAX]; /* sockets from socket activation */
    int inherited_count;
    bool foreground;
    bool started;
};

/* --- reload.c --- */

/* Is the configuration sensible, beyond its form? Changes nothing. -1 with lines in why. */
int server_check(const struct conf *conf, struct buf *why);
/* The same for its user and group, which only a start looks up. */
int server_check_user(const struct conf *conf, struct privs *privs, struct buf *why);
/* The certificates that the configuration names, or NULL in *out when it names none. To be called
 * as the user that agentd becomes. -1 with lines in why. */
int server_load_tls(const struct conf *conf, struct tls_set **out, struct buf *why);
/* Adds "file:line: [section] key: reason" to why for a reason of the form "key: reason", which is
 * freed. */
void server_fault(struct buf *why, const struct conf *conf, const struct conf_sect *sect,
                  struct buf *reason);
/* Makes a door for each section that listens somewhere, or need not, and has none yet; -1 with the
 * reason in why. */
int server_make_doors(struct server *s, const struct conf *conf, struct buf *why);
/* Opens the addresses that conf has for its doors and that are not open yet. */
int server_open_sockets(struct server *s, const struct conf *conf, struct buf *why);
/* Reads the file again and changes over to it. -1 with lines in why: then nothing was changed. */
int server_reload(struct serve *serve, struct buf *why);
/* Frees earlier configurations that no door needs any more. */
void server_free_retired(struct server *s);

/* --- server_history.c --- */

/* Puts what the configuration says of the history into force. */
void server_set_history(struct server *s);
/* Begins its process: before the database is opened, as a child must have nothing of that. -1 with
 * the reason in why. */
int server_start_history(struct server *s, struct buf *why);
/* Waits until what was said is kept, for a while at most; sessions are over by then. */
void server_stop_history(struct server *s);

/* --- server_fence.c --- */

/* Puts everything else out of reach, for good. -1 with the reason in why. */
int server_fence_in(struct server *s, struct buf *why);

/* --- server.c --- */

/* Warns in the log of a certificate that soon runs out, or has. */
void server_note_tls(struct server *s);
/* Puts the limits of the configuration into force. */
void server_set_limits(struct server *s);
/* All of a start, in the order in which it must happen; takes conf over. -1 with the reason in why;
 * then only server_free() is left to do. */
int server_start(struct server *s, struct conf *conf, bool foreground, int inherited,
                 struct buf *why);
/* Serves until it is told to stop. */
void server_run(struct server *s);
/* Ends what is left and frees everything. */
void server_free(struct server *s);

#endif
