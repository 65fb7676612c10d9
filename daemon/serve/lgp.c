/* lgp.c: the four-letter file protocol (WIRE.md). Old clients take what one recv() gives them for a
 * whole message, so there are pauses between ours, and their requests are what one segment brought.
 */
#include "serve/lgp.h"

#include "base/escape.h"
#include "model/listing.h"
#include "model/upload.h"
#include "parse/lgp_msg.h"

#include <errno.h>
#include <string.h>

#define LIBRARY_EMPTY "文件库为空"
#define NO_SUCH_FILE  "文件不存在"
#define FILE_EXISTS   "文件已存在"

enum {
    PAUSE_MS = 100,
    QUIET_MS = 40, /* what shows that a "##" came alone; the client paused for 100 ms */
    NAMES_PER_TURN = 500,
};

enum lgp_state {
    LGP_IDLE,      /* waits for a request */
    LGP_READING,   /* reads the names of the store, a slice a turn */
    LGP_NAMES,     /* has said OK; the names come after the pause */
    LGP_FILE,      /* has said OK; the bytes come after the pause */
    LGP_SENDING,   /* the bytes are on their way */
    LGP_END,       /* they have left; "##" comes after the pause */
    LGP_RECEIVING, /* takes the bytes of an upload */
    LGP_FINISHING, /* has all of them; the store makes them safe */
};

struct lgp {
    struct conn *conn;
    enum lgp_state state;
    struct timer timer;
    struct listing *listing;
    struct buf names;
    struct store_file *file;
    struct upload *upload;
    bool first;        /* no segment of the upload has come */
    int64_t last_data; /* when one last did; ms */
    int64_t began;
};

static struct lgp *of_timer(struct timer *t)
{
    return container_of(t, struct lgp, timer);
}

static struct serve *serve_of(const struct lgp *s)
{
    return door_of(s->conn)->serve;
}

static const struct conf_lgp *conf_of(const struct lgp *s)
{
    return (const void *)door_of(s->conn)->sect;
}

static int64_t now(const struct lgp *s)
{
    return s->conn->loop->clock.mono;
}

static void wait_ms(struct lgp *s, enum lgp_state state, int64_t ms)
{
    s->state = state;
    if (timer_set(&s->conn->loop->timers, &s->timer, now(s) + ms) < 0)
        conn_close(s->conn, CLOSE_MEMORY);
}

/* The answer is complete: listen again. */
static void done(struct lgp *s)
{
    s->state = LGP_IDLE;
    if (door_of(s->conn)->closing) {
        conn_finish(s->conn, false);
        return;
    }
    conn_deadline(s->conn, serve_of(s)->conf->limits->idle_timeout);
    conn_resume(s->conn);
}

/* Holds further requests back while an answer is being given. */
static void begin_answer(struct lgp *s)
{
    conn_pause(s->conn);
    conn_deadline(s->conn, 0);
}

static void answer(struct lgp *s, const char *text)
{
    conn_puts(s->conn, text);
}

