/* serve_news.c: a file that has arrived is told in a room, in one line: who, what, how large, its
 * SHA-256, the link. A worker makes the digests, of one file at a time: somebody may want others.
 */
#include "serve/serve.h"

#include "base/escape.h"
#include "base/path.h"
#include "model/room_access.h"
#include "parse/irc_msg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NEWS_MAX = 256, /* that wait; what is more is told without a digest */
    SHA256_BYTES = 32,
    DIGITS = 12, /* of the digest, in the line */
};

struct news {
    struct list link;
    struct serve *serve;
    uint64_t ticket; /* of the job; 0: it waits */
    int fd;
    dev_t dev; /* what has arrived: another one may take its place */
    ino_t ino;
    struct timespec mtime;
    uint64_t size, sid;
    const char *proto;
    char *who, *path, *link_text;
    char peer[PEER_TEXT_MAX];
    unsigned char answer[DIGEST_MAX];
};

/* --- in words --- */

/* May everybody who can be in the lobby see the file? Its name is nobody else's business. */
static bool lobby_may_read(const struct serve *s, const char *path)
{
    const struct account anyone = {.role = ROLE_READ};
    const struct person who = {.account = s->conf->irc->guests ? NULL : &anyone,
                               .guests = ACCESS_READ};
    return access_rights(s->conf, &who, path) & MAY_READ;
}

/* Where it is told; NULL: nowhere. *name is what the file is called there. */
static struct room *place_of(const struct serve *s, const char *path, const char **name)
{
    struct room *r = room_of_path(s->chat, path);
    *name = path + 1;
    if (r == NULL)
        return lobby_may_read(s, path) ? s->chat->lobby : NULL;
    *name = strchr(path + sizeof ACCESS_ROOMS, '/');
    *name = *name != NULL ? *name + 1 : path_name(path);
    return r;
}

/* One line, for IRC too, in which the link stays whole: where both do not fit, the name is cut;
 * where the link alone does not, there is none. */
static void add_line(const struct serve *s, const struct room *r, const struct event *ev,
                     const char *file, struct buf *text)
{
    char size[24];
    struct buf name = {0}, facts = {0};
    const char *link = ev->link != NULL ? ev->link : "";
    text_size(size, sizeof size, ev->size);
    buf_adds(&facts, size);
    if (ev->sha256 != NULL)
        buf_addf(&facts, ", sha256 %.*s…", DIGITS, ev->sha256);
    const size_t most =
        IRC_LINE_MAX - strlen(s->chat->server) - strlen(r->name) - (sizeof ": NOTICE  :" - 1);
    const size_t fixed = strlen(ev->who) + facts.len + sizeof " uploaded … () ";
    if (fixed + strlen(link) >= most)
        link = "";
    const size_t left = most - fixed - strlen(link);
    escape_text(&name, str_of(file));
    buf_addf(text, "%s uploaded ", ev->who);
    buf_add(text, buf_data(&name), utf8_cut(buf_data(&name), name.len, left));
    buf_addf(text, "%s (%s)%s%s", name.len > left ? "…" : "", buf_str(&facts),
             link[0] != '\0' ? " " : "", link);
    text->failed = text->failed || name.failed || facts.failed;
    buf_free(&name);
    buf_free(&facts);
}

static void say(struct serve *s, const struct event *ev)
{
    const char *name;
    struct room *r = place_of(s, ev->path, &name); /* as it is now */
    struct buf text = {0}, tags = {0};
    if (r == NULL)
        return;
    add_line(s, r, ev, name, &text);
    if (ev->sha256 != NULL)
        buf_addf(&tags, "+agentd/sha256=%s", ev->sha256);
    if (!text.failed && !tags.failed)
        chat_announce(s->chat, r, (struct str){buf_data(&text), text.len},
                      (struct str){buf_data(&tags), tags.len});
    buf_free(&text);
    buf_free(&tags);
}

/* --- waiting for the digest --- */

static void free_news(struct news *n)
{
    if (n->fd >= 0)
        close(n->fd);
    free(n->who);
    free(n->path);
    free(n->link_text);
    free(n);
}

