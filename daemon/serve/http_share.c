/* http_share.c: share links are made (POST /files/PATH?share), shown and revoked (/shares). */
#include "base/date.h"
#include "base/escape.h"
#include "parse/form.h"
#include "serve/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One that is being made. */
struct making {
    struct http_work work;
    struct buf form; /* the request's body */
    struct buf url;  /* of our pages, as the client sees us */
    bool page;       /* a browser shows the answer to somebody */
    uint64_t ticket; /* of the job that hashes the password */
    struct share_wish wish;
    char hash[HASH_MAX];
    char path[PATH_BYTES_MAX];
};

static struct making *making_of(const struct http *h)
{
    return (void *)h->work;
}

/* --- answers --- */

/* text is HTML. */
static void send_shared(struct http *h, int status, const char *title, struct buf *text)
{
    struct http_call call = {.h = h};
    struct buf name = {0}, person = {0}, page = {0};
    http_add_person(&person, h);
    const struct fill fills[] = {
        {"NAME", http_html(&name, str_of(http_serve(h)->conf->irc->network))},
        {"PERSON", str_of(buf_str(&person))},
        {"TITLE", str_of(title)},
        {"TEXT", str_of(buf_str(text))},
        {NULL, {NULL, 0}},
    };
    http_fill(&page, &web_shared, fills);
    http_send_page(&call, status, &page);
    buf_free(&name);
    buf_free(&person);
    buf_free(&page);
}

static void fail(struct http *h, int status, const char *why)
{
    struct http_call call = {.h = h};
    struct buf b = {0};
    if (making_of(h)->page) {
        buf_adds(&b, "<p>");
        escape_html(&b, str_of(why));
        buf_adds(&b, ".</p>");
        send_shared(h, status, "Nothing was shared", &b);
    } else {
        buf_adds(&b, "{\"error\":");
        escape_json(&b, str_of(why));
        buf_adds(&b, "}\n");
        http_send(&call, status, "application/json", (struct str){buf_data(&b), b.len});
    }
    buf_free(&b);
    http_answered(h);
}

static int status_of(enum share_result result)
{
    switch (result) {
    case SHARE_NOT_ALLOWED: return 403;
    case SHARE_NOT_THERE: return 404;
    case SHARE_TOO_MANY:
    case SHARE_NO_FOLDER: return 409;
    default: return 503;
    }
}

static void add_until(struct buf *b, const struct share *s)
{
    char date[DATE_TEXT_MAX] = "it is revoked";
    if (s->expires > 0)
        date_minute(date, (time_t)(s->expires / 1000));
    buf_addf(b, "%s%s", date, s->expires > 0 ? " UTC" : "");
}

static void send_page(struct http *h, const struct share *s, struct buf *url)
{
    struct buf b = {0};
    buf_adds(&b, "<p><bdi>");
    escape_html(&b, str_of(s->path));
    buf_adds(&b, "</bdi> can be had until ");
    add_until(&b, s);
    buf_addf(&b, " by whoever has this link%s:</p>\n<p class=\"link\"><a href=\"",
             s->hash[0] != '\0' ? " and the password" : "");
    escape_html(&b, str_of(buf_str(url)));
    buf_adds(&b, "\">");
    escape_html(&b, str_of(buf_str(url)));
    buf_adds(&b, "</a></p>\n<p class=\"note\">Copy it now: it is not shown again.</p>");
    send_shared(h, 201, "Shared", &b);
    buf_free(&b);
}

static void send_json(struct http *h, const struct share *s, struct buf *url)
{
    struct http_call call = {.h = h};
    struct buf b = {0};
    buf_adds(&b, "{\"url\":");
    escape_json(&b, str_of(buf_str(url)));
    buf_addf(&b, ",\"id\":%lld,\"expires\":%lld}\n", (long long)s->id,
             (long long)(s->expires / 1000));
    http_send(&call, 201, "application/json", (struct str){buf_data(&b), b.len});
    buf_free(&b);
}

/* --- making one --- */

static struct share_desk desk_of(struct http *h)
{
    const struct serve *s = http_serve(h);
    return (struct share_desk){.shares = s->shares,
                               .conf = s->conf,
                               .rooms = s->rooms,
                               .files = s->files,
                               .url = buf_str(&making_of(h)->url)};
}

