/* history_keeper.h: the history's process, from within: it alone has the database open. What agentd
 * says comes as bytes, and so do the answers go; see history_helper. */
#ifndef MODEL_HISTORY_KEEPER_H
#define MODEL_HISTORY_KEEPER_H

#include "base/buf.h"

/* arg is the struct history, as it was when the process was forked. */
void *history_keeper_begin(const void *arg);
void history_keeper_input(void *state, struct buf *in, struct buf *out);
int history_keeper_idle(void *state, struct buf *out);
void history_keeper_end(void *state);

#endif
