/* irc_files.c: the files of the store, as people ask for them in the chat, of the name `files`:
 * find, ls, send. Each sees what is for him, as by http. A walk goes on in slices, and ends with
 * the session. */
#include "serve/irc.h"

#include "base/escape.h"
#include "base/path.h"
#include "model/listing.h"
#include "model/tree.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_MAX = 20,     /* files that one answer names */
    SLICE = 200,        /* names that are looked at in a turn, by all walks together */
    NAMES_MAX = 500000, /* and in all */
    DEPTH_MAX = 16,
    WALKS_MAX = 16, /* at once, of all people */
    WORDS_MAX = 200,
};

/* A walk: through a folder (ls), or all that lies in one (find). */
struct irc_walk {
    struct irc *s;
    struct timer timer;
    struct tree *tree;
    struct listing *listing;
    size_t seen, found;
    char words[WORDS_MAX + 1];
    char path[PATH_BYTES_MAX];
};

__attribute__((format(printf, 2, 3))) static void say(struct irc *s, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    if (!b.failed)
        irc_service_say(s, "files", (struct str){buf_data(&b), b.len});
    buf_free(&b);
}

static unsigned rights(const struct irc *s, const char *path)
{
    const struct person who = {
        .account = s->user.account, .guests = serve_web_access(irc_serve(s)), .user = &s->user};
    return serve_rights(s->conn, &who, path);
}

/* "docs/plan.pdf (1.2 MB) http://..." */
static void add_file(const struct irc *s, const char *path, bool folder, uint64_t size,
                     struct buf *out)
{
    char text[24];
    struct addr local;
    struct buf link = {0};
    text_size(text, sizeof text, size);
    escape_line(out, str_of(path + 1));
    if (folder)
        buf_addc(out, '/');
    else
        buf_addf(out, " (%s)", text);
    serve_file_url(irc_serve(s), path, addr_local(&local, s->conn->watch.fd) ? &local : NULL,
                   &link);
    if (link.len > 0)
        buf_addf(out, " %s%s", buf_str(&link), folder ? "/" : "");
    buf_free(&link);
}

static void show(struct irc *s, const char *path, bool folder, uint64_t size)
{
    struct buf line = {0};
    add_file(s, path, folder, size, &line);
    say(s, "%s", buf_str(&line));
    buf_free(&line);
}

/* --- walking --- */

void irc_files_end(struct irc *s)
{
    struct irc_walk *w = s->walk;
    if (w == NULL)
        return;
    s->walk = NULL;
    irc_serve(s)->walks--;
    timer_clear(&s->conn->loop->timers, &w->timer);
    listing_close(w->listing);
    tree_close(w->tree);
    free(w);
}

/* Are all the words in the path? */
static bool fits(const struct irc_walk *w, const char *path)
{
    struct str rest = str_of(w->words), word;
    while (str_split(&rest, ' ', &word)) {
        char text[WORDS_MAX + 1];
        (void)str_copy(text, sizeof text, word);
        if (strcasestr(path, text) == NULL)
            return false;
    }
    return true;
}

/* One name. False when the walk has ended. */
static bool find_next(struct irc_walk *w, bool *more)
{
    const enum tree_what what = tree_next(w->tree);
    const char *path = tree_path(w->tree);
    *more = what != TREE_MORE;
    if (what == TREE_END || w->seen == NAMES_MAX)
        return false;
    if (what != TREE_ENTER && what != TREE_FILE)
        return true;
    w->seen++;
    const bool may = rights(w->s, path) & MAY_READ;
    if (what == TREE_ENTER && !may)
        tree_skip(w->tree);
    if (!may || path[1] == '\0' || strcmp(path, w->path) == 0 || !fits(w, path))
        return true;
    if (++w->found > SHOWN_MAX)
        return false;
    show(w->s, path, what == TREE_ENTER, tree_size(w->tree));
    return true;
}

static void find_step(struct irc_walk *w)
{
    const unsigned share = SLICE / irc_serve(w->s)->walks;
    bool more = true;
    for (unsigned i = 0; i < share && more; i++) {
        if (find_next(w, &more))
            continue;
        if (w->found > SHOWN_MAX)
            say(w->s, "and more: say it more exactly");
        else
            say(w->s, "%zu found%s", w->found,
                w->seen == NAMES_MAX ? " among the first; begin further in: find WORDS in /folder"
                                     : "");
        irc_files_end(w->s);
        return;
    }
}

static void list_entries(struct irc_walk *w)
{
    struct listing_entry e;
    char path[PATH_BYTES_MAX];
    while (w->found <= SHOWN_MAX && listing_next(w->listing, &e)) {
        if (!path_resolve(w->path, str_of(e.name), path) || rights(w->s, path) == 0)
            continue;
        if (++w->found <= SHOWN_MAX)
            show(w->s, path, e.folder, (uint64_t)e.st.st_size);
    }
}

static void list_step(struct irc_walk *w)
{
    const int more = listing_read(w->listing, SLICE);
    if (more > 0)
        return;
    if (more == 0)
        list_entries(w);
    if (w->found > SHOWN_MAX)
        say(w->s, "and more");
    else
        say(w->s, w->found > 0 ? "that is all" : "there is nothing in it");
    irc_files_end(w->s);
}

