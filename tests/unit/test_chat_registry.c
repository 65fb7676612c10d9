/* test_chat_registry.c: model/chat_registry and model/room_keep, over a restart; and
 * model/room_desk, by what it says. */
#include "with_rooms.h"

#include "model/chat_own.h"
#include "model/room_desk.h"

static struct user ann, bob, eve;

/* agentd stops, with whoever is there still there; and starts. */
static void restart(struct user *there)
{
    chat_registry_stop(&registry);
    if (there != NULL)
        leave(there);
    stop();
    clock_.mono = 77;
    clock_.wall += 60000;
    start();
}

static void set_status(struct user *u, const char *name, enum member_status status)
{
    struct member *m = room_member(room(name), u);
    m->op = status == MEMBER_OP;
    m->voice = status == MEMBER_VOICE;
    chat_note_status(&chat, m);
}

static void a_registered_room_is_what_it_was(void **state)
{
    (void)state;
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "bob", account("bob", ROLE_WRITE));
    assert_int_equal(join(&ann, "#Lab"), CHAT_OK);
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    struct room *r = room("#lab");
    assert_int_equal(chat_register(&chat, r, ann.account), CHAT_OK);
    assert_int_equal(chat_register(&chat, r, bob.account), CHAT_UNCHANGED);
    set_status(&bob, "#lab", MEMBER_VOICE);
    assert_int_equal(chat_set_topic(&chat, &ann, r, STR("小 topic")), CHAT_OK);
    r->modes = ROOM_NO_OUTSIDE | ROOM_SECRET;
    text_copy(r->key, sizeof r->key, "k'y");
    r->limit = 9;
    assert_non_null(room_add_mask(r, ROOM_BANS, "eve!*@*", "ann", 5));
    assert_non_null(room_add_mask(r, ROOM_EXCEPTS, "~a:bob", "ann", 6));
    assert_non_null(room_add_mask(r, ROOM_INVEXES, "*!*@10.*", "ann", 7));
    chat_room_changed(&chat, r);
    const int64_t created = r->created;
    leave(&bob);
    leave(&ann);
    assert_ptr_equal(room("#lab"), r); /* it stays */
    assert_int_equal(r->count, 0);
    restart(NULL);

    r = room("#LAB");
    assert_non_null(r);
    assert_string_equal(r->name, "#Lab");
    assert_true(r->registered && r->count == 0 && r->created == created);
    assert_int_equal(r->founder, account("ann", ROLE_WRITE)->id);
    assert_string_equal(r->topic, "小 topic");
    assert_string_equal(r->topic_by, "ann");
    assert_int_equal(r->modes, ROOM_NO_OUTSIDE | ROOM_SECRET);
    assert_string_equal(r->key, "k'y");
    assert_int_equal(r->limit, 9);
    assert_int_equal(r->mask_count, 3);
    const struct mask *m = masks_find(&r->masks[ROOM_EXCEPTS], "~a:bob");
    assert_non_null(m);
    assert_string_equal(m->by, "ann");
    assert_int_equal(m->at, 6);
    assert_non_null(masks_find(&r->masks[ROOM_BANS], "eve!*@*"));
    assert_non_null(masks_find(&r->masks[ROOM_INVEXES], "*!*@10.*"));
}

