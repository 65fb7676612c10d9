/* check.h: what the unit tests share: cmocka, a seeded source of chance, bytes fed in pieces,
 * tables whose failing row is named, and folders that go away. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* wants the four above before it */

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(A) (sizeof(A) / sizeof(A)[0])

/* Like assert_true(), for a row of a table: the label says which one. */
#define assert_row(LABEL, CONDITION)                           \
    do {                                                       \
        if (!(CONDITION))                                      \
            fail_msg("row <%s>: not %s", (LABEL), #CONDITION); \
    } while (0)

/* Runs all of an array of tests, as the result of main(). */
#define RUN(TESTS) cmocka_run_group_tests((TESTS), NULL, NULL)

/* --- chance, the same in every run --- */

struct chance {
    uint64_t state;
};

/* splitmix64 */
static inline uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

/* From 0 to below - 1. */
static inline size_t chance_below(struct chance *c, size_t below)
{
    return (size_t)(chance_next(c) % below);
}

/* --- bytes --- */

/* A copy with nothing behind its end, so that a sanitizer sees who reads on. free() it. */
static inline char *tight_copy(const char *p, size_t n)
{
    char *copy = malloc(n > 0 ? n : 1);
    if (copy == NULL)
        abort();
    if (n > 0)
        memcpy(copy, p, n);
    return copy;
}

/* Takes the piece; false ends the feeding. `total` is how much came with it and before. */
typedef bool piece_fn(void *arg, const char *piece, size_t n, size_t total);

/* Hands p[0..n) over: with most = 1 byte by byte, else in pieces of chance length up to most. */
static inline void feed(struct chance *c, const char *p, size_t n, size_t most, piece_fn *fn,
                        void *arg)
{
    size_t at = 0;
    while (at < n) {
        size_t piece = most > 1 ? 1 + chance_below(c, most) : 1;
        if (piece > n - at)
            piece = n - at;
        char *copy = tight_copy(p + at, piece);
        const bool more = fn(arg, copy, piece, at + piece);
        free(copy);
        at += piece;
        if (!more)
            return;
    }
}

static inline bool str_is(struct str s, const char *want)
{
    return s.p != NULL && s.n == strlen(want) && memcmp(s.p, want, s.n) == 0;
}

#define assert_str(S, WANT)                                                                       \
    do {                                                                                          \
        const struct str got_ = (S);                                                              \
        if (!str_is(got_, (WANT)))                                                                \
            fail_msg("%s is \"%.*s\", not \"%s\"", #S, (int)got_.n, got_.p != NULL ? got_.p : "", \
                     (WANT));                                                                     \
    } while (0)

/* The buf's content; the buf is emptied when it was so. */
#define assert_buf(B, WANT)                      \
    do {                                         \
        assert_string_equal(buf_str(B), (WANT)); \
        buf_free(B);                             \
    } while (0)

/* --- folders --- */

/* A new folder beneath $TMPDIR or /tmp; the path is malloc'd. */
static inline char *folder_new(void)
{
    const char *tmp = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/agentd-unit.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp") < 0 ||
        mkdtemp(path) == NULL)
        abort();
    return path;
}

static inline int folder_remove_one(const char *path, const struct stat *st, int type,
                                    struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void folder_remove(char *path)
{
    (void)nftw(path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/* folder/name, good until the next call but three. */
static inline const char *in(const char *folder, const char *name)
{
    static char path[4][4096];
    static unsigned turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static inline void file_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");
    if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
        fail_msg("%s could not be written", path);
}

/* The whole file; free() it. NULL when there is none. */
static inline char *file_read(const char *path)
{
    struct buf b = {0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    for (ssize_t n = 1; n > 0;) {
        char *at = buf_reserve(&b, 4096);
        n = at != NULL ? read(fd, at, 4096) : -1;
        if (n > 0)
            buf_grew(&b, (size_t)n);
    }
    close(fd);
    char *text = strdup(buf_str(&b));
    buf_free(&b);
    return text;
}

static inline void assert_file(const char *path, const char *want)
{
    char *got = file_read(path);
    if (got == NULL)
        fail_msg("%s is not there", path);
    assert_string_equal(got, want);
    free(got);
}

/* How many entries there are, hidden ones too. */
static inline unsigned folder_count(const char *path)
{
    unsigned count = 0;
    DIR *dir = opendir(path);
    if (dir == NULL)
        fail_msg("%s cannot be opened", path);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

/* --- a log that says nothing --- */

static inline void log_quiet(struct log *log, const struct clock *clock)
{
    log_init(log, clock);
    log->threshold = (enum log_level)(LOG_ERROR + 1);
}

#endif
