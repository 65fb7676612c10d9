/* user.h: a person in the chat, by whatever door. */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include "base/bucket.h"
#include "base/hmap.h"
#include "base/limits.h"
#include "base/list.h"
#include "model/name.h"

struct account;
struct chat_event;
struct user;

/* The door's side of it; one const instance per front-end. */
struct user_ops {
    const char *proto;
    /* Something happened that this person gets to know. Must not leave, free or rename anybody; a
     * connection it closes is reaped later. */
    void (*event)(struct user *u, struct chat_event *ev);
    /* An administrator throws this person out. Must end in chat_leave(), now or soon. */
    void (*kick)(struct user *u, const char *reason);
};

enum user_mode {
    USER_INVISIBLE = 1, /* i: seen by those who share a room, or know the name */
    USER_OPER = 2,      /* o: an administrator, who has said so */
    USER_WALLOPS = 4,   /* w: hears what administrators say to all */
    USER_BOT = 8,       /* B: a program */
};

enum { SILENCE_MAX = 32 }; /* masks of one person */

struct user {
    struct hnode by_name; /* key: fold */
    char name[NAME_BYTES_MAX + 1];
    char fold[FOLD_BYTES_MAX];
    char ident[IDENT_BYTES_MAX + 1]; /* what stands before the @ */
    char host[PEER_TEXT_MAX];        /* and behind it */
    char real[REAL_BYTES_MAX + 1];   /* the real name, as given */
    const struct user_ops *ops;
    struct account *account; /* who has logged in; NULL: a guest */
    void *session;           /* the door's */
    uint64_t sid;
    int64_t since;  /* wall clock, ms */
    int64_t last;   /* when this person last said something; monotonic, ms */
    unsigned modes; /* enum user_mode; set by chat_set_mode() once in the chat */
    uint64_t said;  /* the id of what that was */
    bool echo;      /* gets what it says itself, too */
    char *away;     /* why; NULL = here */
    struct list memberships, invites;
    unsigned rooms;
    struct list silence; /* masks (model/mask) of those who are not heard in private */
    unsigned silenced;
    struct list watches; /* the names that this person watches; see model/monitor */
    unsigned watching;
    uint64_t seen; /* the last event that was told to everybody once */
    struct bucket bucket;
    struct bucket renames, knocks; /* what has bounds of its own */
};

#endif
