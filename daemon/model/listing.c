#include "model/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RUN = 1024,            /* items sorted at once */
    NAMES_MAX = 2000000,   /* names of one listing */
    SEEN_MAX = 20000,      /* files that are looked at but once, when the order wants a look */
    ARENA_BYTES = 32 << 10 /* names are copied into blocks of this size */
};

/* Names lie in blocks, which stay where they are while more come. */
struct arena {
    struct arena *next;
    size_t used;
    _Alignas(max_align_t) char bytes[ARENA_BYTES];
};

/* Sorted runs, merged as they are read: so no step takes longer than sorting one run. */
struct run {
    size_t at, end; /* in items */
};

/* What a look at a file has told. */
struct seen {
    struct stat st;
    int64_t born;
    bool link;
};

/* A name, and what it is sorted by. */
struct item {
    const char *name;
    const struct seen *seen; /* NULL: it was not looked at, or there is no room to keep that */
    int64_t value;           /* of the order's key */
    bool folder;             /* goes before the files */
    unsigned char type;      /* as the folder says: DT_... */
};

struct listing {
    struct store *store;
    struct listing_order order;
    bool births;
    DIR *dir;
    char path[PATH_BYTES_MAX];
    struct arena *arena;
    struct item *items;
    size_t count, cap;
    size_t sorted;    /* items in finished runs */
    struct run *heap; /* by their first item; from 1 on */
    size_t runs, runs_cap;
};

int listing_open(struct store *s, const char *path, struct listing_order order,
                 struct listing **out)
{
    int fd;
    const int err = store_open_dir(s, path, &fd);
    if (err != 0)
        return err;
    struct listing *l = calloc(1, sizeof *l);
    if (l != NULL) {
        l->store = s;
        l->order = order;
        text_copy(l->path, sizeof l->path, path);
        l->dir = fdopendir(fd);
    }
    if (l == NULL || l->dir == NULL) {
        close(fd);
        free(l);
        return ENOMEM;
    }
    *out = l;
    return 0;
}

void listing_close(struct listing *l)
{
    if (l == NULL)
        return;
    closedir(l->dir);
    for (struct arena *a = l->arena, *next; a != NULL; a = next) {
        next = a->next;
        free(a);
    }
    free(l->items);
    free(l->heap);
    free(l);
}

size_t listing_count(const struct listing *l)
{
    return l->count;
}

/* --- reading --- */

/* n bytes, from a multiple of align on. */
static void *keep(struct listing *l, size_t n, size_t align)
{
    size_t at = l->arena != NULL ? (l->arena->used + align - 1) / align * align : ARENA_BYTES;
    if (at + n > ARENA_BYTES) {
        struct arena *a = malloc(sizeof *a);
        if (a == NULL)
            return NULL;
        a->next = l->arena;
        l->arena = a;
        at = 0;
    }
    l->arena->used = at + n;
    return l->arena->bytes + at;
}

static const char *keep_name(struct listing *l, const char *name)
{
    const size_t n = strlen(name) + 1;
    char *copy = keep(l, n, 1);
    return copy != NULL ? memcpy(copy, name, n) : NULL;
}

static const struct seen *keep_seen(struct listing *l, const struct listing_entry *e)
{
    struct seen *seen = l->count < SEEN_MAX ? keep(l, sizeof *seen, _Alignof(struct seen)) : NULL;
    if (seen != NULL)
        *seen = (struct seen){.st = e->st, .born = e->born, .link = e->link};
    return seen;
}

