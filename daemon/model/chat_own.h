/* chat_own.h: what the files of chat ask of one another; nobody else's business. */
#ifndef MODEL_CHAT_OWN_H
#define MODEL_CHAT_OWN_H

#include "model/chat.h"

/* --- chat.c --- */

/* May u, who is not in r, come in? */
enum chat_result chat_may_join(const struct room *r, const struct user *u, struct str key);

/* --- chat_person.c --- */

/* Does u not want to hear from them in private? */
bool chat_silenced(const struct user *u, const struct user *from);

/* --- chat_tell.c: each gives ev its number and time --- */

void chat_tell_one(struct chat *c, struct user *u, struct chat_event *ev);
/* All members with ev->least, but one (may be NULL). */
void chat_tell_room(struct chat *c, const struct room *r, struct chat_event *ev,
                    const struct user *except);
/* Everybody who shares a room with u, and perhaps u, once. */
void chat_tell_neighbours(struct chat *c, struct user *u, struct chat_event *ev, bool u_too);
void chat_tell_all(struct chat *c, struct chat_event *ev);
/* All who have one of these modes (a set of enum user_mode). */
void chat_tell_modes(struct chat *c, unsigned modes, struct chat_event *ev);
/* Those who watch this (folded) name, but ev->from; see model/monitor. */
void chat_tell_watchers(struct chat *c, const char *fold, struct chat_event *ev);
/* The same for the log and whoever else listens to what happens; what is NULL is left out. */
void chat_note(struct chat *c, enum event_kind kind, const struct user *u, const struct room *r,
               const char *to, const char *text);

#endif