/* "/name", or false for a name that no file of the store can have. */
static bool path_of(struct str name, char path[PATH_BYTES_MAX])
{
    if (name.n == 0 || name.n > FILE_NAME_MAX || name.p[0] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/' || (unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
            return false;
    return path_resolve("/", name, path);
}

/* Nobody logs in by this protocol. */
static unsigned rights(const struct lgp *s, const char *path)
{
    const struct person who = {.guests = (enum conf_access)conf_of(s)->access};
    return serve_rights(s->conn, &who, path);
}

static struct transfer transfer(const struct lgp *s, const char *path, uint64_t size)
{
    return (struct transfer){
        .conn = s->conn, .who = "guest", .path = path, .size = size, .ms = now(s) - s->began};
}

/* --- L --- */

static void start_list(struct lgp *s)
{
    if (!(rights(s, "/") & MAY_READ) ||
        listing_open(serve_of(s)->files, "/", (struct listing_order){0}, &s->listing) != 0) {
        answer(s, LIBRARY_EMPTY);
        return;
    }
    begin_answer(s);
    wait_ms(s, LGP_READING, 0);
}

static void collect_names(struct lgp *s)
{
    struct listing_entry e;
    const int more = listing_read(s->listing, NAMES_PER_TURN);
    if (more < 0) {
        conn_close(s->conn, CLOSE_MEMORY);
        return;
    }
    if (more > 0) {
        wait_ms(s, LGP_READING, 0);
        return;
    }
    while (listing_next(s->listing, &e)) {
        char path[PATH_BYTES_MAX];
        if (path_of(str_of(e.name), path) && rights(s, path) == 0)
            continue;
        escape_line(&s->names, str_of(e.name));
        buf_addc(&s->names, '\n');
    }
    listing_close(s->listing);
    s->listing = NULL;
    answer(s, s->names.len > 0 ? "OK" : LIBRARY_EMPTY);
    if (s->names.len > 0)
        wait_ms(s, LGP_NAMES, PAUSE_MS);
    else
        done(s);
}

static void send_names(struct lgp *s)
{
    conn_write_buf(s->conn, &s->names);
    buf_free(&s->names);
    done(s);
}

/* --- G --- */

static void start_get(struct lgp *s, struct str name)
{
    char path[PATH_BYTES_MAX];
    if (!path_of(name, path) || !(rights(s, path) & MAY_READ) ||
        store_open(serve_of(s)->files, path, &s->file) != 0) {
        answer(s, NO_SUCH_FILE);
        return;
    }
    begin_answer(s);
    s->began = now(s);
    answer(s, "OK");
    wait_ms(s, s->file->size > 0 ? LGP_FILE : LGP_END, PAUSE_MS);
}

static void send_file(struct lgp *s)
{
    if (s->file->body != NULL)
        conn_share(s->conn, s->file->body);
    else
        conn_file(s->conn, &s->file->of, 0, s->file->size);
    s->state = LGP_SENDING;
    conn_deadline(s->conn, serve_of(s)->conf->limits->idle_timeout);
    conn_await(s->conn, 0);
}

static void end_file(struct lgp *s)
{
    answer(s, "##");
    const struct transfer t = transfer(s, s->file->path, s->file->size);
    serve_downloaded(serve_of(s), &t);
    store_close(s->file);
    s->file = NULL;
    done(s);
}

static void drain(struct conn *c)
{
    struct lgp *s = c->session;
    if (s->state == LGP_SENDING)
        wait_ms(s, LGP_END, PAUSE_MS);
}

/* --- P --- */

static void upload_done(void *arg, int err)
{
    struct lgp *s = arg;
    struct upload *up = s->upload;
    s->upload = NULL;
    const struct transfer t = transfer(s, upload_path(up), upload_size(up));
    if (err == 0)
        serve_uploaded(serve_of(s), &t);
    else
        serve_upload_aborted(serve_of(s), &t, strerror(err));
    done(s);
}

static void start_put(struct lgp *s, struct str name)
{
    char path[PATH_BYTES_MAX];
    const struct upload_wish wish = {
        .path = path, .mode = UPLOAD_NEW, .done = upload_done, .arg = s};
    if (!path_of(name, path) ||
        serve_upload_begin(serve_of(s), NULL, rights(s, path), &wish, &s->upload) != 0) {
        answer(s, FILE_EXISTS);
        return;
    }
    s->state = LGP_RECEIVING;
    s->first = true;
    s->began = s->last_data = now(s);
    answer(s, "OK");
}

static void abort_upload(struct lgp *s, const char *why)
{
    const struct transfer t = transfer(s, upload_path(s->upload), upload_size(s->upload));
    serve_upload_drop(serve_of(s), &t, s->upload, why);
    s->upload = NULL;
}

static int receive(struct lgp *s, struct str segment)
{
    const bool quiet = s->first || now(s) - s->last_data >= QUIET_MS;
    s->last_data = now(s);
    s->first = false;
    if (quiet && str_eq(segment, "##")) {
        s->state = LGP_FINISHING;
        begin_answer(s);
        upload_finish(s->upload);
        return 0;
    }
    const int err = upload_write(s->upload, segment.p, segment.n);
    if (err == 0)
        return 0;
    abort_upload(s, strerror(err));
    return -1;
}

/* --- the session --- */

static int request(struct lgp *s, struct str segment)
{
    struct lgp_msg msg;
    lgp_msg_parse(&msg, segment);
    serve_of(s)->metrics->lgp_requests += msg.verb != 0;
    switch (msg.verb) {
    case 'L': start_list(s); break;
    case 'G': start_get(s, msg.name); break;
    case 'P': start_put(s, msg.name); break;
    case 'Q': conn_finish(s->conn, false); break;
    default: break; /* an unknown request gets no answer */
    }
    return 0;
}

static int data(struct conn *c)
{
    struct lgp *s = c->session;
    const struct str segment = {buf_data(&c->in), c->in.len};
    int result = 0;
    if (segment.n == 0)
        return 0;
    conn_deadline(c, serve_of(s)->conf->limits->idle_timeout);
    if (s->state == LGP_RECEIVING)
        result = receive(s, segment);
    else if (s->state == LGP_IDLE)
        result = request(s, segment);
    buf_clear(&c->in);
    return result;
}

static void on_timer(struct timer *t)
{
    struct lgp *s = of_timer(t);
    if (s->conn->closing)
        return;
    switch (s->state) {
    case LGP_READING: collect_names(s); break;
    case LGP_NAMES: send_names(s); break;
    case LGP_FILE: send_file(s); break;
    case LGP_END: end_file(s); break;
    default: break;
    }
}

static void timeout(struct conn *c)
{
    const struct lgp *s = c->session;
    const int64_t idle = serve_of(s)->conf->limits->idle_timeout;
    if (s->state == LGP_SENDING && c->last_tx + idle > now(s))
        conn_deadline(c, idle);
    else
        conn_close(c, CLOSE_TIMEOUT);
}

static void greet(struct conn *c)
{
    struct lgp *s = c->session;
    s->conn = c;
    s->timer.fn = on_timer;
    serve_limit(serve_of(s), c, NULL, &c->peer);
    conn_deadline(c, serve_of(s)->conf->limits->idle_timeout);
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct lgp *s = c->session;
    timer_clear(&c->loop->timers, &s->timer);
    if (s->upload != NULL)
        abort_upload(s, close_reason_name(reason));
    if (s->file != NULL)
        store_close(s->file);
    listing_close(s->listing);
    buf_free(&s->names);
    door_closed(c);
}

/* An answer or an upload that is under way may end. */
static void stop(struct conn *c)
{
    const struct lgp *s = c->session;
    if (s->state == LGP_IDLE)
        conn_finish(c, false);
}

static void describe(struct conn *c, struct who *w)
{
    const struct lgp *s = c->session;
    if (s->upload != NULL)
        w->doing = upload_path(s->upload);
    else if (s->file != NULL)
        w->doing = s->file->path;
}

static const struct conn_ops ops = {
    .name = "lgp",
    .in_max = 64 << 10,
    .data = data,
    .drain = drain,
    .timeout = timeout,
    .closed = closed,
};

const struct frontend lgp_frontend = {
    .name = "lgp",
    .busy = "",
    .ops = &ops,
    .session_size = sizeof(struct lgp),
    .greet = greet,
    .drain = stop,
    .describe = describe,
};
