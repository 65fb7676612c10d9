/* chat.h: the rooms and the people in them: one set of rules for every door. */
#ifndef MODEL_CHAT_H
#define MODEL_CHAT_H

#include "base/clock.h"
#include "base/metrics.h"
#include "base/outq.h"
#include "model/account.h"
#include "model/event.h"
#include "model/monitor.h"
#include "model/room.h"
#include "model/user.h"
#include "model/whowas.h"

/* What came of a wish. Each door has one function that puts it into its own words. */
enum chat_result {
    CHAT_OK,
    CHAT_UNCHANGED,     /* it was so already */
    CHAT_NAME_BAD,      /* nobody may be called so; u->fault tells why */
    CHAT_NAME_TAKEN,    /* somebody is */
    CHAT_NAME_RESERVED, /* the server or its administrator is */
    CHAT_NAME_OWNED,    /* it belongs to an account that is not this person's */
    CHAT_NO_ROOM,       /* there is no such room */
    CHAT_ROOM_BAD,      /* there cannot be */
    CHAT_ROOM_TAKEN,    /* there is one of that name */
    CHAT_ROOM_FIXED,    /* its name is the administrator's */
    CHAT_NO_USER,
    CHAT_NOT_MEMBER,     /* you are not in it */
    CHAT_TARGET_ABSENT,  /* they are not in it */
    CHAT_TARGET_PRESENT, /* they are in it already */
    CHAT_NOT_OP,
    CHAT_MUTE, /* you may not speak here */
    CHAT_BANNED,
    CHAT_NEEDS_INVITE,
    CHAT_NEEDS_KEY,
    CHAT_FULL,
    CHAT_TOO_FAST, /* that again, and so soon */
    CHAT_TOO_MANY, /* you are in too many rooms */
    CHAT_NO_MEMORY,
};

enum chat_kind {
    CHAT_JOIN,        /* from, room */
    CHAT_PART,        /* from, room, text */
    CHAT_QUIT,        /* from, text */
    CHAT_RENAME,      /* from (still with the old name), text = the new one */
    CHAT_SAY,         /* from, room or target, text */
    CHAT_NOTICE,      /* the same; from = NULL: the server */
    CHAT_TOPIC,       /* from, room, text */
    CHAT_MODE,        /* from, room, text = "+o alice" */
    CHAT_KICK,        /* from (NULL: the administrator), target, room, text */
    CHAT_INVITE,      /* from, target, room */
    CHAT_ADMIN,       /* text: an administrator to everybody */
    CHAT_TAGS,        /* from, room or target, tags: a message without text */
    CHAT_AWAY,        /* from, text = why; empty: is back */
    CHAT_ACCOUNT,     /* from has logged in, or out */
    CHAT_CHGHOST,     /* from, was = the ident and host before, as ident@host */
    CHAT_SETNAME,     /* from, text = the real name now */
    CHAT_REDACT,      /* from, room or target, about = the message, text = why */
    CHAT_ROOM_RENAME, /* from, room (with its new name), was = the old one, text = why */
    CHAT_WALLOPS,     /* from, text: an administrator to those who want to hear it */
    CHAT_KNOCK,       /* from, room, text: to the room's operators */
    CHAT_ONLINE,      /* from: to those who watch the name */
    CHAT_OFFLINE,     /* the same */
};

enum { CHAT_CODINGS = 12 };

/* What a door has written, in a block that may hold lines before and behind it. */
struct chat_line {
    const void *coder;
    unsigned variant; /* as the coder counts them */
    struct blk *blk;
    uint32_t off, len;
};

struct chat_event {
    enum chat_kind kind;
    bool watched; /* it goes to those who share no room with `from`, but watch the name */
    enum member_status least; /* who of the room gets it: those of this status or a higher one */
    const struct user *from;
    const struct room *room;
    const struct user *target;
    struct str text;  /* of what was said: a '\n' stands between lines of one message */
    struct str tags;  /* of the client's own (+typing), as message tags are written; may be empty */
    struct str was;   /* what something was called before */
    uint64_t about;   /* the id of another event */
    uint64_t id;      /* never used twice, and growing: what is told later has a higher one */
    int64_t at;       /* wall clock, ms */
    unsigned matters; /* for the door: what makes a difference to how it is written; 0: not known */
    struct chat_runs *runs; /* NULL: its lines have blocks of their own */
    /* The line as a door sends it, made once and shared by all receivers of that variant. */
    struct chat_line coded[CHAT_CODINGS];
};

/* What somebody says. */
struct chat_saying {
    enum chat_kind kind;      /* CHAT_SAY, CHAT_NOTICE, CHAT_TAGS */
    bool lines;               /* a '\n' in the text parts two lines; else it is taken out */
    enum member_status least; /* to those of a room with this status or a higher one */
    struct str text;          /* UTF-8; it is made harmless here */
    struct str tags;          /* for others' clients; see chat_event */
};

struct chat_registry;
struct history;

enum { CHAT_RUNS = 8 };

/* Blocks that a room's next lines go to, too, so that those who read all of them have one span to
 * send rather than many. */
struct chat_runs {
    struct chat_run {
        const struct room *room; /* never looked into: it may be gone */
        const void *coder;
        unsigned variant;
        int64_t at;      /* when it last had a line; ms */
        struct blk *blk; /* NULL: that was the first one */
    } run[CHAT_RUNS];
    unsigned next; /* that gives way */
};