static void finish(struct http *h)
{
    struct making *m = making_of(h);
    const struct share_desk desk = desk_of(h);
    struct share *s = NULL;
    struct buf url = {0};
    const enum share_result result = share_make(&desk, &m->wish, &url, &s);
    if (result != SHARE_OK) {
        fail(h, status_of(result), share_result_text(result));
        return;
    }
    if (m->page)
        send_page(h, s, &url);
    else
        send_json(h, s, &url);
    buf_free(&url);
    http_answered(h);
}

static void hashed(void *arg, int err)
{
    struct http *h = arg;
    making_of(h)->ticket = 0;
    if (err == 0)
        finish(h);
    else
        fail(h, 503, "the password cannot be hashed now");
}

static void hash(struct http *h, const char *password)
{
    struct making *m = making_of(h);
    struct job_runner *jobs = http_serve(h)->files->jobs;
    const struct job job = {.kind = JOB_HASH,
                            .fd = -1,
                            .fd2 = -1,
                            .password = password,
                            .made = m->hash,
                            .done = hashed,
                            .arg = h};
    m->ticket = jobs->submit(jobs, &job);
    if (m->ticket == 0)
        fail(h, 503, "the password cannot be hashed now");
}

/* Can a browser and a terminal give it? */
static bool is_password(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return true;
}

/* The value of a field, "" when there is none; false when it cannot be used. */
static bool field(const struct making *m, const char *name, char *out, size_t size)
{
    const struct str form = {buf_data(&m->form), m->form.len};
    char any[HTTP_FORM_MAX + 1];
    if (form.n > 0 && form_field(form, name, out, size))
        return utf8_valid(out, strlen(out));
    out[0] = '\0';
    return form.n == 0 || !form_field(form, name, any, sizeof any);
}

static void form_end(struct http *h)
{
    struct making *m = making_of(h);
    const struct share_desk desk = desk_of(h);
    char expires[32], uploads[8], password[PASSWORD_MAX];
    const char *fault = NULL;
    m->wish.path = m->path;
    m->wish.hash = m->hash;
    m->wish.maker = h->account;
    if (!field(m, "expires", expires, sizeof expires) ||
        !share_lasts(str_of(expires), &m->wish.lasts))
        fault = "expires must be a time such as 30m, 12h or 7d, or never";
    else if (!field(m, "uploads", uploads, sizeof uploads) ||
             !(uploads[0] == '\0' || strcmp(uploads, "yes") == 0 || strcmp(uploads, "no") == 0))
        fault = "uploads must be yes or no";
    else if (!field(m, "password", password, sizeof password) || !is_password(password))
        fault = "the password is too long, not UTF-8, or has control characters";
    if (fault != NULL) {
        fail(h, 400, fault);
        return;
    }
    m->wish.uploads = strcmp(uploads, "yes") == 0;
    const enum share_result result = share_check(&desk, &m->wish);
    if (result != SHARE_OK)
        fail(h, status_of(result), share_result_text(result));
    else if (password[0] != '\0')
        hash(h, password);
    else
        finish(h);
    explicit_bzero(password, sizeof password);
}

static bool form_data(struct http *h, struct str piece)
{
    struct http_call call = {.h = h};
    struct making *m = making_of(h);
    buf_add(&m->form, piece.p, piece.n);
    if (!m->form.failed && m->form.len <= HTTP_FORM_MAX)
        return true;
    h->keep = false;
    http_error(&call, m->form.failed ? 503 : 413, NULL);
    return false;
}

static void drop(struct http *h, const char *why)
{
    struct making *m = making_of(h);
    struct job_runner *jobs = http_serve(h)->files->jobs;
    (void)why;
    if (m->ticket != 0 && jobs != NULL)
        jobs->cancel(jobs, m->ticket);
    if (m->form.mem != NULL)
        explicit_bzero(m->form.mem, m->form.cap);
    buf_free(&m->form);
    buf_free(&m->url);
    free(m);
}

static const struct http_work_ops ops = {.data = form_data, .end = form_end, .drop = drop};

static void take_form(struct http_call *call)
{
    struct making *m = calloc(1, sizeof *m);
    if (m == NULL) {
        http_error(call, 503, NULL);
        return;
    }
    m->work.ops = &ops;
    m->page = http_accepts(call, "text/html");
    text_copy(m->path, sizeof m->path, call->path);
    http_add_url(&m->url, call);
    http_take_body(call, &m->work);
}

