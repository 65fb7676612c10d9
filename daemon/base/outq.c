#include "base/outq.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLK_MIN = 512, /* small additions share a block of this size */
    RING_MIN = 4,  /* spans; kept by a queue that is in use */
};

struct blk *blk_new(size_t cap)
{
    if (cap > UINT32_MAX)
        return NULL;
    struct blk *b = malloc(sizeof *b + cap);
    if (b == NULL)
        return NULL;
    b->refs = 1;
    b->len = 0;
    b->cap = (uint32_t)cap;
    return b;
}

void blk_unref(struct blk *b)
{
    if (b != NULL && --b->refs == 0)
        free(b);
}

void ofile_unref(struct ofile *f)
{
    if (f != NULL && --f->refs == 0)
        f->release(f);
}

static struct ospan *span_at(const struct outq *q, unsigned i)
{
    return &q->span[(q->head + i) & (q->cap - 1)];
}

static void span_drop(struct ospan *s)
{
    if (s->blk != NULL)
        blk_unref(s->blk);
    else
        ofile_unref(s->file);
}

void outq_free(struct outq *q)
{
    for (unsigned i = 0; i < q->count; i++)
        span_drop(span_at(q, i));
    free(q->span);
    *q = (struct outq){0};
}

/* A new span at the end, or NULL when memory is out. */
static struct ospan *push(struct outq *q)
{
    if (q->failed)
        return NULL;
    if (q->count == q->cap) {
        const unsigned cap = q->cap == 0 ? RING_MIN : q->cap * 2;
        struct ospan *ring = malloc(cap * sizeof *ring);
        if (ring == NULL) {
            q->failed = true;
            return NULL;
        }
        for (unsigned i = 0; i < q->count; i++)
            ring[i] = *span_at(q, i);
        free(q->span);
        q->span = ring;
        q->cap = cap;
        q->head = 0;
    }
    return span_at(q, q->count++);
}

/* How many of n bytes fit behind the last span, in a block that this queue alone holds. */
static size_t room_at_end(const struct outq *q, size_t n)
{
    if (q->count == 0)
        return 0;
    const struct ospan *last = span_at(q, q->count - 1);
    const struct blk *b = last->blk;
    if (b == NULL || b->refs != 1 || last->off + last->len != b->len)
        return 0;
    const size_t room = b->cap - b->len;
    return room < n ? room : n;
}

void outq_add(struct outq *q, const void *p, size_t n)
{
    const char *from = p;
    const size_t fits = room_at_end(q, n);
    if (fits > 0) {
        struct ospan *last = span_at(q, q->count - 1);
        memcpy(last->blk->data + last->blk->len, from, fits);
        last->blk->len += (uint32_t)fits;
        last->len += fits;
        q->bytes += fits;
        from += fits;
        n -= fits;
    }
    if (n == 0)
        return;
    struct blk *b = blk_new(n < BLK_MIN ? BLK_MIN : n);
    struct ospan *s = b == NULL ? NULL : push(q);
    if (s == NULL) {
        blk_unref(b);
        q->failed = true;
        return;
    }
    memcpy(b->data, from, n);
    b->len = (uint32_t)n;
    *s = (struct ospan){.blk = b, .len = n};
    q->bytes += n;
}

void outq_share(struct outq *q, struct blk *b)
{
    outq_share_part(q, b, 0, b->len);
}

void outq_share_part(struct outq *q, struct blk *b, uint64_t off, uint64_t len)
{
    struct ospan *last = q->count > 0 ? span_at(q, q->count - 1) : NULL;
    if (last != NULL && last->blk == b && last->off + last->len == off) { /* goes on from there */
        last->len += len;
        q->bytes += len;
        return;
    }
    if (len == 0)
        return;
    struct ospan *s = push(q);
    if (s == NULL)
        return;
    *s = (struct ospan){.blk = blk_ref(b), .off = off, .len = len};
    q->bytes += len;
}

void outq_file(struct outq *q, struct ofile *f, uint64_t off, uint64_t len)
{
    if (len == 0)
        return;
    struct ospan *s = push(q);
    if (s == NULL)
        return;
    *s = (struct ospan){.file = ofile_ref(f), .off = off, .len = len};
    q->bytes += len;
}

int outq_iov(const struct outq *q, struct iovec *iov, int max, bool *more)
{
    int n = 0;
    while ((unsigned)n < q->count && n < max) {
        const struct ospan *s = span_at(q, (unsigned)n);
        if (s->blk == NULL)
            break;
        iov[n++] = (struct iovec){s->blk->data + s->off, (size_t)s->len};
    }
    *more = (unsigned)n < q->count;
    return n;
}

const struct ospan *outq_front_file(const struct outq *q)
{
    return q->count > 0 && span_at(q, 0)->file != NULL ? span_at(q, 0) : NULL;
}

void outq_sent(struct outq *q, uint64_t n)
{
    q->bytes -= n;
    while (n > 0) {
        struct ospan *s = span_at(q, 0);
        if (n < s->len) {
            s->off += n;
            s->len -= n;
            return;
        }
        n -= s->len;
        span_drop(s);
        q->head = (q->head + 1) & (q->cap - 1);
        q->count--;
    }
}

void outq_trim(struct outq *q)
{
    if (q->count > 0 || q->cap <= RING_MIN)
        return;
    free(q->span);
    q->span = NULL;
    q->cap = q->head = 0;
}
