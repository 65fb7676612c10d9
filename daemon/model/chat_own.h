/* chat_own.h: what the files of chat ask of one another; nobody else's business. */
#ifndef MODEL_CHAT_OWN_H
#define MODEL_CHAT_OWN_H

#include "model/chat.h"

/* --- chat.c --- */

/* May u, who is not in r, come in? */
enum chat_result chat_may_join(const struct room *r, const struct user *u, struct str key);
/* r has nobody in it, and is not registered: frees it. */
void chat_end_room(struct chat *c, struct room *r);

/* --- chat_line.c --- */

/* Lets go of the lines that ev has kept. */
void chat_drop_coded(struct chat_event *ev);
void chat_drop_runs(struct chat_runs *runs);

/* --- chat_say.c --- */

bool chat_may_speak(const struct room *r, const struct user *u);

/* --- chat_registry.c --- */

/* Something of r that is kept is another now; r is about to be freed. */
void chat_room_changed(struct chat *c, struct room *r);
void chat_room_gone(struct chat *c, struct room *r);
/* The room of that folded name that is asleep, or NULL. chat_wake() makes it one of c's; false when
 * memory is out: then it is gone. */
struct room *chat_asleep(const struct chat *c, const char *fold);
bool chat_wake(struct chat *c, struct room *r);
/* What an account (may be NULL) is in r, wherever it is. */
enum member_status chat_status_of(const struct chat *c, const struct room *r,
                                  const struct account *a);
/* Makes m what his account is there, and tells the room, if that is more than he is. */
void chat_give_status(struct chat *c, struct member *m);

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

/* --- chat_keep.c: for the history --- */

enum { CHAT_KEPT_USER_MAX = 12 + 1 + PEER_TEXT_MAX }; /* user@host with its NUL */

/* What happens in r; to u in every room that u is in; what one says to another, if both have
 * accounts. Nothing, where the history does not want it. */
void chat_keep_room(struct chat *c, const struct room *r, const struct chat_event *ev);
void chat_keep_everywhere(struct chat *c, const struct user *u, const struct chat_event *ev);
void chat_keep_talk(struct chat *c, const struct chat_event *ev);

#endif
