/* http_cors.c: pages of other sites that use this one by script, as far as `cors` lets them (Fetch
 * standard, 3.2). Without it no response says a word of that, and browsers keep them out. */
#include "parse/http_rules.h"
#include "serve/http.h"

#include <string.h>

/* What a script may see besides what it always may. */
#define EXPOSED                                                                              \
    "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Range, DAV, Date, ETag, " \
    "Location, Lock-Token, Repr-Digest, Upload-Complete, Upload-Length, Upload-Limit, "      \
    "Upload-Offset"

bool http_varies_by_origin(const struct conf_http *cf)
{
    return cf->cors[0] != '\0' && strcmp(cf->cors, "*") != 0;
}

void http_note_origin(struct http *h, const char *head)
{
    struct buf *b = &h->cors;
    const struct str origin = http_req_field(&h->req, head, HTTP_ORIGIN, 0);
    const enum http_cors may = http_origin_allowed(http_conf(h)->cors, origin);
    if (may == HTTP_CORS_NO)
        return;
    if (may == HTTP_CORS_ALL)
        buf_adds(b, "Access-Control-Allow-Origin: *\r\n");
    else
        buf_addf(b, "Access-Control-Allow-Origin: %.*s\r\n", (int)origin.n, origin.p);
    if (may == HTTP_CORS_LISTED)
        buf_adds(b, "Access-Control-Allow-Credentials: true\r\n");
    buf_adds(b, "Access-Control-Expose-Headers: " EXPOSED "\r\n");
    if (b->failed)
        buf_free(b);
}

bool http_preflight(struct http_call *call, const char *allow)
{
    struct http *h = call->h;
    struct http_head hd;
    const struct str fields = http_field(call, HTTP_REQUEST_HEADERS);
    if (h->cors.len == 0 || http_field(call, HTTP_REQUEST_METHOD).p == NULL)
        return false;
    http_head_begin(h, &hd, 204);
    http_head_add(&hd, "Allow", str_of(allow));
    http_head_add(&hd, "Access-Control-Allow-Methods", str_of(allow));
    if (fields.n > 0) /* whatever it wants to send: a field alone does nothing */
        http_head_add(&hd, "Access-Control-Allow-Headers", fields);
    http_head_add(&hd, "Access-Control-Max-Age", STR("3600"));
    http_send_whole(call, &hd, 204, STR(""));
    return true;
}
