/* http_auth.c: who makes a request: by Basic authentication (RFC 7617), or by the cookie that the
 * page /login gives; and those who may not have what they ask for. */
#include "parse/http_auth.h"
#include "base/escape.h"
#include "parse/cookie.h"
#include "parse/form.h"
#include "serve/http_login.h"
#include "web/web.h"

#include <stdio.h>
#include <string.h>

#define COOKIE "agentd"

enum { TARGET_MAX = 2048 };

static int64_t now(const struct http *h)
{
    return h->conn->loop->clock.mono;
}

void http_set_account(struct http *h, struct account *a)
{
    if (h->account != a)
        conn_limit(h->conn, NULL); /* it may be the account's */
    account_unref(h->account);
    h->account = a != NULL ? account_ref(a) : NULL;
}

bool http_logins_open(const struct http *h)
{
    return http_serve(h)->accounts->by_name.count > 0;
}

/* --- who it is --- */

bool http_by_basic(struct http *h, struct str field, const struct http_keeper *keeper, int *refused)
{
    char text[PASSWORD_MAX + NAME_BYTES_MAX + 2];
    struct str name, password;
    bool at_once = true;
    if (!http_basic_parse(field, text, sizeof text, &name, &password)) {
        *refused = str_istarts(field, "basic") ? 401 : 0;
        return true;
    }
    if (!keeper->knows(h, name, password)) {
        h->login = keeper->begin(h, name, password);
        at_once = h->login == NULL;
        *refused = at_once ? 503 : 0;
    }
    explicit_bzero(text, sizeof text);
    return at_once;
}

void http_basic_done(struct http *h, enum login_result result)
{
    h->login = NULL;
    http_identified(h, result == LOGIN_OK ? 0 : result == LOGIN_DENIED ? 401 : 503);
}

static bool knows(struct http *h, struct str name, struct str password)
{
    struct account *a = login_known(http_serve(h), name, password);
    if (a != NULL)
        http_set_account(h, a);
    return a != NULL;
}

static void basic_done(void *arg, enum login_result result, struct account *a)
{
    struct http *h = arg;
    if (result == LOGIN_OK) {
        http_serve(h)->metrics->logins++;
        http_set_account(h, a);
    }
    http_basic_done(h, result);
}

static struct login *begin(struct http *h, struct str name, struct str password)
{
    return login_begin(h->conn, name, password, basic_done, h);
}

static const struct http_keeper keeper = {knows, begin};

static bool by_bearer(struct http *h, struct str token)
{
    struct account *a = bearer_find(http_serve(h)->bearers, token);
    if (a != NULL)
        http_set_account(h, a);
    h->machine = true;
    return a != NULL;
}

bool http_is_admin(const struct http *h)
{
    return h->account != NULL && h->account->role == ROLE_ADMIN && !h->machine;
}

bool http_identify(struct http *h, const char *head, int *refused)
{
    const struct str field = http_req_field(&h->req, head, HTTP_AUTHORIZATION, 0);
    *refused = 0;
    h->machine = false;
    http_set_account(h, NULL);
    const struct str path = http_req_path(&h->req, head);
    if (path.n >= sizeof HTTP_SHARES - 1 &&
        memcmp(path.p, HTTP_SHARES, sizeof HTTP_SHARES - 1) == 0)
        return http_visit_begin(h, head, refused);
    const struct str bearer = http_bearer_parse(field);
    if ((bearer.p != NULL || str_istarts(field, "basic")) && serve_needs_tls(h->conn, true))
        *refused = 401; /* unseen: it should not have come in clear */
    else if (bearer.p != NULL)
        *refused = by_bearer(h, bearer) ? 0 : 401;
    else if (field.p != NULL)
        return http_by_basic(h, field, &keeper, refused);
    if (*refused != 0 || bearer.p != NULL)
        return true;
    const struct str cookies = http_req_field(&h->req, head, HTTP_COOKIE, 0);
    const struct str token = cookies.p != NULL ? cookie_find(cookies, COOKIE) : cookies;
    if (token.p != NULL)
        http_set_account(h, token_find(&http_serve(h)->tokens, token, now(h)));
    return true;
}

