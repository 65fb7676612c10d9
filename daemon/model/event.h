/* event.h: what has happened, told to whoever wants to know: the log, `agentctl monitor`, the
 * lobby. The same line goes to all of them. */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "base/list.h"
#include "base/log.h"

enum event_kind {
    EVENT_START,
    EVENT_RELOAD,
    EVENT_STOP,
    EVENT_LOGIN, /* a session has begun: a name is known */
    EVENT_LOGOUT,
    EVENT_DENIED, /* a login was refused */
    EVENT_BAN,
    EVENT_UNBAN,
    EVENT_ACCOUNT, /* an administrator has changed one */
    EVENT_OPER,    /* somebody has become an operator of the chat, as the account `to` */
    EVENT_JOIN,
    EVENT_PART,
    EVENT_RENAME,
    EVENT_ROOM_RENAME, /* room is called `to` now */
    EVENT_TOPIC,
    EVENT_KICK,
    EVENT_SAY,    /* in a room; what two people say to each other is theirs */
    EVENT_ADMIN,  /* an administrator's words to all */
    EVENT_UPLOAD, /* a file is whole and visible */
    EVENT_ABORTED,
    EVENT_DOWNLOAD,
    EVENT_CUT, /* a download that ended early */
    EVENT_DELETE,
    EVENT_MKDIR,
    EVENT_RMDIR,
    EVENT_MOVE,
    EVENT_ROOM,    /* one was registered, dropped, given to somebody else */
    EVENT_DIGEST,  /* of a file that has arrived: behind EVENT_UPLOAD */
    EVENT_SHARE,   /* a link to path was made */
    EVENT_UNSHARE, /* and ended */
};

struct account;

/* NULL and 0 are left out of the line. The strings live for the call only. */
struct event {
    enum event_kind kind;
    const char *proto;
    uint64_t sid;
    const char *peer;
    const char *who;
    struct account *account; /* who that is, when logged in */
    const char *room;
    const char *path;
    const char *to; /* the new path or name */
    const char *text;
    uint64_t size;      /* bytes; said for the kinds about files */
    const char *link;   /* an upload's URL, once there is one */
    const char *sha256; /* in hex */
};

struct event_sub {
    struct list link;
    void (*fn)(struct event_sub *s, const struct event *ev);
};

struct event_bus {
    struct log *log;
    struct list subs;
};

void event_init(struct event_bus *bus, struct log *log);
void event_subscribe(struct event_bus *bus, struct event_sub *s);
void event_unsubscribe(struct event_sub *s);
/* Writes the log line and tells all subscribers. */
void event_emit(struct event_bus *bus, const struct event *ev);
/* " event=upload proto=ftp ..." without time and level. */
void event_line(const struct event *ev, struct buf *out);

#endif
