#include "model/room_desk.h"

#include "base/date.h"
#include "model/chat_registry.h"
#include "model/room_access.h"

enum { LIST_MAX = 50 }; /* rooms that one answer names */

/* A request: the words behind the verb, and where the answer goes. */
struct request {
    struct chat *chat;
    struct user *user;
    struct room *room; /* the one that it names */
    struct str arg;    /* behind the room */
    struct buf *out;
};

static bool is_admin(const struct request *r)
{
    return r->user->account != NULL && r->user->account->role == ROLE_ADMIN;
}

/* May he dispose of the room? Else he is told. */
static bool disposes(struct request *r)
{
    if (!r->room->registered)
        buf_addf(r->out, "%s is not registered.\n", r->room->name);
    else if (r->room == r->chat->lobby)
        buf_addf(r->out, "%s is the administrators', and stays so.\n", r->room->name);
    else if (!is_admin(r) && !chat_owns(r->chat, r->room, r->user->account))
        buf_addf(r->out, "%s is not yours.\n", r->room->name);
    else
        return true;
    return false;
}

static void note(const struct request *r, const char *room, const char *to, const char *what)
{
    const struct event ev = {.kind = EVENT_ROOM,
                             .proto = r->user->ops->proto,
                             .sid = r->user->sid,
                             .who = r->user->name,
                             .account = r->user->account,
                             .room = room,
                             .to = to,
                             .text = what};
    event_emit(r->chat->bus, &ev);
}

static const char *founder_of(const struct request *r, const struct room *room)
{
    if (room->founder == 0)
        return "the administrators";
    const struct account *a =
        r->chat->accounts != NULL ? account_by_id(r->chat->accounts, room->founder) : NULL;
    return a != NULL ? a->name : "nobody (the account is gone)";
}

static void add_folder(struct request *r)
{
    char folder[PATH_BYTES_MAX];
    if (room_folder(r->room, folder))
        buf_addf(r->out, "Its folder is %s.\n", folder);
    else
        buf_adds(r->out, "It has no folder: none can be called so.\n");
}

static void do_register(struct request *r)
{
    char name[ROOM_BYTES_MAX + 1];
    text_copy(name, sizeof name, r->room->name);
    if (r->user->account == NULL) {
        buf_adds(r->out, "Log in first: a room is registered to an account.\n");
        return;
    }
    if (!r->room->registered && !chat_is_op(r->room, r->user)) {
        buf_addf(r->out, "You are no operator of %s.\n", name);
        return;
    }
    switch (chat_register(r->chat, r->room, r->user->account)) {
    case CHAT_OK: break;
    case CHAT_TOO_MANY:
        buf_addf(r->out, "You have %d rooms already: drop one first.\n", REGISTERED_OF_MAX);
        return;
    default:
        buf_addf(r->out, "%s is registered already, to %s.\n", name, founder_of(r, r->room));
        return;
    }
    note(r, name, NULL, "registered");
    buf_addf(r->out,
             "%s is registered to %s: it stays, with its topic, modes, lists and operators.\n",
             name, r->user->account->name);
    add_folder(r);
}

static void do_drop(struct request *r)
{
    char name[ROOM_BYTES_MAX + 1];
    text_copy(name, sizeof name, r->room->name);
    if (!disposes(r))
        return;
    chat_unregister(r->chat, r->room); /* it may be gone behind that */
    note(r, name, NULL, "dropped");
    buf_addf(r->out,
             "%s is not registered any more. What is in its folder stays, for administrators.\n",
             name);
}

static void do_transfer(struct request *r)
{
    if (!disposes(r))
        return;
    const struct account *a =
        r->chat->accounts != NULL ? account_find(r->chat->accounts, r->arg) : NULL;
    if (a == NULL || !account_usable(a)) {
        buf_adds(r->out, "There is no such account: transfer #room ACCOUNT\n");
        return;
    }
    switch (chat_transfer(r->chat, r->room, a)) {
    case CHAT_OK:
        note(r, r->room->name, a->name, "transferred");
        buf_addf(r->out, "%s belongs to %s now.\n", r->room->name, a->name);
        break;
    case CHAT_TOO_MANY: buf_addf(r->out, "%s has too many rooms already.\n", a->name); break;
    default: buf_addf(r->out, "%s belongs to %s already.\n", r->room->name, a->name); break;
    }
}

