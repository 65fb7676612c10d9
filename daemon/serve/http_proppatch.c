/* http_proppatch.c: PROPPATCH (RFC 4918, 9.2): all of what it asks for is done, or nothing. */
#include "serve/http_dav.h"

#include <errno.h>
#include <string.h>

/* Those properties that have this status. */
static void add_stat(struct buf *b, const struct dav_body *body, const int *status, int which)
{
    bool any = false;
    for (unsigned i = 0; i < body->count; i++) {
        if (status[i] != which)
            continue;
        buf_adds(b, any ? "" : "<D:propstat><D:prop>");
        any = true;
        http_dav_name(b, dav_text(body, body->prop[i].space), dav_text(body, body->prop[i].name));
    }
    if (!any)
        return;
    buf_adds(b, "</D:prop>");
    http_dav_status(b, which);
    if (which == 403)
        buf_adds(b, "<D:error><D:cannot-modify-protected-property/></D:error>");
    buf_adds(b, "</D:propstat>");
}

static void answer(struct http *h, bool folder, const struct dav_body *body, const int *status)
{
    static const int all[] = {200, 403, 424, 500, 507};
    struct http_call call = {.h = h};
    struct buf b = {0};
    buf_addf(&b, "%s<D:multistatus xmlns:D=\"DAV:\"><D:response>", http_dav_top);
    http_dav_href(&b, http_form_path(h), folder);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        add_stat(&b, body, status, all[i]);
    buf_adds(&b, "</D:response></D:multistatus>\n");
    http_dav_send(&call, 207, &b);
}

/* Fills in a status for each property. */
static void change(struct http *h, const struct dav_body *body, int *status)
{
    struct prop_change c[DAV_PROPS_MAX];
    bool all = true;
    for (unsigned i = 0; i < body->count; i++) {
        const struct dav_prop *p = &body->prop[i];
        c[i] = (struct prop_change){.space = dav_text(body, p->space),
                                    .name = dav_text(body, p->name),
                                    .xml = p->remove ? NULL : dav_text(body, p->xml)};
        status[i] = http_dav_is_live(c[i].space, c[i].name) ? 403 : 424;
        all = all && status[i] == 424;
    }
    if (!all)
        return;
    const int err = props_change(http_serve(h)->props, http_form_path(h), c, body->count);
    for (unsigned i = 0; i < body->count; i++)
        status[i] = err == 0 ? 200 : err == ENOSPC ? 507 : 500;
}

static void patch_whole(struct http *h)
{
    struct http_call call = {.h = h};
    int status[DAV_PROPS_MAX];
    struct dav_body body;
    struct stat st;
    int refused = dav_xml_parse(&body, DAV_PROPPATCH, http_form_body(h));
    if (refused == 0 && store_stat(http_serve(h)->files, http_form_path(h), &st) != 0)
        refused = 404;
    if (refused != 0) {
        http_error(&call, refused, NULL);
    } else {
        change(h, &body, status);
        answer(h, S_ISDIR(st.st_mode), &body, status);
    }
    http_answered(h);
    dav_body_free(&body);
}

void http_proppatch(struct http_call *call)
{
    struct stat st;
    if (!http_may(call, MAY_CHANGE))
        return;
    int status = store_stat(http_serve(call->h)->files, call->path, &st) != 0 ? 404 : 0;
    if (status == 0)
        status = http_write_conditions(call, MAY_CHANGE);
    if (status != 0)
        http_error(call, status, NULL);
    else if (http_unlocked(call, call->path, 0))
        http_take_form(call, DAV_BODY_MAX, patch_whole);
}
