/* fuzz_dav_if.c: what the If field gives lies in it, and written down again it gives the same. The
 * other fields only have to be survived. */
#include "fuzz.h"
#include "parse/dav_if.h"

/* Writes the conditions in one form; returns how it ended. */
static int rewrite(struct str field, struct buf *out)
{
    struct dav_if it = dav_if_begin(field);
    struct dav_cond c;
    bool open = false;
    int got;
    while ((got = dav_if_next(&it, &c)) > 0) {
        CHECK(lies_within(c.value, field.p, field.n) && lies_within(c.resource, field.p, field.n));
        CHECK(c.first || open);
        CHECK(c.value.n > 0 || !c.etag);
        if (c.first && open)
            buf_adds(out, ") ");
        if (c.first && c.resource.p != NULL)
            buf_addf(out, "<%.*s> ", (int)c.resource.n, c.resource.p);
        buf_adds(out, c.first ? "(" : " ");
        buf_adds(out, c.negated ? "Not " : "");
        buf_addc(out, c.etag ? '[' : '<');
        buf_add(out, c.value.p, c.value.n);
        buf_addc(out, c.etag ? ']' : '>');
        open = true;
    }
    if (open)
        buf_addc(out, ')');
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *p = tight_copy(data, size);
    const struct str field = {p, size};
    struct buf one = {0}, two = {0};
    enum dav_depth depth;
    struct str url;
    if (rewrite(field, &one) == 0 && memchr(p, 0, size) == NULL) {
        CHECK(rewrite((struct str){buf_data(&one), one.len}, &two) == 0);
        CHECK(same_bytes(&one, &two));
    }
    (void)dav_depth_parse(field, &depth);
    if (dav_coded_url(field, &url))
        CHECK(url.n + 2 == size);
    const unsigned seconds = dav_timeout(field, 3600);
    CHECK(seconds >= 1 && seconds <= 3600);
    buf_free(&one);
    buf_free(&two);
    free(p);
    return 0;
}
