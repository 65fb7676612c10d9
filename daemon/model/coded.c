#include "model/coded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    ENTRIES_MAX = 256,
    PENDING_MAX = 32,
    PATIENCE_MS = 5000, /* that somebody waits for the workers */
    RETRY_MS = 10000,   /* behind a failure that another attempt may not have */
};

/* Which bytes in which coding; all of one size, so that nothing undefined lies between. */
struct key {
    uint64_t dev, ino, size, seconds, nanoseconds, coding;
};

enum state { PENDING, READY, HOPELESS };

struct entry {
    struct coded_cache *cache;
    struct hnode node;
    struct list link; /* in recent or pending */
    struct key key;
    enum state state;
    int64_t since;       /* when it was asked for; ms, monotonic */
    int64_t until;       /* HOPELESS: when it may be tried again */
    uint64_t bytes;      /* what it counts for in the cache */
    struct blk *blk;     /* READY */
    struct list waiting; /* PENDING, as are these: */
    int from, to;
    bool on_disk; /* from is the file itself, which somebody may be writing to */
};

static struct entry *of_link(struct list *n)
{
    return list_entry(n, struct entry, link);
}

static void close_both(struct entry *e)
{
    if (e->from >= 0)
        close(e->from);
    if (e->to >= 0)
        close(e->to);
    e->from = e->to = -1;
}

/* Whoever waits has gone, or been told. */
static void drop(struct entry *e)
{
    e->cache->bytes -= e->bytes;
    hmap_del(&e->cache->entries, &e->node);
    list_unlink(&e->link);
    blk_unref(e->blk);
    close_both(e);
    free(e);
}

static bool is_full(const struct coded_cache *c)
{
    return c->entries.count > ENTRIES_MAX || c->bytes > c->max;
}

/* What is being sent would not be freed: it stays, and counts, or slow readers could hold more than
 * there may be. */
static void shrink(struct coded_cache *c)
{
    list_each(n, &c->recent)
    {
        struct entry *e = of_link(n);
        if (!is_full(c))
            return;
        if (e->blk == NULL || e->blk->refs == 1)
            drop(e);
    }
}

/* --- making --- */

static bool has_changed(const struct entry *e)
{
    struct stat st;
    return e->on_disk && (fstat(e->from, &st) < 0 || (uint64_t)st.st_size != e->key.size ||
                          (uint64_t)st.st_mtim.tv_sec != e->key.seconds ||
                          (uint64_t)st.st_mtim.tv_nsec != e->key.nanoseconds);
}

/* What the worker has made. 0 or an errno. */
static int load(struct entry *e)
{
    struct stat st;
    if (has_changed(e))
        return ESTALE;
    if (fstat(e->to, &st) < 0)
        return errno;
    struct blk *b = blk_new((size_t)st.st_size);
    if (b == NULL)
        return ENOMEM;
    while (b->len < (size_t)st.st_size) {
        const ssize_t n = pread(e->to, b->data + b->len, (size_t)st.st_size - b->len, b->len);
        if (n <= 0 && !(n < 0 && errno == EINTR)) {
            blk_unref(b);
            return n < 0 ? errno : EIO;
        }
        b->len += n > 0 ? (uint32_t)n : 0;
    }
    e->blk = b;
    return 0;
}

static void wake(struct entry *e)
{
    struct list waiting;
    list_init(&waiting);
    list_splice(&waiting, &e->waiting);
    for (struct list *n; (n = list_shift(&waiting)) != NULL;) { /* in which e may go */
        struct coded_wait *w = list_entry(n, struct coded_wait, link);
        w->over(w);
    }
}

static void made(void *arg, int err)
{
    struct entry *e = arg;
    struct coded_cache *c = e->cache;
    if (err == 0)
        err = load(e);
    close_both(e);
    e->state = err == 0 ? READY : HOPELESS;
    c->bytes -= e->bytes;
    e->bytes = err == 0 ? e->blk->len : 0;
    c->bytes += e->bytes;
    e->until = err == EFBIG ? INT64_MAX : c->clock->mono + RETRY_MS;
    c->pending_count--;
    list_unlink(&e->link);
    list_push(&c->recent, &e->link);
    wake(e);
}

