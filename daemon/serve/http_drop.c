/* http_drop.c: /-/drop/SECRET: a file for a room's folder, from somebody in the chat, who is known
 * by the secret of his session (draft/FILEHOST). It gets a name that is free. */
#include "base/date.h"
#include "base/escape.h"
#include "base/path.h"
#include "model/mime.h"
#include "model/room_access.h"
#include "parse/disposition.h"
#include "serve/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 1000 }; /* of names */

struct dropping {
    struct http_work work;
    struct list link; /* in serve->dropping: what is under way has its name */
    struct upload *upload;
    struct account *account; /* whose quota it is; a reference. NULL: a guest's */
    struct buf url;          /* of our pages, as the client sees us */
    char who[NAME_BYTES_MAX + 1];
    char secret[DROP_SECRET_MAX];
    char path[PATH_BYTES_MAX];
};

static struct dropping *dropping_of(const struct http *h)
{
    return (void *)h->work;
}

/* --- whose it is --- */

/* What the session may do there, now. */
static unsigned rights(const struct http *h, const struct drop *d, const char *path)
{
    const struct person who = {.account = d->user->account,
                               .guests = (enum conf_access)http_conf(h)->files_access,
                               .user = d->user};
    return serve_rights(h->conn, &who, path);
}

static struct drop *find(const struct http_call *call)
{
    return serve_drop_find(http_serve(call->h), str_of(call->path + 1));
}

/* The room that is asked for; else the one that he spoke in last; else the lobby. NULL, and
 * answered, when it is none that can be. */
static struct room *find_room(struct http_call *call, const struct drop *d)
{
    struct chat *chat = http_serve(call->h)->chat;
    char text[ROOM_BYTES_MAX + 1];
    const bool asked = http_query(call, "room", text, sizeof text);
    struct room *r = asked                ? chat_room(chat, str_of(text))
                     : d->room[0] != '\0' ? chat_room(chat, str_of(d->room))
                                          : chat->lobby;
    if (asked && text[0] != '#')
        http_send_words(call, 403, "files are sent to a room, such as ?room=%23lab", 0);
    else if (r == NULL || !room_is_seen(chat, r, d->user->account, d->user))
        http_send_words(call, 404, "there is no such room", 0);
    else
        return r;
    return NULL;
}

/* --- the name --- */

/* By its type, and the time: image-20260102-030405.png. */
static void name_by_time(const struct http_call *call, char out[FILE_NAME_MAX + 1])
{
    char type[80], stamp[DATE_TEXT_MAX], digits[DATE_TEXT_MAX];
    size_t n = 0;
    (void)str_copy(type, sizeof type, http_field(call, HTTP_CONTENT_TYPE));
    type[strcspn(type, "; ")] = '\0';
    date_iso(stamp, clock_sec(&http_serve(call->h)->loop->clock));
    for (const char *p = stamp; *p != '\0'; p++)
        if ((*p >= '0' && *p <= '9') || *p == 'T')
            digits[n++] = *p == 'T' ? '-' : *p;
    digits[n] = '\0';
    snprintf(out, FILE_NAME_MAX + 1, "%s-%s.%s",
             mime_kind(type) == MIME_PICTURE ? "image"
             : mime_kind(type) == MIME_TEXT  ? "text"
                                             : "file",
             digits, mime_ending(type));
}

static void take_name(const struct http_call *call, char out[FILE_NAME_MAX + 1])
{
    if (!disposition_name(http_field(call, HTTP_CONTENT_DISPOSITION), out) || out[0] == '.')
        name_by_time(call, out);
}

static bool is_free(const struct http *h, const char *path)
{
    struct stat st;
    if (store_stat(http_serve(h)->files, path, &st) != ENOENT)
        return false;
    list_each(n, &http_serve(h)->dropping) if (strcmp(list_entry(n, struct dropping, link)->path,
                                                      path) == 0) return false;
    return true;
}

/* folder/name, or folder/name-2 and so on; before the ending. */
static bool free_path(const struct http *h, const char *folder, const char *name,
                      char out[PATH_BYTES_MAX])
{
    const char *dot = strrchr(name, '.');
    const int stem = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
    const char *ending = name + stem;
    for (int i = 1; i <= TRIES; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        const size_t most = FILE_NAME_MAX - strlen(number) - strlen(ending);
        const int cut = strlen(ending) + strlen(number) < FILE_NAME_MAX
                            ? (int)utf8_cut(name, (size_t)stem, most)
                            : stem;
        snprintf(out, PATH_BYTES_MAX, "%s/%.*s%s%s", folder, cut, name, number, ending);
        if (is_free(h, out))
            return true;
    }
    return false;
}

/* --- the end --- */

static struct transfer transfer_of(const struct http *h)
{
    const struct dropping *d = dropping_of(h);
    return (struct transfer){.conn = h->conn,
                             .who = d->who,
                             .account = d->account,
                             .path = d->path,
                             .size = upload_size(d->upload),
                             .ms = h->conn->loop->clock.mono - h->body_since};
}

static const char *words_for(int err)
{
    switch (http_upload_status(err)) {
    case 403: return "you may not put files there";
    case 409:
    case 412: return "somebody was faster with that name; send it again";
    case 507: return "there is no room left for it";
    default: return "it could not be stored";
    }
}