struct str http_token(const struct http_call *call)
{
    const struct str cookies = http_field(call, HTTP_COOKIE);
    if (cookies.p == NULL || http_field(call, HTTP_AUTHORIZATION).p != NULL)
        return STR("");
    return cookie_find(cookies, COOKIE);
}

bool http_token_holds(const struct http *h, struct str token)
{
    return token_find(&http_serve(h)->tokens, token, now(h)) != NULL;
}

/* --- who may not --- */

bool http_wants_page(const struct http_call *call)
{
    return call->h->req.method == HTTP_GET && http_accepts(call, "text/html");
}

void http_forbid(struct http_call *call)
{
    struct buf to = {0};
    const struct http *h = call->h;
    if (h->visit != NULL || h->account != NULL || !http_logins_open(h)) {
        http_error(call, 403, NULL);
    } else if (serve_needs_tls(call->h->conn, true)) {
        http_to_https(call);
    } else if (!http_wants_page(call)) {
        http_error(call, 401, NULL);
    } else {
        buf_adds(&to, "/login?to=");
        escape_url(&to, http_req_path(&call->h->req, call->head));
        http_see_other(call, buf_str(&to), NULL);
        buf_free(&to);
    }
}

/* A socket of the door that TLS is spoken at, or NULL. */
static const struct door_socket *tls_socket(const struct door *d)
{
    list_each(n, &d->sockets)
    {
        const struct door_socket *ds = list_entry(n, struct door_socket, link);
        if (ds->tls)
            return ds;
    }
    return NULL;
}

void http_to_https(struct http_call *call)
{
    const struct door_socket *ds = tls_socket(door_of(call->h->conn));
    const struct http_req *r = &call->h->req;
    struct buf to = {0};
    if (ds == NULL) {
        http_error(call, 403, NULL);
        return;
    }
    const struct str host = http_host(call), path = http_req_path(r, call->head);
    buf_addf(&to, "https://%.*s:%u%.*s", (int)host.n, host.p, addr_port(&ds->ls.addr), (int)path.n,
             path.p);
    if (r->query_len > 0)
        buf_addf(&to, "?%.*s", (int)r->query_len, call->head + r->query);
    http_moved(call, buf_str(&to));
    buf_free(&to);
}

/* --- the page --- */

/* Where to go behind the login: a path of ours, nobody else's. */
static bool is_ours(const char *to)
{
    return to[0] == '/' && to[1] != '/' && strpbrk(to, "\\\r\n\t") == NULL;
}

static void send_form(struct http_call *call, int status, const char *to, const char *fault)
{
    struct buf name = {0}, target = {0}, page = {0};
    escape_html(&name, str_of(http_serve(call->h)->conf->irc->network));
    escape_html(&target, str_of(to));
    const struct fill fills[] = {
        {"NAME", str_of(buf_str(&name))},
        {"TO", str_of(buf_str(&target))},
        {"FAULT", str_of(fault)},
        {NULL, {NULL, 0}},
    };
    http_fill(&page, &web_login, fills);
    http_send_page(call, status, &page);
    buf_free(&name);
    buf_free(&target);
    buf_free(&page);
}

void http_get_login(struct http_call *call)
{
    char to[TARGET_MAX];
    if (strcmp(call->path, "/") != 0) {
        http_error(call, 404, NULL);
        return;
    }
    if (!http_query(call, "to", to, sizeof to) || !is_ours(to))
        text_copy(to, sizeof to, "/");
    send_form(call, 200, to, "");
}

bool http_same_origin(const struct http_call *call)
{
    struct str origin = http_field(call, HTTP_ORIGIN);
    const struct str host = http_authority(call);
    const char *slashes = origin.n > 0 ? memmem(origin.p, origin.n, "//", 2) : NULL;
    if (origin.p == NULL)
        return true;
    /* A page by a share link tells nobody where it is (Referrer-Policy: no-referrer), so browsers
     * send "null" with its forms. Who knows the link needs nobody's name, and the cookie for its
     * password does not come from elsewhere (SameSite). */
    if (call->h->visit != NULL && str_eq(origin, "null"))
        return true;
    if (slashes == NULL || (http_is_secure(call->h) && str_istarts(origin, "http:")))
        return false;
    origin.n -= (size_t)(slashes + 2 - origin.p);
    origin.p = slashes + 2;
    return origin.n == host.n && memcmp(origin.p, host.p, host.n) == 0;
}