static void step(struct timer *t)
{
    struct irc_walk *w = container_of(t, struct irc_walk, timer);
    struct irc *s = w->s;
    if (w->tree != NULL)
        find_step(w);
    else
        list_step(w);
    if (s->walk == w &&
        timer_set(&s->conn->loop->timers, &w->timer, s->conn->loop->clock.mono + 1) < 0)
        irc_files_end(s);
}

/* One at a time for each; a new one ends the one before. */
static struct irc_walk *begin(struct irc *s, const char *path)
{
    struct serve *serve = irc_serve(s);
    irc_files_end(s);
    struct irc_walk *w = serve->walks < WALKS_MAX ? calloc(1, sizeof *w) : NULL;
    if (w == NULL) {
        say(s, "Too many are looking for something; try it again in a while.");
        return NULL;
    }
    w->s = s;
    w->timer.fn = step;
    text_copy(w->path, sizeof w->path, path);
    s->walk = w;
    serve->walks++;
    return w;
}

static void go(struct irc_walk *w)
{
    step(&w->timer);
}

/* --- the verbs --- */

static bool take_path(struct irc *s, struct str arg, char path[PATH_BYTES_MAX])
{
    if (path_resolve("/", arg, path) && !path_hidden(path) && (rights(s, path) & MAY_READ))
        return true;
    say(s, "There is no such file or folder for you.");
    return false;
}

/* WORDS [in /FOLDER] */
static void do_find(struct irc *s, struct str arg)
{
    char path[PATH_BYTES_MAX] = "/";
    const char *in = memmem(arg.p, arg.n, " in /", 5);
    struct str words = arg;
    if (in != NULL)
        words.n = (size_t)(in - arg.p);
    if (words.n == 0 || words.n > WORDS_MAX) {
        say(s, "find WORDS: the files that have all of them in their names");
        return;
    }
    if (!take_path(s, in != NULL ? (struct str){in + 4, arg.n - words.n - 4} : STR("/"), path))
        return;
    struct irc_walk *w = begin(s, path);
    if (w == NULL)
        return;
    (void)str_copy(w->words, sizeof w->words, words);
    w->tree = tree_open(irc_serve(s)->files, path, DEPTH_MAX);
    if (w->tree != NULL)
        go(w);
    else
        irc_files_end(s);
}

static void do_ls(struct irc *s, struct str arg)
{
    const struct listing_order order = {.key = LISTING_NAME};
    char path[PATH_BYTES_MAX];
    struct stat st;
    if (!take_path(s, arg, path))
        return;
    serve_room_folder(irc_serve(s), path);
    if (store_stat(irc_serve(s)->files, path, &st) == 0 && S_ISREG(st.st_mode)) {
        show(s, path, false, (uint64_t)st.st_size);
        return;
    }
    struct irc_walk *w = begin(s, path);
    if (w == NULL)
        return;
    if (listing_open(irc_serve(s)->files, path, order, &w->listing) == 0) {
        go(w);
        return;
    }
    irc_files_end(s);
    say(s, "There is no such file or folder for you.");
}

static void say_link(struct irc *s, struct str room, struct str text)
{
    const struct chat_saying what = {.kind = CHAT_SAY, .text = text};
    struct user *who;
    const enum chat_result result = chat_say(irc_chat(s), &s->user, &what, room, &who);
    if (result != CHAT_OK)
        irc_result(s, result, room);
    else if (!s->user.echo)
        say(s, "Said in %.*s.", (int)room.n, room.p);
}

/* PATH [#room]: PATH may have blanks. */
static void do_send(struct irc *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    struct stat st;
    struct str room = STR(""), rest = arg;
    struct buf line = {0};
    if (str_split_last(&rest, ' ', &room) && room.n > 1 && room.p[0] == '#')
        arg = str_trim(rest);
    else
        room = STR("");
    if (arg.n == 0) {
        say(s, "send PATH [#room]: the link of a file, for you or for a room");
        return;
    }
    if (!take_path(s, arg, path))
        return;
    if (store_stat(irc_serve(s)->files, path, &st) != 0 || path[1] == '\0') {
        say(s, "There is no such file or folder for you.");
        return;
    }
    add_file(s, path, S_ISDIR(st.st_mode), (uint64_t)st.st_size, &line);
    if (room.n > 0)
        say_link(s, room, str_of(buf_str(&line)));
    else
        say(s, "%s", buf_str(&line));
    buf_free(&line);
}

static void do_help(struct irc *s, struct str arg)
{
    (void)arg;
    say(s, "ls [PATH]: what is in a folder");
    say(s, "find WORDS [in /FOLDER]: the files that have all of them in their names");
    say(s, "send PATH [#room]: the link of a file, for you or for a room");
}

static const struct verb {
    const char *name;
    void (*run)(struct irc *s, struct str arg);
} verbs[] = {{"ls", do_ls}, {"find", do_find}, {"send", do_send}, {"help", do_help}};

void irc_files(struct irc *s, struct str line)
{
    struct str rest = str_trim(line), verb = STR("");
    (void)str_split(&rest, ' ', &verb);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (str_ieq(verb, verbs[i].name)) {
            verbs[i].run(s, rest.p != NULL ? str_trim(rest) : STR(""));
            return;
        }
    say(s, "I know: ls, find, send, help");
}
