/* control.h: the Unix socket that agentctl speaks to.
 *
 * One request a connection: a line "verb argument ...", of which the last argument may hold blanks.
 * The answer is "OK" or "ERR reason" on a line of its own, then text until the end. */
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include "serve/serve.h"

struct control;

/* Listens at path. NULL with the reason in why. */
struct control *control_open(struct serve *s, const char *path, struct buf *why);
/* Ends what is open there, and removes the socket. */
void control_close(struct control *c);

#endif
