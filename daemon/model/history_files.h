/* history_files.h: rooms as text files in the store, one a day: /rooms/lab/log/2026-11-29.txt. For
 * the history's process. */
#ifndef MODEL_HISTORY_FILES_H
#define MODEL_HISTORY_FILES_H

#include "base/list.h"
#include "model/history.h"
#include "model/store.h"

struct history_files {
    struct store store; /* its root alone is used */
    struct list waiting;
};

void history_files_init(struct history_files *f, const struct store *store, int root);
/* The line of m waits until history_files_write(); of history_files_forget() it goes. */
void history_files_add(struct history_files *f, const struct history_msg *m);
/* False, with the reason in why, when some could not be written: those are lost. */
bool history_files_write(struct history_files *f, struct buf *why);
void history_files_forget(struct history_files *f);

/* "[12:41:07] <anna> text" and the like, with its line end; nothing for what people do not see. */
void history_line(struct buf *out, const struct history_msg *m, const char *time);

#endif
