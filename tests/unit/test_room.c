/* test_room.c: model/room: members, masks, bans, invitations. */
#include "check.h"
#include "model/room.h"

static struct user person(const char *name, const char *ident, const char *host)
{
    struct user u = {0};
    text_copy(u.name, sizeof u.name, name);
    assert_true(name_fold(str_of(name), u.fold));
    text_copy(u.ident, sizeof u.ident, ident);
    text_copy(u.host, sizeof u.host, host);
    return u;
}

static void members_come_and_go(void **state)
{
    struct room *a = room_new("#A", "#a", 123), *b = room_new("#b", "#b", 456);
    struct user u = person("bob", "b", "h"), v = person("eve", "e", "h");
    (void)state;
    list_init(&u.memberships);
    list_init(&v.memberships);
    assert_int_equal(a->created, 123);
    assert_string_equal(a->name, "#A");
    struct member *ua = room_add(a, &u), *va = room_add(a, &v), *ub = room_add(b, &u);
    assert_int_equal(a->count, 2);
    assert_int_equal(u.rooms, 2);
    assert_ptr_equal(room_member(a, &u), ua);
    assert_ptr_equal(room_member(b, &u), ub);
    assert_ptr_equal(room_member(a, &v), va);
    assert_null(room_member(b, &v));
    assert_false(ua->op || ua->voice);
    room_remove(ua);
    assert_null(room_member(a, &u));
    assert_int_equal(a->count, 1);
    assert_int_equal(u.rooms, 1);
    room_remove(va);
    room_remove(ub);
    assert_true(list_empty(&a->members) && list_empty(&u.memberships));
    room_free(a);
    room_free(b);
    room_free(NULL);
}

static void masks_match_name_ident_and_host(void **state)
{
    static const struct {
        const char *mask;
        bool match;
    } rows[] = {
        {"bob!*@*", true},
        {"*!*@10.0.0.*", true},
        {"*!~b@*", true},
        {"b?b!*@*", true},
        {"*", true},
        {"*!*@*", true},
        {"bob!~b@10.0.0.7", true},
        {"bob", false},
        {"bob!*@10.0.1.*", false},
        {"bo!*@*", false},
        {"*!b@*", false},
        {"", false},
    };
    struct user u = person("BoB", "~B", "10.0.0.7"), ming = person("小明", "x", "h");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].mask, room_mask_matches(rows[i].mask, &u) == rows[i].match);
    assert_true(room_mask_matches("?明!*@*", &ming));
    assert_false(room_mask_matches("?\?\?!*@*", &ming));
}

static void bans_are_bounded(void **state)
{
    struct room *r = room_new("#r", "#r", 0);
    struct user u = person("bob", "b", "10.0.0.7");
    char mask[40];
    (void)state;
    assert_false(room_banned(r, &u));
    assert_true(room_add_ban(r, "*!*@10.0.0.*", "op", 99));
    assert_true(room_banned(r, &u));
    struct ban *b = room_find_ban(r, "*!*@10.0.0.*");
    assert_non_null(b);
    assert_string_equal(b->by, "op");
    assert_int_equal(b->at, 99);
    assert_null(room_find_ban(r, "*!*@10.0.0.?"));
    room_remove_ban(r, b);
    assert_false(room_banned(r, &u));
    for (int i = 0; i < ROOM_BANS_MAX; i++) {
        snprintf(mask, sizeof mask, "x%d!*@*", i);
        assert_true(room_add_ban(r, mask, "op", i));
    }
    assert_false(room_add_ban(r, "one!too@many", "op", 0));
    assert_int_equal(r->ban_count, ROOM_BANS_MAX);
    assert_null(room_find_ban(r, "one!too@many"));
    room_free(r);
}

static void the_oldest_invitation_gives_way(void **state)
{
    struct room *r = room_new("#r", "#r", 0);
    char fold[20];
    (void)state;
    room_add_invite(r, "bob");
    room_add_invite(r, "bob");
    assert_int_equal(r->invite_count, 1);
    assert_true(room_invited(r, "bob"));
    assert_false(room_invited(r, "eve"));
    room_remove_invite(r, "eve");
    room_remove_invite(r, "bob");
    assert_false(room_invited(r, "bob"));
    assert_int_equal(r->invite_count, 0);
    for (int i = 0; i <= ROOM_INVITES_MAX; i++) {
        snprintf(fold, sizeof fold, "guest%d", i);
        room_add_invite(r, fold);
    }
    assert_int_equal(r->invite_count, ROOM_INVITES_MAX);
    assert_false(room_invited(r, "guest0"));
    assert_true(room_invited(r, "guest1"));
    assert_true(room_invited(r, fold));
    room_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(masks_match_name_ident_and_host),
        cmocka_unit_test(bans_are_bounded),
        cmocka_unit_test(the_oldest_invitation_gives_way),
    };
    return RUN(tests);
}
