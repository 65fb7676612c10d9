#include "model/event.h"

static const struct {
    const char *name;
    enum log_level level;
    bool sized;
} kinds[] = {
    [EVENT_START] = {"start", LOG_INFO, false},
    [EVENT_RELOAD] = {"reload", LOG_INFO, false},
    [EVENT_STOP] = {"stop", LOG_INFO, false},
    [EVENT_LOGIN] = {"login", LOG_INFO, false},
    [EVENT_LOGOUT] = {"logout", LOG_INFO, false},
    [EVENT_DENIED] = {"denied", LOG_WARN, false},
    [EVENT_BAN] = {"ban", LOG_WARN, false},
    [EVENT_UNBAN] = {"unban", LOG_INFO, false},
    [EVENT_ACCOUNT] = {"account", LOG_INFO, false},
    [EVENT_OPER] = {"oper", LOG_INFO, false},
    [EVENT_JOIN] = {"join", LOG_DEBUG, false},
    [EVENT_PART] = {"part", LOG_DEBUG, false},
    [EVENT_RENAME] = {"rename", LOG_INFO, false},
    [EVENT_ROOM_RENAME] = {"room-rename", LOG_INFO, false},
    [EVENT_TOPIC] = {"topic", LOG_INFO, false},
    [EVENT_KICK] = {"kick", LOG_INFO, false},
    [EVENT_SAY] = {"say", LOG_DEBUG, false},
    [EVENT_ADMIN] = {"admin", LOG_INFO, false},
    [EVENT_UPLOAD] = {"upload", LOG_INFO, true},
    [EVENT_ABORTED] = {"upload-aborted", LOG_WARN, true},
    [EVENT_DOWNLOAD] = {"download", LOG_INFO, true},
    [EVENT_CUT] = {"download-aborted", LOG_INFO, true},
    [EVENT_DELETE] = {"delete", LOG_INFO, false},
    [EVENT_MKDIR] = {"mkdir", LOG_INFO, false},
    [EVENT_RMDIR] = {"rmdir", LOG_INFO, false},
    [EVENT_MOVE] = {"move", LOG_INFO, false},
    [EVENT_ROOM] = {"room", LOG_INFO, false},
    [EVENT_DIGEST] = {"digest", LOG_INFO, true},
    [EVENT_SHARE] = {"share", LOG_INFO, false},
    [EVENT_UNSHARE] = {"unshare", LOG_INFO, false},
};

void event_init(struct event_bus *bus, struct log *log)
{
    bus->log = log;
    list_init(&bus->subs);
}

void event_subscribe(struct event_bus *bus, struct event_sub *s)
{
    list_push(&bus->subs, &s->link);
}

void event_unsubscribe(struct event_sub *s)
{
    list_unlink(&s->link);
}

static void add(struct buf *out, const char *key, const char *value)
{
    if (value != NULL)
        log_add(out, key, str_of(value));
}

void event_line(const struct event *ev, struct buf *out)
{
    add(out, "event", kinds[ev->kind].name);
    add(out, "proto", ev->proto);
    if (ev->sid != 0)
        log_addu(out, "sid", ev->sid);
    add(out, "peer", ev->peer);
    add(out, "who", ev->who);
    add(out, "room", ev->room);
    add(out, "path", ev->path);
    add(out, "to", ev->to);
    if (kinds[ev->kind].sized)
        log_addu(out, "size", ev->size);
    add(out, "sha256", ev->sha256);
    add(out, "link", ev->link);
    add(out, "text", ev->text);
}

void event_emit(struct event_bus *bus, const struct event *ev)
{
    const enum log_level level = kinds[ev->kind].level;
    struct buf *line = log_begin(bus->log, level);
    if (line != NULL) {
        event_line(ev, line);
        log_end(bus->log, level);
    }
    list_each(n, &bus->subs)
    {
        struct event_sub *s = list_entry(n, struct event_sub, link);
        s->fn(s, ev);
    }
}
