/* test_dav_xml.c: parse/dav_xml. */
#include "check.h"
#include "parse/dav_xml.h"

static int parse(struct dav_body *b, enum dav_root root, const char *text, size_t n)
{
    char *copy = tight_copy(text, n);
    const int status = dav_xml_parse(b, root, (struct str){copy, n});
    free(copy);
    return status;
}

/* What a body says, written down; or the status that refuses it. */
static void write_down(enum dav_root root, const char *text, struct buf *out)
{
    static const char *const finds[] = {"allprop", "propname", "prop"};
    struct dav_body b;
    const int status = parse(&b, root, text, strlen(text));
    if (status != 0)
        buf_addf(out, "%d", status);
    if (status == 0 && root == DAV_PROPFIND)
        buf_adds(out, finds[b.find]);
    if (status == 0 && root == DAV_LOCK)
        buf_addf(out, "%s %s", b.shared ? "shared" : "exclusive",
                 b.owner != 0 ? dav_text(&b, b.owner) : "-");
    for (unsigned i = 0; i < b.count && status == 0; i++) {
        const struct dav_prop *p = &b.prop[i];
        buf_addf(out, " {%s}%s", dav_text(&b, p->space), dav_text(&b, p->name));
        if (root == DAV_PROPPATCH)
            buf_addf(out, "=%s", p->remove ? "-" : dav_text(&b, p->xml));
    }
    dav_body_free(&b);
}

struct row {
    enum dav_root root;
    const char *text, *want;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf got = {0};
        write_down(rows[i].root, rows[i].text, &got);
        if (strcmp(buf_str(&got), rows[i].want) != 0)
            fail_msg("%s:\n%s\nnot\n%s", rows[i].text, buf_str(&got), rows[i].want);
        buf_free(&got);
    }
}

#define FIND(INNER) "<D:propfind xmlns:D=\"DAV:\">" INNER "</D:propfind>"

static void what_is_asked_for(void **state)
{
    static const struct row rows[] = {
        {DAV_PROPFIND, "", "allprop"},
        {DAV_PROPFIND, FIND("<D:allprop/>"), "allprop"},
        {DAV_PROPFIND, "<?xml version=\"1.0\"?>\n<propfind xmlns=\"DAV:\"><propname/></propfind>\n",
         "propname"},
        {DAV_PROPFIND, FIND("<D:prop/>"), "prop"},
        {DAV_PROPFIND, FIND("<D:prop><D:getetag/><a xmlns=\"x:y\"/><b/></D:prop>"),
         "prop {DAV:}getetag {x:y}a {}b"},
        {DAV_PROPFIND, FIND("<D:allprop/><D:include><D:a/></D:include>"), "allprop {DAV:}a"},
        {DAV_PROPFIND, FIND("<D:prop><D:a><D:b/></D:a></D:prop>"), "prop {DAV:}a"},
        {DAV_PROPFIND, FIND("<x:y xmlns:x=\"z\"><D:allprop/></x:y><D:propname/>"), "propname"},
        {DAV_PROPFIND, FIND("<D:allprop/><D:propname/>"), "400"},
        {DAV_PROPFIND, FIND("<D:propname/><D:include><D:a/></D:include>"), "400"},
        {DAV_PROPFIND, FIND(""), "400"},
        {DAV_PROPFIND, "<propfind><allprop/></propfind>", "400"}, /* not of DAV: */
        {DAV_PROPFIND, "<D:propfind xmlns:D=\"dav:\"><D:allprop/></D:propfind>", "400"},
        {DAV_PROPFIND, "<D:lockinfo xmlns:D=\"DAV:\"><D:allprop/></D:lockinfo>", "400"},
        {DAV_PROPFIND, "<x><D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind></x>", "400"},
        {DAV_PROPFIND, FIND("<D:prop><E:a xmlns:E=\"\"/></D:prop>"), "400"},
        {DAV_PROPFIND, FIND("<D:prop><E:a/></D:prop>"), "400"},
        {DAV_PROPFIND, FIND("<D:allprop>"), "400"},
        {DAV_PROPFIND, FIND("<D:allprop/>") "x", "400"},
        {DAV_PROPFIND, "nothing", "400"},
        {DAV_PROPFIND, "<!DOCTYPE x>" FIND("<D:allprop/>"), "400"},
        {DAV_PROPFIND, "<!DOCTYPE x [<!ENTITY e \"e\">]>" FIND("<D:allprop/>"), "400"},
        {DAV_PROPFIND, FIND("<D:prop>&e;</D:prop>"), "400"},
    };
    (void)state;
    check(rows, COUNT(rows));
}

#define SET(INNER)                                                                 \
    "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>" INNER "</D:prop></D:set>" \
    "</D:propertyupdate>"

