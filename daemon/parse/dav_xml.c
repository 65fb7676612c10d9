#include "parse/dav_xml.h"

#include "base/escape.h"

#include <expat.h>
#include <string.h>

#define DAV       "DAV:"
#define XML_SPACE "http://www.w3.org/XML/1998/namespace"
#define MARK      '\n' /* between namespace, name and prefix, as expat hands them over */

/* Where in the body an element stands. */
enum place {
    OUTSIDE,
    FIND,     /* <propfind> */
    ALL,      /* <allprop> */
    NAMES,    /* <propname> */
    SOME,     /* <prop> in it */
    INCLUDE,  /* <include> */
    UPDATE,   /* <propertyupdate> */
    SET,      /* <set>, <remove> in it */
    REMOVE,   /* ... */
    SET_SOME, /* <prop> in them */
    REMOVE_SOME,
    INFO,  /* <lockinfo> */
    SCOPE, /* <lockscope> */
    TYPE,  /* <locktype> */
    EXCLUSIVE,
    SHARED,
    WRITE,
    KEPT,    /* an element of which everything is kept, or within one */
    IGNORED, /* one that means nothing here, or within one */
};

static const struct {
    enum place in, is;
    const char *name;
} places[] = {
    {OUTSIDE, FIND, "propfind"},     {OUTSIDE, UPDATE, "propertyupdate"},
    {OUTSIDE, INFO, "lockinfo"},     {FIND, ALL, "allprop"},
    {FIND, NAMES, "propname"},       {FIND, SOME, "prop"},
    {FIND, INCLUDE, "include"},      {UPDATE, SET, "set"},
    {UPDATE, REMOVE, "remove"},      {SET, SET_SOME, "prop"},
    {REMOVE, REMOVE_SOME, "prop"},   {INFO, SCOPE, "lockscope"},
    {INFO, TYPE, "locktype"},        {INFO, KEPT, "owner"},
    {SCOPE, EXCLUSIVE, "exclusive"}, {SCOPE, SHARED, "shared"},
    {TYPE, WRITE, "write"},
};

struct reader {
    XML_Parser xml;
    struct dav_body *b;
    unsigned depth;                             /* of elements that are open */
    enum place place[DAV_DEPTH_MAX + 1];        /* of each */
    char lang[DAV_DEPTH_MAX + 1][DAV_LANG_MAX]; /* which language holds there */
    unsigned seen;                              /* a bit for each place that there was */
    int status;                                 /* why it is refused */
};

/* An element's or attribute's name in its parts; none is NULL. */
struct name {
    struct str space, local, prefix;
};

static void refuse(struct reader *r, int status)
{
    if (r->status == 0)
        r->status = status;
    (void)XML_StopParser(r->xml, XML_FALSE);
}

static struct name split(const char *triple)
{
    struct name n = {STR(""), STR(""), STR("")};
    struct str rest = str_of(triple), part[3] = {{0}};
    unsigned count = 0;
    while (count < 3 && str_split(&rest, MARK, &part[count]))
        count++;
    n.local = part[count > 1];
    if (count > 1)
        n.space = part[0];
    if (count > 2)
        n.prefix = part[2];
    return n;
}

static bool same(struct str a, struct str b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* --- XML that needs nothing around it --- */

static void add_name(struct buf *out, const struct name *n)
{
    if (n->prefix.n > 0) {
        buf_add(out, n->prefix.p, n->prefix.n);
        buf_addc(out, ':');
    }
    buf_add(out, n->local.p, n->local.n);
}

static void add_space(struct buf *out, const struct name *n)
{
    buf_adds(out, " xmlns");
    if (n->prefix.n > 0) {
        buf_addc(out, ':');
        buf_add(out, n->prefix.p, n->prefix.n);
    }
    buf_adds(out, "=\"");
    escape_xml(out, n->space);
    buf_addc(out, '"');
}

/* Is the prefix of the attribute at atts[at] declared by the element, or by an attribute before? */
static bool is_declared(const struct name *element, const char **atts, size_t at,
                        const struct name *n)
{
    if (n->prefix.n == 0 || str_eq(n->space, XML_SPACE) || same(n->prefix, element->prefix))
        return true;
    for (size_t i = 0; i < at; i += 2) {
        const struct name earlier = split(atts[i]);
        if (same(n->prefix, earlier.prefix))
            return true;
    }
    return false;
}

/* <name ...>, with its namespaces declared, and with lang unless it says that itself. */
static void add_start(struct buf *out, const struct name *n, const char **atts, const char *lang)
{
    buf_addc(out, '<');
    add_name(out, n);
    add_space(out, n);
    for (size_t i = 0; atts[i] != NULL; i += 2) {
        const struct name att = split(atts[i]);
        if (!is_declared(n, atts, i, &att))
            add_space(out, &att);
        if (str_eq(att.space, XML_SPACE) && str_eq(att.local, "lang"))
            lang = "";
        buf_addc(out, ' ');
        add_name(out, &att);
        buf_adds(out, "=\"");
        escape_xml(out, str_of(atts[i + 1]));
        buf_addc(out, '"');
    }
    if (lang[0] != '\0') {
        buf_adds(out, " xml:lang=\"");
        escape_xml(out, str_of(lang));
        buf_addc(out, '"');
    }
    buf_addc(out, '>');
}

static void add_end(struct buf *out, const struct name *n)
{
    buf_adds(out, "</");
    add_name(out, n);
    buf_addc(out, '>');
}

/* --- what an element means --- */

static size_t keep(struct buf *text, struct str s)
{
    const size_t at = text->len;
    buf_add(text, s.p, s.n);
    buf_addc(text, '\0');
    return at;
}

/* A property that is asked for, or is to be set or removed. Where its inside stands. */
static enum place take_prop(struct reader *r, enum place in, const struct name *n)
{
    struct dav_body *b = r->b;
    if (b->count == DAV_PROPS_MAX || n->local.n > DAV_NAME_MAX || n->space.n > DAV_NAME_MAX) {
        refuse(r, 413);
        return IGNORED;
    }
    struct dav_prop *p = &b->prop[b->count++];
    p->space = keep(&b->text, n->space);
    p->name = keep(&b->text, n->local);
    p->remove = in == REMOVE_SOME;
    if (in != SET_SOME)
        return IGNORED;
    p->xml = b->text.len;
    return KEPT;
}

static enum place place_of(struct reader *r, enum place in, const struct name *n)
{
    if (in == KEPT)
        return KEPT;
    if (in == SOME || in == INCLUDE || in == SET_SOME || in == REMOVE_SOME)
        return take_prop(r, in, n);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].in == in && str_eq(n->space, DAV) && str_eq(n->local, places[i].name))
            return places[i].is;
    return IGNORED;
}

