/* http_ranges.c: several ranges of a file in one response (RFC 9110, 14.6). */
#include "serve/http_rep.h"

#include <stdio.h>
#include <sys/random.h>

/* It must not be in the content, which somebody may have made for us: nobody can guess it. */
static bool make_boundary(char out[HTTP_BOUNDARY_MAX])
{
    uint64_t random[2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    snprintf(out, HTTP_BOUNDARY_MAX, "%016llx%016llx", (unsigned long long)random[0],
             (unsigned long long)random[1]);
    return true;
}

void http_content_range(char out[HTTP_CONTENT_RANGE_MAX], const struct http_range *r, uint64_t size)
{
    snprintf(out, HTTP_CONTENT_RANGE_MAX, "bytes %llu-%llu/%llu", (unsigned long long)r->from,
             (unsigned long long)(r->from + r->len - 1), (unsigned long long)size);
}

bool http_multipart_make(struct http_multipart *m, const struct http_rep *rep, const char *type,
                         const struct http_ranges *rs)
{
    char range[HTTP_CONTENT_RANGE_MAX];
    *m = (struct http_multipart){.ranges = rs};
    if (!make_boundary(m->boundary))
        return false;
    for (unsigned i = 0; i < rs->count; i++) {
        http_content_range(range, &rs->range[i], rep->size);
        buf_addf(&m->text, "%s--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n",
                 i > 0 ? "\r\n" : "", m->boundary, type, range);
        m->end[i] = m->text.len;
        m->len += rs->range[i].len;
    }
    buf_addf(&m->text, "\r\n--%s--\r\n", m->boundary);
    m->len += m->text.len;
    if (!m->text.failed)
        return true;
    buf_free(&m->text);
    return false;
}

void http_multipart_send(struct http *h, struct http_multipart *m, const struct http_rep *rep)
{
    size_t at = 0;
    for (unsigned i = 0; i < m->ranges->count; i++) {
        conn_write(h->conn, buf_data(&m->text) + at, m->end[i] - at);
        http_rep_queue(h, rep, &m->ranges->range[i]);
        at = m->end[i];
    }
    conn_write(h->conn, buf_data(&m->text) + at, m->text.len - at);
}
