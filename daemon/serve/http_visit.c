/* http_visit.c: who comes by a share link, /s/TOKEN: what is shared lies there as the store lies at
 * /files, for the handlers that are there already; what they may do is the share's matter. An
 * unknown token, one that has expired and one that was revoked are all the same nothing. */
#include "base/escape.h"
#include "parse/cookie.h"
#include "parse/form.h"
#include "serve/http_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE "share"

enum { TOKEN_LEN = SHARE_TOKEN_MAX - 1 };

struct http_visit {
    struct share *share; /* a reference; NULL: there is none of that token */
    bool admitted;       /* the password was right, or there is none */
    char base[sizeof HTTP_SHARES + SHARE_TOKEN_MAX];
    char path[PATH_BYTES_MAX]; /* that the request is about, in the store */
};

/* --- what the others ask --- */

static const struct share *share_of(const struct http *h)
{
    return h->visit != NULL ? h->visit->share : NULL;
}

static bool is_over(const struct http *h)
{
    const struct share *s = share_of(h);
    return s == NULL || !share_usable(http_serve(h)->shares, s);
}

unsigned http_visit_rights(const struct http *h, const char *path)
{
    if (is_over(h) || !h->visit->admitted)
        return 0;
    return share_rights(http_serve(h)->conf, http_serve(h)->rooms, share_of(h), path);
}

struct account *http_payer(const struct http *h)
{
    const struct share *s = share_of(h);
    return s != NULL ? s->maker : h->account;
}

const char *http_visitor(const struct http *h)
{
    const struct share *s = share_of(h);
    return s != NULL ? s->who : NULL;
}

const char *http_who(const struct http *h)
{
    const char *visitor = http_visitor(h);
    return visitor != NULL ? visitor : h->account != NULL ? h->account->name : "guest";
}

const char *http_base(const struct http *h)
{
    return h->visit != NULL ? h->visit->base : "/files";
}

const char *http_shown(const struct http *h, const char *path)
{
    const struct share *s = share_of(h);
    const char *shown = s != NULL && s->path[1] != '\0' ? path + strlen(s->path) : path;
    return shown[0] != '\0' ? shown : "/";
}

const char *http_base_name(const struct http *h)
{
    const struct share *s = share_of(h);
    return s != NULL && s->path[1] != '\0' ? path_name(s->path) : "files";
}

const char *http_shared_name(const struct http *h)
{
    const struct share *s = share_of(h);
    return s != NULL && !s->folder ? path_name(s->path) : NULL;
}

void http_visit_check(struct http *h)
{
    /* A stream without an end has one when its host goes. */
    const bool endless = h->work != NULL && h->work->ops->quiet != NULL;
    if ((share_of(h) != NULL && is_over(h)) || (endless && h->host->closing))
        conn_close(h->conn, CLOSE_KICKED);
}

/* --- who comes --- */

void http_visit_end(struct http *h)
{
    if (h->visit == NULL)
        return;
    share_unref(h->visit->share);
    explicit_bzero(h->visit, sizeof *h->visit);
    free(h->visit);
    h->visit = NULL;
}

static bool knows(struct http *h, struct str name, struct str password)
{
    (void)name; /* whatever it is */
    h->visit->admitted = login_knows_share(http_serve(h), h->visit->share, password);
    return h->visit->admitted;
}

static void basic_done(void *arg, enum login_result result, struct account *a)
{
    struct http *h = arg;
    (void)a;
    h->visit->admitted = result == LOGIN_OK;
    http_basic_done(h, result);
}

static struct login *begin(struct http *h, struct str name, struct str password)
{
    (void)name;
    return login_begin_share(h->conn, h->visit->share, password, basic_done, h);
}

static const struct http_keeper keeper = {knows, begin};

static bool admit(struct http *h, const char *head, int *refused)
{
    const struct str cookies = http_req_field(&h->req, head, HTTP_COOKIE, 0);
    const struct str pass = cookies.p != NULL ? cookie_find(cookies, COOKIE) : cookies;
    const struct str field = http_req_field(&h->req, head, HTTP_AUTHORIZATION, 0);
    h->visit->admitted = pass.p != NULL && secret_same(pass, h->visit->share->pass);
    if (h->visit->admitted || field.p == NULL)
        return true;
    if (!serve_needs_tls(h->conn, true))
        return http_by_basic(h, field, &keeper, refused);
    *refused = 401; /* unseen: it should not have come in clear */
    return true;
}

bool http_visit_begin(struct http *h, const char *head, int *refused)
{
    struct http_visit *v = calloc(1, sizeof *v);
    struct str rest = http_req_path(&h->req, head), token;
    *refused = v != NULL ? 0 : 503;
    h->visit = v;
    if (v == NULL)
        return true;
    rest.p += sizeof HTTP_SHARES - 1;
    rest.n -= sizeof HTTP_SHARES - 1;
    if (!str_split(&rest, '/', &token) || token.n != TOKEN_LEN)
        return true;
    struct share *s = share_find(http_serve(h)->shares, token);
    if (s == NULL)
        return true;
    v->share = share_ref(s);
    snprintf(v->base, sizeof v->base, HTTP_SHARES "%.*s", (int)token.n, token.p);
    v->admitted = s->hash[0] == '\0';
    return v->admitted || admit(h, head, refused);
}

