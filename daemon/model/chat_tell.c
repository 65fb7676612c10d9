#include "model/chat_own.h"

#include <string.h>

enum {
    RUN_BYTES = 16 << 10, /* a slow reader keeps all of a block */
};

const struct chat_line *chat_coded(const struct chat_event *ev, const void *coder, unsigned variant)
{
    for (int i = 0; i < CHAT_CODINGS && ev->coded[i].coder != NULL; i++)
        if (ev->coded[i].coder == coder && ev->coded[i].variant == variant)
            return &ev->coded[i];
    return NULL;
}

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

void chat_drop_runs(struct chat *c)
{
    for (int i = 0; i < CHAT_RUNS; i++)
        blk_unref(c->runs.run[i].blk);
    c->runs = (struct chat_runs){0};
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

static void drop_coded(struct chat_event *ev)
{
    for (int i = 0; i < CHAT_CODINGS && ev->coded[i].coder != NULL; i++) {
        blk_unref(ev->coded[i].blk);
        ev->coded[i] = (struct chat_line){0};
    }
}

uint64_t chat_next_id(struct chat *c)
{
    const uint64_t least = (uint64_t)c->clock->wall << 16; /* above those of an earlier life */
    c->last_id = c->last_id >= least ? c->last_id + 1 : least;
    return c->last_id;
}

static void stamp(struct chat *c, struct chat_event *ev)
{
    if (ev->id != 0)
        return;
    ev->id = chat_next_id(c);
    ev->at = c->clock->wall;
}

static void tell(struct chat *c, struct user *u, struct chat_event *ev)
{
    u->ops->event(u, ev);
    c->metrics->chat_delivered++;
}

void chat_tell_one(struct chat *c, struct user *u, struct chat_event *ev)
{
    stamp(c, ev);
    tell(c, u, ev);
    drop_coded(ev);
}

void chat_tell_room(struct chat *c, const struct room *r, struct chat_event *ev,
                    const struct user *except)
{
    stamp(c, ev);
    if (ev->least == MEMBER_PLAIN)
        ev->runs = &c->runs;
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (m->user != except && member_status(m) >= ev->least)
            tell(c, m->user, ev);
    }
    drop_coded(ev);
    chat_keep_room(c, r, ev);
}

void chat_tell_neighbours(struct chat *c, struct user *u, struct chat_event *ev, bool u_too)
{
    const uint64_t serial = ++c->serial;
    stamp(c, ev);
    u->seen = serial;
    if (u_too)
        tell(c, u, ev);
    list_each(n, &u->memberships)
    {
        const struct room *r = list_entry(n, struct member, in_user)->room;
        list_each(k, &r->members)
        {
            struct user *other = list_entry(k, struct member, in_room)->user;
            if (other->seen == serial)
                continue;
            other->seen = serial;
            tell(c, other, ev);
        }
    }
    drop_coded(ev);
    chat_keep_everywhere(c, u, ev);
}

void chat_tell_all(struct chat *c, struct chat_event *ev)
{
    stamp(c, ev);
    for (struct hnode *n = hmap_next(&c->users, NULL); n != NULL; n = hmap_next(&c->users, n))
        tell(c, hmap_entry(n, struct user, by_name), ev);
    drop_coded(ev);
}

void chat_note(struct chat *c, enum event_kind kind, const struct user *u, const struct room *r,
               const char *to, const char *text)
{
    const struct event ev = {
        .kind = kind,
        .proto = u != NULL ? u->ops->proto : NULL,
        .sid = u != NULL ? u->sid : 0,
        .who = u != NULL ? u->name : NULL,
        .room = r != NULL ? r->name : NULL,
        .to = to,
        .text = text,
    };
    event_emit(c->bus, &ev);
}
