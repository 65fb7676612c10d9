/* escape.h: bytes made safe for where they go. Each appends to `out`; the input may be any bytes.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"
#include "base/text.h"

/* One field of a log line: bytes that are not UTF-8, whatever utf8_unseen() names, '"' and '\' go
 * as \xNN; cut at max bytes of input with "..." (CVE-2009-4487: a log is read on terminals). */
void escape_log(struct buf *out, struct str s, size_t max);
/* Text or a quoted attribute of HTML; bytes that are not UTF-8, and control characters, become
 * U+FFFD. */
void escape_html(struct buf *out, struct str s);
/* The same for text of many lines: line ends and tabs stay. */
void escape_html_lines(struct buf *out, struct str s);
/* Text or a quoted attribute of XML 1.0; bytes that are not UTF-8, and characters that it does not
 * have, become U+FFFD. */
void escape_xml(struct buf *out, struct str s);
/* A path in a URL: everything but unreserved characters and '/' as %NN (RFC 3986, 2.1). */
void escape_url(struct buf *out, struct str s);
/* A string of JSON with its quotes; bytes that are not UTF-8 become U+FFFD (RFC 8259). */
void escape_json(struct buf *out, struct str s);
/* Text for people: bytes that are not UTF-8 become U+FFFD. */
void escape_text(struct buf *out, struct str s);
/* A line of text for a protocol that ends lines: control characters become '?'. */
void escape_line(struct buf *out, struct str s);

#endif
