/* serve_say.c: who speaks in a room for a line, and does not stay: by http, by FTP. */
#include "serve/serve.h"

#include <stdio.h>
#include <string.h>

static void no_event(struct user *u, struct chat_event *ev)
{
    (void)u;
    (void)ev;
}

static void no_kick(struct user *u, const char *reason)
{
    (void)u;
    (void)reason;
}

/* Such a person hears nothing. */
static const struct user_ops by_http = {.proto = "http", .event = no_event, .kick = no_kick};
static const struct user_ops by_ftp = {.proto = "ftp", .event = no_event, .kick = no_kick};

int64_t serve_say_wait(struct serve *s, const struct conn *c, const struct account *a, int64_t cost)
{
    const struct conf_limits *limits = s->conf->limits;
    char text[24];
    const struct str host = addr_host(&c->peer);
    if (a != NULL)
        snprintf(text, sizeof text, "account %lld", (long long)a->id);
    return pace_take(&s->paces, a != NULL ? str_of(text) : host, s->loop->clock.mono,
                     cost < limits->burst ? cost : limits->burst, limits->rate, limits->burst);
}

enum chat_result serve_say(struct conn *c, struct account *a, struct str name, struct str room,
                           struct str text)
{
    const struct chat_saying what = {.kind = CHAT_SAY, .lines = true, .text = text};
    struct user u = {
        .ops = strcmp(c->ops->name, "ftp") == 0 ? &by_ftp : &by_http, .sid = c->id, .account = a};
    text_copy(u.ident, sizeof u.ident, u.ops->proto);
    addr_ip_text(&c->peer, u.host);
    return chat_say_passing(door_of(c)->serve->chat, &u, name, room, &what);
}

const char *serve_said_text(enum chat_result result)
{
    switch (result) {
    case CHAT_NAME_BAD: return "nobody may be called as you are in the chat";
    case CHAT_NAME_TAKEN: return "somebody in the chat has your name";
    case CHAT_NAME_RESERVED: return "your name is not for the chat";
    case CHAT_NAME_OWNED: return "your name belongs to an account";
    case CHAT_NO_ROOM: return "there is no such room";
    case CHAT_MUTE: return "you may not speak there";
    case CHAT_BANNED: return "you are banned from it";
    case CHAT_NEEDS_INVITE: return "it is for those who are invited";
    case CHAT_NEEDS_KEY: return "it has a key";
    case CHAT_FULL: return "it is full";
    default: return "that cannot be";
    }
}
