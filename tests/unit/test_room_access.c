/* test_room_access.c: model/room_access, and what model/access makes of it. */
#include "with_rooms.h"

#include "model/room_access.h"

static struct user ann, bob, eve;
static struct room_access rooms;
static struct conf *conf;

static void load(const char *text)
{
    struct buf why = {0};
    conf_free(conf);
    file_write(in(folder, "conf"), text);
    conf = conf_load(in(folder, "conf"), &why);
    assert_non_null(conf);
}

/* #lab is ann's; bob is in it, who may write. */
static int set_up_lab(void **state)
{
    (void)set_up(state);
    conf = NULL;
    load("[agentd]\n");
    room_access_init(&rooms, &chat);
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    enter(&bob, "bob", account("bob", ROLE_WRITE));
    enter(&eve, "eve", NULL);
    assert_int_equal(join(&ann, "#Lab"), CHAT_OK);
    assert_int_equal(join(&bob, "#lab"), CHAT_OK);
    assert_int_equal(chat_register(&chat, room("#lab"), ann.account), CHAT_OK);
    (void)account("cat", ROLE_WRITE);
    (void)account("reader", ROLE_READ);
    (void)account("boss", ROLE_ADMIN);
    return 0;
}

static int tear_down_lab(void **state)
{
    leave(&ann);
    leave(&bob);
    leave(&eve);
    conf_free(conf);
    return tear_down(state);
}

static unsigned rights_of(const struct person *who, const char *path)
{
    struct person p = *who;
    p.rooms = &rooms.rooms;
    return access_rights(conf, &p, path);
}

static const char *word(unsigned rights)
{
    static const char *const words[MAY_CHANGE + 1] = {
        [0] = "-", [MAY_READ] = "r", [MAY_READ | MAY_WRITE] = "rw", [MAY_CHANGE] = "rwc"};
    return words[rights];
}

/* Of somebody with that account; "" is a guest whom the door lets do all. */
static const char *may(const char *name, const char *path)
{
    const struct person who = {.account =
                                   name[0] != '\0' ? account_find(&accounts, str_of(name)) : NULL,
                               .guests = ACCESS_WRITE,
                               .host = "10.0.0.9"};
    return word(rights_of(&who, path));
}

#define F "/rooms/lab/f"

static void an_open_room_is_read_and_written_by_all_who_could_speak_there(void **state)
{
    (void)state;
    assert_string_equal(may("ann", F), "rwc");
    assert_string_equal(may("bob", F), "rwc");
    assert_string_equal(may("cat", F), "rwc");
    assert_string_equal(may("", F), "rwc");
    assert_string_equal(may("reader", F), "r");
    assert_string_equal(may("boss", F), "rwc");
    assert_string_equal(may("cat", "/rooms/lab/a/b/c"), "rwc");
    const struct person reading = {.guests = ACCESS_READ}, none = {.guests = ACCESS_NO};
    assert_string_equal(word(rights_of(&reading, F)), "r"); /* the door's word holds as well */
    assert_string_equal(word(rights_of(&none, F)), "-");
    rooms.guests = false; /* as nobody without an account comes into the chat */
    assert_string_equal(may("", F), "-");
    assert_string_equal(may("cat", F), "rwc");
}

static void the_folder_itself_is_the_administrators_to_move(void **state)
{
    (void)state;
    assert_string_equal(may("ann", "/rooms/lab"), "rw");
    assert_string_equal(may("reader", "/rooms/lab"), "r");
    assert_string_equal(may("boss", "/rooms/lab"), "rwc");
    assert_string_equal(may("ann", "/rooms"), "r");
    assert_string_equal(may("", "/rooms"), "r");
    assert_string_equal(may("boss", "/rooms"), "rwc");
    assert_string_equal(may("ann", "/rooms.txt"), "rwc"); /* which is not there */
    assert_true(access_differs_below(conf, "/"));
    assert_true(access_differs_below(conf, "/rooms"));
    assert_false(access_differs_below(conf, "/rooms/lab"));
    assert_false(access_differs_below(conf, "/pub"));
}

static void a_folder_without_a_room_is_for_administrators(void **state)
{
    (void)state;
    assert_int_equal(join(&bob, "#own"), CHAT_OK); /* nobody has registered it */
    for (size_t i = 0; i < 2; i++) {
        const char *path = i == 0 ? "/rooms/own/f" : "/rooms/nope/f";
        assert_string_equal(may("bob", path), "-");
        assert_string_equal(may("", path), "-");
        assert_string_equal(may("boss", path), "rwc");
    }
    assert_string_equal(may("bob", "/rooms/Lab/f"),
                        "-"); /* names are folded: it is another folder */
    assert_string_equal(may("bob", "/rooms/lobby/f"), "rwc");
}

