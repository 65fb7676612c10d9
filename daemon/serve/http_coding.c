/* http_coding.c: which representation of a file is sent (RFC 9110, 8.4 and 12): itself, a
 * compressed one that lies beside it, or one that the workers make. */
#include "model/neighbour.h"
#include "parse/http_accept.h"
#include "serve/http_rep.h"

#include <stdlib.h>
#include <string.h>

enum { MADE_HERE = 1 << CODING_GZIP | 1 << CODING_ZSTD };

/* --- waiting for the workers --- */

struct coding_work {
    struct http_work work;
    struct coded_wait wait;
    struct http *h;
};

static void coding_drop(struct http *h, const char *why)
{
    struct coding_work *w = (void *)h->work;
    (void)why;
    list_unlink(&w->wait.link);
    free(w);
}

static const char *coding_about(const struct http *h)
{
    (void)h;
    return "waiting for a worker";
}

static const struct http_work_ops coding_ops = {.drop = coding_drop, .about = coding_about};

static void coding_over(struct coded_wait *wait)
{
    http_retry(container_of(wait, struct coding_work, wait)->h);
}

/* Has the request waited already? Then it does not again, whatever became of the file. */
static bool has_waited(struct http *h)
{
    if (h->work == NULL || h->work->ops != &coding_ops)
        return false;
    http_drop_work(h, NULL);
    return true;
}

/* --- choosing --- */

void http_coded_etag(char out[HTTP_ETAG_MAX], const char *etag, enum coding coding)
{
    size_t n = strlen(etag);
    memcpy(out, etag, n + 1);
    if (coding == CODING_IDENTITY)
        return;
    const char *ending = coding_rows[coding].ending + 1;
    out[n - 1] = '-';
    for (; *ending != '\0'; ending++)
        out[n++] = *ending;
    out[n++] = '"';
    out[n] = '\0';
}

static void represent(struct http_rep *rep, struct store_file *f, enum coding coding)
{
    rep->file = f;
    rep->blk = f->body;
    rep->size = f->size;
    rep->coding = coding;
    rep->etag = f->etag;
    if (coding != CODING_IDENTITY) {
        http_coded_etag(rep->coded_etag, f->etag, coding);
        rep->etag = rep->coded_etag;
    }
}

/* False when it names no coding, or when several ranges are asked for: what they are of could not
 * be told. */
static bool accepted(const struct http_call *call, struct http_accept *a)
{
    const struct str range = http_field(call, HTTP_RANGE);
    struct str line = http_field(call, HTTP_ACCEPT_ENCODING);
    if (line.p == NULL || (range.p != NULL && memchr(range.p, ',', range.n) != NULL))
        return false;
    http_accept_init(a);
    for (unsigned i = 1; line.p != NULL; i++) {
        http_accept_add(a, line);
        line = http_req_field(&call->h->req, call->head, HTTP_ACCEPT_ENCODING, i);
    }
    return true;
}

/* In the store anybody may have put a file beside another one, and it may have rules of its own. */
static bool may_take(const struct http *h, const struct store_file *neighbour)
{
    return neighbour->store != http_serve(h)->files || (http_rights(h, neighbour->path) & MAY_READ);
}

static bool looks_for_neighbours(const struct http *h, const struct store_file *f)
{
    const int64_t where = http_conf(h)->precompressed;
    return where == PRECOMPRESSED_ALL ||
           (where == PRECOMPRESSED_SITE && f->store != http_serve(h)->files);
}

static bool take_neighbour(const struct http *h, struct store_file *f, const struct http_accept *a,
                           struct http_rep *rep)
{
    struct store_file *neighbour;
    const unsigned there = looks_for_neighbours(h, f) ? neighbour_codings(f) : 0;
    const enum coding coding = there != 0 ? http_accept_best(a, there) : CODING_IDENTITY;
    if (coding == CODING_IDENTITY || neighbour_open(f, coding, &neighbour) != 0)
        return false;
    if (!may_take(h, neighbour)) {
        store_close(neighbour);
        return false;
    }
    represent(rep, neighbour, coding);
    return true;
}

/* False: the request waits, if it may. */
static bool take_coded(struct http *h, struct store_file *f, enum coding coding, bool may_wait,
                       struct http_rep *rep)
{
    struct coded_cache *c = http_serve(h)->coded;
    struct blk *blk;
    enum coded_result result = coded_get(c, f, coding, NULL, &blk);
    struct coding_work *w = result == CODED_NOT && may_wait ? calloc(1, sizeof *w) : NULL;
    if (w != NULL) {
        *w = (struct coding_work){.work.ops = &coding_ops, .wait.over = coding_over, .h = h};
        list_init(&w->wait.link);
        result = coded_get(c, f, coding, &w->wait, &blk);
    }
    if (result == CODED_LATER) {
        http_set_work(h, &w->work);
        http_wait(h);
        return false;
    }
    free(w);
    if (result == CODED_READY) {
        represent(rep, f, coding);
        rep->blk = blk;
        rep->size = blk->len;
    }
    return true;
}

bool http_represent(struct http_call *call, struct store_file *f, struct http_rep *rep)
{
    struct http *h = call->h;
    struct http_accept a;
    bool is_other = false;
    const bool may_wait = !has_waited(h);
    rep->varies = f->compresses;
    represent(rep, f, CODING_IDENTITY);
    if (f->compresses && accepted(call, &a)) {
        is_other = take_neighbour(h, f, &a, rep);
        const enum coding coding =
            !is_other && http_conf(h)->compress ? http_accept_best(&a, MADE_HERE) : CODING_IDENTITY;
        if (coding != CODING_IDENTITY && !take_coded(h, f, coding, may_wait, rep))
            return false;
    }
    if (!is_other)
        ofile_ref(&f->of);
    if (rep->blk != NULL)
        blk_ref(rep->blk);
    return true;
}

void http_rep_end(struct http_rep *rep)
{
    blk_unref(rep->blk);
    store_close(rep->file);
}

void http_rep_queue(struct http *h, const struct http_rep *rep, const struct http_range *r)
{
    if (rep->blk != NULL)
        conn_share_part(h->conn, rep->blk, r->from, r->len);
    else
        conn_file(h->conn, &rep->file->of, r->from, r->len);
}
