/* irc_cmd.c: the commands by which people talk and move. */
#include "serve/irc.h"

#include "base/path.h"
#include "model/room_access.h"
#include "parse/irc_tags.h"

#include <string.h>

/* --- JOIN, PART --- */

static void leave_all(struct irc *s)
{
    for (struct list *n; (n = s->user.memberships.next) != &s->user.memberships;) {
        const struct room *r = list_entry(n, struct member, in_user)->room;
        char name[ROOM_BYTES_MAX + 1];
        text_copy(name, sizeof name, r->name);
        (void)chat_part(irc_chat(s), &s->user, str_of(name), STR(""));
    }
}

static void show_room(struct irc *s, const struct room *r)
{
    if (r->topic[0] != '\0')
        irc_send_topic(s, r);
    irc_send_marker(s, r);
    irc_send_names(s, r);
}

void irc_show_rooms(struct irc *s)
{
    list_each(n, &s->user.memberships)
    {
        const struct room *r = list_entry(n, struct member, in_user)->room;
        struct buf b = {0};
        const struct chat_event ev = {.kind = CHAT_JOIN,
                                      .from = &s->user,
                                      .room = r,
                                      .id = chat_next_id(irc_chat(s)),
                                      .at = irc_chat(s)->clock->wall};
        const struct irc_form form = {.caps = irc_event_caps(s, &ev),
                                      .server = irc_chat(s)->server};
        irc_event_lines(&b, &ev, &form);
        irc_answer_lines(s, &b);
        show_room(s, r);
    }
}

static void join_one(struct irc *s, struct str name, struct str key)
{
    struct room *room;
    const enum chat_result result = chat_join(irc_chat(s), &s->user, name, key, &room);
    irc_result(s, result, name);
    if (result == CHAT_OK)
        show_room(s, room);
}

void irc_join(struct irc *s, const struct irc_msg *m)
{
    struct str names = m->param[0], keys = irc_param(m, 1), name, key;
    if (str_eq(names, "0")) {
        leave_all(s);
        return;
    }
    while (str_split(&names, ',', &name)) {
        if (!str_split(&keys, ',', &key))
            key = STR("");
        if (name.n > 0)
            join_one(s, name, key);
    }
}

void irc_part(struct irc *s, const struct irc_msg *m)
{
    struct irc_targets t = {.s = s, .rest = m->param[0]};
    struct str name;
    while (irc_next_target(&t, &name))
        irc_result(s, chat_part(irc_chat(s), &s->user, name, irc_param(m, 1)), name);
}

/* --- PRIVMSG, NOTICE, TAGMSG --- */

/* Takes the status off a target such as @#room (STATUSMSG). */
static enum member_status take_status(struct str *target)
{
    if (target->n < 2 || target->p[1] != '#' || (target->p[0] != '@' && target->p[0] != '+'))
        return MEMBER_PLAIN;
    const enum member_status least = target->p[0] == '@' ? MEMBER_OP : MEMBER_VOICE;
    *target = (struct str){target->p + 1, target->n - 1};
    return least;
}

static void say_one(struct irc *s, const struct chat_saying *what, struct str target)
{
    struct user *who;
    struct chat_saying one = *what;
    struct str name = target;
    if (irc_to_service(s, what, target) || (what->kind == CHAT_SAY && irc_service_hint(s, target)))
        return;
    one.least = take_status(&name);
    const enum chat_result result = chat_say(irc_chat(s), &s->user, &one, name, &who);
    if (result == CHAT_OK && name.p[0] == '#')
        drop_spoke(&s->drop, name);
    s->said[s->said_next++ % IRC_SAID_MAX] = s->user.said;
    if (what->kind == CHAT_NOTICE) /* never answered (RFC 2812, 3.3.2) */
        return;
    irc_result(s, result, target);
    if (result == CHAT_OK && who != NULL && who->away != NULL && what->kind == CHAT_SAY)
        irc_reply(s, RPL_AWAY, "%s :%s", who->name, who->away);
}

void irc_say(struct irc *s, const struct chat_saying *what, const char *command, struct str targets)
{
    struct str target;
    const bool quiet = what->kind == CHAT_NOTICE;
    if (targets.n == 0 || (what->text.n == 0 && what->kind != CHAT_TAGS)) {
        if (!quiet && targets.n == 0)
            irc_reply(s, ERR_NORECIPIENT, ":No recipient given (%s)", command);
        else if (!quiet)
            irc_reply(s, ERR_NOTEXTTOSEND, ":No text to send");
        return;
    }
    struct irc_targets t = {.s = s, .rest = targets, .most = IRC_TARGETS_MAX, .quiet = quiet};
    while (irc_next_target(&t, &target))
        say_one(s, what, target);
}

static void say(struct irc *s, const struct irc_msg *m, enum chat_kind kind)
{
    struct buf tags = {0};
    irc_tags_add_client(&tags, m->tags);
    const struct chat_saying what = {
        .kind = kind, .text = irc_param(m, 1), .tags = {buf_data(&tags), tags.len}};
    if (tags.failed)
        conn_close(s->conn, CLOSE_MEMORY);
    else if (kind != CHAT_TAGS || tags.len > 0) /* without tags it says nothing */
        irc_say(s, &what, m->command, irc_param(m, 0));
    buf_free(&tags);
}

void irc_privmsg(struct irc *s, const struct irc_msg *m)
{
    say(s, m, CHAT_SAY);
}

void irc_notice(struct irc *s, const struct irc_msg *m)
{
    say(s, m, CHAT_NOTICE);
}