static void what_is_set(void **state)
{
    static const struct row rows[] = {
        {DAV_PROPPATCH, SET("<a xmlns=\"u:\">1</a>"), " {u:}a=<a xmlns=\"u:\">1</a>"},
        {DAV_PROPPATCH, SET("<p:a xmlns:p=\"u:\"/>"), " {u:}a=<p:a xmlns:p=\"u:\"></p:a>"},
        {DAV_PROPPATCH, SET("<a/>"), " {}a=<a xmlns=\"\"></a>"},
        {DAV_PROPPATCH, SET("<a>&lt;&amp;&#x41;<![CDATA[<]]></a>"),
         " {}a=<a xmlns=\"\">&lt;&amp;A&lt;</a>"},
        {DAV_PROPPATCH,
         SET("<a><D:b/><c xmlns=\"v:\" k=\"1\" D:l=\"&quot;\" p:m=\"\" p:n=\"\" "
             "xmlns:p=\"w:\"/></a>"),
         " {}a=<a xmlns=\"\"><D:b xmlns:D=\"DAV:\"></D:b><c xmlns=\"v:\" k=\"1\" "
         "xmlns:D=\"DAV:\" D:l=\"&quot;\" xmlns:p=\"w:\" p:m=\"\" p:n=\"\"></c></a>"},
        {DAV_PROPPATCH, SET("<a xml:lang=\"de\">x</a>"),
         " {}a=<a xmlns=\"\" xml:lang=\"de\">x</a>"},
        {DAV_PROPPATCH,
         "<D:propertyupdate xmlns:D=\"DAV:\" xml:lang=\"fr\"><D:set><D:prop><a/></D:prop></D:set>"
         "<D:set><D:prop xml:lang=\"it\"><b xml:lang=\"en\"/><c><d/></c></D:prop></D:set>"
         "</D:propertyupdate>",
         " {}a=<a xmlns=\"\" xml:lang=\"fr\"></a> {}b=<b xmlns=\"\" xml:lang=\"en\"></b>"
         " {}c=<c xmlns=\"\" xml:lang=\"it\"><d xmlns=\"\"></d></c>"},
        {DAV_PROPPATCH,
         "<propertyupdate xmlns=\"DAV:\"><remove><prop><a xmlns=\"\">x</a></prop></remove>"
         "<set><prop><b/></prop></set></propertyupdate>",
         " {}a=- {DAV:}b=<b xmlns=\"DAV:\"></b>"},
        {DAV_PROPPATCH, SET(""), "400"},
        {DAV_PROPPATCH, "", "400"},
        {DAV_PROPPATCH, FIND("<D:prop><D:a/></D:prop>"), "400"},
        {DAV_PROPPATCH, SET("<a>"), "400"},
    };
    (void)state;
    check(rows, COUNT(rows));
}

#define LOCK(INNER) "<D:lockinfo xmlns:D=\"DAV:\">" INNER "</D:lockinfo>"
#define KIND(SCOPE) "<D:lockscope><D:" SCOPE "/></D:lockscope><D:locktype><D:write/></D:locktype>"

static void what_is_locked(void **state)
{
    static const struct row rows[] = {
        {DAV_LOCK, LOCK(KIND("exclusive")), "exclusive -"},
        {DAV_LOCK, LOCK(KIND("shared") "<D:owner>me &amp; <D:href>x:</D:href></D:owner>"),
         "shared <D:owner xmlns:D=\"DAV:\">me &amp; <D:href "
         "xmlns:D=\"DAV:\">x:</D:href></D:owner>"},
        {DAV_LOCK, LOCK(KIND("exclusive") KIND("shared")), "400"},
        {DAV_LOCK, LOCK(KIND("other")), "400"},
        {DAV_LOCK, LOCK("<D:lockscope><D:shared/></D:lockscope>"), "400"},
        {DAV_LOCK,
         LOCK("<D:lockscope><D:shared/></D:lockscope>"
              "<D:locktype><D:read/></D:locktype>"),
         "400"},
        {DAV_LOCK, "", "400"},
    };
    (void)state;
    check(rows, COUNT(rows));
}

/* What is too much is refused, and does not grow on the way. */
static void bounds(void **state)
{
    struct dav_body b;
    struct buf text = {0};
    (void)state;
    buf_adds(&text, "<D:propfind xmlns:D=\"DAV:\"><D:prop>");
    for (int i = 0; i < DAV_PROPS_MAX; i++)
        buf_addf(&text, "<a%d/>", i);
    const size_t full = text.len;
    buf_adds(&text, "</D:prop></D:propfind>");
    assert_int_equal(parse(&b, DAV_PROPFIND, buf_data(&text), text.len), 0);
    assert_int_equal(b.count, DAV_PROPS_MAX);
    dav_body_free(&b);
    buf_cut(&text, full);
    buf_adds(&text, "<b/></D:prop></D:propfind>");
    assert_int_equal(parse(&b, DAV_PROPFIND, buf_data(&text), text.len), 413);
    dav_body_free(&b);

    buf_clear(&text);
    for (int i = 0; i <= DAV_DEPTH_MAX; i++)
        buf_adds(&text, "<x>");
    assert_int_equal(parse(&b, DAV_PROPFIND, buf_data(&text), text.len), 400);
    dav_body_free(&b);

    buf_clear(&text); /* a long namespace, told of again and again */
    buf_adds(&text, "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:p=\"");
    for (int i = 0; i < 20000; i++)
        buf_addc(&text, 'n');
    buf_adds(&text, "\"><D:set><D:prop><a>");
    for (int i = 0; i < 5000; i++)
        buf_adds(&text, "<p:b/>");
    buf_adds(&text, "</a></D:prop></D:set></D:propertyupdate>");
    assert_int_equal(parse(&b, DAV_PROPPATCH, buf_data(&text), text.len), 413);
    assert_true(b.text.len < 2 * DAV_TEXT_MAX);
    dav_body_free(&b);

    buf_clear(&text);
    while (text.len <= DAV_BODY_MAX)
        buf_addc(&text, ' ');
    assert_int_equal(parse(&b, DAV_PROPFIND, buf_data(&text), text.len), 413);
    dav_body_free(&b);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for),
        cmocka_unit_test(what_is_set),
        cmocka_unit_test(what_is_locked),
        cmocka_unit_test(bounds),
    };
    return RUN(tests);
}