static void refuse(struct http *h, int err)
{
    struct http_call call = {.h = h};
    const int status = http_upload_status(err);
    http_send_words(&call, status == 412 ? 409 : status, words_for(err), 0);
}

static void answer(struct http *h)
{
    struct http_call call = {.h = h};
    const struct dropping *d = dropping_of(h);
    struct http_head hd;
    struct buf to = {0};
    buf_add(&to, buf_data(&d->url), d->url.len);
    buf_adds(&to, "/files");
    escape_url(&to, str_of(d->path));
    http_head_begin(h, &hd, 201);
    http_head_add(&hd, "Location", str_of(buf_str(&to)));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_send_whole(&call, &hd, 201, STR(""));
    buf_free(&to);
}

static void upload_done(void *arg, int err)
{
    struct http *h = arg;
    struct dropping *d = dropping_of(h);
    const struct transfer t = transfer_of(h);
    d->upload = NULL;
    if (err == 0) {
        answer(h);
        serve_uploaded(http_serve(h), &t);
    } else {
        serve_upload_aborted(http_serve(h), &t, strerror(err));
        refuse(h, err);
    }
    http_answered(h);
}

static void give_up(struct http *h, const char *why)
{
    struct dropping *d = dropping_of(h);
    const struct transfer t = transfer_of(h);
    struct upload *up = d->upload;
    d->upload = NULL;
    serve_upload_drop(http_serve(h), &t, up, why);
}

static bool drop_data(struct http *h, struct str piece)
{
    struct dropping *d = dropping_of(h);
    const int err = upload_write(d->upload, piece.p, piece.n);
    if (err == 0)
        return true;
    give_up(h, strerror(err));
    h->keep = false;
    refuse(h, err);
    return false;
}

/* The session may have left meanwhile, or the room have changed. */
static void drop_end(struct http *h)
{
    struct dropping *d = dropping_of(h);
    const struct drop *from = serve_drop_find(http_serve(h), str_of(d->secret));
    if (from != NULL && (rights(h, from, d->path) & MAY_WRITE)) {
        upload_finish(d->upload);
        return;
    }
    give_up(h, "forbidden");
    refuse(h, EACCES);
    http_answered(h);
}

static void drop_drop(struct http *h, const char *why)
{
    struct dropping *d = dropping_of(h);
    if (d->upload != NULL)
        give_up(h, why);
    list_unlink(&d->link);
    account_unref(d->account);
    buf_free(&d->url);
    explicit_bzero(d->secret, sizeof d->secret);
    free(d);
}

static const char *drop_about(const struct http *h)
{
    return dropping_of(h)->path;
}

static void drop_progress(const struct http *h, struct progress *out)
{
    const struct dropping *d = dropping_of(h);
    *out = (struct progress){.path = d->path,
                             .incoming = true,
                             .done = h->body_taken,
                             .total = h->req.has_length ? h->req.length : PROGRESS_UNKNOWN,
                             .moved = h->body_taken,
                             .ms = h->conn->loop->clock.mono - h->body_since};
}

static const struct http_work_ops ops = {.data = drop_data,
                                         .end = drop_end,
                                         .drop = drop_drop,
                                         .about = drop_about,
                                         .progress = drop_progress};

/* --- the beginning --- */

static void begin(struct http_call *call, struct drop *from, const char *path)
{
    struct http *h = call->h;
    struct dropping *d = calloc(1, sizeof *d);
    if (d == NULL) {
        http_error(call, 503, NULL);
        return;
    }
    const struct upload_wish wish = {.path = path,
                                     .mode = UPLOAD_NEW,
                                     .done = upload_done,
                                     .arg = h,
                                     .expected = h->req.has_length ? h->req.length : 0};
    const int err = serve_upload_begin(http_serve(h), from->user->account, rights(h, from, path),
                                       &wish, &d->upload);
    if (err != 0) {
        free(d);
        refuse(h, err);
        return;
    }
    d->work.ops = &ops;
    list_push(&http_serve(h)->dropping, &d->link);
    d->account = from->user->account != NULL ? account_ref(from->user->account) : NULL;
    text_copy(d->who, sizeof d->who, from->user->name);
    text_copy(d->secret, sizeof d->secret, from->secret);
    text_copy(d->path, sizeof d->path, path);
    http_add_url(&d->url, call);
    http_set_account(h, d->account);
    serve_limit(http_serve(h), h->conn, d->account, &h->conn->peer);
    http_take_body(call, &d->work);
}

void http_post_drop(struct http_call *call)
{
    struct http *h = call->h;
    struct drop *from = find(call);
    char folder[PATH_BYTES_MAX], name[FILE_NAME_MAX + 1], path[PATH_BYTES_MAX];
    if (from == NULL) {
        http_send_words(call, 404, "that link is not valid any more: join the chat again", 0);
        return;
    }
    struct room *r = find_room(call, from);
    if (r == NULL)
        return;
    if (!room_folder(r, folder)) {
        http_send_words(call, 403, "that room has no folder: it is not registered", 0);
        return;
    }
    take_name(call, name);
    if (!(rights(h, from, folder) & MAY_WRITE))
        http_send_words(call, 403, "you may not put files there", 0);
    else if (!free_path(h, folder, name, path))
        http_send_words(call, 409, "there are too many files of that name", 0);
    else
        begin(call, from, path);
}
