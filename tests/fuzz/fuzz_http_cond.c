/* fuzz_http_cond.c: conditions come to the same whatever a request says, and to nothing but 304 and
 * 412. The first byte of the input chooses the request and what is there; the rest are its fields.
 */
#include "fuzz.h"
#include "parse/http_cond.h"

#define TAG  "\"tag\""
#define TIME 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static bool has(const struct http_req *r, const char *head, enum http_field_id id)
{
    return http_req_field(r, head, id, 0).p != NULL;
}

static void check_cond(const struct http_req *r, const char *head, const struct http_validators *v)
{
    const bool reads = r->method == HTTP_GET || r->method == HTTP_HEAD;
    const bool positive = has(r, head, HTTP_IF_MATCH) || has(r, head, HTTP_IF_UNMODIFIED_SINCE);
    const bool negative = has(r, head, HTTP_IF_NONE_MATCH) || has(r, head, HTTP_IF_MODIFIED_SINCE);
    const int status = http_cond(r, head, v), absent = http_cond(r, head, NULL);
    CHECK(status == 0 || (status == 304 && reads && negative) ||
          (status == 412 && (positive || (negative && !reads))));
    CHECK(absent == (has(r, head, HTTP_IF_MATCH) ? 412 : 0));
}

static void check_range(const struct http_req *r, const char *head, const struct http_validators *v)
{
    const struct str field = http_req_field(r, head, HTTP_IF_RANGE, 0);
    const bool now = http_cond_range(r, head, v, TIME),
               later = http_cond_range(r, head, v, 2 * TIME);
    CHECK(later || !now);
    if (field.p != NULL && later && !now) /* a date */
        CHECK(field.n > 8 && field.p[0] != '"');
    if (field.p != NULL && now)
        CHECK(str_eq(field, TAG));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_req r;
    static const char *const lines[] = {"GET", "PUT", "HEAD", "DELETE"};
    const uint8_t choice = take_byte(&data, &size);
    const struct http_validators v = {.etag = STR(TAG), .modified = TIME + (choice >> 2 & 1)};
    struct buf b = {0};
    buf_addf(&b, "%s / HTTP/1.1\r\nHost: a\r\n", lines[choice & 3]);
    buf_add(&b, data, size);
    buf_adds(&b, "\r\n");
    char *head = tight_copy(buf_data(&b), b.len);
    http_req_reset(&r);
    if (http_req_parse(&r, head, b.len) > 0) {
        check_cond(&r, head, &v);
        check_range(&r, head, &v);
    }
    free(head);
    buf_free(&b);
    return 0;
}
