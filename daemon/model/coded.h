/* coded.h: files in a content coding (RFC 9110, 8.4). The workers make them when somebody first
 * asks; they are kept in memory as long as there is room, those that were asked for last, and those
 * that are being sent. A file that has changed is another one. */
#ifndef MODEL_CODED_H
#define MODEL_CODED_H

#include "base/metrics.h"
#include "model/store.h"

enum {
    CODED_LEAST = 512,    /* bytes of a file: below, nothing is saved */
    CODED_MOST = 4 << 20, /* above, it takes too long */
};

struct coded_cache {
    const struct clock *clock;
    struct metrics *metrics;
    struct job_runner *jobs; /* NULL: nothing is made */
    struct hmap entries;
    struct list recent;  /* those that are done, the one not asked for longest first */
    struct list pending; /* the first asked for first */
    unsigned pending_count;
    uint64_t bytes, max; /* of content, that of pending ones at its largest */
};

/* Somebody who waits. over() is called once, from the loop, when it is time to ask again. */
struct coded_wait {
    struct list link;
    void (*over)(struct coded_wait *w);
};

enum coded_result {
    CODED_READY, /* *blk is the content, good until the next call */
    CODED_LATER, /* *w was taken; list_unlink(&w->link) ends the waiting */
    CODED_NOT,   /* not worth it, or not possible: send the file itself */
};

void coded_init(struct coded_cache *c, const struct clock *clock, struct metrics *metrics);
/* The runner has ended. */
void coded_free(struct coded_cache *c);
/* Bytes of content that may be kept; 0 = none, and nothing is made. */
void coded_limit(struct coded_cache *c, uint64_t max);
/* Lets those go on without who have waited for too long. Call about once a second. */
void coded_tick(struct coded_cache *c);

/* f in the coding, gzip or zstd. Without w: only if it is there. */
enum coded_result coded_get(struct coded_cache *c, const struct store_file *f, enum coding coding,
                            struct coded_wait *w, struct blk **blk);

#endif