static void tell(struct news *n, const char *sha256)
{
    struct event ev = {.kind = EVENT_DIGEST,
                       .proto = n->proto,
                       .sid = n->sid,
                       .peer = n->peer,
                       .who = n->who,
                       .path = n->path,
                       .size = n->size,
                       .sha256 = sha256};
    if (sha256 != NULL)
        event_emit(n->serve->bus, &ev);
    ev.link = n->link_text;
    say(n->serve, &ev);
}

static void next(struct serve *s);

/* The first of the list is done. */
static void done(void *arg, int err)
{
    struct news *n = arg;
    struct serve *s = n->serve;
    char text[2 * SHA256_BYTES + 1];
    text_to_hex(text, n->answer, SHA256_BYTES);
    list_unlink(&n->link);
    s->news_count--;
    tell(n, err == 0 ? text : NULL);
    free_news(n);
    next(s);
}

/* Is what lies there what has arrived? */
static bool open_it(struct news *n)
{
    struct stat st;
    return store_open_fd(n->serve->files, n->path, &n->fd) == 0 && fstat(n->fd, &st) == 0 &&
           st.st_dev == n->dev && st.st_ino == n->ino && (uint64_t)st.st_size == n->size &&
           memcmp(&st.st_mtim, &n->mtime, sizeof n->mtime) == 0;
}

static bool submit(struct news *n)
{
    struct job_runner *jobs = n->serve->files->jobs;
    const struct job job = {.kind = JOB_DIGEST,
                            .fd = n->fd,
                            .fd2 = -1,
                            .len = n->size,
                            .digest = DIGEST_SHA256,
                            .answer = n->answer,
                            .done = done,
                            .arg = n};
    n->ticket = jobs != NULL ? jobs->submit(jobs, &job) : 0;
    return n->ticket != 0;
}

/* Begins with the first, unless that is under way. */
static void next(struct serve *s)
{
    while (!list_empty(&s->news)) {
        struct news *n = list_entry(s->news.next, struct news, link);
        if (n->ticket != 0 || (open_it(n) && submit(n)))
            return;
        list_unlink(&n->link);
        s->news_count--;
        tell(n, NULL);
        free_news(n);
    }
}

static struct news *keep(struct serve *s, const struct event *ev)
{
    struct stat st;
    struct news *n = store_stat(s->files, ev->path, &st) == 0 ? calloc(1, sizeof *n) : NULL;
    if (n == NULL)
        return NULL;
    n->serve = s;
    n->fd = -1;
    n->dev = st.st_dev;
    n->ino = st.st_ino;
    n->mtime = st.st_mtim;
    n->size = ev->size;
    n->sid = ev->sid;
    n->proto = ev->proto;
    text_copy(n->peer, sizeof n->peer, ev->peer);
    n->who = strdup(ev->who);
    n->path = strdup(ev->path);
    n->link_text = strdup(ev->link != NULL ? ev->link : "");
    if (n->who != NULL && n->path != NULL && n->link_text != NULL)
        return n;
    free_news(n);
    return NULL;
}

/* Nobody reads a whole file for a lobby that nobody is in. */
static bool is_worth_it(const struct serve *s, const struct room *r)
{
    return (r != s->chat->lobby || r->count > 0) && !s->draining && s->news_count < NEWS_MAX;
}

void serve_tell_news(struct serve *s, const struct event *ev)
{
    const char *name;
    const struct room *r = place_of(s, ev->path, &name);
    if (r == NULL)
        return;
    struct news *n = is_worth_it(s, r) ? keep(s, ev) : NULL;
    if (n == NULL) {
        say(s, ev);
        return;
    }
    list_push(&s->news, &n->link);
    s->news_count++;
    next(s);
}

void serve_flush_news(struct serve *s)
{
    struct job_runner *jobs = s->files->jobs;
    for (struct list *k; (k = list_shift(&s->news)) != NULL;) {
        struct news *n = list_entry(k, struct news, link);
        if (n->ticket != 0 && jobs != NULL)
            jobs->cancel(jobs, n->ticket);
        tell(n, NULL);
        free_news(n);
    }
    s->news_count = 0;
}
