/* fuzz_http_req.c: a request head is the same whole and in pieces, and all its parts lie in it. The
 * first byte of the input seeds the pieces. */
#include "fuzz.h"
#include "parse/http_req.h"

/* Feeds pieces to r, from memory that moves; how many bytes had come at the end. */
static size_t feed(struct http_req *r, uint32_t seed, const char *p, size_t n, int *result)
{
    size_t came = 0;
    *result = 0;
    while (*result == 0 && came < n) {
        came += next_piece(&seed, n - came);
        char *moved = tight_copy(p, came);
        *result = http_req_parse(r, moved, came);
        free(moved);
    }
    return came;
}

static void check_parts(const struct http_req *r, const char *p, size_t head)
{
    CHECK(r->fields <= HTTP_FIELDS_MAX && r->minor <= 1);
    CHECK(r->status == (r->method == HTTP_UNKNOWN ? 501 : r->unmet ? 417 : 0));
    CHECK(!(r->chunked && r->has_length) && !r->other_coding && !r->broken_coding);
    CHECK(r->lengths <= 1 && r->logins <= 1 && r->hosts <= 1);
    CHECK(r->length <= INT64_MAX);
    CHECK(lies_within(http_req_line(r, p), p, head));
    if (r->path_len > 0)
        CHECK(lies_within(http_req_path(r, p), p, head));
    CHECK((size_t)r->query + r->query_len <= head);
    CHECK((size_t)r->authority + r->authority_len <= head);
    for (unsigned i = 0; i < r->fields; i++) {
        const struct http_field *f = &r->field[i];
        CHECK((size_t)f->name + f->name_len < head && (size_t)f->value + f->value_len < head);
        CHECK(f->name_len > 0 && f->id < HTTP_FIELD_IDS);
        CHECK(memchr(p + f->value, '\n', f->value_len) == NULL);
        CHECK(memchr(p + f->value, '\0', f->value_len) == NULL);
    }
    for (int id = HTTP_OTHER; id < HTTP_FIELD_IDS; id++)
        for (unsigned nth = 0; nth < 3; nth++)
            (void)http_req_field(r, p, (enum http_field_id)id, nth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_req whole, pieces;
    const uint32_t seed = take_byte(&data, &size);
    char *p = tight_copy(data, size);
    int result;
    http_req_reset(&whole);
    http_req_reset(&pieces);
    const int n = http_req_parse(&whole, p, size);
    const size_t came = feed(&pieces, seed, p, size, &result);
    CHECK(n <= (int)size && n >= -1);
    CHECK(result == n);
    CHECK(n != 0 || came == size);
    if (n < 0)
        CHECK(whole.status >= 400 && whole.status <= 505 && pieces.status == whole.status);
    if (n > 0) {
        check_parts(&whole, p, (size_t)n);
        CHECK(memcmp(whole.field, pieces.field, whole.fields * sizeof whole.field[0]) == 0);
        pieces.scanned = whole.scanned;
        CHECK(memcmp(&whole, &pieces, offsetof(struct http_req, field)) == 0);
        /* What follows must not change what was read: the head alone gives the same. */
        http_req_reset(&pieces);
        CHECK(http_req_parse(&pieces, p, (size_t)n) == n);
    }
    free(p);
    return 0;
}
