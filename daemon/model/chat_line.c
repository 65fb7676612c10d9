/* chat_line.c: lines as doors write them, each once for all who see it alike; in a busy room
 * several share a block. */
#include "model/chat_own.h"

#include <string.h>

enum {
    RUN_BYTES = 16 << 10, /* a slow reader keeps all of a block */
};

/* --- blocks that several lines share --- */

static struct chat_run *run_of(struct chat_runs *runs, const struct chat_event *ev,
                               const struct chat_line *line)
{
    for (int i = 0; i < CHAT_RUNS; i++) {
        struct chat_run *r = &runs->run[i];
        if (r->room == ev->room && r->coder == line->coder && r->variant == line->variant)
            return r;
    }
    struct chat_run *r = &runs->run[runs->next++ % CHAT_RUNS];
    blk_unref(r->blk);
    *r = (struct chat_run){.room = ev->room, .coder = line->coder, .variant = line->variant};
    return r;
}

/* The block for n bytes of a line, with a reference for it. A line alone has its own, so that who
 * reads slowly in a quiet room holds no more than he gets; where another has come just now, there
 * will be more. */
static struct blk *block_for(const struct chat_event *ev, const struct chat_line *line, size_t n)
{
    struct chat_run *r = ev->runs != NULL ? run_of(ev->runs, ev, line) : NULL;
    if (r == NULL || r->at != ev->at || n > RUN_BYTES) {
        if (r != NULL) {
            blk_unref(r->blk);
            r->blk = NULL;
            r->at = ev->at;
        }
        return blk_new(n);
    }
    if (r->blk == NULL || r->blk->cap - r->blk->len < n) {
        blk_unref(r->blk);
        r->blk = blk_new(RUN_BYTES);
    }
    return r->blk != NULL ? blk_ref(r->blk) : NULL;
}

void chat_drop_runs(struct chat_runs *runs)
{
    for (int i = 0; i < CHAT_RUNS; i++)
        blk_unref(runs->run[i].blk);
    *runs = (struct chat_runs){0};
}

/* --- the lines of an event --- */

const struct chat_line *chat_coded(const struct chat_event *ev, const void *coder, unsigned variant)
{
    for (int i = 0; i < CHAT_CODINGS && ev->coded[i].coder != NULL; i++)
        if (ev->coded[i].coder == coder && ev->coded[i].variant == variant)
            return &ev->coded[i];
    return NULL;
}

const struct chat_line *chat_keep_coded(struct chat_event *ev, const void *coder, unsigned variant,
                                        struct buf *text)
{
    struct chat_line line = {.coder = coder, .variant = variant, .len = (uint32_t)text->len};
    struct chat_line *kept = NULL;
    if (!text->failed && text->len > 0)
        line.blk = block_for(ev, &line, text->len);
    if (line.blk != NULL) {
        int i = 0;
        line.off = line.blk->len;
        memcpy(line.blk->data + line.off, buf_data(text), text->len);
        line.blk->len += line.len;
        while (i < CHAT_CODINGS - 1 && ev->coded[i].coder != NULL)
            i++;
        kept = &ev->coded[i];
        blk_unref(kept->blk); /* the last one gives way, when there are that many */
        *kept = line;
    }
    buf_free(text);
    return kept;
}

void chat_drop_coded(struct chat_event *ev)
{
    for (int i = 0; i < CHAT_CODINGS && ev->coded[i].coder != NULL; i++) {
        blk_unref(ev->coded[i].blk);
        ev->coded[i] = (struct chat_line){0};
    }
}
