/* dav_xml.h: the bodies of WebDAV's requests (RFC 4918, 9.1, 9.2 and 9.10): which properties are
 * asked for or set, and which lock. There are no document types and no entities but XML's own five;
 * what is not known is passed over (17). */
#ifndef PARSE_DAV_XML_H
#define PARSE_DAV_XML_H

#include "base/buf.h"
#include "base/text.h"

enum {
    DAV_BODY_MAX = 64 << 10,  /* bytes of a body; more is 413 */
    DAV_TEXT_MAX = 256 << 10, /* bytes of what is kept of it, namespaces spelled out */
    DAV_DEPTH_MAX = 32,       /* elements in elements */
    DAV_PROPS_MAX = 100,      /* properties of one request */
    DAV_NAME_MAX = 255,       /* bytes of a property's name, and of its namespace */
    DAV_LANG_MAX = 36,        /* of xml:lang, with its NUL */
};

enum dav_root { DAV_PROPFIND, DAV_PROPPATCH, DAV_LOCK };
enum dav_find { DAV_ALLPROP, DAV_PROPNAME, DAV_PROP };

/* Where the strings of a property begin in the body's text. */
struct dav_prop {
    size_t space, name; /* its namespace ("" = none) and its name in it */
    size_t xml;         /* PROPPATCH: the element, as XML that needs nothing around it */
    bool remove;        /* PROPPATCH: it has no value, and shall go */
};

struct dav_body {
    enum dav_find find;
    bool shared;  /* the lock is */
    size_t owner; /* of the lock: the element <owner> as XML; 0 = there is none */
    unsigned count;
    struct dav_prop prop[DAV_PROPS_MAX]; /* PROPFIND: with DAV_ALLPROP, those that come besides */
    struct buf text;
};

/* Reads a whole body into b, which dav_body_free() ends, whatever came of it. An empty body of a
 * PROPFIND asks for DAV_ALLPROP. 0, or the status that refuses it: 400, 413, 503. */
int dav_xml_parse(struct dav_body *b, enum dav_root root, struct str body);
void dav_body_free(struct dav_body *b);
static inline const char *dav_text(const struct dav_body *b, size_t at)
{
    return buf_data(&b->text) + at;
}

#endif
