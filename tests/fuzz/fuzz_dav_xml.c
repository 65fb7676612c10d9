/* fuzz_dav_xml.c: whatever a body holds, what is kept of it is bounded, and a property's XML, set
 * once more, comes out the same. The first byte of the input is the method. */
#include "fuzz.h"
#include "parse/dav_xml.h"

/* The property once more, in a body of its own. */
static void check_again(const char *xml)
{
    struct buf text = {0};
    struct dav_body b;
    buf_addf(&text,
             "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>%s</D:prop></D:set>"
             "</D:propertyupdate>",
             xml);
    if (text.len <= DAV_BODY_MAX) {
        CHECK(dav_xml_parse(&b, DAV_PROPPATCH, (struct str){buf_data(&text), text.len}) == 0);
        CHECK(b.count == 1 && strcmp(dav_text(&b, b.prop[0].xml), xml) == 0);
        dav_body_free(&b);
    }
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dav_body b;
    const enum dav_root root = (enum dav_root)(take_byte(&data, &size) % 3);
    char *p = tight_copy(data, size);
    const int status = dav_xml_parse(&b, root, (struct str){p, size});
    CHECK(status == 0 || status == 400 || status == 413);
    CHECK(b.text.len <= 2 * DAV_TEXT_MAX + DAV_BODY_MAX);
    CHECK(b.count <= DAV_PROPS_MAX);
    for (unsigned i = 0; i < b.count && status == 0; i++) {
        const struct dav_prop *prop = &b.prop[i];
        CHECK(strlen(dav_text(&b, prop->name)) > 0);
        CHECK(utf8_valid(dav_text(&b, prop->space), strlen(dav_text(&b, prop->space))));
        if (root == DAV_PROPPATCH && !prop->remove)
            check_again(dav_text(&b, prop->xml));
    }
    if (status == 0 && root == DAV_LOCK && b.owner != 0)
        check_again(dav_text(&b, b.owner));
    dav_body_free(&b);
    free(p);
    return 0;
}
