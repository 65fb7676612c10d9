/* http_page.c: the pages of our own: home, chat, and what they are made of (daemon/web). */
#include "base/escape.h"
#include "base/hmap.h"
#include "parse/host.h"
#include "parse/http_range.h"
#include "serve/http_rep.h"

#include <stdio.h>
#include <string.h>

/* --- pages from templates --- */

static const struct fill *find_fill(const struct fill *fills, struct str name)
{
    for (; fills->name != NULL; fills++)
        if (str_eq(name, fills->name))
            return fills;
    return NULL;
}

void http_fill(struct buf *out, const struct web_file *file, const struct fill *fills)
{
    struct str text = {file->begin, (size_t)(file->end - file->begin)};
    while (text.n > 0) {
        const char *open = memmem(text.p, text.n, "{{", 2);
        const char *close =
            open != NULL ? memmem(open, (size_t)(text.p + text.n - open), "}}", 2) : NULL;
        if (close == NULL) {
            buf_add(out, text.p, text.n);
            return;
        }
        buf_add(out, text.p, (size_t)(open - text.p));
        const struct fill *f = find_fill(fills, (struct str){open + 2, (size_t)(close - open - 2)});
        if (f != NULL)
            buf_add(out, f->value.p, f->value.n);
        const char *end = text.p + text.n;
        text = (struct str){close + 2, (size_t)(end - close - 2)};
    }
}

struct str http_html(struct buf *b, struct str text)
{
    escape_html(b, text);
    return str_of(buf_str(b));
}

void http_send_filled(struct http_call *call, const struct web_file *f, const struct fill *fills)
{
    struct buf page = {0};
    http_fill(&page, f, fills);
    http_send_page(call, 200, &page);
    buf_free(&page);
}

struct str http_host(const struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    const struct str host =
        host_of(r->authority_len > 0 ? (struct str){call->head + r->authority, r->authority_len}
                                     : http_field(call, HTTP_HOST));
    return host.n > 0 ? host : STR("localhost");
}

/* The same, made safe for HTML. */
static void add_host(struct buf *b, const struct http_call *call)
{
    escape_html(b, http_host(call));
}

/* The port of the first door of that kind, or 0. */
static unsigned port_of(const struct serve *s, const char *kind)
{
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        if (strcmp(d->fe->name, kind) != 0 || list_empty(&d->sockets))
            continue;
        const struct door_socket *ds = list_entry(d->sockets.next, struct door_socket, link);
        return addr_port(d->fe->datagrams ? &ds->dg.addr : &ds->ls.addr);
    }
    return 0;
}

/* --- the pages --- */

static void add_doors(struct buf *b, const struct http_call *call)
{
    const struct serve *s = http_serve(call->h);
    const unsigned irc = port_of(s, "irc"), ftp = port_of(s, "ftp"), udp = port_of(s, "udp");
    if (irc > 0) {
        buf_adds(b, "<tr><th>IRC</th><td><a href=\"irc://");
        add_host(b, call);
        buf_addf(b, ":%u/", irc);
        escape_url(b, str_of(s->chat->lobby->name));
        buf_adds(b, "\">");
        add_host(b, call);
        buf_addf(b, " port %u</a>, room ", irc);
        escape_html(b, str_of(s->chat->lobby->name));
        buf_adds(b, "</td></tr>\n");
    }
    if (udp > 0) {
        buf_adds(b, "<tr><th>Datagrams</th><td><code>nc -u ");
        add_host(b, call);
        buf_addf(b,
                 " %u</code>, then <code>L name</code>, <code>C name text</code>, "
                 "<code>Q name</code></td></tr>\n",
                 udp);
    }
    if (ftp > 0) {
        buf_adds(b, "<tr><th>FTP</th><td><a href=\"ftp://");
        add_host(b, call);
        buf_addf(b, ":%u/\">", ftp);
        add_host(b, call);
        buf_addf(b, " port %u</a>, user <code>anonymous</code></td></tr>\n", ftp);
    }
}

static void fill_with_doors(struct buf *page, struct http_call *call, const struct web_file *f)
{
    const struct serve *s = http_serve(call->h);
    struct buf name = {0}, lobby = {0}, doors = {0}, topic = {0}, people = {0}, person = {0},
               account = {0};
    http_add_person(&person, call->h);
    add_doors(&doors, call);
    buf_addf(&people, "%u", s->chat->lobby->count);
    const struct fill fills[] = {
        {"NAME", http_html(&name, str_of(s->conf->irc->network))},
        {"LOBBY", http_html(&lobby, str_of(s->chat->lobby->name))},
        {"TOPIC", http_html(&topic, str_of(s->chat->lobby->topic))},
        {"PEOPLE", str_of(buf_str(&people))},
        {"DOORS", str_of(buf_str(&doors))},
        {"PERSON", str_of(buf_str(&person))},
        {"ACCOUNT",
         call->h->account != NULL ? http_html(&account, str_of(call->h->account->name)) : STR("")},
        {"LOGIN", http_logins_open(call->h) ? STR("yes") : STR("no")},
        {NULL, {NULL, 0}},
    };
    http_fill(page, f, fills);
    buf_free(&name);
    buf_free(&lobby);
    buf_free(&doors);
    buf_free(&topic);
    buf_free(&people);
    buf_free(&person);
    buf_free(&account);
}

