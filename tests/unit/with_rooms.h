/* with_rooms.h: a chat whose rooms are kept, with accounts, over a database that is opened again;
 * and people in it who hear nothing but who says it. */
#ifndef TESTS_UNIT_WITH_ROOMS_H
#define TESTS_UNIT_WITH_ROOMS_H

#include "check.h"
#include "model/chat_registry.h"

static struct clock clock_;
static struct log log_;
static struct metrics metrics;
static struct event_bus bus;
static struct chat chat;
static struct chat_registry registry;
static struct accounts accounts;
static struct db *db;
static char *folder;
static struct buf modes; /* that were told to anybody */

static inline void hear(struct user *u, struct chat_event *ev)
{
    if (ev->kind == CHAT_MODE)
        buf_addf(&modes, "%s: %.*s\n", u->name, (int)ev->text.n, ev->text.p);
}

static const struct user_ops ops = {"test", hear, NULL};

static inline void start(void)
{
    struct buf why = {0};
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    event_init(&bus, &log_);
    assert_int_equal(accounts_init(&accounts, db, &clock_, &why), 0);
    assert_int_equal(chat_init(&chat, "server", "#Lobby", &clock_, &bus, &metrics, &why), 0);
    chat.accounts = &accounts;
    assert_int_equal(chat_registry_init(&registry, &chat, db, &why), 0);
}

/* Everybody must have left. */
static inline void stop(void)
{
    chat_free(&chat);
    chat_registry_free(&registry);
    accounts_free(&accounts);
    db_close(db);
}

static inline int set_up(void **state)
{
    (void)state;
    clock_ = (struct clock){.mono = 5000, .wall = 1700000000000};
    log_quiet(&log_, &clock_);
    folder = folder_new();
    start();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    stop();
    buf_free(&modes);
    folder_remove(folder);
    return 0;
}

static inline struct account *account(const char *name, enum role role)
{
    struct account *a = account_find(&accounts, str_of(name));
    if (a == NULL)
        assert_int_equal(account_add(&accounts, str_of(name), "$y$hash", role, 0, &a), ACCOUNT_OK);
    return a;
}

/* Comes into the chat; a may be NULL. */
static inline void enter(struct user *u, const char *name, struct account *a)
{
    *u = (struct user){.ops = &ops, .sid = 7, .ident = "id", .account = a};
    text_copy(u->host, sizeof u->host, "10.0.0.7");
    assert_int_equal(chat_enter(&chat, u, str_of(name)), CHAT_OK);
}

static inline enum chat_result join_with(struct user *u, const char *room, const char *key)
{
    struct room *r;
    return chat_join(&chat, u, str_of(room), str_of(key), &r);
}

static inline enum chat_result join(struct user *u, const char *room)
{
    return join_with(u, room, "");
}

static inline void leave(struct user *u)
{
    chat_leave(&chat, u, STR("bye"));
}

static inline struct room *room(const char *name)
{
    return chat_room(&chat, str_of(name));
}

static inline enum member_status status(const struct user *u, const char *name)
{
    const struct room *r = room(name);
    const struct member *m = r != NULL ? room_member(r, u) : NULL;
    if (m == NULL)
        fail_msg("%s is not in %s", u->name, name);
    return member_status(m);
}

#endif