bool http_post_share(struct http_call *call)
{
    const struct str type = http_field(call, HTTP_CONTENT_TYPE);
    char none[1];
    if (!http_query(call, "share", none, sizeof none))
        return false;
    if (call->h->account == NULL)
        http_forbid(call);
    else if (call->h->machine || !http_same_origin(call))
        http_error(call, 403, NULL);
    else if (type.p != NULL && !str_istarts(type, HTTP_FORM_TYPE))
        http_error(call, 415, NULL);
    else
        take_form(call);
    return true;
}

/* --- /shares --- */

/* Whose shares whoever asks may see: NULL: everybody's. */
static const struct account *whose(const struct http *h)
{
    return http_is_admin(h) ? NULL : h->account;
}

static void add_row(struct buf *b, const struct shares *ss, const struct share *s)
{
    buf_adds(b, "<tr><td><a href=\"/files");
    escape_url(b, str_of(s->path));
    buf_adds(b, s->folder && s->path[1] != '\0' ? "/\"><bdi>" : "\"><bdi>");
    escape_html(b, str_of(s->path));
    buf_addf(b, "</bdi></a>%s%s</td><td><bdi>", s->hash[0] != '\0' ? ", with a password" : "",
             s->uploads ? ", for uploads too" : "");
    escape_html(b, str_of(s->maker != NULL ? s->maker->name : "agentctl"));
    buf_adds(b, "</bdi></td><td>");
    add_until(b, s);
    buf_addf(b, "%s</td><td>%llu</td>", share_usable(ss, s) ? "" : " (does not hold)",
             (unsigned long long)s->hits);
    buf_addf(b,
             "<td><form method=\"post\" action=\"/shares\"><button name=\"revoke\" value=\"%lld\">"
             "Revoke</button></form></td></tr>\n",
             (long long)s->id);
}

static void send_shares(struct http_call *call)
{
    const struct shares *ss = http_serve(call->h)->shares;
    const struct account *of = whose(call->h);
    struct buf name = {0}, person = {0}, rows = {0}, page = {0};
    http_add_person(&person, call->h);
    list_each(n, &ss->all)
    {
        const struct share *s = list_entry(n, struct share, link);
        if (of == NULL || s->maker == of)
            add_row(&rows, ss, s);
    }
    const struct fill fills[] = {
        {"NAME", http_html(&name, str_of(http_serve(call->h)->conf->irc->network))},
        {"PERSON", str_of(buf_str(&person))},
        {"ROWS", str_of(buf_str(&rows))},
        {"EMPTY", rows.len > 0 ? STR("") : STR("Nothing is shared.")},
        {NULL, {NULL, 0}},
    };
    http_fill(&page, &web_shares, fills);
    http_send_page(call, 200, &page);
    buf_free(&name);
    buf_free(&person);
    buf_free(&rows);
    buf_free(&page);
}

/* Is /shares meant, by somebody who has logged in? Else it is answered. */
static bool may(struct http_call *call)
{
    if (strcmp(call->path, "/") != 0)
        http_error(call, 404, NULL);
    else if (call->h->account == NULL || call->h->machine)
        http_forbid(call);
    else
        return true;
    return false;
}

void http_get_shares(struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    struct buf json = {0};
    if (!may(call))
        return;
    if (http_accepts(call, "text/html") &&
        !str_eq((struct str){call->head + r->query, r->query_len}, "json")) {
        send_shares(call);
        return;
    }
    share_list(http_serve(call->h)->shares, whose(call->h), true, &json);
    http_send(call, 200, "application/json", (struct str){buf_data(&json), json.len});
    buf_free(&json);
}

static void revoke(struct http *h)
{
    struct http_call call = {.h = h};
    struct shares *ss = http_serve(h)->shares;
    char text[24];
    uint64_t id;
    const bool ok = form_field(http_form_body(h), "revoke", text, sizeof text) &&
                    text_number(str_of(text), INT64_MAX, &id);
    struct share *s = ok ? share_by_id(ss, (int64_t)id) : NULL;
    if (s == NULL || (whose(h) != NULL && s->maker != h->account))
        http_error(&call, 404, NULL);
    else if (!share_revoke(ss, s, "revoked"))
        http_error(&call, 503, NULL);
    else
        http_see_other(&call, "/shares", NULL);
    http_answered(h);
}

void http_post_shares(struct http_call *call)
{
    if (!may(call))
        return;
    if (!http_same_origin(call))
        http_error(call, 403, NULL);
    else
        http_take_form(call, HTTP_FORM_MAX, revoke);
}