void http_get_home(struct http_call *call)
{
    struct buf page = {0};
    fill_with_doors(&page, call, &web_home);
    http_send_page(call, 200, &page);
    buf_free(&page);
}

/* Its script finds everything else by relative links: the page may lie below somebody's path. */
void http_get_chat(struct http_call *call)
{
    struct buf page = {0};
    if (strcmp(call->path, "/") != 0) {
        http_error(call, 404, NULL);
        return;
    }
    fill_with_doors(&page, call, &web_chat);
    http_send_script_page(call, 200, &page);
    buf_free(&page);
}

/* --- what they are made of --- */

#define CSS "text/css; charset=utf-8"
#define JS  "text/javascript; charset=utf-8"
#define SVG "image/svg+xml"

static const struct asset {
    const char *path, *type;
    const struct web_file *file;
} assets[] = {
    {"/style.css", CSS, &web_style},
    {"/files.css", CSS, &web_files_css},
    {"/files.js", JS, &web_files_js},
    {"/make.js", JS, &web_make_js},
    {"/rows.js", JS, &web_rows_js},
    {"/send.js", JS, &web_send_js},
    {"/view.js", JS, &web_view_js},
    {"/chat.css", CSS, &web_chat_css},
    {"/chat.js", JS, &web_chat_js},
    {"/chat_ask.js", JS, &web_chat_ask_js},
    {"/chat_events.js", JS, &web_chat_events_js},
    {"/chat_input.js", JS, &web_chat_input_js},
    {"/chat_link.js", JS, &web_chat_link_js},
    {"/chat_log.js", JS, &web_chat_log_js},
    {"/chat_model.js", JS, &web_chat_model_js},
    {"/chat_msg.js", JS, &web_chat_msg_js},
    {"/chat_send.js", JS, &web_chat_send_js},
    {"/chat_side.js", JS, &web_chat_side_js},
    {"/chat_words.js", JS, &web_chat_words_js},
    {"/chat.svg", SVG, &web_chat_icons},
    {"/icons.svg", SVG, &web_icons},
    {"/icon.svg", SVG, &web_icon},
    {"/icon_new.svg", SVG, &web_icon_new},
};

static const struct asset *find_asset(const char *path)
{
    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++)
        if (strcmp(path, assets[i].path) == 0)
            return &assets[i];
    return NULL;
}

/* Kept for a while, and then asked for by its tag: a newer agentd has other ones. */
void http_get_asset(struct http_call *call)
{
    static const uint64_t seed[2] = {0};
    struct http_head hd;
    char etag[24];
    const struct asset *a = find_asset(call->path);
    if (a == NULL) {
        http_error(call, 404, NULL);
        return;
    }
    const struct str body = {a->file->begin, (size_t)(a->file->end - a->file->begin)};
    snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)siphash13(seed, body.p, body.n));
    const bool known = http_etag_in(http_field(call, HTTP_IF_NONE_MATCH), str_of(etag), true);
    http_head_begin(call->h, &hd, known ? 304 : 200);
    http_head_add(&hd, "ETag", str_of(etag));
    http_head_add(&hd, "Cache-Control", STR("max-age=600"));
    if (!known) {
        http_head_add(&hd, "Content-Type", str_of(a->type));
        http_head_addu(&hd, "Content-Length", body.n);
    }
    const bool send = !known && !call->head_only;
    http_head_send(call->h, &hd, send ? body.n : 0);
    if (send)
        conn_write(call->h->conn, body.p, body.n);
    http_log(call->h, call->head, known ? 304 : 200, call->h->queued);
}

void http_no_icon(struct http_call *call)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, 204);
    http_head_add(&hd, "Cache-Control", STR("max-age=3600"));
    http_send_whole(call, &hd, 204, STR(""));
}

void http_add_url(struct buf *b, const struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    const char *url = http_conf(call->h)->url;
    const struct str host = r->authority_len > 0
                                ? (struct str){call->head + r->authority, r->authority_len}
                                : http_field(call, HTTP_HOST);
    if (url[0] != '\0')
        buf_add(b, url, strlen(url) - (url[strlen(url) - 1] == '/'));
    else
        buf_addf(b, "%s://%.*s", http_is_secure(call->h) ? "https" : "http", (int)host.n,
                 host.n > 0 ? host.p : "");
}
