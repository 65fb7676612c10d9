/* room_desk.h: what people ask about rooms: register, drop, info, transfer, list. They do so in the
 * chat, of the name `rooms`; a door hands the words over and says what comes back. */
#ifndef MODEL_ROOM_DESK_H
#define MODEL_ROOM_DESK_H

#include "model/chat.h"

/* Does what u wants. What there is to say goes to out, in lines. */
void room_desk(struct chat *c, struct user *u, struct str line, struct buf *out);

#endif
