/* control_history.h: agentctl history: what was said in a room, page by page, as fast as it is
 * read. For control.c. */
#ifndef SERVE_CONTROL_HISTORY_H
#define SERVE_CONTROL_HISTORY_H

#include "serve/serve.h"

struct dump;

/* Begins to answer "last|export text|json SINCE ROOM [PART]" on c: since is ms, or "-". NULL, with
 * why, when that is nothing to be answered. */
struct dump *control_history_begin(struct serve *s, struct conn *c, struct str arg,
                                   const char **why);
/* What was sent has gone: there may be more. */
void control_history_drain(struct dump *d);
/* When the connection closes; d may be NULL. */
void control_history_free(struct dump *d);

#endif
