#include "model/preview.h"

#include "base/escape.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PIECE = 32 << 10,
    SNIFF = 4 << 10,
};

struct preview {
    struct store *store;
    struct store_file *file;
    uint64_t at, end; /* of what is shown, in bytes */
    int fd;           /* Markdown, and the HTML that it becomes; -1 = none */
    uint64_t ticket;  /* of the job; 0 = it is done */
    bool open;        /* the element is, that the text stands in */
    void (*ready)(void *arg);
    void *arg;
};

bool preview_is_markdown(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (str_ieq(str_of(dot), ".md") || str_ieq(str_of(dot), ".markdown"));
}

bool preview_is_text(const struct store_file *f)
{
    char text[SNIFF];
    const ssize_t n = store_read(f, 0, text, sizeof text);
    if (n < 0 || memchr(text, '\0', (size_t)n) != NULL)
        return false;
    for (size_t i = 0, len; i < (size_t)n; i += len) {
        uint32_t cp;
        len = utf8_next(text + i, (size_t)n - i, &cp);
        if (len == 0) /* the last character may be cut */
            return (size_t)n - i < 4 && f->size > sizeof text;
        if (cp < 0x20 && strchr("\t\n\r\f\x1b", (int)cp) == NULL)
            return false;
    }
    return true;
}

/* --- Markdown --- */

static void drop_html(struct preview *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static void made(void *arg, int err)
{
    struct preview *p = arg;
    struct stat st;
    p->ticket = 0;
    if (err == 0 && fstat(p->fd, &st) == 0)
        p->end = (uint64_t)st.st_size;
    else
        drop_html(p);
    p->ready(p->arg);
}

/* A copy of the file for the worker; false when there is none: then the text is shown. */
static bool make_html(struct preview *p)
{
    char text[PIECE];
    ssize_t n;
    p->fd = memfd_create("agentd-markdown", MFD_CLOEXEC);
    for (uint64_t at = 0; p->fd >= 0 && at < p->end; at += (uint64_t)n) {
        n = store_read(p->file, at, text, sizeof text);
        if (n <= 0 || write(p->fd, text, (size_t)n) != n)
            break;
    }
    const struct job job = {.kind = JOB_HTML, .fd = p->fd, .fd2 = -1, .done = made, .arg = p};
    if (p->fd >= 0 && p->store->jobs != NULL)
        p->ticket = p->store->jobs->submit(p->store->jobs, &job);
    if (p->ticket == 0)
        drop_html(p);
    return p->ticket != 0;
}

/* --- pieces --- */

bool preview_is_cut(const struct preview *p)
{
    return p->fd < 0 && p->end < p->file->size;
}

struct preview *preview_new(struct store *s, struct store_file *f, bool markdown, uint64_t max,
                            void (*ready)(void *arg), void *arg)
{
    struct preview *p = calloc(1, sizeof *p);
    if (p == NULL) {
        store_close(f);
        return NULL;
    }
    *p = (struct preview){.store = s, .file = f, .fd = -1, .ready = ready, .arg = arg};
    p->end = f->size < max ? f->size : max;
    if (markdown && f->size <= PREVIEW_MARKDOWN_MAX)
        (void)make_html(p);
    return p;
}

void preview_free(struct preview *p)
{
    if (p == NULL)
        return;
    if (p->ticket != 0)
        p->store->jobs->cancel(p->store->jobs, p->ticket);
    drop_html(p);
    store_close(p->file);
    free(p);
}

/* How many of n bytes are whole characters; all, if they are none. */
static size_t whole(const char *text, size_t n)
{
    size_t cut = n;
    while (cut > 0 && n - cut < 3 && ((unsigned char)text[cut - 1] & 0xc0) == 0x80)
        cut--;
    uint32_t cp;
    if (cut == 0 || (unsigned char)text[cut - 1] < 0xc0)
        return n;
    return utf8_next(text + cut - 1, n - cut + 1, &cp) > 0 ? n : cut - 1;
}

/* A character that is torn where what is shown ends is left out. */
static void add_text(struct preview *p, struct buf *out, const char *text, size_t n)
{
    const size_t some = whole(text, n);
    if (some < n && p->at + n == p->end && preview_is_cut(p))
        p->end = p->at + some;
    n = some > 0 ? some : n;
    escape_html_lines(out, (struct str){text, n});
    p->at += n;
}

static void add_piece(struct preview *p, struct buf *out)
{
    char text[PIECE];
    const size_t want = p->end - p->at < PIECE ? (size_t)(p->end - p->at) : PIECE;
    const ssize_t got = p->fd >= 0 ? pread(p->fd, text, want, (off_t)p->at)
                                   : store_read(p->file, p->at, text, want);
    if (got <= 0) { /* it has become shorter */
        p->end = p->at;
    } else if (p->fd < 0) {
        add_text(p, out, text, (size_t)got);
    } else {
        buf_add(out, text, (size_t)got);
        p->at += (uint64_t)got;
    }
}

enum preview_state preview_next(struct preview *p, struct buf *out)
{
    if (p->ticket != 0)
        return PREVIEW_WAITING;
    if (!p->open)
        buf_adds(out, p->fd >= 0 ? "<article class=\"prose\">" : "<pre class=\"text\">\n");
    p->open = true;
    if (p->at < p->end)
        add_piece(p, out);
    if (p->at < p->end)
        return PREVIEW_MORE;
    buf_adds(out, p->fd >= 0 ? "</article>\n" : "</pre>\n");
    return PREVIEW_END;
}
