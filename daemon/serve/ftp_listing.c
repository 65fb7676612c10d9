/* ftp_listing.c: LIST, NLST, MLSD, and STAT of a path. What is listed is walked a slice at a time,
 * as deep as -R or a pattern wants: a folder's lines first, then the folders in it, one by one. */
#include "base/escape.h"
#include "base/glob.h"
#include "model/listing.h"
#include "parse/ftp_ls.h"
#include "serve/ftp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* A turn's share, a millisecond or two: of names that are matched, */
    WORK_PER_TURN = 8000,
    LINE_WORK = 4,       /* files that are looked at and told of, */
    FOLDER_WORK = 40,    /* folders that are opened, */
    STEPS_PER_WORK = 64, /* and a matcher's steps. */
    NAMES_AT_ONCE = 250, /* read from a folder; so much work, too */
    BYTES_PER_WORK = 64, /* and of output, which is handed over in such pieces. */
    CHUNK = 16 << 10,
    /* And of one listing: where these end, so does it, and says so. */
    DEPTH_MAX = 32,       /* folders in folders */
    FOLDERS_MAX = 10000,  /* that are gone into */
    STEPS_MAX = 20000000, /* of matching */
};

enum lines {
    LINES_LONG, /* ls -l */
    LINES_NAMES,
    LINES_FACTS,
};

struct level {
    struct buf
        waiting;     /* names of folders in this one that are still to be listed, each with NUL */
    size_t path_len; /* of its path */
};

struct ftp_listing {
    enum lines lines;
    struct ftp_ls ls;
    char *given;     /* what is to be listed, in the client's words */
    size_t top;      /* so much of that names the folder it begins with */
    char *pattern;   /* beneath that; NULL: all names */
    struct str part; /* of the pattern, for the folder at hand */
    bool last_part;
    bool begun;
    bool single;           /* no folder is listed, but e */
    bool failed;           /* memory is out */
    bool cut;              /* a bound was met */
    struct ftp_entry e;    /* the one at hand */
    struct listing *names; /* in the folder at hand; NULL: there is none at hand */
    bool read;             /* all of them */
    bool plain;            /* no rules hold beneath the folder but its own */
    unsigned rights;       /* there */
    struct buf before;     /* what stands before each name */
    uint64_t steps;        /* of matching that are left */
    unsigned folders;
    unsigned depth;   /* of the folder at hand */
    size_t begin_len; /* of the path of the one that it began with; 0 = the root */
    struct level level[DEPTH_MAX];
    char path[PATH_BYTES_MAX]; /* of the folder at hand; "" = the root */
};

void ftp_listing_free(struct ftp_listing *l)
{
    if (l == NULL)
        return;
    listing_close(l->names);
    for (unsigned i = 0; i < DEPTH_MAX; i++)
        buf_free(&l->level[i].waiting);
    buf_free(&l->before);
    free(l->given);
    free(l->pattern);
    free(l);
}

/* Where a listing's lines go. */
static struct conn *list_conn(const struct ftp *s)
{
    return s->transfer == FTP_STAT ? s->control : s->data;
}

static void list_out(struct ftp *s, struct buf *lines)
{
    if (s->transfer == FTP_STAT)
        conn_write_buf(s->control, lines);
    else
        ftp_out(s, lines);
}

/* --- the lines --- */

static void add_entry(struct ftp *s, struct ftp_listing *l, struct buf *out)
{
    if (l->lines == LINES_FACTS) {
        ftp_fact_line(out, s->facts, &l->e);
        return;
    }
    if (l->lines == LINES_LONG)
        ftp_list_line(out, &l->e.st, clock_sec(&s->control->loop->clock));
    buf_add(out, buf_data(&l->before), l->before.len);
    escape_line(out, str_of(l->e.name));
    buf_adds(out, l->ls.mark && S_ISDIR(l->e.st.st_mode) ? "/\r\n" : "\r\n");
}

static const char *folder_path(const struct ftp_listing *l)
{
    return l->path[0] != '\0' ? l->path : "/";
}

/* The folder itself, and the one that it lies in. */
static void add_dot(struct ftp *s, struct ftp_listing *l, struct buf *out, const char *name,
                    const char *type)
{
    char path[PATH_BYTES_MAX];
    l->e = (struct ftp_entry){.name = name, .type = type};
    if (!path_resolve(folder_path(l), str_of(name), path) ||
        attr_look(ftp_store(s), path, &l->e.st, &l->e.born) != 0)
        return;
    ftp_entry_rights(s, path, &l->e);
    if (l->e.rights != 0)
        add_entry(s, l, out);
}

