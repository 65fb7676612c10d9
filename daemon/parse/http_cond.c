#include "parse/http_cond.h"

#include "parse/http_range.h"

#include <string.h>

static bool has(const struct http_req *r, const char *head, enum http_field_id id)
{
    return http_req_field(r, head, id, 0).p != NULL;
}

static bool in_list(struct str list, const struct http_validators *v, bool weak)
{
    bool found = http_etag_in(list, v->etag, weak);
    for (unsigned i = 0; i < v->other_count && !found; i++)
        found = http_etag_in(list, v->others[i], weak);
    return found;
}

/* Is what is there in the lists of these fields? */
static bool listed(const struct http_req *r, const char *head, enum http_field_id id,
                   const struct http_validators *v, bool weak)
{
    struct str list;
    for (unsigned i = 0; (list = http_req_field(r, head, id, i)).p != NULL; i++)
        if (in_list(list, v, weak))
            return true;
    return false;
}

/* The date in the field. False when there is none, or two, or no date: then there is no condition
 * (13.1.3 and 13.1.4). */
static bool date_of(const struct http_req *r, const char *head, enum http_field_id id, time_t *t)
{
    const struct str field = http_req_field(r, head, id, 0);
    return field.p != NULL && http_req_field(r, head, id, 1).p == NULL && date_http_parse(field, t);
}

int http_cond(const struct http_req *r, const char *head, const struct http_validators *v)
{
    const bool reads = r->method == HTTP_GET || r->method == HTTP_HEAD;
    time_t t;
    if (has(r, head, HTTP_IF_MATCH)) {
        if (v == NULL || !listed(r, head, HTTP_IF_MATCH, v, false))
            return 412;
    } else if (v != NULL && date_of(r, head, HTTP_IF_UNMODIFIED_SINCE, &t) && v->modified > t) {
        return 412;
    }
    if (has(r, head, HTTP_IF_NONE_MATCH)) {
        if (v != NULL && listed(r, head, HTTP_IF_NONE_MATCH, v, true))
            return reads ? 304 : 412;
    } else if (reads && v != NULL && date_of(r, head, HTTP_IF_MODIFIED_SINCE, &t) &&
               v->modified <= t) {
        return 304;
    }
    return 0;
}

bool http_cond_range(const struct http_req *r, const char *head, const struct http_validators *v,
                     time_t now)
{
    const struct str field = http_req_field(r, head, HTTP_IF_RANGE, 0);
    time_t t;
    if (http_req_field(r, head, HTTP_RANGE, 1).p != NULL ||
        http_req_field(r, head, HTTP_IF_RANGE, 1).p != NULL)
        return false; /* there may be but one */
    if (field.p == NULL)
        return true;
    if (date_http_parse(field, &t))
        return t == v->modified && now > t + 1;
    return field.n == v->etag.n && memcmp(field.p, v->etag.p, field.n) == 0;
}
