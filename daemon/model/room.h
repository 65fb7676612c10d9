/* room.h: a room and who is in it. The rules of who may do what are chat.c's. */
#ifndef MODEL_ROOM_H
#define MODEL_ROOM_H

#include "model/user.h"

enum room_mode {
    ROOM_NO_OUTSIDE = 1,  /* n: only members speak */
    ROOM_TOPIC_LOCK = 2,  /* t: only operators set the topic */
    ROOM_MODERATED = 4,   /* m: only operators and voices speak */
    ROOM_INVITE_ONLY = 8, /* i */
};

enum {
    ROOM_KEY_MAX = 23,
    ROOM_BANS_MAX = 60,
    ROOM_INVITES_MAX = 60,
    ROOM_MASK_MAX = NAME_BYTES_MAX + PEER_TEXT_MAX + 16,
};

struct ban {
    struct list link;
    char mask[ROOM_MASK_MAX];
    char by[NAME_BYTES_MAX + 1];
    int64_t at; /* wall clock, ms */
};

struct invite {
    struct list link;
    char fold[FOLD_BYTES_MAX]; /* of the name that may come in */
};

/* Each has what those before it have. */
enum member_status { MEMBER_PLAIN, MEMBER_VOICE, MEMBER_OP };

struct member {
    struct list in_room, in_user;
    struct user *user;
    struct room *room;
    bool op, voice;
};

struct room {
    struct hnode by_name; /* key: fold */
    char name[ROOM_BYTES_MAX + 1];
    char fold[FOLD_BYTES_MAX];
    char topic[TOPIC_BYTES_MAX + 1];
    char topic_by[NAME_BYTES_MAX + 1];
    int64_t topic_at, created; /* wall clock, ms */
    unsigned modes;            /* enum room_mode */
    char key[ROOM_KEY_MAX + 1];
    unsigned limit; /* members; 0 = none */
    bool permanent; /* stays when the last one leaves */
    struct list members, bans, invites;
    unsigned count, ban_count, invite_count;
};

static inline enum member_status member_status(const struct member *m)
{
    return m->op ? MEMBER_OP : m->voice ? MEMBER_VOICE : MEMBER_PLAIN;
}

struct room *room_new(const char *name, const char *fold, int64_t now);
/* The room must be empty. */
void room_free(struct room *r);
/* NULL when memory is out. */
struct member *room_add(struct room *r, struct user *u);
void room_remove(struct member *m);
struct member *room_member(const struct room *r, const struct user *u);
/* Is it mask, folded, that matches name!ident@host? */
bool room_mask_matches(const char *mask, const struct user *u);
bool room_banned(const struct room *r, const struct user *u);
struct ban *room_find_ban(const struct room *r, const char *mask);
bool room_add_ban(struct room *r, const char *mask, const char *by, int64_t now);
void room_remove_ban(struct room *r, struct ban *b);
bool room_invited(const struct room *r, const char *fold);
/* The oldest one goes when there are too many. */
void room_add_invite(struct room *r, const char *fold);
void room_remove_invite(struct room *r, const char *fold);

#endif