static void add_dots(struct ftp *s, struct ftp_listing *l, struct buf *out)
{
    const bool facts = l->lines == LINES_FACTS;
    if (l->pattern != NULL || (!l->ls.all && !facts))
        return;
    add_dot(s, l, out, ".", "cdir");
    if (!facts || l->path[0] != '\0') /* nothing is above the root */
        add_dot(s, l, out, "..", "pdir");
}

/* "sub/folder:", as ls -R has it. In a reply nothing may look like its end: so a blank is put
 * before it there. */
static void add_heading(const struct ftp *s, const struct ftp_listing *l, struct buf *out)
{
    const bool root = l->top == 1 && l->given[0] == '/';
    const char *rest = l->path + l->begin_len;
    if (l->depth > 0)
        buf_adds(out, "\r\n");
    if (s->transfer == FTP_STAT)
        buf_addc(out, ' ');
    if (l->top == 0)
        buf_addc(out, '.');
    else if (!root || rest[0] == '\0')
        escape_line(out, (struct str){l->given, l->top});
    escape_line(out, str_of(rest));
    buf_adds(out, ":\r\n");
}

/* Names are to be ones that RETR takes, where they are not of the folder that was asked for. */
static void set_before(struct ftp_listing *l)
{
    const char *rest = l->path + l->begin_len;
    buf_clear(&l->before);
    if (l->lines == LINES_FACTS || (l->lines == LINES_LONG && l->pattern == NULL))
        return;
    escape_line(&l->before, (struct str){l->given, l->top});
    if (l->top > 0 && l->given[l->top - 1] != '/')
        buf_addc(&l->before, '/');
    if (rest[0] != '\0') {
        escape_line(&l->before, str_of(rest + 1));
        buf_addc(&l->before, '/');
    }
}

/* --- the walk --- */

static struct listing_order order_of(const struct ftp_ls *ls)
{
    const bool other = ls->by_time || ls->by_size; /* these begin with the greatest */
    return (struct listing_order){.key = ls->by_time   ? LISTING_TIME
                                         : ls->by_size ? LISTING_SIZE
                                                       : LISTING_BYTES,
                                  .descending = ls->descending != other,
                                  .mixed = true};
}

/* Which part of the pattern is for the names at this depth. */
static void choose_part(struct ftp_listing *l)
{
    struct str rest = str_of(l->pattern != NULL ? l->pattern : "");
    for (unsigned i = 0; i <= l->depth; i++)
        (void)str_split(&rest, '/', &l->part);
    l->last_part = rest.p == NULL;
}

static void note_rights(const struct ftp *s, struct ftp_listing *l)
{
    l->plain = !access_differs_below(ftp_serve(s)->conf, folder_path(l));
    l->rights = ftp_rights(s, folder_path(l));
}

/* Opens the folder at l->path: 0 or an errno. */
static int open_folder(struct ftp *s, struct ftp_listing *l)
{
    note_rights(s, l);
    if (!(l->rights & MAY_READ))
        return EACCES;
    const int err = listing_open(ftp_store(s), folder_path(l), order_of(&l->ls), &l->names);
    if (err != 0)
        return err;
    if (l->lines == LINES_FACTS && (s->facts & FACT_CREATE))
        listing_births(l->names);
    l->read = false;
    l->level[l->depth].path_len = strlen(l->path);
    choose_part(l);
    set_before(l);
    return 0;
}

/* Puts the folder of that name behind those that wait. */
static void go_into_later(struct ftp_listing *l, const char *name)
{
    if (l->depth + 1 == DEPTH_MAX || l->folders == FOLDERS_MAX) {
        l->cut = true;
        return;
    }
    struct buf *waiting = &l->level[l->depth].waiting;
    buf_add(waiting, name, strlen(name) + 1);
    l->failed = l->failed || waiting->failed;
    l->folders++;
}

/* What stands before a folder's lines. */
static void begin_folder(struct ftp *s, struct ftp_listing *l, struct buf *out)
{
    if (l->ls.recursive && l->lines == LINES_LONG)
        add_heading(s, l, out);
    add_dots(s, l, out);
}

/* Opens the next folder that waits, unless it cannot be read; false when none does. */
static bool next_folder(struct ftp *s, struct ftp_listing *l, struct buf *out)
{
    struct level *at = &l->level[l->depth];
    if (at->waiting.len == 0) {
        buf_free(&at->waiting);
        if (l->depth == 0)
            return false;
        l->depth--;
        return true;
    }
    const char *name = buf_data(&at->waiting);
    const size_t n = strlen(name) + 1;
    const bool fits = at->path_len + 1 + n <= sizeof l->path;
    if (fits) {
        l->path[at->path_len] = '/';
        memcpy(l->path + at->path_len + 1, name, n);
        l->depth++;
    }
    buf_consume(&at->waiting, n);
    if (fits && open_folder(s, l) != 0)
        l->depth--;
    else if (fits)
        begin_folder(s, l, out);
    return true;
}