static void accounts_are_there_what_they_were_and_nobody_is_by_being_first(void **state)
{
    (void)state;
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "bob", account("bob", ROLE_WRITE));
    assert_int_equal(join(&ann, "#lab"), CHAT_OK);
    assert_int_equal(status(&ann, "#lab"), MEMBER_OP);
    assert_int_equal(chat_register(&chat, room("#lab"), ann.account), CHAT_OK);
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    assert_int_equal(status(&bob, "#lab"), MEMBER_PLAIN);
    set_status(&bob, "#lab", MEMBER_OP);
    leave(&ann);
    leave(&bob);
    buf_free(&modes);

    enter(&eve, "eve", NULL);
    assert_int_equal(join(&eve, "#lab"), CHAT_OK);
    assert_int_equal(status(&eve, "#lab"), MEMBER_PLAIN);
    enter(&bob, "bob2", account("bob", ROLE_WRITE)); /* it is the account that counts */
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    assert_int_equal(status(&bob, "#lab"), MEMBER_OP);
    assert_buf(&modes, "eve: +o bob2\nbob2: +o bob2\n");
    set_status(&bob, "#lab", MEMBER_PLAIN); /* and was not any more */
    assert_int_equal(chat_part(&chat, &bob, STR("#lab"), STR("")), CHAT_OK);
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    assert_int_equal(status(&bob, "#lab"), MEMBER_PLAIN);
    /* Who logs in later is what he is, too; the founder whatever was taken from him. */
    enter(&ann, "who", NULL);
    assert_int_equal(join(&ann, "#lab"), CHAT_OK);
    ann.account = account("ann", ROLE_WRITE);
    chat_tell_account(&chat, &ann);
    assert_int_equal(status(&ann, "#lab"), MEMBER_OP);
    set_status(&ann, "#lab", MEMBER_PLAIN);
    assert_int_equal(chat_part(&chat, &ann, STR("#lab"), STR("")), CHAT_OK);
    assert_int_equal(join(&ann, "#lab"), CHAT_OK);
    assert_int_equal(status(&ann, "#lab"), MEMBER_OP);
    leave(&ann);
    leave(&bob);
    leave(&eve);
}

static void the_lobby_is_the_administrators(void **state)
{
    (void)state;
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "boss", account("boss", ROLE_ADMIN));
    assert_int_equal(join(&ann, "#lobby"), CHAT_OK);
    assert_int_equal(join(&bob, "#lobby"), CHAT_OK);
    assert_int_equal(status(&ann, "#lobby"), MEMBER_PLAIN);
    assert_int_equal(status(&bob, "#lobby"), MEMBER_OP);
    assert_int_equal(join(&ann, "#own"), CHAT_OK);
    assert_int_equal(join(&bob, "#own"), CHAT_OK); /* another's is not theirs */
    assert_int_equal(status(&bob, "#own"), MEMBER_PLAIN);
    assert_int_equal(chat_set_topic(&chat, &bob, room("#lobby"), STR("news")), CHAT_OK);
    leave(&bob);
    restart(&ann);
    assert_string_equal(chat.lobby->topic, "news");
    assert_string_equal(chat.lobby->name, "#Lobby");
    assert_true(chat.lobby->registered);
    assert_int_equal(chat.lobby->modes, ROOM_NO_OUTSIDE);
}

static void a_room_of_nobody_sleeps_through_a_restart(void **state)
{
    (void)state;
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    assert_int_equal(join(&ann, "#Tmp"), CHAT_OK);
    struct room *r = room("#tmp");
    text_copy(r->key, sizeof r->key, "key");
    assert_int_equal(chat_set_topic(&chat, &ann, r, STR("was here")), CHAT_OK);
    const int64_t created = r->created;
    restart(&ann);
    assert_null(room("#tmp")); /* nobody sees it */
    enter(&eve, "eve", NULL);
    assert_int_equal(join(&eve, "#tmp"), CHAT_NEEDS_KEY);
    assert_null(room("#tmp"));
    assert_int_equal(join_with(&eve, "#tmp", "key"), CHAT_OK);
    r = room("#tmp");
    assert_string_equal(r->name, "#Tmp");
    assert_string_equal(r->topic, "was here");
    assert_true(r->created == created);
    assert_int_equal(status(&eve, "#tmp"), MEMBER_PLAIN); /* ann may come back */
    enter(&ann, "other", account("ann", ROLE_WRITE));
    assert_int_equal(join_with(&ann, "#tmp", "key"), CHAT_OK);
    assert_int_equal(status(&ann, "#tmp"), MEMBER_OP);
    /* After a while it is a room as any other. */
    clock_.mono += 600000;
    chat_registry_tick(&registry);
    assert_int_equal(chat_part(&chat, &ann, STR("#tmp"), STR("")), CHAT_OK);
    assert_int_equal(join_with(&ann, "#tmp", "key"), CHAT_OK);
    assert_int_equal(status(&ann, "#tmp"), MEMBER_PLAIN);
    leave(&ann);
    leave(&eve);
    assert_null(room("#tmp"));
    restart(NULL);
    enter(&eve, "eve", NULL);
    assert_int_equal(join(&eve, "#tmp"), CHAT_OK); /* a new one */
    assert_int_equal(status(&eve, "#tmp"), MEMBER_OP);
    leave(&eve);
}

