#include "model/absent.h"

#include <stdlib.h>
#include <string.h>

static const char away[] = "not connected";

struct absent {
    struct list link; /* in absents->all */
    struct absents *absents;
    struct user user;
};

static void hear_nothing(struct user *u, struct chat_event *ev)
{
    (void)u;
    (void)ev;
}

/* --- what is kept --- */

static void save(const struct absents *as, const struct user *u)
{
    struct buf rooms = {0};
    struct db_stmt *s =
        db_stmt(as->db, "INSERT OR REPLACE INTO absent (account, rooms) VALUES (?1, ?2)");
    list_each(n, &u->memberships) buf_addf(&rooms, "%s%s", rooms.len > 0 ? " " : "",
                                           list_entry(n, struct member, in_user)->room->name);
    db_bind_int(s, 1, u->account->id);
    db_bind_text(s, 2, buf_str(&rooms));
    if (!rooms.failed)
        (void)db_run(s);
    buf_free(&rooms);
}

static void forget(const struct absents *as, const struct account *a)
{
    struct db_stmt *s = db_stmt(as->db, "DELETE FROM absent WHERE account = ?1");
    db_bind_int(s, 1, a->id);
    (void)db_run(s);
}

/* --- coming and going --- */

static void end(struct absent *ab)
{
    account_unref(ab->user.account);
    list_unlink(&ab->link);
    free(ab);
}

static void on_kick(struct user *u, const char *reason)
{
    struct absent *ab = u->session;
    forget(ab->absents, u->account);
    chat_leave(ab->absents->chat, u, str_of(reason));
    end(ab);
}

static const struct user_ops ops = {.proto = "absent", .event = hear_nothing, .kick = on_kick};

static struct absent *begin(struct absents *as, struct account *a)
{
    struct absent *ab = calloc(1, sizeof *ab);
    if (ab == NULL)
        return NULL;
    ab->absents = as;
    ab->user.ops = &ops;
    ab->user.session = ab;
    ab->user.account = account_ref(a);
    list_push(&as->all, &ab->link);
    return ab;
}

static bool bears_its_name(const struct user *u)
{
    return u->account != NULL && strcmp(u->fold, u->account->fold) == 0;
}

bool absent_stay(struct absents *as, struct user *u)
{
    const struct account *a = u->account;
    struct absent *ab = NULL;
    if (a == NULL || !a->always_on || !account_usable(a) || !bears_its_name(u) ||
        (ab = begin(as, u->account)) == NULL)
        return false;
    text_copy(ab->user.ident, sizeof ab->user.ident, u->ident);
    text_copy(ab->user.host, sizeof ab->user.host, u->host);
    text_copy(ab->user.real, sizeof ab->user.real, u->real);
    chat_hand_over(as->chat, u, &ab->user);
    chat_set_away(as->chat, &ab->user, str_of(away));
    save(as, &ab->user);
    return true;
}

bool absent_return(struct absents *as, struct user *u, struct str name)
{
    struct user *there = u->account != NULL ? chat_user(as->chat, name) : NULL;
    if (there == NULL || there->ops != &ops || there->account != u->account)
        return false;
    chat_hand_over(as->chat, there, u);
    chat_set_away(as->chat, u, STR(""));
    forget(as, u->account);
    end(there->session);
    return true;
}

void absents_tick(struct absents *as)
{
    list_each(n, &as->all)
    {
        struct absent *ab = list_entry(n, struct absent, link);
        const struct account *a = ab->user.account;
        if (!a->always_on || !account_usable(a))
            on_kick(&ab->user, "no longer always on");
    }
}

/* --- beginning and end --- */

/* Into a room where he has been already: what keeps strangers out does not count. */
static void come_back_to(struct absents *as, struct user *u, struct str name)
{
    struct room *r = chat_room(as->chat, name);
    char key[ROOM_KEY_MAX + 1] = "";
    if (r != NULL) {
        text_copy(key, sizeof key, r->key);
        room_invite(r, u);
    }
    (void)chat_join(as->chat, u, name, str_of(key), &r);
}

static void come_in(struct absents *as, struct account *a, struct str rooms)
{
    struct str room;
    struct absent *ab = begin(as, a);
    if (ab == NULL)
        return;
    struct user *u = &ab->user;
    text_copy(u->ident, sizeof u->ident, "absent");
    text_copy(u->host, sizeof u->host, as->chat->server);
    text_copy(u->real, sizeof u->real, a->name);
    if (chat_enter(as->chat, u, str_of(a->name)) != CHAT_OK) {
        end(ab);
        return;
    }
    while (str_split(&rooms, ' ', &room))
        if (room.n > 0)
            come_back_to(as, u, room);
    chat_set_away(as->chat, u, str_of(away));
}

int absents_init(struct absents *as, struct chat *chat, struct accounts *accounts, struct db *db,
                 struct buf *why)
{
    *as = (struct absents){.chat = chat, .accounts = accounts, .db = db};
    list_init(&as->all);
    struct db_stmt *s = db_stmt(db, "SELECT account, rooms FROM absent");
    if (s == NULL) {
        buf_adds(why, "path: the table of those who are absent cannot be read");
        return -1;
    }
    while (db_step(s)) {
        struct account *a = account_by_id(accounts, db_int(s, 0));
        if (a != NULL && a->always_on && account_usable(a))
            come_in(as, a, str_of(db_text(s, 1)));
    }
    return 0;
}

void absents_free(struct absents *as)
{
    if (as->db == NULL)
        return;
    list_each(n, &as->all)
    {
        struct absent *ab = list_entry(n, struct absent, link);
        save(as, &ab->user);
        chat_leave(as->chat, &ab->user, STR(""));
        end(ab);
    }
}