/* Where other rules may hold beneath the folder: those of the name's own path. */
static void ask_rights(const struct ftp *s, struct ftp_listing *l)
{
    char path[PATH_BYTES_MAX];
    l->e.rights = 0;
    if (path_resolve(folder_path(l), str_of(l->e.name), path))
        ftp_entry_rights(s, path, &l->e);
}

static void name_rights(const struct ftp *s, struct ftp_listing *l)
{
    l->e.top = l->e.stays = false;
    l->e.rights = l->rights;
    if (!l->plain)
        ask_rights(s, l);
}

/* One name of the folder at hand, and what to do about it; the work that it was. */
static int64_t take_name(struct ftp *s, struct ftp_listing *l, struct listing_entry *le,
                         struct buf *out)
{
    const uint64_t steps = l->steps;
    if (l->pattern != NULL) {
        const bool match = glob_match_within(l->part, str_of(le->name), &l->steps);
        const int64_t work = 1 + (int64_t)((steps - l->steps) / STEPS_PER_WORK);
        l->cut = l->cut || l->steps == 0;
        if (!match)
            return work;
        if (!l->last_part) {
            if (le->folder)
                go_into_later(l, le->name);
            return work;
        }
    }
    l->e.name = le->name;
    l->e.type = NULL;
    name_rights(s, l);
    if (l->e.rights == 0)
        return 1;
    if (l->lines == LINES_NAMES) {
        l->e.st.st_mode = le->folder ? S_IFDIR : S_IFREG;
    } else if (listing_look(l->names, le)) {
        l->e.st = le->st;
        l->e.born = le->born;
    } else {
        return 1;
    }
    add_entry(s, l, out);
    if (l->ls.recursive && le->folder && !le->link)
        go_into_later(l, le->name);
    return LINE_WORK;
}

/* Does some more; false when all is done. */
static bool go_on(struct ftp *s, struct ftp_listing *l, struct buf *out, int64_t *work)
{
    struct listing_entry e;
    if (l->names == NULL) {
        *work -= FOLDER_WORK;
        return next_folder(s, l, out);
    }
    if (!l->read) {
        const int more = listing_read(l->names, NAMES_AT_ONCE);
        *work -= NAMES_AT_ONCE;
        l->failed = l->failed || more < 0;
        l->read = more == 0;
        return true;
    }
    if (l->steps > 0 && listing_next_name(l->names, &e)) {
        *work -= take_name(s, l, &e, out);
        return true;
    }
    listing_close(l->names);
    l->names = NULL;
    return l->steps > 0;
}

/* --- its steps --- */

const char *ftp_listing_done(const struct ftp *s)
{
    if (s->listing->cut)
        return "That is not all: too many folders, too deep, or a pattern that takes too long.";
    return s->transfer == FTP_STAT ? "End of status." : "Transfer complete.";
}

static void end_listing(struct ftp *s)
{
    if (s->transfer == FTP_STAT)
        ftp_transfer_end(s, 213, ftp_listing_done(s), "");
    else
        ftp_finish_sending(s);
}

void ftp_listing_step(struct ftp *s)
{
    struct ftp_listing *l = s->listing;
    struct buf out = {0};
    int64_t work = WORK_PER_TURN;
    bool more = true;
    if (l->single)
        add_entry(s, l, &out);
    else if (!l->begun)
        begin_folder(s, l, &out);
    l->begun = true;
    note_rights(s, l); /* the rules may be others than in the turn before */
    while (!l->single && more && !l->failed && work > 0) {
        more = go_on(s, l, &out, &work);
        if (out.len >= CHUNK) {
            work -= (int64_t)out.len / BYTES_PER_WORK;
            list_out(s, &out);
        }
    }
    list_out(s, &out);
    buf_free(&out);
    if (l->failed)
        ftp_transfer_end(s, 451, "Out of memory.", "memory");
    else if (l->single || !more)
        end_listing(s);
    else
        conn_await(list_conn(s), FTP_LOW_MARK);
}

/* --- what is listed --- */

/* Where in path the pattern begins: behind the slash before the first part with a star or question
 * mark, but not within the working directory, whose names mean themselves. NULL: it has none. */
static const char *find_pattern(const struct ftp *s, struct str arg, const char *path)
{
    const char *cwd = ftp_cwd(s);
    const bool within = arg.n > 0 && arg.p[0] != '/' && path_below(cwd, path);
    const char *at = path + (within && cwd[1] != '\0' ? strlen(cwd) : 0);
    const char *magic = at[0] != '\0' ? strpbrk(at, "*?") : NULL;
    return magic != NULL ? (const char *)memrchr(path, '/', (size_t)(magic - path)) + 1 : NULL;
}