static void one_of_guests_alone_is_the_first_ones_again(void **state)
{
    (void)state;
    enter(&eve, "eve", NULL);
    assert_int_equal(join(&eve, "#g"), CHAT_OK);
    assert_int_equal(chat_set_topic(&chat, &eve, room("#g"), STR("guests")), CHAT_OK);
    restart(&eve);
    enter(&bob, "bob", NULL);
    assert_int_equal(join(&bob, "#g"), CHAT_OK);
    assert_string_equal(room("#g")->topic, "guests");
    assert_int_equal(status(&bob, "#g"), MEMBER_OP);
    leave(&bob);
}

static void nobody_comes_and_it_is_forgotten(void **state)
{
    (void)state;
    enter(&eve, "eve", NULL);
    assert_int_equal(join(&eve, "#g"), CHAT_OK);
    assert_int_equal(chat_set_topic(&chat, &eve, room("#g"), STR("guests")), CHAT_OK);
    restart(&eve);
    assert_int_equal(registry.asleep.count, 1);
    clock_.mono += 599000;
    chat_registry_tick(&registry);
    assert_int_equal(registry.asleep.count, 1);
    clock_.mono += 1000;
    chat_registry_tick(&registry);
    assert_int_equal(registry.asleep.count, 0);
    restart(NULL);
    assert_int_equal(registry.asleep.count, 0);
}

static void what_comes_and_goes_within_a_moment_is_not_written(void **state)
{
    (void)state;
    struct db_stmt *s = db_stmt(db, "SELECT total_changes()");
    assert_true(db_step(s));
    const int64_t before = db_int(s, 0);
    db_reset(s);
    enter(&eve, "eve", NULL);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(join(&eve, "#storm"), CHAT_OK);
        assert_int_equal(chat_part(&chat, &eve, STR("#storm"), STR("")), CHAT_OK);
    }
    chat_registry_tick(&registry);
    assert_true(db_step(s));
    assert_true(db_int(s, 0) == before);
    db_reset(s);
    leave(&eve);
}

static void a_room_that_is_renamed_is_kept_by_its_new_name(void **state)
{
    (void)state;
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "bob", account("bob", ROLE_WRITE));
    assert_int_equal(join(&ann, "#lab"), CHAT_OK);
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    assert_int_equal(chat_register(&chat, room("#lab"), ann.account), CHAT_OK);
    set_status(&bob, "#lab", MEMBER_OP);
    assert_int_equal(chat_rename_room(&chat, &bob, room("#lab"), STR("#x"), STR("")), CHAT_NOT_OP);
    assert_int_equal(chat_rename_room(&chat, &ann, room("#lab"), STR("#Work"), STR("")), CHAT_OK);
    leave(&bob);
    restart(&ann);
    assert_null(room("#lab"));
    assert_string_equal(room("#work")->name, "#Work");
}

/* --- the desk --- */

static void assert_says(struct user *u, const char *line, const char *part)
{
    struct buf out = {0};
    room_desk(&chat, u, str_of(line), &out);
    if (strstr(buf_str(&out), part) == NULL)
        fail_msg("<%s> %s", line, buf_str(&out));
    buf_free(&out);
}