static void who_may_not_come_in_may_not_look(void **state)
{
    static const struct {
        unsigned modes;
        const char *key, *ban;
    } rows[] = {
        {ROOM_INVITE_ONLY, "", NULL}, {0, "secret", NULL},     {ROOM_SECRET, "", NULL},
        {ROOM_PRIVATE, "", NULL},     {0, "", "*!*@10.0.0.9"}, {0, "", "*!*@*"},
    };
    (void)state;
    struct room *r = room("#lab");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mask *m =
            rows[i].ban != NULL ? room_add_mask(r, ROOM_BANS, rows[i].ban, "ann", 1) : NULL;
        r->modes = ROOM_NO_OUTSIDE | rows[i].modes;
        text_copy(r->key, sizeof r->key, rows[i].key);
        assert_string_equal(may("cat", F), "-");
        assert_string_equal(may("", F), "-");
        assert_string_equal(may("reader", F), "-");
        assert_string_equal(may("ann", F), "rwc"); /* the founder, who need not be there */
        assert_string_equal(may("boss", F), "rwc");
        if (m != NULL)
            room_drop_mask(r, m);
    }
    r->key[0] = '\0';
    r->modes = ROOM_NO_OUTSIDE | ROOM_INVITE_ONLY;
    assert_string_equal(may("bob", F), "rwc"); /* is in it, by whatever door */
    leave(&ann);
    assert_string_equal(may("ann", F), "rwc");
    enter(&ann, "ann", account("ann", ROLE_WRITE));
    /* A guest is known where the door knows the session. */
    r->modes = ROOM_NO_OUTSIDE;
    assert_int_equal(join(&eve, "#lab"), CHAT_OK);
    r->modes |= ROOM_INVITE_ONLY;
    const struct person known = {.guests = ACCESS_WRITE, .user = &eve};
    assert_string_equal(word(rights_of(&known, F)), "rwc");
    assert_string_equal(may("", F), "-");
}

static void who_could_not_speak_does_not_write(void **state)
{
    (void)state;
    struct room *r = room("#lab");
    r->modes |= ROOM_MODERATED;
    assert_string_equal(may("", F), "r");
    assert_string_equal(may("cat", F), "r");
    assert_string_equal(may("bob", F), "rwc"); /* a member with an account */
    assert_string_equal(may("ann", F), "rwc");
    r->modes &= ~(unsigned)ROOM_MODERATED;
    r->limit = 1; /* that it is full does not matter */
    assert_string_equal(may("cat", F), "rwc");
    assert_non_null(room_add_mask(r, ROOM_BANS, "bob!*@*", "ann", 1));
    assert_string_equal(may("bob", F), "r"); /* still in, and silent */
}

static void a_section_about_rooms_wins(void **state)
{
    (void)state;
    load("[access \"/rooms/lab\"]\nread = @users\nwrite = cat\n");
    assert_string_equal(may("cat", F), "rwc");
    assert_string_equal(may("ann", F), "r");
    assert_string_equal(may("", F), "-");
    assert_string_equal(may("ann", "/rooms/lobby/f"), "rwc");
    load("[access \"/rooms\"]\nread = @all\nwrite =\n"); /* then there are no folders of rooms */
    assert_string_equal(may("ann", F), "r");
    assert_string_equal(may("", "/rooms/nope/f"), "r");
    assert_false(access_differs_below(conf, "/rooms"));
}

static void a_program_administrates_nothing(void **state)
{
    (void)state;
    struct person who = {.account = account("boss", ROLE_ADMIN), .machine = true};
    room("#lab")->modes |= ROOM_INVITE_ONLY;
    assert_string_equal(word(rights_of(&who, F)), "-");
    assert_string_equal(word(rights_of(&who, "/rooms/nope/f")), "-");
    assert_string_equal(word(rights_of(&who, "/x")), "rwc"); /* as one who may write */
    who.rooms = NULL;
    assert_int_equal(access_rights(conf, &who, F), 0);
}

static void not_every_name_is_a_folder_s(void **state)
{
    static const struct {
        const char *name, *folder;
    } rows[] = {
        {"#lab", "/rooms/lab"},
        {"#LAB", "/rooms/lab"},
        {"##x", "/rooms/#x"},
        {"#Ä", "/rooms/ä"},
        {"#小明", "/rooms/小明"},
        {"#a/b", NULL},
        {"#.x", NULL},
        {"#..", NULL},
        {"#/", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char fold[FOLD_BYTES_MAX], out[PATH_BYTES_MAX];
        assert_row(rows[i].name, name_fold(str_of(rows[i].name), fold));
        struct room *r = room_new(rows[i].name, fold, 1);
        assert_false(room_folder(r, out)); /* of nobody */
        r->registered = true;
        assert_row(rows[i].name, room_folder(r, out) == (rows[i].folder != NULL));
        if (rows[i].folder != NULL)
            assert_string_equal(out, rows[i].folder);
        room_free(r);
    }
    assert_ptr_equal(room_of_path(&chat, F), room("#lab"));
    assert_ptr_equal(room_of_path(&chat, "/rooms/lab"), room("#lab"));
    assert_null(room_of_path(&chat, "/rooms"));
    assert_null(room_of_path(&chat, "/rooms/la"));
    assert_null(room_of_path(&chat, "/roomslab"));
    assert_null(room_of_path(&chat, "/"));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up_lab, tear_down_lab)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_open_room_is_read_and_written_by_all_who_could_speak_there),
        TEST(the_folder_itself_is_the_administrators_to_move),
        TEST(a_folder_without_a_room_is_for_administrators),
        TEST(who_may_not_come_in_may_not_look),
        TEST(who_could_not_speak_does_not_write),
        TEST(a_section_about_rooms_wins),
        TEST(a_program_administrates_nothing),
        TEST(not_every_name_is_a_folder_s),
    };
    return RUN(tests);
}
