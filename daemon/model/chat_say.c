/* chat_say.c: who may speak where, and what is said. */
#include "base/unset.h"
#include "model/chat_own.h"
#include "model/chat_text.h"

#include <string.h>

bool chat_may_speak(const struct room *r, const struct user *u)
{
    const struct member *m = room_member(r, u);
    if (m != NULL && (m->op || m->voice))
        return true;
    if (m == NULL && (r->modes & ROOM_NO_OUTSIDE))
        return false;
    return !(r->modes & ROOM_MODERATED) && !room_banned(r, u);
}

static void said_in_room(struct chat *c, const struct room *r, struct chat_event *ev)
{
    ev->room = r;
    chat_tell_room(c, r, ev, ev->from->echo ? NULL : ev->from);
    if (ev->kind != CHAT_TAGS &&
        (!list_empty(&c->bus->subs) || c->bus->log->threshold <= LOG_DEBUG))
        chat_note(c, EVENT_SAY, ev->from, r, NULL, ev->text.p);
}

static enum chat_result say_in_room(struct chat *c, struct user *from, struct str target,
                                    struct chat_event *ev)
{
    const struct room *r = chat_room(c, target);
    if (r == NULL)
        return CHAT_NO_ROOM;
    if (!chat_may_speak(r, from))
        return CHAT_MUTE;
    said_in_room(c, r, ev);
    return CHAT_OK;
}

static void said_to(struct chat *c, struct user *from, struct user *to, struct chat_event *ev)
{
    ev->target = to;
    const bool heard = !chat_silenced(to, from);
    if (heard)
        chat_tell_one(c, to, ev);
    if (from->echo && from != to)
        chat_tell_one(c, from, ev);
    if (heard) /* else it would be read later */
        chat_keep_talk(c, ev);
}

/* The text of `what`, made harmless, into clean; its length. */
static size_t clean_saying(const struct chat_saying *what, char *clean, size_t size)
{
    struct str rest = what->text, line;
    size_t n = 0;
    if (!what->lines)
        return chat_text_clean(clean, size, what->text);
    for (clean[0] = '\0'; str_split(&rest, '\n', &line);) {
        if (n > 0 && n + 2 < size)
            clean[n++] = '\n';
        n += chat_text_clean(clean + n, size - n, line);
    }
    if (strspn(clean, "\n") == n) /* blank lines say nothing */
        clean[n = 0] = '\0';
    return n;
}

enum chat_result chat_say(struct chat *c, struct user *from, const struct chat_saying *what,
                          struct str target, struct user **who)
{
    UNSET char clean[LINES_BYTES_MAX + 64];
    const size_t n = clean_saying(what, clean, what->lines ? sizeof clean : TEXT_BYTES_MAX + 64);
    struct chat_event ev = {.kind = what->kind,
                            .least = what->least,
                            .from = from,
                            .text = {clean, n},
                            .tags = what->tags};
    *who = NULL;
    if (what->kind != CHAT_TAGS) {
        from->last = c->clock->mono;
        c->metrics->chat_messages++;
    }
    enum chat_result result = CHAT_OK;
    if (target.n > 0 && target.p[0] == '#')
        result = say_in_room(c, from, target, &ev);
    else if ((*who = chat_user(c, target)) != NULL)
        said_to(c, from, *who, &ev);
    else
        result = CHAT_NO_USER;
    from->said = ev.id;
    return result;
}

enum chat_result chat_redact(struct chat *c, struct user *u, struct str target, uint64_t about,
                             struct str why)
{
    char clean[TOPIC_BYTES_MAX];
    chat_text_clean(clean, sizeof clean, why);
    struct chat_event ev = {.kind = CHAT_REDACT, .from = u, .about = about, .text = str_of(clean)};
    ev.room = target.n > 0 && target.p[0] == '#' ? chat_room(c, target) : NULL;
    struct user *other = ev.room == NULL ? chat_user(c, target) : NULL;
    if (ev.room != NULL && room_member(ev.room, u) == NULL)
        return CHAT_NOT_MEMBER;
    if (ev.room != NULL) {
        if (!chat_may_speak(ev.room, u)) /* why is said there, too */
            ev.text = STR("");
        chat_tell_room(c, ev.room, &ev, NULL);
        return CHAT_OK;
    }
    if (other == NULL)
        return CHAT_NO_USER;
    ev.target = other;
    if (!chat_silenced(other, u))
        chat_tell_one(c, other, &ev);
    if (other != u)
        chat_tell_one(c, u, &ev);
    return CHAT_OK;
}

/* May u, who is in no room, speak in r for one line? self is the one of that name who is in the
 * chat, if any. */
static enum chat_result may_pass(const struct room *r, const struct user *u,
                                 const struct user *self)
{
    if (self != NULL && room_member(r, self) != NULL)
        return chat_may_speak(r, self) ? CHAT_OK : CHAT_MUTE;
    const enum chat_result result = chat_may_join(r, u, STR(""));
    return result == CHAT_OK && (r->modes & ROOM_MODERATED) ? CHAT_MUTE : result;
}

enum chat_result chat_say_passing(struct chat *c, struct user *u, struct str name,
                                  struct str room_name, const struct chat_saying *what)
{
    UNSET char clean[LINES_BYTES_MAX + 64];
    const struct user *self = chat_user(c, name);
    const struct room *r = chat_room(c, room_name);
    enum chat_result result = chat_name_free(c, name, u);
    if (result == CHAT_NAME_TAKEN && u->account != NULL && self->account == u->account)
        result = CHAT_OK;
    if (result == CHAT_OK &&
        (!str_copy(u->name, sizeof u->name, name) || !name_fold(name, u->fold)))
        result = CHAT_NAME_BAD;
    if (result == CHAT_OK)
        result = r != NULL ? may_pass(r, u, self) : CHAT_NO_ROOM;
    if (result != CHAT_OK)
        return result;
    const size_t n = clean_saying(what, clean, what->lines ? sizeof clean : TEXT_BYTES_MAX + 64);
    struct chat_event ev = {.kind = what->kind, .from = u, .text = {clean, n}};
    c->metrics->chat_messages++;
    said_in_room(c, r, &ev);
    return CHAT_OK;
}

void chat_announce(struct chat *c, struct room *r, struct str text, struct str tags)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_NOTICE, .room = r, .text = {clean, n}, .tags = tags};
    chat_tell_room(c, r, &ev, NULL);
}

void chat_admin(struct chat *c, struct str text)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_ADMIN, .text = {clean, n}};
    chat_tell_all(c, &ev);
    chat_note(c, EVENT_ADMIN, NULL, NULL, NULL, clean);
}
