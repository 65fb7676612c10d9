/* http_error.c: errors, as pages or in short. */
#include "parse/http_rules.h"
#include "serve/http.h"

#include <string.h>

enum { PAGE_MAX = 64 << 10 }; /* bytes of a section's own page */

static void begin(struct http_call *call, struct http_head *hd, int status, const char *type,
                  const char *allow)
{
    http_head_begin(call->h, hd, status);
    http_head_add(hd, "Content-Type", str_of(type));
    http_head_add(hd, "Vary", STR("Accept"));
    if (allow != NULL)
        http_head_add(hd, "Allow", str_of(allow));
    if (status == 401)
        http_head_add(hd, "WWW-Authenticate",
                      call->h->visit != NULL ? STR("Basic realm=\"share\", charset=\"UTF-8\"")
                                             : STR("Basic realm=\"agentd\", charset=\"UTF-8\""));
    if (status == 426)
        http_add_upgrade(hd);
}

/* The section's page for it; false when there is none. */
static bool send_own(struct http_call *call, int status, const char *allow)
{
    struct http *h = call->h;
    struct http_head hd;
    struct store_file *f;
    char path[PATH_BYTES_MAX];
    const struct str own = http_error_path(http_conf(h)->error_pages, status);
    if (own.p == NULL || !str_copy(path, sizeof path, own) ||
        store_open(&http_door(h)->site, path, &f) != 0)
        return false;
    const bool fits = f->size <= PAGE_MAX;
    if (fits) {
        begin(call, &hd, status, f->type, allow);
        http_head_addu(&hd, "Content-Length", f->size);
        http_head_send(h, &hd, call->head_only ? 0 : f->size);
        if (!call->head_only && f->body != NULL)
            conn_share(h->conn, f->body);
        else if (!call->head_only)
            conn_file(h->conn, &f->of, 0, f->size);
        http_log_whole(call, status);
    }
    store_close(f);
    return fits;
}

/* What a person may do about it. */
static const struct {
    int status;
    const char *text;
} advices[] = {
    {401, "Log in with a name and a password that may see this."},
    {403, "You may not do that here. If others may, log in with your name first."},
    {404, "There is nothing at this address. It may have been renamed or deleted; the folder above "
          "shows what there is."},
    {405, "That cannot be done with this."},
    {408, "The request took too long to arrive. Try again."},
    {409, "Something is in the way: there is a file of that name already, or the folder is not "
          "there. Go back, and choose another name or tick “replace”."},
    {412, "Somebody has changed it meanwhile, or there is one of that name already. Load the page "
          "again and look first."},
    {413, "That is larger than this server takes. Send less at a time."},
    {415, "This server does not take it in that form."},
    {416, "The file has become shorter than the part that was asked for. Download it from its "
          "beginning."},
    {423, "Somebody has locked it for a while. Try again later."},
    {426, "This is where programs speak WebSocket, version 13. There is nothing to look at."},
    {500, "Something went wrong here, and not with you. Try again; whoever runs this server finds "
          "the reason in its log."},
    {503, "Too much is going on at the moment. Try again in a minute."},
    {507, "There is no room left: the disk is full, or all that your account may bring is here "
          "already. Delete something first."},
};

static const char *advice_for(int status)
{
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
        if (advices[i].status == status)
            return advices[i].text;
    return "";
}

static void add_page(struct buf *b, int status)
{
    const char *text = http_status_text(status);
    buf_addf(b,
             "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
             "<title>%d %s</title>"
             "<meta name=\"viewport\" content=\"width=device-width\">"
             "<link rel=\"icon\" href=\"/-/icon.svg\">"
             "<link rel=\"stylesheet\" href=\"/-/style.css\"></head>\n"
             "<body><header><a href=\"/\">home</a></header>\n<main class=\"error\"><h1>%s</h1>"
             "<p>%s</p><p class=\"note\">Error %d.</p></main></body></html>\n",
             status, text, text, advice_for(status), status);
}

void http_error(struct http_call *call, int status, const char *allow)
{
    struct http_head hd;
    struct buf body = {0};
    const enum http_shape shape = call->head != NULL ? http_shape(call) : call->h->error_shape;
    if (shape == HTTP_PAGE && http_conf(call->h)->error_pages[0] != '\0' &&
        send_own(call, status, allow))
        return;
    switch (shape) {
    case HTTP_PAGE: add_page(&body, status); break;
    case HTTP_JSON:
        buf_addf(&body, "{\"status\":%d,\"error\":\"%s\"}\n", status, http_status_text(status));
        break;
    case HTTP_TEXT: buf_addf(&body, "%d %s\n", status, http_status_text(status)); break;
    }
    begin(call, &hd, status, http_shape_type[shape], allow);
    http_send_whole(call, &hd, status, (struct str){buf_data(&body), body.len});
    buf_free(&body);
}

void http_refuse(struct http *h, int status)
{
    struct http_call call = {.h = h,
                             .head = h->conn->in.mem != NULL ? buf_data(&h->conn->in) : "",
                             .head_only = h->req.method == HTTP_HEAD};
    h->keep = false;
    http_serve(h)->metrics->http_refused++;
    http_error(&call, status, NULL);
    conn_finish(h->conn, true);
}
