/* http_part.c: what a request brings of a file: the whole, or a part, in the words of Content-Range
 * (RFC 9110, 14.5) or of "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload). */
#include "serve/http_part.h"

#include "parse/http_upload.h"

/* A Dictionary may be spread over several fields. */
static bool read_digest(const struct http_call *call, enum http_field_id id, struct digest *out)
{
    struct str value;
    for (unsigned i = 0; (value = http_req_field(&call->h->req, call->head, id, i)).p != NULL;
         i++) {
        struct digest d;
        if (!http_digest_field(value, &d))
            return false;
        if (d.kind != DIGEST_NONE && d.kind >= out->kind)
            *out = d;
    }
    return true;
}

static bool read_digests(const struct http_call *call, struct http_part *part)
{
    const struct str md5 = http_field(call, HTTP_CONTENT_MD5);
    return read_digest(call, HTTP_REPR_DIGEST, &part->whole) &&
           read_digest(call, HTTP_CONTENT_DIGEST, &part->content) &&
           (md5.p == NULL || http_content_md5(md5, &part->md5));
}

static bool read_range(const struct http_call *call, struct http_part *part)
{
    const struct http_req *r = &call->h->req;
    struct str value;
    if (part->draft || !http_one_field(call, HTTP_CONTENT_RANGE, &value) ||
        !http_upload_range(value, &part->from, &part->len, &part->total) ||
        (r->has_length && r->length != part->len))
        return false;
    part->range = true;
    part->ends = part->total != UINT64_MAX && part->from + part->len == part->total;
    return true;
}

/* The lengths that the draft knows; false when they contradict each other. */
static bool read_lengths(const struct http_call *call, struct http_part *part)
{
    const struct http_req *r = &call->h->req;
    struct str value;
    if (part->draft && http_one_field(call, HTTP_UPLOAD_LENGTH, &value))
        (void)sf_length(value, &part->total);
    if (r->chunked)
        return true;
    const uint64_t end = part->from + r->length;
    if (part->ends && part->total != UINT64_MAX && part->total != end)
        return false;
    if (part->ends)
        part->total = end;
    return end <= part->total;
}

bool http_part_read(struct http_call *call, struct http_part *part)
{
    struct str value;
    *part = (struct http_part){.ends = true, .len = UINT64_MAX, .total = UINT64_MAX};
    part->draft =
        http_one_field(call, HTTP_UPLOAD_COMPLETE, &value) && sf_boolean(value, &part->ends);
    if (call->h->req.method == HTTP_PATCH &&
        (!part->draft || !http_one_field(call, HTTP_UPLOAD_OFFSET, &value) ||
         !sf_length(value, &part->from))) {
        http_error(call, 400, NULL);
        return false;
    }
    if (!read_digests(call, part) ||
        (http_field(call, HTTP_CONTENT_RANGE).p != NULL && !read_range(call, part))) {
        http_error(call, 400, NULL);
        return false;
    }
    if (!part->range && !read_lengths(call, part)) {
        http_problem(call, PROBLEM_LENGTH, UINT64_MAX, 0);
        return false;
    }
    return true;
}

/* --- why not --- */

void http_problem(struct http_call *call, enum http_problem why, uint64_t offset, uint64_t asked)
{
    static const struct {
        int status;
        const char *type, *title;
    } rows[] = {
        [PROBLEM_OFFSET] = {409, "mismatching-upload-offset",
                            "offset from request does not match offset of resource"},
        [PROBLEM_LENGTH] = {400, "inconsistent-upload-length",
                            "inconsistent length values for upload"},
        [PROBLEM_COMPLETE] = {400, "completed-upload", "upload is already completed"},
        [PROBLEM_DIGEST] = {400, "digest-mismatching-values",
                            "a digest is another than that of what came"},
    };
    struct buf body = {0};
    struct http_head hd;
    buf_addf(&body,
             "{\"type\":\"https://iana.org/assignments/http-problem-types#%s\",\"title\":\"%s\"",
             rows[why].type, rows[why].title);
    if (why == PROBLEM_OFFSET)
        buf_addf(&body, ",\"expected-offset\":%llu,\"provided-offset\":%llu",
                 (unsigned long long)offset, (unsigned long long)asked);
    buf_adds(&body, "}\n");
    http_head_begin(call->h, &hd, rows[why].status);
    http_head_add(&hd, "Content-Type", STR("application/problem+json"));
    if (offset != UINT64_MAX)
        http_add_progress(&hd, offset, why == PROBLEM_COMPLETE);
    http_send_whole(call, &hd, rows[why].status, (struct str){buf_str(&body), body.len});
    buf_free(&body);
}
