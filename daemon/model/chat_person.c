/* chat_person.c: what people do that is not said in a room. */
#include "model/chat_own.h"
#include "model/chat_text.h"

enum {
    KNOCK_COST = 60, /* seconds that one goes on top of */
    KNOCKS_MAX = 120,
    ROOM_KNOCK_COST = 10,
};

/* --- oneself --- */

static void count_mode(unsigned *count, unsigned mode, unsigned was, unsigned is)
{
    *count += (is & mode) != 0 ? 1u : 0u;
    *count -= (was & mode) != 0 ? 1u : 0u;
}

void chat_set_mode(struct chat *c, struct user *u, unsigned modes, bool on)
{
    const unsigned was = u->modes;
    u->modes = on ? was | modes : was & ~modes;
    count_mode(&c->invisible, USER_INVISIBLE, was, u->modes);
    count_mode(&c->opers, USER_OPER, was, u->modes);
}

bool chat_silenced(const struct user *u, const struct user *from)
{
    return u != from && masks_match(&u->silence, from);
}

/* --- administrators --- */

void chat_wallops(struct chat *c, const struct user *from, struct str text)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_WALLOPS, .from = from, .text = {clean, n}};
    chat_tell_modes(c, USER_WALLOPS, &ev);
    chat_note(c, EVENT_ADMIN, from, NULL, NULL, clean);
}

/* --- asking to be let in --- */

enum chat_result chat_knock(struct chat *c, struct user *u, struct room *r, struct str text)
{
    char clean[REASON_BYTES_MAX + 1];
    const int64_t now = c->clock->mono;
    if (room_member(r, u) != NULL)
        return CHAT_TARGET_PRESENT;
    const enum chat_result result = chat_may_join(r, u, STR(""));
    if (result == CHAT_OK)
        return CHAT_UNCHANGED;
    if (result == CHAT_BANNED || (r->modes & ROOM_PRIVATE))
        return CHAT_MUTE;
    if (bucket_take(&u->knocks, now, KNOCK_COST, 1, KNOCKS_MAX) > 0 ||
        bucket_take(&r->knocks, now, ROOM_KNOCK_COST, 1, KNOCKS_MAX) > 0)
        return CHAT_TOO_FAST;
    (void)chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {
        .kind = CHAT_KNOCK, .least = MEMBER_OP, .from = u, .room = r, .text = str_of(clean)};
    chat_tell_room(c, r, &ev, NULL);
    return CHAT_OK;
}
