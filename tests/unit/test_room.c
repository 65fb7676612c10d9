/* test_room.c: model/room: members, lists, invitations. */
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

static void lists_are_bounded_together(void **state)
{
    struct room *r = room_new("#r", "#r", 0);
    struct user u = person("bob", "b", "10.0.0.7");
    char mask[40];
    (void)state;
    assert_false(room_banned(r, &u));
    struct mask *ban = room_add_mask(r, ROOM_BANS, "*!*@10.0.0.*", "op", 99);
    assert_non_null(ban);
    assert_true(room_banned(r, &u));
    assert_string_equal(ban->by, "op");
    assert_int_equal(ban->at, 99);
    struct mask *except = room_add_mask(r, ROOM_EXCEPTS, "bob!*@*", "op", 99);
    assert_false(room_banned(r, &u));
    room_drop_mask(r, except);
    assert_true(room_banned(r, &u));
    room_drop_mask(r, ban);
    assert_false(room_banned(r, &u));
    assert_int_equal(r->mask_count, 0);
    for (int i = 0; i < ROOM_MASKS_MAX; i++) {
        snprintf(mask, sizeof mask, "x%d!*@*", i);
        assert_non_null(room_add_mask(r, (enum room_list)(i % ROOM_LISTS), mask, "op", i));
    }
    assert_null(room_add_mask(r, ROOM_INVEXES, "one!too@many", "op", 0));
    assert_int_equal(r->mask_count, ROOM_MASKS_MAX);
    room_free(r);
}

static void rooms_that_are_hidden(void **state)
{
    struct room *r = room_new("#r", "#r", 0);
    struct user u = person("bob", "b", "h"), v = person("eve", "e", "h");
    (void)state;
    list_init(&u.memberships);
    list_init(&v.memberships);
    struct member *m = room_add(r, &u);
    assert_false(room_hidden(r, &v));
    r->modes = ROOM_SECRET;
    assert_true(room_hidden(r, &v));
    assert_false(room_hidden(r, &u));
    r->modes = ROOM_PRIVATE;
    assert_true(room_hidden(r, &v));
    room_remove(m);
    room_free(r);
}

static void the_oldest_invitation_gives_way(void **state)
{
    struct room *r = room_new("#r", "#r", 0), *other = room_new("#o", "#o", 0);
    struct user people[ROOM_INVITES_MAX + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(people); i++) {
        people[i] = person("bob", "b", "h");
        list_init(&people[i].invites);
    }
    struct user *bob = &people[0], *eve = &people[1];
    room_invite(r, bob);
    room_invite(r, bob);
    assert_int_equal(r->invite_count, 1);
    assert_true(room_invited(r, bob));
    assert_false(room_invited(r, eve));
    assert_false(room_invited(other, bob));
    room_uninvite(eve, r);
    room_uninvite(bob, r);
    assert_false(room_invited(r, bob));
    assert_int_equal(r->invite_count, 0);
    for (size_t i = 0; i < COUNT(people); i++)
        room_invite(r, &people[i]);
    assert_int_equal(r->invite_count, ROOM_INVITES_MAX);
    assert_false(room_invited(r, bob));
    assert_true(room_invited(r, eve));
    room_invite(other, eve);
    room_uninvite(eve, NULL); /* who has left */
    assert_true(list_empty(&eve->invites));
    assert_int_equal(other->invite_count, 0);
    room_free(r); /* a room that ends takes its invitations with it */
    assert_true(list_empty(&people[2].invites));
    room_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(lists_are_bounded_together),
        cmocka_unit_test(rooms_that_are_hidden),
        cmocka_unit_test(the_oldest_invitation_gives_way),
    };
    return RUN(tests);
}
