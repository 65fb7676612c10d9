/* preview.h: a text file as a part of a page, a piece at a time: as it stands, or Markdown as HTML,
 * which a worker makes of it. Whatever is in the file, nothing of it can run. */
#ifndef MODEL_PREVIEW_H
#define MODEL_PREVIEW_H

#include "model/store.h"

enum { PREVIEW_MARKDOWN_MAX = 64 << 10 }; /* bytes; what is longer is shown as it stands */

struct preview;

enum preview_state {
    PREVIEW_WAITING, /* for the worker: ready() will tell */
    PREVIEW_MORE,
    PREVIEW_END,
};

/* Of at most max bytes of f; takes a reference over. NULL when memory is out, and f is closed. */
struct preview *preview_new(struct store *s, struct store_file *f, bool markdown, uint64_t max,
                            void (*ready)(void *arg), void *arg);
/* Adds the next piece. */
enum preview_state preview_next(struct preview *p, struct buf *out);
/* Is there more of the file than is shown? */
bool preview_is_cut(const struct preview *p);
/* ready() will not be called any more. */
void preview_free(struct preview *p);

/* Is what is in f text, as far as its beginning tells? */
bool preview_is_text(const struct store_file *f);
/* Is the file a Markdown one, by its name? */
bool preview_is_markdown(const char *name);

#endif
