/* room_access.h: one room, one folder: /rooms/lab belongs to #lab, if that is registered, and to
 * the lobby. Its files are read by those who are in the room or might come in just so, and written
 * by its members and by those who could speak there. */
#ifndef MODEL_ROOM_ACCESS_H
#define MODEL_ROOM_ACCESS_H

#include "model/access.h"
#include "model/chat.h"

struct room_access {
    struct access_rooms rooms; /* for struct person */
    struct chat *chat;
    bool guests; /* may guests come into the chat? */
};

void room_access_init(struct room_access *ra, struct chat *c);

/* The room whose folder path is, or lies in; NULL when there is none. */
struct room *room_of_path(const struct chat *c, const char *path);
/* Its folder, "/rooms/lab". False when r is not registered, or is called as no folder can be. */
bool room_folder(const struct room *r, char out[PATH_BYTES_MAX]);
/* Can a folder be called as r is? */
bool room_names_folder(const struct room *r);
/* Does this person, who need not be in the chat, see that r is there? */
bool room_is_seen(const struct chat *c, const struct room *r, const struct account *a,
                  const struct user *u);

#endif
