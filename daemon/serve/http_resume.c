/* http_resume.c: uploads that are not over, as resources of their own, /-/uploads/TOKEN
 * (draft-ietf-httpbis-resumable-upload): how much of one is there, the rest of it, its end. */
#include "serve/http_part.h"

#include <stdio.h>
#include <string.h>

static struct partials *partials_of(const struct http *h)
{
    return http_serve(h)->files->partials;
}

void http_add_upload_limit(const struct http *h, struct http_head *hd, const struct partial *p)
{
    char text[40];
    const struct partials *ps = partials_of(h);
    const int64_t left = p != NULL && p->user == NULL ? p->until - ps->clock->wall : ps->keep;
    snprintf(text, sizeof text, "max-age=%lld", (long long)(left > 0 ? left / 1000 : 0));
    http_head_add(hd, "Upload-Limit", str_of(text));
}

void http_add_progress(struct http_head *hd, uint64_t offset, bool complete)
{
    http_head_addu(hd, "Upload-Offset", offset);
    http_head_add(hd, "Upload-Complete", complete ? STR("?1") : STR("?0"));
}

/* The upload that the path names, which nobody uses any more: whoever asks for it knows that what
 * went on there is lost. NULL when there is none for whoever asks, which is answered. */
static struct partial *find(struct http_call *call)
{
    const struct http *h = call->h;
    struct partial *p = partial_by_token(partials_of(h), str_of(call->path + 1));
    if (p != NULL && p->owner.account != 0 && h->account == NULL) {
        http_forbid(call);
        return NULL;
    }
    if (p == NULL || (p->owner.account != 0 && p->owner.account != h->account->id) ||
        !upload_stop(p)) {
        http_error(call, 404, NULL);
        return NULL;
    }
    return p;
}

static void end_empty(struct http_call *call, struct http_head *hd)
{
    http_head_add(hd, "Cache-Control", STR("no-store"));
    http_send_whole(call, hd, 204, STR(""));
}

void http_get_upload(struct http_call *call)
{
    struct http_head hd;
    const struct partial *p = find(call);
    if (p == NULL)
        return;
    http_head_begin(call->h, &hd, 204);
    http_add_progress(&hd, p->size, p->whole);
    if (p->whole || p->length != PARTIAL_LENGTH_UNKNOWN)
        http_head_addu(&hd, "Upload-Length", p->whole ? p->size : p->length);
    http_add_upload_limit(call->h, &hd, p);
    end_empty(call, &hd);
}

void http_delete_upload(struct http_call *call)
{
    struct http_head hd;
    struct partial *p = find(call);
    if (p == NULL)
        return;
    partial_drop(p);
    http_head_begin(call->h, &hd, 204);
    end_empty(call, &hd);
}

static bool is_patch(struct str type)
{
    struct str media;
    return str_split(&type, ';', &media) && str_ieq(str_trim(media), "application/partial-upload");
}

static void refuse_type(struct http_call *call)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, 415);
    http_head_add(&hd, "Accept-Patch", STR("application/partial-upload"));
    http_send_whole(call, &hd, 415, STR(""));
}

void http_patch_upload(struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    struct http_part part;
    if (!is_patch(http_field(call, HTTP_CONTENT_TYPE))) {
        refuse_type(call);
        return;
    }
    struct partial *p = find(call);
    if (p == NULL)
        return;
    if (!(http_rights(call->h, p->path) & MAY_WRITE))
        http_forbid(call);
    else if (!http_part_read(call, &part))
        return;
    else if (p->whole)
        http_problem(call, r->chunked || r->length > 0 ? PROBLEM_LENGTH : PROBLEM_COMPLETE, p->size,
                     0);
    else if (part.from != p->size)
        http_problem(call, PROBLEM_OFFSET, p->size, part.from);
    else if (p->length != PARTIAL_LENGTH_UNKNOWN && part.total != UINT64_MAX &&
             part.total != p->length)
        http_problem(call, PROBLEM_LENGTH, p->size, 0);
    else if (p->length != PARTIAL_LENGTH_UNKNOWN && !r->chunked &&
             p->size + r->length > p->length) {
        partial_drop(p);
        http_problem(call, PROBLEM_LENGTH, UINT64_MAX, 0);
    } else {
        http_put_part(call, &part, p);
    }
}

void http_get_progress(struct http_call *call)
{
    struct http *h = call->h;
    struct http_head hd;
    struct partial_owner owner;
    if (!(http_rights(h, call->path) & MAY_WRITE)) {
        http_forbid(call);
        return;
    }
    serve_partial_owner(h->conn, h->account, &owner);
    struct partial *p = h->visit == NULL ? partial_find(partials_of(h), &owner, call->path) : NULL;
    if (p != NULL && p->user != NULL && (owner.account == 0 || !upload_stop(p)))
        p = NULL;
    http_head_begin(h, &hd, 204);
    http_add_progress(&hd, p != NULL ? p->size : 0, false);
    if (p != NULL)
        http_add_upload_limit(h, &hd, p);
    end_empty(call, &hd);
}