static void the_desk_does_what_one_may(void **state)
{
    (void)state;
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "bob", account("bob", ROLE_WRITE));
    enter(&eve, "eve", NULL);
    assert_int_equal(join(&ann, "#lab"), CHAT_OK);
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    assert_int_equal(join(&eve, "#eve"), CHAT_OK);
    assert_says(&ann, "", "I know: register");
    assert_says(&ann, "help", "transfer #room ACCOUNT");
    assert_says(&ann, "register", "Name a room");
    assert_says(&ann, "register lab", "Name a room");
    assert_says(&ann, "register #nope", "There is no room #nope");
    assert_says(&eve, "register #eve", "Log in first");
    assert_says(&bob, "register #lab", "no operator of #lab");
    assert_says(&ann, "info #lab", "not registered");
    assert_says(&ann, "Register  #LAB", "#lab is registered to ann");
    assert_says(&bob, "register #lab", "registered already, to ann");
    assert_says(&bob, "info #lab", "It belongs to ann.\nIts folder is /rooms/lab.");
    assert_says(&bob, "drop #lab", "not yours");
    assert_says(&eve, "transfer #lab bob", "not yours");
    assert_says(&ann, "transfer #lab nobody", "no such account");
    assert_says(&ann, "transfer #lab bob", "#lab belongs to bob now");
    assert_int_equal(status(&bob, "#lab"), MEMBER_OP);
    assert_says(&ann, "info #lab", "Its operators are, too: ann");
    assert_says(&ann, "list", "#lab belongs to bob\n");
    assert_says(&bob, "list", "#lab belongs to bob: you\n");
    room("#lab")->modes |= ROOM_SECRET;
    assert_says(&eve, "info #lab", "There is no room #lab"); /* for her */
    assert_says(&eve, "list", "#Lobby belongs to the administrators\n");
    assert_says(&bob, "drop #lab", "not registered any more");
    assert_false(room("#lab")->registered);
    assert_says(&bob, "drop #lab", "not registered");
    struct account *boss = account("boss", ROLE_ADMIN);
    eve.account = boss;
    assert_says(&eve, "drop #lobby", "stays so");
    assert_says(&ann, "register #lab", "registered to ann");
    leave(&ann);
    leave(&bob);
    assert_says(&eve, "drop #lab",
                "not registered any more"); /* an administrator, and it is gone */
    assert_null(room("#lab"));
    leave(&eve);
}

static void one_account_has_so_many_rooms(void **state)
{
    (void)state;
    char name[16];
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "bob", account("bob", ROLE_WRITE));
    for (int i = 0; i <= REGISTERED_OF_MAX; i++) {
        snprintf(name, sizeof name, "#r%d", i);
        assert_int_equal(join(&ann, name), CHAT_OK);
        assert_int_equal(chat_register(&chat, room(name), ann.account),
                         i < REGISTERED_OF_MAX ? CHAT_OK : CHAT_TOO_MANY);
    }
    assert_int_equal(chat_register(&chat, room(name), bob.account), CHAT_OK);
    assert_int_equal(chat_transfer(&chat, room(name), ann.account), CHAT_TOO_MANY);
    leave(&ann);
    leave(&bob);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_registered_room_is_what_it_was),
        TEST(accounts_are_there_what_they_were_and_nobody_is_by_being_first),
        TEST(the_lobby_is_the_administrators),
        TEST(a_room_of_nobody_sleeps_through_a_restart),
        TEST(one_of_guests_alone_is_the_first_ones_again),
        TEST(nobody_comes_and_it_is_forgotten),
        TEST(what_comes_and_goes_within_a_moment_is_not_written),
        TEST(a_room_that_is_renamed_is_kept_by_its_new_name),
        TEST(the_desk_does_what_one_may),
        TEST(one_account_has_so_many_rooms),
    };
    return RUN(tests);
}