/* How much of the client's words names the folder that the listing begins with. */
static size_t top_of(struct str given, bool pattern)
{
    size_t n = given.n;
    if (pattern) {
        for (n = 0; n < given.n && given.p[n] != '*' && given.p[n] != '?';)
            n++;
        while (n > 0 && given.p[n - 1] != '/')
            n--;
    }
    while (n > 1 && given.p[n - 1] == '/')
        n--;
    return n;
}

/* Finds out what path is: a folder, a file, or a pattern. The errno, when it is nothing. */
static int open_listing(struct ftp *s, struct ftp_listing *l, struct str arg, const char *path)
{
    const bool may = ftp_rights(s, path) & MAY_READ;
    const char *pattern = l->lines != LINES_FACTS ? find_pattern(s, arg, path) : NULL;
    struct ftp_entry *e = &l->e;
    if (!may && pattern == NULL)
        return EACCES;
    const int err = may ? attr_look(ftp_store(s), path, &e->st, &e->born) : EACCES;
    if (err == EMFILE || err == ENFILE || err == ENOMEM)
        return err; /* which does not say that it is missing: mirrors would delete theirs */
    const bool there = err == 0;
    if (there && (S_ISREG(e->st.st_mode) || (S_ISDIR(e->st.st_mode) && l->ls.itself))) {
        l->single = true;
        e->name = l->given[0] != '\0' ? l->given : ".";
        return 0;
    }
    const bool folder = there && S_ISDIR(e->st.st_mode);
    if (!folder && pattern == NULL)
        return ENOENT;
    if (!folder) {
        l->ls.recursive = false; /* it is as deep as it is */
        l->pattern = strdup(pattern);
        if (l->pattern == NULL)
            return ENOMEM;
    }
    l->top = top_of(str_of(l->given), !folder);
    l->begin_len = folder ? strlen(path) : (size_t)(pattern - path) - 1;
    if (path[1] == '\0')
        l->begin_len = 0;
    memcpy(l->path, path, l->begin_len);
    return open_folder(s, l);
}

static struct ftp_listing *new_listing(enum ftp_transfer kind, struct str arg, struct str *name)
{
    struct ftp_listing *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->steps = STEPS_MAX;
    *name = kind == FTP_MLSD ? (arg.p != NULL ? arg : STR("")) : ftp_ls_parse(&l->ls, arg);
    l->lines = kind == FTP_MLSD                       ? LINES_FACTS
               : kind == FTP_NLST && !l->ls.long_form ? LINES_NAMES
                                                      : LINES_LONG;
    l->given = strndup(name->p, name->n);
    if (l->given != NULL)
        return l;
    free(l);
    return NULL;
}

static bool prepare_listing(struct ftp *s, enum ftp_transfer kind, struct str arg)
{
    char path[PATH_BYTES_MAX];
    struct str name = STR("");
    struct ftp_listing *l = new_listing(kind, arg, &name);
    if (l == NULL) {
        ftp_error(s, ENOMEM, name);
        return false;
    }
    if (!ftp_path(s, name, path)) {
        ftp_listing_free(l);
        return false;
    }
    const int err = open_listing(s, l, name, path);
    if (err != 0 || (kind == FTP_MLSD && l->single)) {
        ftp_listing_free(l);
        if (err == 0)
            ftp_reply(s, 501, "Not a folder.");
        else
            ftp_error(s, err, name);
        return false;
    }
    s->listing = l;
    s->transfer = kind;
    return true;
}

void ftp_list(struct ftp *s, struct str arg)
{
    if (prepare_listing(s, FTP_LIST, arg))
        ftp_connect(s);
}

void ftp_nlst(struct ftp *s, struct str arg)
{
    if (prepare_listing(s, FTP_NLST, arg))
        ftp_connect(s);
}

void ftp_mlsd(struct ftp *s, struct str arg)
{
    if (prepare_listing(s, FTP_MLSD, arg))
        ftp_connect(s);
}

void ftp_stat_path(struct ftp *s, struct str arg)
{
    struct buf out = {0};
    if (!prepare_listing(s, FTP_STAT, arg))
        return;
    s->running = true;
    buf_adds(&out, "213-Status of ");
    escape_line(&out, str_of(s->listing->given[0] != '\0' ? s->listing->given : ftp_cwd(s)));
    buf_adds(&out, ":\r\n");
    conn_write_buf(s->control, &out);
    buf_free(&out);
    conn_await(s->control, UINT64_MAX);
}