struct chat {
    struct hmap users, rooms;
    struct room *lobby;
    struct chat_registry *registry;  /* see there; NULL: no room outlives a restart */
    const struct accounts *accounts; /* whose names are theirs; NULL: there are none */
    const struct clock *clock;
    struct event_bus *bus;
    struct metrics *metrics;
    struct history *history;         /* NULL: nothing is kept */
    char server[NAME_BYTES_MAX + 1]; /* what the server calls itself */
    char server_fold[FOLD_BYTES_MAX];
    uint64_t serial;
    uint64_t last_id; /* of an event */
    struct chat_runs runs;
    bool ascii_names; /* names of people and rooms have ASCII letters only */
    unsigned invisible, opers;
    size_t most_users;
    struct monitor monitor;
    struct whowas whowas;
};

/* Can these names be used? -1 with "name: reason" or "lobby: reason" in why when not. */
int chat_check(const char *server, const char *lobby, struct buf *why);
/* -1 with the same. */
int chat_init(struct chat *c, const char *server, const char *lobby, const struct clock *clock,
              struct event_bus *bus, struct metrics *metrics, struct buf *why);
void chat_free(struct chat *c);

struct user *chat_user(const struct chat *c, struct str name);
struct room *chat_room(const struct chat *c, struct str name);
/* May u, who need not be in the chat yet, be called name? */
enum chat_result chat_name_free(const struct chat *c, struct str name, const struct user *u);

/* u, whose ops, session, ident, host and real are set, comes in as name. u is the door's memory and
 * must stay until chat_leave(). */
enum chat_result chat_enter(struct chat *c, struct user *u, struct str name);
void chat_leave(struct chat *c, struct user *u, struct str reason);
/* `to`, who is not in the chat and has the same account, takes the place of `from`, who is, and is
 * not any more: the name and the rooms with all that he is in them. Those who share them are told
 * only if what stands around the @ is another. */
void chat_hand_over(struct chat *c, struct user *from, struct user *to);
enum chat_result chat_rename(struct chat *c, struct user *u, struct str name);
/* *room is the room, when there is one now. */
enum chat_result chat_join(struct chat *c, struct user *u, struct str name, struct str key,
                           struct room **room);
enum chat_result chat_part(struct chat *c, struct user *u, struct str name, struct str reason);
/* target: a room's or a person's name. *who is the person, if it is one. */
enum chat_result chat_say(struct chat *c, struct user *from, const struct chat_saying *what,
                          struct str target, struct user **who);
/* Somebody, who may, takes back what was said as `about`: a member of the room, or one of a private
 * talk. Why is told only where he may speak. */
enum chat_result chat_redact(struct chat *c, struct user *u, struct str target, uint64_t about,
                             struct str why);
/* u, who is not in the chat, and whose ops, sid, ident, host and account are set, says this in a
 * room as `name`: as one who comes in for the line alone, of which nobody is told. So he must be
 * one who may come in, and speak there then; when the same account is in the room under that name
 * already, what that one may is what counts. */
enum chat_result chat_say_passing(struct chat *c, struct user *u, struct str name,
                                  struct str room_name, const struct chat_saying *what);
enum chat_result chat_set_topic(struct chat *c, struct user *u, struct room *r, struct str topic);
enum chat_result chat_kick(struct chat *c, struct user *u, struct room *r, struct user *target,
                           struct str reason);
enum chat_result chat_invite(struct chat *c, struct user *u, struct room *r, struct user *target);
/* r is called `name` from now on. */
enum chat_result chat_rename_room(struct chat *c, struct user *u, struct room *r, struct str name,
                                  struct str why);
/* Does r belong to this account (may be NULL), as its founder or an administrator of the lobby? */
bool chat_owns(const struct chat *c, const struct room *r, const struct account *a);
/* May u change r? Members that are operators. */
bool chat_is_op(const struct room *r, const struct user *u);
/* Tells r's members what `from` has changed about it. */
void chat_tell_mode(struct chat *c, const struct user *from, struct room *r, struct str change);
/* m is an operator now, or has a voice; or not any more. */
void chat_note_status(struct chat *c, const struct member *m);
/* Gives u these modes, a set of enum user_mode, or takes them. */
void chat_set_mode(struct chat *c, struct user *u, unsigned modes, bool on);
/* why: empty, he is back. */
void chat_set_away(struct chat *c, struct user *u, struct str why);
/* Another real name; made harmless here. */
void chat_set_name(struct chat *c, struct user *u, struct str real);
/* u asks r's operators to be let in. CHAT_UNCHANGED: r is open; CHAT_TARGET_PRESENT: u is in it;
 * CHAT_MUTE: r does not hear u; CHAT_TOO_FAST. */
enum chat_result chat_knock(struct chat *c, struct user *u, struct room *r, struct str text);
/* u's account is another one now: tells those who share a room with u. */
void chat_tell_account(struct chat *c, struct user *u);
/* The same for what stands before the @. */
void chat_set_ident(struct chat *c, struct user *u, const char *ident);
/* A number for something that happens now: see chat_event. */
uint64_t chat_next_id(struct chat *c);

/* The server itself speaks to a room; the administrator to everybody. tags: see chat_event. */
void chat_announce(struct chat *c, struct room *r, struct str text, struct str tags);
void chat_admin(struct chat *c, struct str text);
/* An operator of the server speaks to those who want to hear it (USER_WALLOPS). */
void chat_wallops(struct chat *c, const struct user *from, struct str text);

/* --- chat_line.c: for doors --- */

/* The line that `coder` has kept in ev for that variant, or NULL. */
const struct chat_line *chat_coded(const struct chat_event *ev, const void *coder,
                                   unsigned variant);
/* Keeps what text holds (emptied) as that line. NULL, and nothing is kept, when it is empty or
 * memory is out. The line is ev's, and there until the next call. */
const struct chat_line *chat_keep_coded(struct chat_event *ev, const void *coder, unsigned variant,
                                        struct buf *text);

#endif