/* A descriptor of the file's own, since f may close before the worker ends. -1 when there is none.
 */
static int source_of(const struct store_file *f)
{
    if (f->body == NULL)
        return fcntl(f->of.fd, F_DUPFD_CLOEXEC, 0);
    const int fd = memfd_create("agentd-plain", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, f->body->data, f->body->len) != (ssize_t)f->body->len) {
        close(fd);
        return -1;
    }
    return fd;
}

static struct entry *make(struct coded_cache *c, const struct store_file *f, const struct key *key)
{
    struct entry *e =
        c->jobs != NULL && c->pending_count < PENDING_MAX ? calloc(1, sizeof *e) : NULL;
    if (e == NULL)
        return NULL;
    e->cache = c;
    e->key = *key;
    e->since = c->clock->mono;
    e->on_disk = f->body == NULL;
    list_init(&e->link);
    list_init(&e->waiting);
    e->bytes = f->size;
    c->bytes += e->bytes;
    e->from = source_of(f);
    e->to = memfd_create("agentd-coded", MFD_CLOEXEC);
    const struct job job = {.kind = JOB_COMPRESS,
                            .fd = e->from,
                            .fd2 = e->to,
                            .len = f->size,
                            .coding = (enum coding)key->coding,
                            .done = made,
                            .arg = e};
    const bool in_map = hmap_put(&c->entries, &e->node, &e->key, sizeof e->key) == 0;
    shrink(c);
    if (e->from < 0 || e->to < 0 || !in_map || is_full(c) || c->jobs->submit(c->jobs, &job) == 0) {
        drop(e);
        return NULL;
    }
    list_push(&c->pending, &e->link);
    c->pending_count++;
    c->metrics->coded_misses++;
    return e;
}

/* --- asking --- */

static bool is_late(const struct entry *e)
{
    return e->since + PATIENCE_MS <= e->cache->clock->mono;
}

static struct entry *find(const struct coded_cache *c, const struct key *key)
{
    struct hnode *n = hmap_get(&c->entries, key, sizeof *key);
    return n != NULL ? hmap_entry(n, struct entry, node) : NULL;
}

enum coded_result coded_get(struct coded_cache *c, const struct store_file *f, enum coding coding,
                            struct coded_wait *w, struct blk **blk)
{
    const struct key key = {
        (uint64_t)f->dev,          (uint64_t)f->ino,           f->size,
        (uint64_t)f->mtime.tv_sec, (uint64_t)f->mtime.tv_nsec, (uint64_t)coding};
    if (c->max == 0 || f->size < CODED_LEAST || f->size > CODED_MOST)
        return CODED_NOT;
    struct entry *e = find(c, &key);
    if (e != NULL && e->state == HOPELESS && e->until <= c->clock->mono) {
        drop(e);
        e = NULL;
    }
    if (e == NULL && w != NULL)
        e = make(c, f, &key);
    if (e == NULL)
        return CODED_NOT;
    if (e->state == PENDING) {
        if (w == NULL || is_late(e))
            return CODED_NOT;
        list_push(&e->waiting, &w->link);
        return CODED_LATER;
    }
    list_unlink(&e->link);
    list_push(&c->recent, &e->link);
    if (e->state == HOPELESS)
        return CODED_NOT;
    c->metrics->coded_hits++;
    *blk = e->blk;
    return CODED_READY;
}

/* --- from beginning to end --- */

void coded_init(struct coded_cache *c, const struct clock *clock, struct metrics *metrics)
{
    *c = (struct coded_cache){.clock = clock, .metrics = metrics};
    hmap_init(&c->entries);
    list_init(&c->recent);
    list_init(&c->pending);
}

void coded_free(struct coded_cache *c)
{
    list_each(n, &c->pending) drop(of_link(n));
    list_each(n, &c->recent) drop(of_link(n));
    hmap_free(&c->entries);
}

void coded_limit(struct coded_cache *c, uint64_t max)
{
    c->max = max;
    shrink(c);
}

void coded_tick(struct coded_cache *c)
{
    shrink(c);
    list_each(n, &c->pending)
    {
        struct entry *e = of_link(n);
        if (!is_late(e))
            return;
        wake(e);
    }
}
