/* http_room.c: /rooms/lab: POST to its `say` speaks in #lab; GET leads to its folder. */
#include "base/escape.h"
#include "model/room_access.h"
#include "parse/form.h"
#include "serve/http.h"

#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 3 * LINES_BYTES_MAX + 1024, /* a form may take three bytes for one */
};

void http_send_words(struct http_call *call, int status, const char *words, int64_t wait_ms)
{
    struct http_head hd;
    struct buf body = {0};
    buf_addf(&body, "%s\n", words);
    http_head_begin(call->h, &hd, status);
    http_head_add(&hd, "Content-Type", STR("text/plain; charset=utf-8"));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    if (wait_ms > 0)
        http_head_addu(&hd, "Retry-After", (uint64_t)(wait_ms + 999) / 1000);
    http_send_whole(call, &hd, status, (struct str){buf_data(&body), body.len});
    buf_free(&body);
}

/* "/lab/say" is #lab's; false when the path is another. */
static bool room_name(const char *path, char out[ROOM_BYTES_MAX + 1])
{
    struct str rest = str_of(path + 1), name;
    if (!str_split_last(&rest, '/', &name) || !str_eq(name, "say") || rest.n == 0 ||
        rest.n >= ROOM_BYTES_MAX)
        return false;
    snprintf(out, ROOM_BYTES_MAX + 1, "#%.*s", (int)rest.n, rest.p);
    return true;
}

/* --- saying --- */

static int status_of(enum chat_result result)
{
    switch (result) {
    case CHAT_OK: return 204;
    case CHAT_NAME_BAD: return 400;
    case CHAT_NAME_TAKEN:
    case CHAT_NAME_RESERVED:
    case CHAT_NAME_OWNED: return 409;
    case CHAT_NO_ROOM: return 404;
    case CHAT_NO_MEMORY: return 503;
    default: return 403;
    }
}

/* What somebody is called who has said no name: guest-192-0-2-7. */
static void guest_name(const struct http *h, char out[NAME_BYTES_MAX + 1])
{
    char ip[PEER_TEXT_MAX];
    addr_ip_text(&h->conn->peer, ip);
    for (char *p = ip; *p != '\0'; p++)
        if (*p == '.' || *p == ':')
            *p = '-';
    const size_t n = strlen(ip), most = NAME_CHARS_MAX - (sizeof "guest-" - 1);
    snprintf(out, NAME_BYTES_MAX + 1, "guest-%s", n > most ? ip + n - most : ip);
}

/* By the query, by the form, or the account's. NULL, or why it cannot be. */
static const char *take_name(const struct http *h, char out[NAME_BYTES_MAX + 1])
{
    const struct str query = http_form_query(h), body = http_form_body(h);
    out[0] = '\0';
    const bool given = (query.n > 0 && form_field(query, "as", out, NAME_BYTES_MAX + 1)) ||
                       (http_form_note(h) && form_field(body, "name", out, NAME_BYTES_MAX + 1));
    if (h->account != NULL)
        text_copy(out, NAME_BYTES_MAX + 1, h->account->name);
    else if (!given || out[0] == '\0')
        guest_name(h, out);
    return utf8_valid(out, strlen(out)) ? NULL : "the name has to be UTF-8";
}

/* The form's field `text`, or all of the body; without line ends behind it. NULL, or why not. */
static const char *take_text(const struct http *h, char *out, size_t size, struct str *text)
{
    const struct str body = http_form_body(h);
    const bool form = http_form_note(h) && body.n > 0 && form_field(body, "text", out, size);
    *text = form ? str_of(out) : body;
    while (text->n > 0 && (unsigned char)text->p[text->n - 1] <= ' ')
        text->n--;
    if (text->n == 0)
        return "there is no text";
    return utf8_valid(text->p, text->n) ? NULL : "the text has to be UTF-8";
}

static int64_t count_lines(struct str text)
{
    int64_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static bool is_seen(const struct http *h, const char *room)
{
    const struct chat *chat = http_serve(h)->chat;
    const struct room *r = chat_room(chat, str_of(room));
    return r != NULL && room_is_seen(chat, r, h->account, NULL);
}

/* False when it was answered. */
static bool refuse_text(struct http_call *call, struct str text)
{
    struct http *h = call->h;
    char words[80];
    const int64_t lines = count_lines(text);
    if (text.n > LINES_BYTES_MAX || lines > LINES_MAX) {
        snprintf(words, sizeof words, "that is too long: %d bytes and %d lines at most",
                 LINES_BYTES_MAX, LINES_MAX);
        http_send_words(call, 413, words, 0);
        return true;
    }
    const int64_t wait = serve_say_wait(http_serve(h), h->conn, h->account, lines);
    if (wait > 0)
        http_send_words(call, 429, "too fast; say it again in a while", wait);
    return wait > 0;
}

static void say(struct http_call *call)
{
    struct http *h = call->h;
    char room[ROOM_BYTES_MAX + 1], name[NAME_BYTES_MAX + 1], field[BODY_MAX];
    struct str text;
    if (!room_name(http_form_path(h), room) || !is_seen(h, room)) {
        http_send_words(call, 404, "there is no such room", 0);
        return;
    }
    const char *fault = take_name(h, name);
    if (fault == NULL)
        fault = take_text(h, field, sizeof field, &text);
    if (fault != NULL) {
        http_send_words(call, 400, fault, 0);
        return;
    }
    if (refuse_text(call, text))
        return;
    const enum chat_result result =
        serve_say(h->conn, h->account, str_of(name), str_of(room), text);
    if (result == CHAT_OK)
        http_send_bare(call, 204);
    else
        http_send_words(call, status_of(result), serve_said_text(result), 0);
}

static void whole(struct http *h)
{
    struct http_call call = {.h = h};
    say(&call);
    http_answered(h);
}

void http_post_room(struct http_call *call)
{
    const struct http *h = call->h;
    char room[ROOM_BYTES_MAX + 1];
    if (!room_name(call->path, room))
        http_error(call, 404, NULL);
    else if (h->account == NULL && !http_serve(h)->conf->irc->guests)
        http_forbid(call);
    else if (!http_same_origin(call))
        http_error(call, 403, NULL);
    else {
        call->note = str_istarts(http_field(call, HTTP_CONTENT_TYPE), HTTP_FORM_TYPE);
        http_take_form(call, BODY_MAX, whole);
    }
}

/* --- looking --- */

void http_get_room(struct http_call *call)
{
    struct buf to = {0};
    char room[ROOM_BYTES_MAX + 1];
    if (room_name(call->path, room)) {
        http_error(call, 405, "POST");
        return;
    }
    buf_adds(&to, "/files" ACCESS_ROOMS);
    escape_url(&to, str_of(call->path));
    if (call->path[1] != '\0')
        buf_addc(&to, '/');
    http_see_other(call, buf_str(&to), NULL);
    buf_free(&to);
}
