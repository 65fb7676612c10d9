/* room.h: a room and who is in it. The rules of who may do what are chat.c's. */
#ifndef MODEL_ROOM_H
#define MODEL_ROOM_H

#include "model/mask.h"

/* These numbers, and those of room_list and member_status, are in the database: see room_keep.h. */
enum room_mode {
    ROOM_NO_OUTSIDE = 1,  /* n: only members speak */
    ROOM_TOPIC_LOCK = 2,  /* t: only operators set the topic */
    ROOM_MODERATED = 4,   /* m: only operators and voices speak */
    ROOM_INVITE_ONLY = 8, /* i */
    ROOM_PRIVATE = 16,    /* p: others do not see who is in it, and cannot knock */
    ROOM_SECRET = 32,     /* s: others do not see that it is there */
};

/* The lists of masks. */
enum room_list {
    ROOM_BANS,    /* b: who may not come in, or speak */
    ROOM_EXCEPTS, /* e: whom a ban does not mean */
    ROOM_INVEXES, /* I: who needs no invitation */
    ROOM_LISTS,
};

enum {
    ROOM_KEY_MAX = 23,
    ROOM_MASKS_MAX = 60, /* of all lists together */
    ROOM_INVITES_MAX = 60,
    ROOM_STATUSES_MAX = 200,
};

/* Ends when the person leaves, or has come in. */
struct invite {
    struct list in_room, in_user;
    struct room *room;
    struct user *user;
};

/* Each has what those before it have. */
enum member_status { MEMBER_PLAIN, MEMBER_VOICE, MEMBER_OP };

/* What an account is in a room, also when it is not there. */
struct room_status {
    struct list link;
    int64_t account; /* its number */
    enum member_status status;
};

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
    unsigned limit;  /* members; 0 = none */
    bool registered; /* or the lobby: stays when the last one leaves */
    int64_t founder; /* of a registered one: the number of an account; 0: the administrators */
    struct list statuses;
    unsigned status_count;
    struct list changed; /* in chat_keep's list, while it is not kept as it is */
    bool stored;         /* something of it is in the database */
    bool woken;          /* it was there before the last restart, a short while ago */
    struct list members, invites;
    struct list masks[ROOM_LISTS];
    unsigned count, invite_count, mask_count;
    struct bucket knocks;
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
/* May u not come in, or speak, as the lists have it? */
bool room_banned(const struct room *r, const struct user *u);
/* Adds a mask to a list of r's; NULL when there are too many. room_drop_mask() takes it off. */
struct mask *room_add_mask(struct room *r, enum room_list l, const char *text, const char *by,
                           int64_t at);
void room_drop_mask(struct room *r, struct mask *m);
bool room_invited(const struct room *r, const struct user *u);
/* The oldest one goes when there are too many. */
void room_invite(struct room *r, struct user *u);
/* u has come in, or is gone: what is left of invitations to r (NULL: to any room) goes. */
void room_uninvite(struct user *u, const struct room *r);
/* Is r hidden from u: private or secret, and u is not in it? */
bool room_hidden(const struct room *r, const struct user *u);
/* What the account of that number is in r, as far as that was noted. */
enum member_status room_status_of(const struct room *r, int64_t account);
/* Notes it. MEMBER_PLAIN: takes the note out. False when there are too many, or memory is out. */
bool room_set_status(struct room *r, int64_t account, enum member_status status);
void room_clear_statuses(struct room *r);

#endif