static void take_lang(struct reader *r, const char **atts)
{
    char *lang = r->lang[r->depth];
    memcpy(lang, r->lang[r->depth - 1], DAV_LANG_MAX);
    for (size_t i = 0; atts[i] != NULL; i += 2)
        if (strcmp(atts[i], XML_SPACE "\nlang\nxml") == 0)
            text_copy(lang, DAV_LANG_MAX, atts[i + 1]);
}

static void on_start(void *arg, const char *triple, const char **atts)
{
    struct reader *r = arg;
    const struct name n = split(triple);
    const enum place in = r->place[r->depth];
    if (r->depth == DAV_DEPTH_MAX) {
        refuse(r, 400);
        return;
    }
    r->depth++;
    take_lang(r, atts);
    const enum place is = place_of(r, in, &n);
    r->place[r->depth] = is;
    r->seen |= 1u << is;
    if (is == KEPT && in == INFO)
        r->b->owner = r->b->text.len;
    if (is == KEPT)
        add_start(&r->b->text, &n, atts, in == SET_SOME ? r->lang[r->depth] : "");
    if (r->b->text.len > DAV_TEXT_MAX)
        refuse(r, 413);
}

static void on_end(void *arg, const char *triple)
{
    struct reader *r = arg;
    const struct name n = split(triple);
    const bool kept = r->place[r->depth] == KEPT;
    r->depth--;
    if (kept)
        add_end(&r->b->text, &n);
    if (kept && r->place[r->depth] != KEPT) /* that was all of it */
        buf_addc(&r->b->text, '\0');
}

static void on_text(void *arg, const char *p, int n)
{
    struct reader *r = arg;
    if (r->place[r->depth] == KEPT)
        escape_xml(&r->b->text, (struct str){p, (size_t)n});
    if (r->b->text.len > DAV_TEXT_MAX)
        refuse(r, 413);
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public, int own)
{
    (void)name;
    (void)system;
    (void)public;
    (void)own;
    refuse(arg, 400);
}

/* --- the whole --- */

static bool has(const struct reader *r, enum place p)
{
    return r->seen >> p & 1;
}

/* Is it the body of such a request, with all that it must have? */
static bool conclude(struct reader *r, enum dav_root root)
{
    struct dav_body *b = r->b;
    switch (root) {
    case DAV_PROPFIND:
        b->find = has(r, ALL) ? DAV_ALLPROP : has(r, NAMES) ? DAV_PROPNAME : DAV_PROP;
        return has(r, FIND) && has(r, ALL) + has(r, NAMES) + has(r, SOME) == 1 &&
               (has(r, ALL) || !has(r, INCLUDE));
    case DAV_PROPPATCH: return has(r, UPDATE) && b->count > 0;
    case DAV_LOCK:
        b->shared = has(r, SHARED);
        return has(r, INFO) && has(r, WRITE) && has(r, SHARED) + has(r, EXCLUSIVE) == 1;
    }
    return false;
}

int dav_xml_parse(struct dav_body *b, enum dav_root root, struct str body)
{
    *b = (struct dav_body){.find = DAV_ALLPROP};
    if (body.n == 0)
        return root == DAV_PROPFIND ? 0 : 400;
    if (body.n > DAV_BODY_MAX)
        return 413;
    struct reader r = {.b = b, .xml = XML_ParserCreateNS(NULL, MARK)};
    if (r.xml == NULL)
        return 503;
    buf_addc(&b->text, '\0'); /* so that no string begins at 0 */
    XML_SetUserData(r.xml, &r);
    XML_SetReturnNSTriplet(r.xml, XML_TRUE);
    XML_SetElementHandler(r.xml, on_start, on_end);
    XML_SetCharacterDataHandler(r.xml, on_text);
    XML_SetStartDoctypeDeclHandler(r.xml, on_doctype);
    const bool ok = XML_Parse(r.xml, body.p, (int)body.n, XML_TRUE) == XML_STATUS_OK;
    const bool no_memory = XML_GetErrorCode(r.xml) == XML_ERROR_NO_MEMORY || b->text.failed;
    XML_ParserFree(r.xml);
    if (r.status != 0)
        return r.status;
    if (no_memory)
        return 503;
    return ok && conclude(&r, root) ? 0 : 400;
}

void dav_body_free(struct dav_body *b)
{
    buf_free(&b->text);
}
