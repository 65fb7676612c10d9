/* http_upgrade.c: a request that asks to go on with WebSocket (RFC 6455, 4.2; RFC 9110, 7.8). No
 * extensions: none is worth what a decompressor costs. */
#include "base/digest.h"
#include "base/escape.h"
#include "parse/base64.h"
#include "parse/host.h"
#include "parse/http_rules.h"
#include "serve/http.h"

#include <string.h>

enum {
    KEY_BYTES = 16,
    KEY_TEXT_MAX = 24, /* of its base 64 */
    SHA1_BYTES = 20,
};

/* What the server proves that it speaks WebSocket with (RFC 6455, 1.3). */
#define PROOF "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* The next word of all the request's fields of that name; false at the end. *nth and *rest begin
 * with 0. */
static bool next_word(const struct http_call *call, enum http_field_id id, unsigned *nth,
                      struct str *rest, struct str *word)
{
    for (;;) {
        while (str_split(rest, ',', word)) {
            *word = str_trim(*word);
            if (word->n > 0)
                return true;
        }
        *rest = http_req_field(&call->h->req, call->head, id, (*nth)++);
        if (rest->p == NULL)
            return false;
    }
}

static bool has_word(const struct http_call *call, enum http_field_id id, const char *wanted)
{
    unsigned nth = 0;
    struct str rest = {0}, word;
    while (next_word(call, id, &nth, &rest, &word))
        if (str_ieq(word, wanted))
            return true;
    return false;
}

/* An HTTP/1.0 request's Upgrade means nothing (RFC 9110, 7.8). */
static bool asks(const struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    return r->method == HTTP_GET && r->minor > 0 && r->connection_upgrade &&
           has_word(call, HTTP_UPGRADE, "websocket");
}

/* What the answer to this key is; false when it is none. */
static bool prove(struct str key, struct buf *out)
{
    unsigned char sum[DIGEST_MAX];
    char bytes[KEY_BYTES], text[KEY_TEXT_MAX + sizeof PROOF];
    if (key.n > KEY_TEXT_MAX || base64_decode(key, bytes, sizeof bytes) != KEY_BYTES)
        return false;
    memcpy(text, key.p, key.n);
    memcpy(text + key.n, PROOF, sizeof PROOF - 1);
    if (digest_bytes(DIGEST_SHA1, text, key.n + sizeof PROOF - 1, sum) != 0)
        return false;
    base64_encode(out, sum, SHA1_BYTES);
    return true;
}

/* --- from which pages (cross-site WebSocket hijacking) --- */

/* Without the port that goes without saying. The scheme may be another one: a proxy may speak TLS
 * for us. */
static struct str without_port(struct str authority)
{
    static const char *const ports[] = {":80", ":443"};
    for (int i = 0; i < 2; i++) {
        const size_t n = strlen(ports[i]);
        if (authority.n > n && memcmp(authority.p + authority.n - n, ports[i], n) == 0)
            return (struct str){authority.p, authority.n - n};
    }
    return authority;
}

/* Behind "http://" or "https://", up to a path; NULL p when it does not begin so. */
static struct str authority_of(struct str url)
{
    const size_t skip = str_istarts(url, "http://") ? 7 : str_istarts(url, "https://") ? 8 : 0;
    const struct str rest = {url.p + skip, url.n - skip};
    const char *slash = rest.n > 0 ? memchr(rest.p, '/', rest.n) : NULL;
    if (skip == 0)
        return (struct str){0};
    return slash != NULL ? (struct str){rest.p, (size_t)(slash - rest.p)} : rest;
}

/* Is it a page of ours: by the name that this request, too, came for, or by that in `url`? Not by
 * what X-Forwarded-Host says, which anybody may send. */
static bool is_ours(const struct http_call *call, struct str origin)
{
    const struct str its = authority_of(origin),
                     url = authority_of(str_of(http_conf(call->h)->url));
    if (its.n == 0 || (http_is_secure(call->h) && str_istarts(origin, "http:")))
        return false;
    return str_isame(without_port(its), without_port(http_authority(call))) ||
           (url.n > 0 && str_isame(without_port(its), without_port(url)));
}

/* May a page of the request's origin do this, and in the name of who has logged in? Programs that
 * are no browser tell none. */
