#include "model/history_files.h"

#include "base/date.h"
#include "base/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER "/rooms"

/* What waits for one file. */
struct page {
    struct list link;
    char folder[PATH_BYTES_MAX]; /* of the room */
    char day[DATE_TEXT_MAX];
    struct buf lines;
};

static struct page *page_of(struct list *n)
{
    return list_entry(n, struct page, link);
}

/* --- lines --- */

/* What each kind is called, between who did it and what to. */
static const char *const deeds[HISTORY_KINDS] = {
    [HISTORY_JOIN] = "joined",
    [HISTORY_PART] = "left",
    [HISTORY_QUIT] = "quit",
    [HISTORY_NICK] = "is now",
    [HISTORY_TOPIC] = "set the topic:",
    [HISTORY_MODE] = "set the mode",
    [HISTORY_KICK] = "threw out",
    [HISTORY_REDACT] = "took a message back",
};

static void add_deed(struct buf *out, const struct history_msg *m, const char *time)
{
    buf_addf(out, "[%s] * ", time);
    escape_line(out, m->from);
    buf_addf(out, " %s", deeds[m->kind]);
    if (m->target.n > 0) {
        buf_addc(out, ' ');
        escape_line(out, m->target);
    }
    if (m->text.n > 0) {
        const bool why =
            m->kind == HISTORY_PART || m->kind == HISTORY_QUIT || m->kind == HISTORY_KICK;
        buf_adds(out, why ? " (" : " ");
        escape_line(out, m->text);
        buf_adds(out, why ? ")" : "");
    }
    buf_addc(out, '\n');
}

/* "\001ACTION waves\001": the part between. */
static bool is_action(struct str text, struct str *what)
{
    static const char head[] = "\001ACTION ";
    const size_t n = sizeof head - 1;
    if (text.n < n || memcmp(text.p, head, n) != 0)
        return false;
    *what = (struct str){text.p + n, text.n - n - (text.p[text.n - 1] == '\001')};
    return true;
}

void history_line(struct buf *out, const struct history_msg *m, const char *time)
{
    struct str rest = m->text, line;
    if (m->kind == HISTORY_TAGMSG)
        return;
    if (m->kind > HISTORY_NOTICE) {
        add_deed(out, m, time);
        return;
    }
    const bool action = is_action(m->text, &rest);
    while (str_split(&rest, '\n', &line)) {
        buf_addf(out, "[%s] %s", time, action ? "* " : m->kind == HISTORY_NOTICE ? "-" : "<");
        escape_line(out, m->from);
        buf_adds(out, action ? " " : m->kind == HISTORY_NOTICE ? "- " : "> ");
        escape_line(out, line);
        buf_addc(out, '\n');
    }
}

/* --- pages --- */

/* A folder for the room: its key without '#', and with nothing in it that a path has a meaning
 * for. False when there is none such. */
static bool folder_of(struct str name, char out[PATH_BYTES_MAX])
{
    struct buf b = {0};
    size_t skip = 0;
    while (skip < name.n && name.p[skip] == '#')
        skip++;
    const struct str rest = {name.p + skip, name.n - skip};
    buf_adds(&b, FOLDER "/");
    for (size_t i = 0; i < rest.n; i++) {
        const unsigned char c = (unsigned char)rest.p[i];
        buf_addc(&b, c == '/' || c == '\\' || c < ' ' || (c == '.' && i == 0) ? '_' : (char)c);
    }
    const bool ok = rest.n > 0 && rest.n <= FILE_NAME_MAX && utf8_valid(rest.p, rest.n) &&
                    str_copy(out, PATH_BYTES_MAX, str_of(buf_str(&b)));
    buf_free(&b);
    return ok;
}

static struct page *find_page(struct history_files *f, const char *folder, const char *day)
{
    list_each(n, &f->waiting)
    {
        struct page *p = page_of(n);
        if (strcmp(p->folder, folder) == 0 && strcmp(p->day, day) == 0)
            return p;
    }
    struct page *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    text_copy(p->folder, sizeof p->folder, folder);
    text_copy(p->day, sizeof p->day, day);
    list_push(&f->waiting, &p->link);
    return p;
}

void history_files_add(struct history_files *f, const struct history_msg *m)
{
    char folder[PATH_BYTES_MAX], day[DATE_TEXT_MAX], time[DATE_TEXT_MAX];
    if (m->room.n == 0 || m->room.p[0] != '#' || !folder_of(m->room, folder))
        return;
    date_local(day, time, (time_t)(m->at / 1000));
    struct page *p = find_page(f, folder, day);
    if (p != NULL)
        history_line(&p->lines, m, time);
}

static void free_page(struct page *p)
{
    list_unlink(&p->link);
    buf_free(&p->lines);
    free(p);
}

/* --- files --- */

/* Each on the way: a folder that is there, or a new one. */
static int make_folders(struct history_files *f, const struct page *p, char out[PATH_BYTES_MAX])
{
    static const char *const ends[] = {"", "/log"};
    int err = store_mkdir(&f->store, FOLDER);
    for (int i = 0; i < 2 && (err == 0 || err == EEXIST); i++) {
        if (snprintf(out, PATH_BYTES_MAX, "%s%s", p->folder, ends[i]) >= PATH_BYTES_MAX)
            return ENAMETOOLONG;
        err = store_mkdir(&f->store, out);
    }
    return err == EEXIST ? 0 : err;
}

/* A plain file beneath the folder, to append to; no link. */
static int open_page(struct history_files *f, const struct page *p, int *fd)
{
    char folder[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    const char *name;
    struct stat st;
    int dir, err = make_folders(f, p, folder);
    if (err == 0 && snprintf(path, sizeof path, "%s/%s.txt", folder, p->day) >= (int)sizeof path)
        err = ENAMETOOLONG;
    if (err == 0)
        err = store_parent(&f->store, path, &dir, &name);
    if (err != 0)
        return err;
    *fd = openat(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                 0644);
    err = *fd < 0 ? errno : 0;
    close(dir);
    if (err == 0 && (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(*fd);
        err = EINVAL;
    }
    return err;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static int write_page(struct history_files *f, struct page *p)
{
    int fd;
    int err = p->lines.len > 0 ? open_page(f, p, &fd) : 0;
    if (err != 0 || p->lines.len == 0)
        return err;
    err = write_all(fd, buf_data(&p->lines), p->lines.len);
    close(fd);
    return err;
}

bool history_files_write(struct history_files *f, struct buf *why)
{
    const size_t before = why->len;
    while (!list_empty(&f->waiting)) {
        struct page *p = page_of(f->waiting.next);
        const int err = write_page(f, p);
        if (err != 0 && why->len == before)
            buf_addf(why, "%s/log/%s.txt in the store cannot be written: %s", p->folder, p->day,
                     strerror(err));
        free_page(p);
    }
    return why->len == before;
}

void history_files_forget(struct history_files *f)
{
    while (!list_empty(&f->waiting))
        free_page(page_of(f->waiting.next));
}

void history_files_init(struct history_files *f, const struct store *store, int root)
{
    *f = (struct history_files){.store = {.root = root, .walk = store != NULL && store->walk}};
    hmap_init(&f->store.cache);
    list_init(&f->store.recent);
    list_init(&f->store.uploads);
    list_init(&f->waiting);
}