/* --- the password --- */

static void send_form(struct http_call *call, int status, const char *fault)
{
    struct buf name = {0}, page = {0};
    const struct fill fills[] = {
        {"NAME", http_html(&name, str_of(http_serve(call->h)->conf->irc->network))},
        {"FAULT", str_of(fault)},
        {NULL, {NULL, 0}},
    };
    http_fill(&page, &web_visit, fills);
    http_send_page(call, status, &page);
    buf_free(&name);
    buf_free(&page);
}

/* Back to where it was asked for. */
static void let_in(struct http_call *call)
{
    struct http *h = call->h;
    struct buf cookie = {0}, to = {0};
    buf_addf(&cookie, COOKIE "=%s; Path=%s; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
             h->visit->share->pass, h->visit->base, (long long)(http_conf(h)->session / 1000),
             http_is_secure(h) ? "; Secure" : "");
    buf_adds(&to, h->visit->base);
    escape_url(&to, str_of(http_form_path(h)));
    http_see_other(call, buf_str(&to), buf_str(&cookie));
    buf_free(&cookie);
    buf_free(&to);
}

static void form_done(void *arg, enum login_result result, struct account *a)
{
    struct http *h = arg;
    struct http_call call = {.h = h};
    (void)a;
    h->login = NULL;
    if (result == LOGIN_OK)
        let_in(&call);
    else if (result == LOGIN_DENIED)
        send_form(&call, 403, "That is not the password.");
    else
        http_error(&call, 503, NULL);
    http_answered(h);
}

static void form_whole(struct http *h)
{
    char password[PASSWORD_MAX];
    const bool ok = form_field(http_form_body(h), "password", password, sizeof password);
    h->login =
        login_begin_share(h->conn, h->visit->share, ok ? str_of(password) : STR(""), form_done, h);
    explicit_bzero(password, sizeof password);
    if (h->login == NULL)
        form_done(h, LOGIN_BUSY, NULL);
}

/* The password is missing: asks for it, or takes the form with it. rest: the path in the share. */
static void ask(struct http_call *call, const char *rest)
{
    const bool form = call->h->req.method == HTTP_POST &&
                      str_istarts(http_field(call, HTTP_CONTENT_TYPE), HTTP_FORM_TYPE);
    if (serve_needs_tls(call->h->conn, true)) {
        http_to_https(call);
    } else if (form && !http_same_origin(call)) {
        http_error(call, 403, NULL);
    } else if (form) {
        snprintf(call->h->visit->path, PATH_BYTES_MAX, "%s%s", rest, call->folder ? "/" : "");
        call->path = call->h->visit->path;
        http_take_form(call, HTTP_FORM_MAX, form_whole);
    } else if (http_wants_page(call)) {
        send_form(call, 200, "");
    } else {
        http_error(call, 401, NULL);
    }
}

/* --- what is shared --- */

/* Is what was shared still there, and the same kind of thing? */
static bool is_there(const struct http *h)
{
    struct stat st;
    const struct share *s = share_of(h);
    return store_stat(http_serve(h)->files, s->path, &st) == 0 &&
           (s->folder ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
}

/* call->path, "/TOKEN/...", becomes the path in the store. False when it is answered. */
static bool enter(struct http_call *call)
{
    struct http *h = call->h;
    const char *rest = call->path;
    if (!is_over(h))
        rest += 1 + TOKEN_LEN;
    const struct str below = str_of(rest[0] == '/' ? rest + 1 : rest);
    if (is_over(h) || (!share_of(h)->folder && (rest[0] != '\0' || call->folder)))
        http_error(call, 404, NULL);
    else if (!h->visit->admitted)
        ask(call, rest);
    else if (!is_there(h) || !path_resolve(share_of(h)->path, below, h->visit->path) ||
             http_rights(h, h->visit->path) == 0)
        http_error(call, 404, NULL);
    else {
        call->path = h->visit->path;
        return true;
    }
    return false;
}

void http_visit_get(struct http_call *call)
{
    if (!enter(call))
        return;
    if (call->h->req.method == HTTP_GET && http_field(call, HTTP_RANGE).p == NULL &&
        call->h->work == NULL) /* else it has waited, and was counted before that */
        share_hit(call->h->visit->share);
    http_get_files(call);
}

void http_visit_put(struct http_call *call)
{
    if (enter(call))
        http_put_file(call);
}

void http_visit_make_folder(struct http_call *call)
{
    if (enter(call))
        http_make_folder(call);
}

void http_visit_post(struct http_call *call)
{
    if (enter(call))
        http_post_files(call);
}