static int stat_entry(const struct listing *l, struct listing_entry *e)
{
    if (l->births)
        return attr_look_at(dirfd(l->dir), e->name, &e->st, &e->born);
    return fstatat(dirfd(l->dir), e->name, &e->st, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

/* A link shows what it leads to; one that leads out of the store is not there. */
static bool follow(const struct listing *l, struct listing_entry *e)
{
    char path[PATH_BYTES_MAX];
    return path_resolve(l->path, str_of(e->name), path) &&
           (l->births ? attr_look(l->store, path, &e->st, &e->born)
                      : store_stat(l->store, path, &e->st)) == 0;
}

bool listing_look(const struct listing *l, struct listing_entry *e)
{
    if (e->looked)
        return true;
    if (stat_entry(l, e) != 0)
        return false;
    e->link = S_ISLNK(e->st.st_mode);
    if (e->link && !follow(l, e))
        return false;
    e->looked = true;
    e->folder = S_ISDIR(e->st.st_mode);
    return e->folder || S_ISREG(e->st.st_mode);
}

/* What the order goes by. Names alone need no look at the file, where its folder tells what it is.
 */
static void take_keys(struct listing *l, struct item *it)
{
    struct listing_entry e = {.name = it->name};
    const enum listing_key key = l->order.key;
    const bool told = it->type == DT_DIR || it->type == DT_REG;
    const bool apart = key != LISTING_BYTES && !l->order.mixed;
    const bool by_name = key == LISTING_BYTES || key == LISTING_NAME;
    it->folder = it->type == DT_DIR && apart;
    if ((by_name && (told || !apart)) || !listing_look(l, &e))
        return;
    it->seen = keep_seen(l, &e);
    it->folder = e.folder && apart;
    if (key == LISTING_SIZE)
        it->value = it->folder ? 0 : e.st.st_size;
    else if (key == LISTING_TIME)
        it->value = e.st.st_mtime;
}

static bool add_item(struct listing *l, const char *name, unsigned char type)
{
    if (l->count == l->cap) {
        const size_t cap = l->cap == 0 ? 256 : l->cap * 2;
        struct item *items = realloc(l->items, cap * sizeof *items);
        if (items == NULL)
            return false;
        l->items = items;
        l->cap = cap;
    }
    struct item it = {.name = keep_name(l, name), .type = type};
    if (it.name == NULL)
        return false;
    take_keys(l, &it);
    l->items[l->count++] = it;
    return true;
}

static int compare(const void *left, const void *right, void *order)
{
    const struct item *a = left, *b = right;
    const struct listing_order *o = order;
    const int turn = o->descending ? -1 : 1;
    if (o->key == LISTING_BYTES)
        return turn * strcmp(a->name, b->name);
    if (a->folder != b->folder)
        return a->folder ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -turn : turn;
    return (o->key == LISTING_NAME ? turn : 1) * text_natural(a->name, b->name);
}

/* Does the run at i of the heap begin before that at k? */
static bool goes_before(struct listing *l, size_t i, size_t k)
{
    return compare(&l->items[l->heap[i].at], &l->items[l->heap[k].at], &l->order) < 0;
}

static void sift_up(struct listing *l, size_t i)
{
    for (; i > 1 && goes_before(l, i, i / 2); i /= 2) {
        const struct run r = l->heap[i];
        l->heap[i] = l->heap[i / 2];
        l->heap[i / 2] = r;
    }
}

static void sift_down(struct listing *l)
{
    for (size_t i = 1, child; (child = 2 * i) <= l->runs; i = child) {
        if (child < l->runs && goes_before(l, child + 1, child))
            child++;
        if (!goes_before(l, child, i))
            return;
        const struct run r = l->heap[i];
        l->heap[i] = l->heap[child];
        l->heap[child] = r;
    }
}

/* Sorts the items that have come since the last run, and puts them on the heap as one. */
static bool end_run(struct listing *l)
{
    if (l->sorted == l->count)
        return true;
    if (l->runs + 1 >= l->runs_cap) {
        const size_t cap = l->runs_cap == 0 ? 8 : l->runs_cap * 2;
        struct run *heap = realloc(l->heap, cap * sizeof *heap);
        if (heap == NULL)
            return false;
        l->heap = heap;
        l->runs_cap = cap;
    }
    qsort_r(l->items + l->sorted, l->count - l->sorted, sizeof *l->items, compare, &l->order);
    l->heap[++l->runs] = (struct run){l->sorted, l->count};
    l->sorted = l->count;
    sift_up(l, l->runs);
    return true;
}

int listing_read(struct listing *l, unsigned budget)
{
    for (; budget > 0; budget--) {
        const struct dirent *e = l->count < NAMES_MAX ? readdir(l->dir) : NULL;
        if (e == NULL)
            return end_run(l) ? 0 : -1;
        if (e->d_name[0] == '.')
            continue;
        if (!add_item(l, e->d_name, e->d_type) || (l->count - l->sorted == RUN && !end_run(l)))
            return -1;
    }
    return 1;
}

/* --- handing out --- */

static const struct item *next_item(struct listing *l)
{
    if (l->runs == 0)
        return NULL;
    struct run *top = &l->heap[1];
    const struct item *it = &l->items[top->at++];
    if (top->at == top->end)
        *top = l->heap[l->runs--];
    sift_down(l);
    return it;
}

bool listing_next_name(struct listing *l, struct listing_entry *e)
{
    const struct item *it;
    while ((it = next_item(l)) != NULL) {
        e->name = it->name;
        e->folder = it->type == DT_DIR;
        e->link = e->looked = false;
        if (it->seen != NULL) {
            e->st = it->seen->st;
            e->born = it->seen->born;
            e->link = it->seen->link;
            e->folder = S_ISDIR(e->st.st_mode);
            e->looked = true;
            return true;
        }
        if (e->folder || it->type == DT_REG || listing_look(l, e))
            return true;
    }
    return false;
}

bool listing_next(struct listing *l, struct listing_entry *e)
{
    while (listing_next_name(l, e))
        if (listing_look(l, e))
            return true;
    return false;
}

void listing_births(struct listing *l)
{
    l->births = true;
}
