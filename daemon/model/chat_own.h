/* chat_own.h: what the files of model/chat share. */
#ifndef MODEL_CHAT_OWN_H
#define MODEL_CHAT_OWN_H

#include "model/chat.h"

/* Tells one person. chat_told() is due once all that shall hear of ev have. */
void chat_tell(struct chat *c, struct user *u, struct chat_event *ev);
void chat_told(struct chat_event *ev);
/* Tells all of the room but `except`, who may be NULL. */
void chat_tell_room(struct chat *c, const struct room *r, struct chat_event *ev,
                    const struct user *except);
/* Everybody who shares a room with u, and perhaps u, once. */
void chat_tell_neighbours(struct chat *c, struct user *u, struct chat_event *ev, bool u_too);
/* Those who watch this (folded) name; see model/monitor. */
void chat_tell_watchers(struct chat *c, const char *fold, struct chat_event *ev);
/* Writes it to the log. u, r, to and text may be NULL. */
void chat_note(struct chat *c, enum event_kind kind, const struct user *u, const struct room *r,
               const char *to, const char *text);
/* Does u not want to hear from them in private? */
bool chat_silenced(const struct user *u, const struct user *from);
/* May u, who is no member, come in with this key? CHAT_OK, or why not. */
enum chat_result chat_may_join(const struct room *r, const struct user *u, struct str key);

#endif
