/* outq.h: bytes on their way out: a queue of spans of counted memory blocks and of counted open
 * files. It holds no socket: net/conn asks what comes next, sends it, and says how far it got.
 *
 * A block that several queues hold (a chat line on its way to a room) is written once and shared.
 * Like buf, an addition that finds no memory sets `failed` and is lost. */
#ifndef BASE_OUTQ_H
#define BASE_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* A counted run of bytes. Once a second holder has it, nobody may change what is there; who made it
 * may add to it. */
struct blk {
    unsigned refs;
    uint32_t len;
    uint32_t cap;
    char data[];
};

/* A block for up to cap bytes, with one reference and nothing in it; NULL when memory is out. */
struct blk *blk_new(size_t cap);
static inline struct blk *blk_ref(struct blk *b)
{
    b->refs++;
    return b;
}
void blk_unref(struct blk *b);

/* An open file that others may hold too. release() runs when the last reference goes. */
struct ofile {
    int fd;
    unsigned refs;
    void (*release)(struct ofile *);
};

static inline struct ofile *ofile_ref(struct ofile *f)
{
    f->refs++;
    return f;
}
void ofile_unref(struct ofile *f);

struct ospan {
    struct blk *blk; /* one of these two */
    struct ofile *file;
    uint64_t off; /* in the block or the file */
    uint64_t len; /* bytes still to send, never 0 */
};

struct outq {
    struct ospan *span; /* a ring */
    unsigned head, count, cap;
    bool failed;
    uint64_t bytes; /* still to send, in all spans */
};

void outq_free(struct outq *q);
/* Copies p[0..n) to the end. */
void outq_add(struct outq *q, const void *p, size_t n);
/* Appends the whole of b; takes a reference of its own. */
void outq_share(struct outq *q, struct blk *b);
/* The same for len bytes of it from off. What goes on where the last addition ended costs no span
 * of its own. */
void outq_share_part(struct outq *q, struct blk *b, uint64_t off, uint64_t len);
/* Appends len bytes of f from off; takes a reference of its own. */
void outq_file(struct outq *q, struct ofile *f, uint64_t off, uint64_t len);
/* Fills iov with up to max memory spans from the front; 0 when the queue is empty or a file span
 * comes first. *more is set when bytes follow behind what was filled in. */
int outq_iov(const struct outq *q, struct iovec *iov, int max, bool *more);
/* The file span at the front, or NULL. */
const struct ospan *outq_front_file(const struct outq *q);
/* Drops n bytes, which have been sent, from the front. */
void outq_sent(struct outq *q, uint64_t n);
/* Gives back what an idle queue does not need. */
void outq_trim(struct outq *q);

#endif