void irc_tagmsg(struct irc *s, const struct irc_msg *m)
{
    say(s, m, CHAT_TAGS);
}

/* --- TOPIC, KICK, INVITE, AWAY --- */

static struct room *find_room(struct irc *s, struct str name)
{
    struct room *r = chat_room(irc_chat(s), name);
    if (r == NULL)
        irc_result(s, CHAT_NO_ROOM, name);
    return r;
}

void irc_send_topic(struct irc *s, const struct room *r)
{
    if (r->topic[0] == '\0') {
        irc_reply(s, RPL_NOTOPIC, "%s :No topic is set", r->name);
        return;
    }
    irc_reply(s, RPL_TOPIC, "%s :%s", r->name, r->topic);
    irc_reply(s, RPL_TOPICWHOTIME, "%s %s %lld", r->name, r->topic_by,
              (long long)(r->topic_at / 1000));
}

void irc_topic(struct irc *s, const struct irc_msg *m)
{
    struct room *r = find_room(s, m->param[0]);
    if (r == NULL)
        return;
    if (m->params == 1 && !irc_sees(s, r))
        irc_result(s, CHAT_NOT_MEMBER, m->param[0]);
    else if (m->params == 1)
        irc_send_topic(s, r);
    else
        irc_result(s, chat_set_topic(irc_chat(s), &s->user, r, m->param[1]), m->param[0]);
}

void irc_rename(struct irc *s, const struct irc_msg *m)
{
    struct room *r = find_room(s, m->param[0]);
    char was[ROOM_BYTES_MAX + 1], folder[PATH_BYTES_MAX];
    if (r == NULL)
        return;
    text_copy(was, sizeof was, r->name);
    const bool has_folder = room_folder(r, folder);
    const enum chat_result result =
        chat_rename_room(irc_chat(s), &s->user, r, m->param[1], irc_param(m, 2));
    if (result == CHAT_OK && has_folder)
        serve_move_room_folder(s->conn, s->user.name, folder, r);
    const char *code = result == CHAT_ROOM_TAKEN ? "CHANNEL_NAME_IN_USE" : "CANNOT_RENAME";
    if (result == CHAT_ROOM_TAKEN || result == CHAT_ROOM_BAD || result == CHAT_ROOM_FIXED)
        irc_server_line(s, "FAIL RENAME %s %s %.*s :%s", code, was, (int)m->param[1].n,
                        m->param[1].p,
                        result == CHAT_ROOM_TAKEN   ? "There is a channel of that name"
                        : result == CHAT_ROOM_FIXED ? "This channel keeps its name"
                                                    : "Not a channel name that can be used here");
    else
        irc_result(s, result, m->param[0]);
}

static void kick_one(struct irc *s, struct room *r, struct str name, struct str reason)
{
    struct user *target = chat_user(irc_chat(s), name);
    if (target == NULL) {
        irc_result(s, CHAT_NO_USER, name);
        return;
    }
    const enum chat_result result = chat_kick(irc_chat(s), &s->user, r, target, reason);
    if (result == CHAT_TARGET_ABSENT)
        irc_reply(s, ERR_USERNOTINCHANNEL, "%s %s :They aren't on that channel", target->name,
                  r->name);
    else if (result != CHAT_OK) /* or r may be gone, when that was its last member */
        irc_result(s, result, str_of(r->name));
}

void irc_kick(struct irc *s, const struct irc_msg *m)
{
    struct irc_targets t = {.s = s, .rest = m->param[1], .most = IRC_TARGETS_MAX};
    struct str name;
    while (irc_next_target(&t, &name)) {
        struct room *r = find_room(s, m->param[0]); /* it may be gone after the one before */
        if (r == NULL)
            return;
        kick_one(s, r, name, irc_param(m, 2));
    }
}

static void show_invites(struct irc *s)
{
    list_each(n, &s->user.invites)
        irc_reply(s, RPL_INVITELIST, "%s", list_entry(n, struct invite, in_user)->room->name);
    irc_reply(s, RPL_ENDOFINVITELIST, ":End of /INVITE list");
}

static void told_invite(struct irc *s, const struct user *target, const struct room *r)
{
    irc_reply(s, RPL_INVITING, "%s %s", target->name, r->name);
    if (target->away != NULL)
        irc_reply(s, RPL_AWAY, "%s :%s", target->name, target->away);
}

void irc_invite(struct irc *s, const struct irc_msg *m)
{
    if (m->params == 0) {
        show_invites(s);
        return;
    }
    if (m->params == 1) {
        irc_reply(s, ERR_NEEDMOREPARAMS, "INVITE :Not enough parameters");
        return;
    }
    struct user *target = chat_user(irc_chat(s), m->param[0]);
    if (target == NULL) {
        irc_result(s, CHAT_NO_USER, m->param[0]);
        return;
    }
    struct room *r = find_room(s, m->param[1]);
    if (r == NULL)
        return;
    const enum chat_result result = chat_invite(irc_chat(s), &s->user, r, target);
    if (result == CHAT_OK)
        told_invite(s, target, r);
    else if (result == CHAT_TARGET_PRESENT)
        irc_reply(s, ERR_USERONCHANNEL, "%s %s :is already on channel", target->name, r->name);
    else
        irc_result(s, result, str_of(r->name));
}

void irc_away(struct irc *s, const struct irc_msg *m)
{
    chat_set_away(irc_chat(s), &s->user, irc_param(m, 0));
    if (s->user.away != NULL)
        irc_reply(s, RPL_NOWAWAY, ":You have been marked as being away");
    else
        irc_reply(s, RPL_UNAWAY, ":You are no longer marked as being away");
}