static void set_cookie(const struct http *h, struct buf *out, const char *token, int64_t seconds)
{
    buf_addf(out, COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", token,
             (long long)seconds, http_is_secure(h) ? "; Secure" : "");
}

static void page_done(void *arg, enum login_result result, struct account *a)
{
    struct http *h = arg;
    struct http_call call = {.h = h};
    char to[TARGET_MAX], token[TOKEN_TEXT_MAX];
    const int64_t lasts = http_conf(h)->session;
    h->login = NULL;
    if (!form_field(http_form_body(h), "to", to, sizeof to) || !is_ours(to))
        text_copy(to, sizeof to, "/");
    if (result == LOGIN_OK && token_new(&http_serve(h)->tokens, a, now(h) + lasts, token)) {
        struct buf cookie = {0};
        http_serve(h)->metrics->logins++;
        http_set_account(h, a);
        http_note_login(h, EVENT_LOGIN);
        set_cookie(h, &cookie, token, lasts / 1000);
        http_see_other(&call, to, buf_str(&cookie));
        buf_free(&cookie);
    } else if (result == LOGIN_DENIED) {
        send_form(&call, 403, to, "That name and that password do not belong together.");
    } else {
        http_error(&call, 503, NULL);
    }
    http_answered(h);
}

static void form_whole(struct http *h)
{
    char name[NAME_BYTES_MAX + 1], password[PASSWORD_MAX];
    const struct str body = http_form_body(h);
    const bool ok = form_field(body, "name", name, sizeof name) &&
                    form_field(body, "password", password, sizeof password);
    h->login = login_begin(h->conn, ok ? str_of(name) : STR("?"), ok ? str_of(password) : STR(""),
                           page_done, h);
    explicit_bzero(password, sizeof password);
    if (h->login == NULL)
        page_done(h, LOGIN_BUSY, NULL);
}

void http_post_login(struct http_call *call)
{
    if (strcmp(call->path, "/") != 0)
        http_error(call, 404, NULL);
    else if (!http_same_origin(call))
        http_error(call, 403, NULL);
    else
        http_take_form(call, HTTP_FORM_MAX, form_whole);
}

void http_post_logout(struct http_call *call)
{
    struct http *h = call->h;
    struct buf cookie = {0};
    const struct str cookies = http_field(call, HTTP_COOKIE);
    const struct str token = cookies.p != NULL ? cookie_find(cookies, COOKIE) : cookies;
    if (!http_same_origin(call)) {
        http_error(call, 403, NULL);
        return;
    }
    if (token.p != NULL)
        token_drop(&http_serve(h)->tokens, token);
    if (h->account != NULL)
        http_note_login(h, EVENT_LOGOUT);
    set_cookie(h, &cookie, "", 0);
    http_see_other(call, "/", buf_str(&cookie));
    buf_free(&cookie);
}

void http_note_login(struct http *h, enum event_kind kind)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = {.kind = kind, .who = h->account->name, .account = h->account};
    serve_event_from(&ev, h->conn, peer);
    event_emit(http_serve(h)->bus, &ev);
}

/* "log in", or the name and a button to log out. For the head of a page. */
void http_add_person(struct buf *b, const struct http *h)
{
    if (!http_logins_open(h) || h->visit != NULL)
        return;
    if (h->account == NULL) {
        buf_adds(b, "<a class=\"person\" href=\"/login\">log in</a>");
        return;
    }
    buf_adds(b, "<form class=\"person\" method=\"post\" action=\"/logout\"><bdi>");
    escape_html(b, str_of(h->account->name));
    buf_adds(b, "</bdi> <button>log out</button></form>");
}