static enum http_cors may_enter(const struct http_call *call)
{
    const struct str origin = http_field(call, HTTP_ORIGIN);
    struct str one;
    if (origin.p == NULL)
        return HTTP_CORS_LISTED;
    if (!http_one_field(call, HTTP_ORIGIN, &one) || str_eq(origin, "null"))
        return HTTP_CORS_NO;
    return is_ours(call, origin) ? HTTP_CORS_LISTED
                                 : http_origin_allowed(http_conf(call->h)->chat_origins, origin);
}

/* Behind a proxy that asks for another name than browsers do, nobody could chat: whoever looks into
 * the log finds out why. */
static void note_refused(const struct http_call *call)
{
    struct buf b = {0};
    escape_log(&b, http_field(call, HTTP_ORIGIN), HOST_BYTES_MAX);
    log_say(http_serve(call->h)->log, LOG_INFO,
            "event=origin-refused proto=http sid=%llu origin=%s it is neither the Host, nor in url "
            "or chat_origins of the section",
            (unsigned long long)call->h->conn->id, buf_str(&b));
    buf_free(&b);
}

/* --- the answer --- */

/* The status that refuses the handshake, or 0. */
static int fault(const struct http_call *call, struct buf *proof)
{
    const struct http *h = call->h;
    struct str key, version;
    if (!asks(call))
        return 426;
    if (!http_one_field(call, HTTP_WS_VERSION, &version))
        return version.p == NULL ? 426 : 400;
    if (!str_eq(version, "13"))
        return 426;
    if (!http_one_field(call, HTTP_WS_KEY, &key) || !prove(key, proof) || h->body_pending)
        return 400;
    if (may_enter(call) == HTTP_CORS_NO) {
        note_refused(call);
        return 403;
    }
    return door_of(h->conn)->closing ? 503 : 0;
}

/* The first that we know of those which the client would like: how IRC's lines are sent (IRCv3,
 * WebSocket). NULL p: none of them, and texts then. */
static struct str choose(const struct http_call *call, bool *binary)
{
    unsigned nth = 0;
    struct str rest = {0}, word;
    *binary = false;
    while (next_word(call, HTTP_WS_PROTOCOL, &nth, &rest, &word)) {
        *binary = str_eq(word, "binary.ircv3.net");
        if (*binary || str_eq(word, "text.ircv3.net"))
            return word;
    }
    return (struct str){0};
}

void http_add_upgrade(struct http_head *hd)
{
    http_head_must(hd, "Upgrade", STR("websocket"));
    http_head_must(hd, "Sec-WebSocket-Version", STR("13"));
}

static void send_101(struct http_call *call, struct buf *proof, struct str protocol)
{
    struct http *h = call->h;
    struct http_head hd;
    h->keep = true;
    http_head_begin(h, &hd, 101);
    http_head_must(&hd, "Upgrade", STR("websocket"));
    http_head_must(&hd, "Sec-WebSocket-Accept", str_of(buf_str(proof)));
    if (protocol.p != NULL)
        http_head_must(&hd, "Sec-WebSocket-Protocol", protocol);
    http_head_send(h, &hd, 0);
    http_log(h, call->head, 101, 0);
}

static void upgrade(struct http_call *call, const char *frontend, bool protocols)
{
    struct http *h = call->h;
    struct buf proof = {0};
    struct str protocol = {0};
    int status = fault(call, &proof);
    struct door *to = status == 0 ? door_find(http_serve(h), frontend) : NULL;
    if (status == 0 && (to == NULL || proof.failed))
        status = 503;
    if (status != 0) {
        http_error(call, status, NULL);
        buf_free(&proof);
        return;
    }
    if (protocols)
        protocol = choose(call, &h->brings.binary);
    if (may_enter(call) == HTTP_CORS_LISTED)
        h->brings.account = h->account;
    send_101(call, &proof, protocol);
    buf_free(&proof);
    http_serve(h)->metrics->ws_upgraded++;
    h->upgrade = to;
}

void http_upgrade_chat(struct http_call *call)
{
    const struct http *h = call->h;
    if (strcmp(call->path, "/") != 0)
        http_error(call, 404, NULL);
    else if (h->machine && h->account != NULL && h->account->role == ROLE_ADMIN)
        http_error(call, 403, NULL); /* in the chat he could do what such a token cannot */
    else
        upgrade(call, "irc", true);
}

void http_upgrade_echo(struct http_call *call)
{
    if (asks(call))
        upgrade(call, "echo", false);
    else
        http_error(call, 405, "POST, PUT, OPTIONS");
}