static void add_names(struct request *r, enum member_status status, const char *what)
{
    unsigned n = 0;
    list_each(k, &r->room->statuses)
    {
        const struct room_status *st = list_entry(k, struct room_status, link);
        const struct account *a =
            r->chat->accounts != NULL ? account_by_id(r->chat->accounts, st->account) : NULL;
        if (a != NULL && st->status == status && a->id != r->room->founder)
            buf_addf(r->out, "%s%s", n++ == 0 ? what : " ", a->name);
    }
    if (n > 0)
        buf_addc(r->out, '\n');
}

static void do_info(struct request *r)
{
    char date[DATE_TEXT_MAX];
    const struct room *room = r->room;
    date_minute(date, (time_t)(room->created / 1000));
    buf_addf(r->out, "%s: made %s UTC, %u %s in it\n", room->name, date, room->count,
             room->count == 1 ? "person" : "people");
    if (!room->registered) {
        buf_adds(r->out, "It is not registered, and ends when the last one leaves.\n");
        return;
    }
    buf_addf(r->out, "It belongs to %s.\n", founder_of(r, room));
    add_names(r, MEMBER_OP, "Its operators are, too: ");
    add_names(r, MEMBER_VOICE, "These have a voice: ");
    add_folder(r);
}

static void do_list(struct request *r)
{
    const struct account *a = r->user->account;
    size_t told = 0, more = 0;
    for (struct hnode *n = hmap_next(&r->chat->rooms, NULL); n != NULL;
         n = hmap_next(&r->chat->rooms, n)) {
        const struct room *room = hmap_entry(n, struct room, by_name);
        if (!room->registered || !room_is_seen(r->chat, room, a, r->user))
            continue;
        if (told == LIST_MAX) {
            more++;
            continue;
        }
        told++;
        buf_addf(r->out, "%s belongs to %s%s\n", room->name, founder_of(r, room),
                 room != r->chat->lobby && chat_owns(r->chat, room, a) ? ": you" : "");
    }
    if (more > 0)
        buf_addf(r->out, "and %zu more\n", more);
}

static void do_help(struct request *r);

static const struct verb {
    const char *name;
    void (*run)(struct request *r);
    bool room; /* names one */
    const char *help;
} verbs[] = {
    {"register", do_register, true, "register #room: a room that you run becomes yours, and stays"},
    {"drop", do_drop, true, "drop #room: the opposite"},
    {"transfer", do_transfer, true, "transfer #room ACCOUNT: it becomes somebody else's"},
    {"info", do_info, true, "info #room: whose it is"},
    {"list", do_list, false, "list: the rooms that are registered"},
    {"help", do_help, false, "help"},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void do_help(struct request *r)
{
    for (int i = 0; i < VERBS; i++)
        buf_addf(r->out, "%s\n", verbs[i].help);
}

/* Finds the room that is named; whose name one may not know is not there. */
static bool take_room(struct request *r)
{
    struct str rest = r->arg, name = STR("");
    (void)str_split(&rest, ' ', &name);
    r->arg = rest.p != NULL ? str_trim(rest) : STR("");
    r->room = chat_room(r->chat, name);
    if (r->room != NULL && room_is_seen(r->chat, r->room, r->user->account, r->user))
        return true;
    if (name.n == 0 || name.p[0] != '#')
        buf_adds(r->out, "Name a room, such as #lab.\n");
    else
        buf_addf(r->out, "There is no room %.*s.\n", (int)utf8_cut(name.p, name.n, ROOM_BYTES_MAX),
                 name.p);
    return false;
}

void room_desk(struct chat *c, struct user *u, struct str line, struct buf *out)
{
    struct request r = {.chat = c, .user = u, .out = out};
    struct str rest = str_trim(line), verb = STR("");
    (void)str_split(&rest, ' ', &verb);
    r.arg = rest.p != NULL ? str_trim(rest) : STR("");
    for (int i = 0; i < VERBS; i++) {
        if (!str_ieq(verb, verbs[i].name))
            continue;
        if (!verbs[i].room || take_room(&r))
            verbs[i].run(&r);
        return;
    }
    buf_adds(out, "I know: register, drop, transfer, info, list, help\n");
}
