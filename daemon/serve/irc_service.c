/* irc_service.c: `rooms` and `files`: names that the server itself answers to. Nobody else can have
 * them. */
#include "serve/irc.h"

#include "model/room_desk.h"

void irc_service_say(struct irc *s, const char *name, struct str line)
{
    irc_line(s, ":%s!%s@%s NOTICE %s :%.*s", name, name, irc_chat(s)->server, irc_nick(s),
             (int)line.n, line.p);
}

/* The room that a line to `rooms` is about, if it is registered. */
static struct room *registered(const struct irc *s, struct str text)
{
    struct str rest = text, verb, name = STR("");
    (void)(str_split(&rest, ' ', &verb) && str_split(&rest, ' ', &name));
    struct room *r = chat_room(irc_chat(s), name);
    return r != NULL && r->registered ? r : NULL;
}

static void to_rooms(struct irc *s, struct str text)
{
    struct buf out = {0};
    const bool before = registered(s, text) != NULL;
    room_desk(irc_chat(s), &s->user, text, &out);
    const struct room *r = before ? NULL : registered(s, text);
    if (r != NULL && serve_clear_room_folder(s->conn, s->user.name, r))
        buf_adds(&out, "What lay there before was put aside, for administrators.\n");
    struct str rest = {buf_data(&out), out.len}, line;
    while (rest.n > 0 && str_split(&rest, '\n', &line))
        irc_service_say(s, "rooms", line);
    buf_free(&out);
}

static const struct service {
    const char *name;
    void (*take)(struct irc *s, struct str text);
} services[] = {
    {"rooms", to_rooms},
    {"files", irc_files},
};
enum { SERVICES = sizeof services / sizeof services[0] };

/* Of "rooms" or "rooms@server"; NULL when there is none. */
static const struct service *find(const struct irc *s, struct str target)
{
    struct str rest = target, name;
    if (!str_split(&rest, '@', &name) || (rest.p != NULL && !str_ieq(rest, irc_chat(s)->server)))
        return NULL;
    for (int i = 0; i < SERVICES; i++)
        if (str_ieq(name, services[i].name))
            return &services[i];
    return NULL;
}

bool irc_to_service(struct irc *s, const struct chat_saying *what, struct str target)
{
    const struct service *service = find(s, target);
    if (service == NULL)
        return false;
    struct str rest = what->text, line = STR("");
    (void)str_split(&rest, '\n', &line);
    if (what->kind != CHAT_SAY) /* no program is answered (RFC 2812, 3.3.2) */
        return true;
    if (s->user.echo)
        irc_line_from(s, &s->user, "PRIVMSG %s :%.*s", service->name, (int)line.n, line.p);
    service->take(s, line);
    return true;
}
