#include "model/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RUN = 1024,            /* names sorted at once */
    NAMES_MAX = 2000000,   /* names of one listing */
    ARENA_BYTES = 32 << 10 /* names are copied into blocks of this size */
};

/* Names lie in blocks, which stay where they are while more come. */
struct arena {
    struct arena *next;
    size_t used;
    char bytes[ARENA_BYTES];
};

/* Sorted runs, merged as they are read: so no step takes longer than sorting one run. */
struct run {
    size_t at, end; /* in names */
};

struct listing {
    struct store *store;
    DIR *dir;
    char path[PATH_BYTES_MAX];
    struct arena *arena;
    const char **names;
    size_t count, cap;
    size_t sorted;    /* names in finished runs */
    struct run *heap; /* by their first name; from 1 on */
    size_t runs, runs_cap;
};

int listing_open(struct store *s, const char *path, struct listing **out)
{
    int fd;
    const int err = store_open_dir(s, path, &fd);
    if (err != 0)
        return err;
    struct listing *l = calloc(1, sizeof *l);
    if (l != NULL) {
        l->store = s;
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
    free(l->names);
    free(l->heap);
    free(l);
}

size_t listing_count(const struct listing *l)
{
    return l->count;
}

/* --- reading --- */

static const char *keep_name(struct listing *l, const char *name)
{
    const size_t n = strlen(name) + 1;
    if (l->arena == NULL || l->arena->used + n > ARENA_BYTES) {
        struct arena *a = malloc(sizeof *a);
        if (a == NULL)
            return NULL;
        a->next = l->arena;
        a->used = 0;
        l->arena = a;
    }
    char *copy = l->arena->bytes + l->arena->used;
    memcpy(copy, name, n);
    l->arena->used += n;
    return copy;
}

static bool add_name(struct listing *l, const char *name)
{
    if (l->count == l->cap) {
        const size_t cap = l->cap == 0 ? 256 : l->cap * 2;
        const char **names = realloc(l->names, cap * sizeof(const char *));
        if (names == NULL)
            return false;
        l->names = names;
        l->cap = cap;
    }
    const char *copy = keep_name(l, name);
    if (copy == NULL)
        return false;
    l->names[l->count++] = copy;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *first(const struct listing *l, size_t i)
{
    return l->names[l->heap[i].at];
}

static void sift_up(struct listing *l, size_t i)
{
    for (; i > 1 && strcmp(first(l, i), first(l, i / 2)) < 0; i /= 2) {
        const struct run r = l->heap[i];
        l->heap[i] = l->heap[i / 2];
        l->heap[i / 2] = r;
    }
}

static void sift_down(struct listing *l)
{
    for (size_t i = 1, child; (child = 2 * i) <= l->runs; i = child) {
        if (child < l->runs && strcmp(first(l, child + 1), first(l, child)) < 0)
            child++;
        if (strcmp(first(l, i), first(l, child)) <= 0)
            return;
        const struct run r = l->heap[i];
        l->heap[i] = l->heap[child];
        l->heap[child] = r;
    }
}

/* Sorts the names that have come since the last run, and puts them on the heap as one. */
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
    qsort(l->names + l->sorted, l->count - l->sorted, sizeof(const char *), by_name);
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
        if (!add_name(l, e->d_name) || (l->count - l->sorted == RUN && !end_run(l)))
            return -1;
    }
    return 1;
}

/* --- handing out --- */

static const char *next_name(struct listing *l)
{
    if (l->runs == 0)
        return NULL;
    struct run *top = &l->heap[1];
    const char *name = l->names[top->at++];
    if (top->at == top->end)
        *top = l->heap[l->runs--];
    sift_down(l);
    return name;
}

/* A link shows what it leads to; one that leads out of the store is not there. */
static bool look_at(struct listing *l, struct listing_entry *e)
{
    char path[PATH_BYTES_MAX];
    if (fstatat(dirfd(l->dir), e->name, &e->st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    e->link = S_ISLNK(e->st.st_mode);
    if (e->link &&
        (!path_resolve(l->path, str_of(e->name), path) || store_stat(l->store, path, &e->st) != 0))
        return false;
    e->folder = S_ISDIR(e->st.st_mode);
    return e->folder || S_ISREG(e->st.st_mode);
}

bool listing_next(struct listing *l, struct listing_entry *e)
{
    while ((e->name = next_name(l)) != NULL)
        if (look_at(l, e))
            return true;
    return false;
}
