/* test_chat.c: model/chat, by people whose door writes down what they are told. */
#include "check.h"
#include "model/chat.h"

struct person {
    struct user u;
    struct buf heard;
    bool in;
};

static struct clock clock_ = {.mono = 5000, .wall = 1700000000000};
static struct log log_;
static struct event_bus bus;
static struct metrics metrics;
static struct chat chat;
static struct person alice, bob, eve;

static const char *const kinds[] = {"JOIN",    "PART",    "QUIT",    "RENAME",  "SAY",    "NOTICE",
                                    "TOPIC",   "MODE",    "KICK",    "INVITE",  "ADMIN",  "TAGS",
                                    "AWAY",    "ACCOUNT", "CHGHOST", "SETNAME", "REDACT", "RENAMED",
                                    "WALLOPS", "KNOCK",   "ONLINE",  "OFFLINE"};

static void hear(struct user *u, struct chat_event *ev)
{
    struct person *p = u->session;
    buf_addf(&p->heard, "%s%s", p->heard.len > 0 ? "|" : "", kinds[ev->kind]);
    if (ev->from != NULL)
        buf_addf(&p->heard, " <%s>", ev->from->name);
    if (ev->room != NULL)
        buf_addf(&p->heard, " %s", ev->room->name);
    if (ev->target != NULL)
        buf_addf(&p->heard, " @%s", ev->target->name);
    if (ev->text.n > 0)
        buf_addf(&p->heard, " %.*s", (int)ev->text.n, ev->text.p);
}

static const struct user_ops ops = {"test", hear, NULL};
static const struct user_ops other_ops = {"other", hear, NULL};

/* What p has heard since the last time. */
#define assert_heard(P, WANT) assert_buf(&(P)->heard, (WANT))

static enum chat_result enter(struct person *p, const char *name)
{
    *p = (struct person){.u = {.ops = &ops, .session = p, .sid = 7, .ident = "id"}};
    text_copy(p->u.host, sizeof p->u.host, "10.0.0.7");
    const enum chat_result result = chat_enter(&chat, &p->u, str_of(name));
    p->in = result == CHAT_OK;
    return result;
}

static void leave(struct person *p, const char *why)
{
    if (p->in)
        chat_leave(&chat, &p->u, str_of(why));
    p->in = false;
    buf_free(&p->heard);
}

static enum chat_result join(struct person *p, const char *room)
{
    struct room *r;
    return chat_join(&chat, &p->u, str_of(room), STR(""), &r);
}

static enum chat_result say_as(struct person *p, enum chat_kind kind, const char *target,
                               struct str text)
{
    struct user *who;
    const struct chat_saying what = {.kind = kind, .text = text};
    return chat_say(&chat, &p->u, &what, str_of(target), &who);
}

static enum chat_result say(struct person *p, const char *target, const char *text)
{
    return say_as(p, CHAT_SAY, target, str_of(text));
}

static struct room *room(const char *name)
{
    return chat_room(&chat, str_of(name));
}

static void forget(void)
{
    buf_clear(&alice.heard);
    buf_clear(&bob.heard);
    buf_clear(&eve.heard);
}

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    log_quiet(&log_, &clock_);
    event_init(&bus, &log_);
    metrics = (struct metrics){0};
    assert_int_equal(chat_init(&chat, "agentd", "#Lobby", &clock_, &bus, &metrics, &why), 0);
    assert_int_equal(enter(&alice, "alice"), CHAT_OK);
    assert_int_equal(enter(&bob, "bob"), CHAT_OK);
    assert_int_equal(enter(&eve, "eve"), CHAT_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    leave(&alice, "");
    leave(&bob, "");
    leave(&eve, "");
    assert_int_equal(chat.users.count, 0);
    assert_int_equal(chat.rooms.count, 1); /* the lobby stays */
    chat_free(&chat);
    return 0;
}

static void names_belong_to_one_person(void **state)
{
    struct person p;
    (void)state;
    assert_int_equal(enter(&p, "alice"), CHAT_NAME_TAKEN);
    assert_int_equal(enter(&p, "ALICE"), CHAT_NAME_TAKEN);
    assert_int_equal(enter(&p, "\xef\xbd\x81lice"), CHAT_NAME_TAKEN); /* a full-width a */
    assert_int_equal(enter(&p, "a b"), CHAT_NAME_BAD);
    assert_int_equal(enter(&p, ""), CHAT_NAME_BAD);
    assert_int_equal(enter(&p, "\xff"), CHAT_NAME_BAD);
    assert_int_equal(enter(&p, "agentd"), CHAT_NAME_RESERVED);
    assert_int_equal(enter(&p, "AgentD"), CHAT_NAME_RESERVED);
    assert_int_equal(enter(&p, "管理员"), CHAT_NAME_RESERVED);
    assert_int_equal(enter(&p, "小管理员2"), CHAT_NAME_RESERVED);
    assert_int_equal(enter(&p, "Administrator"), CHAT_NAME_RESERVED);
    assert_int_equal(chat.users.count, 3);
    assert_ptr_equal(chat_user(&chat, STR("AlIcE")), &alice.u);
    assert_null(chat_user(&chat, STR("nobody")));
    assert_null(chat_user(&chat, STR("")));
    assert_null(chat_user(&chat, STR("\xff")));
    assert_int_equal(chat_name_free(&chat, STR("new"), &bob.u), CHAT_OK);
    assert_int_equal(chat_name_free(&chat, STR("Alice"), &alice.u), CHAT_OK);
    assert_int_equal(chat_name_free(&chat, STR("Alice"), &bob.u), CHAT_NAME_TAKEN);
    assert_int_equal(enter(&p, "小明"), CHAT_OK);
    assert_int_equal(p.u.since, clock_.wall);
    leave(&p, "");
    assert_int_equal(enter(&p, "小明"), CHAT_OK); /* free again */
    leave(&p, "");
    assert_int_equal(chat.most_users, 4);
}

static void joining_makes_a_room_and_its_operator(void **state)
{
    struct room *r;
    (void)state;
    assert_null(room("#new"));
    assert_int_equal(chat_join(&chat, &alice.u, STR("#New"), STR(""), &r), CHAT_OK);
    assert_ptr_equal(r, room("#nEW"));
    assert_string_equal(r->name, "#New");
    assert_int_equal(r->modes, ROOM_NO_OUTSIDE | ROOM_TOPIC_LOCK);
    assert_true(chat_is_op(r, &alice.u));
    assert_heard(&alice, "JOIN <alice> #New");
    assert_int_equal(join(&bob, "#new"), CHAT_OK);
    assert_false(chat_is_op(r, &bob.u));
    assert_heard(&alice, "JOIN <bob> #New");
    assert_heard(&bob, "JOIN <bob> #New");
    assert_int_equal(join(&bob, "#NEW"), CHAT_UNCHANGED);
    assert_heard(&bob, "");
    static const char *const bad[] = {"", "#", "new", "#a b", "#a,b", "#\xff", "#a\x07"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], join(&bob, bad[i]) == CHAT_ROOM_BAD);
    /* Nobody is made operator of the lobby by coming first. */
    assert_int_equal(join(&eve, "#lobby"), CHAT_OK);
    assert_false(chat_is_op(chat.lobby, &eve.u));
    assert_heard(&alice, "");
}

static void parting_ends_a_room_with_its_last_member(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    assert_int_equal(chat_part(&chat, &eve.u, STR("#r"), STR("")), CHAT_NOT_MEMBER);
    assert_int_equal(chat_part(&chat, &eve.u, STR("#none"), STR("")), CHAT_NO_ROOM);
    assert_int_equal(chat_part(&chat, &alice.u, STR("#R"), STR("so\r\nlong")), CHAT_OK);
    assert_heard(&alice, "PART <alice> #r solong");
    assert_heard(&bob, "PART <alice> #r solong");
    assert_non_null(room("#r"));
    assert_int_equal(chat_part(&chat, &bob.u, STR("#r"), STR("")), CHAT_OK);
    assert_null(room("#r"));
    join(&bob, "#lobby");
    assert_int_equal(chat_part(&chat, &bob.u, STR("#lobby"), STR("")), CHAT_OK);
    assert_ptr_equal(room("#lobby"), chat.lobby);
    assert_int_equal(join(&bob, "#r"), CHAT_OK); /* made anew: bob is its operator now */
    assert_true(chat_is_op(room("#r"), &bob.u));
}

static void leaving_and_renaming_are_told_once_to_each_neighbour(void **state)
{
    (void)state;
    join(&alice, "#a");
    join(&bob, "#a");
    join(&alice, "#b");
    join(&bob, "#b");
    join(&eve, "#c");
    forget();
    assert_int_equal(chat_rename(&chat, &alice.u, STR("Zoe")), CHAT_OK);
    assert_heard(&alice, "RENAME <alice> Zoe");
    assert_heard(&bob, "RENAME <alice> Zoe"); /* once, though they share two rooms */
    assert_heard(&eve, "");
    assert_null(chat_user(&chat, STR("alice")));
    assert_ptr_equal(chat_user(&chat, STR("zoe")), &alice.u);
    assert_int_equal(chat_rename(&chat, &alice.u, STR("Zoe")), CHAT_UNCHANGED);
    assert_int_equal(chat_rename(&chat, &alice.u, STR("ZOE")), CHAT_OK); /* only its case */
    assert_int_equal(chat_rename(&chat, &alice.u, STR("bob")), CHAT_NAME_TAKEN);
    assert_int_equal(chat_rename(&chat, &alice.u, STR("a b")), CHAT_NAME_BAD);
    assert_int_equal(chat_rename(&chat, &alice.u, STR("agentd")), CHAT_NAME_RESERVED);
    assert_string_equal(alice.u.name, "ZOE");
    forget();
    leave(&alice, "gone\nhome");
    assert_heard(&bob, "QUIT <ZOE> gonehome");
    assert_heard(&eve, "");
    assert_null(chat_user(&chat, STR("zoe")));
    assert_int_equal(room("#a")->count, 1);
}

static void what_is_said_reaches_the_others(void **state)
{
    struct user *who = &eve.u;
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    assert_int_equal(say(&alice, "#R", "hi\r\nQUIT :x"), CHAT_OK);
    assert_heard(&alice, ""); /* not back to her */
    assert_heard(&bob, "SAY <alice> #r hiQUIT :x");
    assert_heard(&eve, "");
    assert_int_equal(say(&eve, "#r", "from outside"), CHAT_MUTE);
    assert_int_equal(say(&eve, "#none", "x"), CHAT_NO_ROOM);
    assert_int_equal(say(&eve, "nobody", "x"), CHAT_NO_USER);
    assert_int_equal(say(&eve, "", "x"), CHAT_NO_USER);
    const struct chat_saying psst = {.kind = CHAT_NOTICE, .text = STR("psst")};
    assert_int_equal(chat_say(&chat, &eve.u, &psst, STR("ALICE"), &who), CHAT_OK);
    assert_ptr_equal(who, &alice.u);
    assert_heard(&alice, "NOTICE <eve> @alice psst");
    assert_heard(&bob, "");
    assert_int_equal(say(&eve, "eve", "to myself"), CHAT_OK);
    assert_heard(&eve, "SAY <eve> @eve to myself");
    clock_.mono += 1000;
    (void)say(&eve, "alice", "x");
    assert_int_equal(eve.u.last, clock_.mono);
    assert_true(metrics.chat_messages >= 7);
    forget();
    chat_announce(&chat, room("#r"), STR("a file\narrived"), STR(""));
    assert_heard(&alice, "NOTICE #r a filearrived");
    assert_heard(&bob, "NOTICE #r a filearrived");
    assert_heard(&eve, "");
    chat_admin(&chat, STR("back\x1b in five"));
    assert_heard(&alice, "ADMIN back in five");
    assert_heard(&eve, "ADMIN back in five"); /* in no room at all */
}

static void modes_say_who_may_speak(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    struct room *r = room("#r");
    r->modes |= ROOM_MODERATED;
    assert_int_equal(say(&bob, "#r", "x"), CHAT_MUTE);
    assert_int_equal(say(&alice, "#r", "x"), CHAT_OK);
    room_member(r, &bob.u)->voice = true;
    assert_int_equal(say(&bob, "#r", "x"), CHAT_OK);
    room_member(r, &bob.u)->voice = false;
    r->modes = 0;
    assert_int_equal(say(&bob, "#r", "x"), CHAT_OK);
    assert_int_equal(say(&eve, "#r", "x"), CHAT_OK); /* without +n from outside, too */
    r->modes = ROOM_MODERATED;
    assert_int_equal(say(&eve, "#r", "x"), CHAT_MUTE);
    r->modes = 0;
    assert_true(room_add_mask(r, ROOM_BANS, "bob!*@*", "alice", 0) != NULL);
    assert_true(room_add_mask(r, ROOM_BANS, "eve!*@*", "alice", 0) != NULL);
    assert_int_equal(say(&bob, "#r", "x"), CHAT_MUTE); /* a banned member is silent */
    assert_int_equal(say(&eve, "#r", "x"), CHAT_MUTE);
    room_member(r, &bob.u)->voice = true;
    assert_int_equal(say(&bob, "#r", "x"), CHAT_OK);
}

static enum chat_result join_with(struct person *p, const char *name, const char *key)
{
    struct room *r;
    return chat_join(&chat, &p->u, str_of(name), str_of(key), &r);
}

static void bans_keys_limits_and_invitations_guard_a_room(void **state)
{
    (void)state;
    join(&alice, "#r");
    struct room *r = room("#r");
    text_copy(r->key, sizeof r->key, "sesame");
    assert_int_equal(join_with(&bob, "#r", ""), CHAT_NEEDS_KEY);
    assert_int_equal(join_with(&bob, "#r", "Sesame"), CHAT_NEEDS_KEY);
    assert_int_equal(join_with(&bob, "#r", "sesame2"), CHAT_NEEDS_KEY);
    assert_int_equal(join_with(&bob, "#r", "sesame"), CHAT_OK);
    chat_part(&chat, &bob.u, STR("#r"), STR(""));
    r->key[0] = '\0';

    r->limit = 1;
    assert_int_equal(join(&bob, "#r"), CHAT_FULL);
    r->limit = 2;
    assert_int_equal(join(&bob, "#r"), CHAT_OK);
    assert_int_equal(join(&eve, "#r"), CHAT_FULL);
    chat_part(&chat, &bob.u, STR("#r"), STR(""));
    r->limit = 0;

    assert_true(room_add_mask(r, ROOM_BANS, "*!*@10.0.0.*", "alice", 0) != NULL);
    assert_int_equal(join(&bob, "#r"), CHAT_BANNED);
    room_invite(r, &bob.u); /* an invitation is stronger than a ban */
    assert_int_equal(join(&bob, "#r"), CHAT_OK);
    chat_part(&chat, &bob.u, STR("#r"), STR(""));
    assert_int_equal(join(&bob, "#r"), CHAT_BANNED); /* and good for one time */
    room_drop_mask(r, masks_find(&r->masks[ROOM_BANS], "*!*@10.0.0.*"));

    r->modes |= ROOM_INVITE_ONLY;
    assert_int_equal(join(&bob, "#r"), CHAT_NEEDS_INVITE);
    forget();
    assert_int_equal(chat_invite(&chat, &alice.u, r, &bob.u), CHAT_OK);
    assert_heard(&bob, "INVITE <alice> #r @bob");
    assert_heard(&alice, "");
    assert_int_equal(join(&eve, "#r"), CHAT_NEEDS_INVITE);
    assert_int_equal(join(&bob, "#r"), CHAT_OK);
    assert_int_equal(chat_invite(&chat, &alice.u, r, &bob.u), CHAT_TARGET_PRESENT);
    assert_int_equal(chat_invite(&chat, &bob.u, r, &eve.u), CHAT_NOT_OP);
    assert_int_equal(chat_invite(&chat, &eve.u, r, &eve.u), CHAT_NOT_MEMBER);
    r->modes &= ~(unsigned)ROOM_INVITE_ONLY;
    assert_int_equal(chat_invite(&chat, &bob.u, r, &eve.u), CHAT_OK);
    r->limit = 2;
    assert_int_equal(join(&eve, "#r"), CHAT_OK); /* invited past the limit */
}

static void only_operators_throw_out(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    struct room *r = room("#r");
    forget();
    assert_int_equal(chat_kick(&chat, &bob.u, r, &alice.u, STR("no")), CHAT_NOT_OP);
    assert_int_equal(chat_kick(&chat, &eve.u, r, &alice.u, STR("no")), CHAT_NOT_MEMBER);
    assert_int_equal(chat_kick(&chat, &alice.u, r, &eve.u, STR("no")), CHAT_TARGET_ABSENT);
    assert_heard(&alice, "");
    assert_int_equal(chat_kick(&chat, &alice.u, r, &bob.u, STR("spam\r\n")), CHAT_OK);
    assert_heard(&alice, "KICK <alice> #r @bob spam");
    assert_heard(&bob, "KICK <alice> #r @bob spam"); /* who is thrown out is told, too */
    assert_null(room_member(r, &bob.u));
    assert_int_equal(chat_kick(&chat, &alice.u, r, &alice.u, STR("")), CHAT_OK); /* oneself */
    assert_null(room("#r"));
}

static void the_topic_is_locked_by_mode(void **state)
{
    char text[600];
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    struct room *r = room("#r");
    forget();
    assert_int_equal(chat_set_topic(&chat, &bob.u, r, STR("mine")), CHAT_NOT_OP);
    assert_int_equal(chat_set_topic(&chat, &eve.u, r, STR("mine")), CHAT_NOT_MEMBER);
    assert_int_equal(chat_set_topic(&chat, &alice.u, r, STR("to\npic")), CHAT_OK);
    assert_heard(&bob, "TOPIC <alice> #r topic");
    assert_string_equal(r->topic, "topic");
    assert_string_equal(r->topic_by, "alice");
    assert_int_equal(r->topic_at, clock_.wall);
    r->modes &= ~(unsigned)ROOM_TOPIC_LOCK;
    assert_int_equal(chat_set_topic(&chat, &bob.u, r, STR("")), CHAT_OK);
    assert_string_equal(r->topic, "");
    for (size_t i = 0; i + 3 <= sizeof text; i += 3)
        memcpy(text + i, "\xe5\xb0\x8f", 3);
    assert_int_equal(chat_set_topic(&chat, &bob.u, r, (struct str){text, sizeof text}), CHAT_OK);
    assert_in_range(strlen(r->topic), 380, TOPIC_BYTES_MAX);
    assert_true(utf8_valid(r->topic, strlen(r->topic)));
}

static void nobody_is_in_too_many_rooms(void **state)
{
    char name[20];
    (void)state;
    for (int i = 0; i < MEMBERS_PER_USER_MAX; i++) {
        snprintf(name, sizeof name, "#r%d", i);
        assert_int_equal(join(&alice, name), CHAT_OK);
    }
    assert_int_equal(join(&alice, "#more"), CHAT_TOO_MANY);
    assert_null(room("#more"));
    assert_int_equal(join(&alice, "#r1"), CHAT_UNCHANGED);
    chat_part(&chat, &alice.u, STR("#r1"), STR(""));
    assert_int_equal(join(&alice, "#more"), CHAT_OK);
    leave(&alice, "");
    assert_int_equal(chat.rooms.count, 1);
}

static void a_long_message_is_cut_between_characters(void **state)
{
    char text[3 * TEXT_BYTES_MAX];
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    for (size_t i = 0; i < sizeof text; i += 3)
        memcpy(text + i, "\xe5\xb0\x8f", 3);
    assert_int_equal(say_as(&alice, CHAT_SAY, "#r", (struct str){text, sizeof text}), CHAT_OK);
    assert_in_range(bob.heard.len, TEXT_BYTES_MAX, TEXT_BYTES_MAX + 100);
    assert_true(utf8_valid(buf_data(&bob.heard), bob.heard.len));
}

static void who_passes_speaks_by_the_rules(void **state)
{
    struct person p = {.u = {.ops = &other_ops, .session = &p, .ident = "ftp"}};
    struct room *r;
    (void)state;
    join(&alice, "#r");
    r = room("#r");
    forget();
#define pass(NAME, ROOM, TEXT)                          \
    chat_say_passing(&chat, &p.u, STR(NAME), STR(ROOM), \
                     &(const struct chat_saying){.kind = CHAT_SAY, .text = STR(TEXT)})
    assert_int_equal(pass("paul", "#R",
                          "a\x1b"
                          "b"),
                     CHAT_OK);
    assert_heard(&alice, "SAY <paul> #r ab");
    assert_int_equal(chat.users.count, 3);
    assert_int_equal(r->count, 1);
    assert_int_equal(pass("paul", "#none", "x"), CHAT_NO_ROOM);
    assert_int_equal(pass("paul", "alice", "x"), CHAT_NO_ROOM);
    assert_null(room("#none"));
    assert_int_equal(pass("p aul", "#r", "x"), CHAT_NAME_BAD);
    assert_int_equal(pass("agentd", "#r", "x"), CHAT_NAME_RESERVED);
    assert_int_equal(pass("Alice", "#r", "x"), CHAT_NAME_TAKEN);
    r->modes |= ROOM_MODERATED;
    assert_int_equal(pass("paul", "#r", "x"), CHAT_MUTE);
    r->modes = ROOM_INVITE_ONLY;
    assert_int_equal(pass("paul", "#r", "x"), CHAT_NEEDS_INVITE);
    r->modes = 0;
    assert_true(room_add_mask(r, ROOM_BANS, "*!ftp@*", "alice", 0) != NULL);
    assert_int_equal(pass("paul", "#r", "x"), CHAT_BANNED);
    room_drop_mask(r, masks_find(&r->masks[ROOM_BANS], "*!ftp@*"));
    r->limit = 1;
    assert_int_equal(pass("paul", "#r", "x"), CHAT_FULL);
    r->limit = 0;
    forget();
    /* The same account by another door: what she may there counts, and she hears it. */
    struct account a = {0};
    alice.u.account = p.u.account = &a;
    r->modes = ROOM_MODERATED;
    assert_int_equal(pass("ALICE", "#r", "me"), CHAT_OK);
    assert_heard(&alice, "SAY <ALICE> #r me");
    room_member(r, &alice.u)->op = false;
    assert_int_equal(pass("alice", "#r", "x"), CHAT_MUTE);
    alice.u.account = NULL;
    assert_int_equal(pass("alice", "#r", "x"), CHAT_NAME_TAKEN);
#undef pass
}

static void away_and_invisible(void **state)
{
    (void)state;
    chat_set_away(&chat, &alice.u, STR("at\r\nlunch"));
    assert_string_equal(alice.u.away, "atlunch");
    chat_set_away(&chat, &alice.u, STR("still"));
    assert_string_equal(alice.u.away, "still");
    chat_set_away(&chat, &alice.u, STR(""));
    assert_null(alice.u.away);
    chat_set_mode(&chat, &alice.u, USER_INVISIBLE, true);
    chat_set_mode(&chat, &alice.u, USER_INVISIBLE, true);
    chat_set_mode(&chat, &bob.u, USER_INVISIBLE, true);
    assert_int_equal(chat.invisible, 2);
    chat_set_mode(&chat, &bob.u, USER_INVISIBLE, false);
    assert_int_equal(chat.invisible, 1);
    leave(&alice, "");
    assert_int_equal(chat.invisible, 0);
}

static void mode_changes_are_told(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    chat_tell_mode(&chat, &alice.u, room("#r"), STR("+o bob"));
    assert_heard(&bob, "MODE <alice> #r +o bob");
    assert_heard(&alice, "MODE <alice> #r +o bob");
}

/* --- one coded line for all receivers of a door --- */

static struct chat_line coded[8];
static unsigned coded_count, times_coded;

static void hear_coded(struct user *u, struct chat_event *ev)
{
    const struct chat_line *line = chat_coded(ev, u->ops, 7);
    struct buf text = {0};
    if (line == NULL) {
        times_coded++;
        buf_add(&text, ev->text.p, ev->text.n);
        line = chat_keep_coded(ev, u->ops, 7, &text);
    }
    assert_int_equal(line->len, ev->text.n);
    assert_memory_equal(line->blk->data + line->off, ev->text.p, ev->text.n);
    assert_ptr_equal(chat_coded(ev, u->ops, 7), line);
    assert_null(chat_coded(ev, u->ops, 8)); /* another variant */
    if (coded_count < COUNT(coded)) {
        coded[coded_count] = *line;
        blk_ref(coded[coded_count++].blk);
    }
}

static void forget_coded(void)
{
    while (coded_count > 0)
        blk_unref(coded[--coded_count].blk);
}

static const struct user_ops coding_ops = {"coding", hear_coded, NULL};

static void a_line_is_coded_once_a_door(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    join(&eve, "#r");
    bob.u.ops = eve.u.ops = &coding_ops;
    coded_count = times_coded = 0;
    assert_int_equal(say(&alice, "#r", "x"), CHAT_OK);
    assert_int_equal(times_coded, 1);
    assert_int_equal(coded_count, 2);
    assert_ptr_equal(coded[0].blk, coded[1].blk);
    assert_int_equal(coded[0].blk->refs, 2); /* ours alone: the event has let go */
    assert_int_equal(coded[0].blk->cap, 1);  /* and no more than it needs */
    forget_coded();
    bob.u.ops = eve.u.ops = &other_ops;
}

static void lines_that_come_together_share_a_block(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    join(&alice, "#other");
    join(&bob, "#other");
    bob.u.ops = &coding_ops;
    coded_count = 0;
    for (int i = 0; i < 3; i++) /* the first may be the only one */
        assert_int_equal(say(&alice, "#r", i == 2 ? "three" : "one"), CHAT_OK);
    assert_ptr_not_equal(coded[0].blk, coded[1].blk);
    assert_ptr_equal(coded[1].blk, coded[2].blk);
    assert_int_equal(coded[2].off, coded[1].off + coded[1].len);
    say(&alice, "#other", "x"); /* who is in one room only would keep the other's lines */
    assert_ptr_not_equal(coded[3].blk, coded[2].blk);
    clock_.wall++; /* another turn */
    say(&alice, "#r", "y");
    assert_ptr_not_equal(coded[4].blk, coded[2].blk);
    assert_int_equal(coded[1].blk->refs, 2); /* what is full, or over, is ours alone */
    forget_coded();
    bob.u.ops = &other_ops;
}

static void a_block_takes_as_many_lines_as_fit(void **state)
{
    char text[401];
    unsigned blocks = 0;
    (void)state;
    memset(text, 'x', 400);
    text[400] = '\0';
    join(&alice, "#r");
    join(&bob, "#r");
    bob.u.ops = &coding_ops;
    coded_count = 0;
    for (int i = 0; i < 201; i++) {
        say(&alice, "#r", text); /* hear_coded() looks at each */
        blocks += coded[0].off == 0;
        forget_coded();
    }
    assert_int_equal(blocks, 1 + 5); /* the first alone; the others 40 at a time */
    bob.u.ops = &other_ops;
}

static void with_more_doors_than_places_the_last_gives_way(void **state)
{
    struct chat_event ev = {0};
    struct buf text = {0};
    static const char coder[CHAT_CODINGS + 1];
    (void)state;
    for (int i = 0; i <= CHAT_CODINGS; i++) {
        buf_addf(&text, "%d", i);
        assert_non_null(chat_keep_coded(&ev, &coder[i], 0, &text));
        assert_int_equal(text.len, 0);
    }
    assert_null(chat_keep_coded(&ev, &coder[0], 1, &text)); /* there is nothing to keep */
    assert_null(chat_coded(&ev, &coder[CHAT_CODINGS - 1], 0));
    assert_memory_equal(chat_coded(&ev, &coder[CHAT_CODINGS], 0)->blk->data, "12", 2);
    for (int i = 0; i <= CHAT_CODINGS; i++)
        if (i != CHAT_CODINGS - 1)
            blk_unref(chat_coded(&ev, &coder[i], 0)->blk);
}

static void what_is_told_has_growing_numbers(void **state)
{
    (void)state;
    const uint64_t first = chat_next_id(&chat);
    assert_true(first >= (uint64_t)clock_.wall << 16);
    assert_true(chat_next_id(&chat) > first);
    clock_.wall -= 86400000; /* a clock that was put back */
    assert_true(chat_next_id(&chat) > first);
    clock_.wall += 86400000;
}

static void a_message_of_several_lines_is_cleaned_line_by_line(void **state)
{
    struct user *who;
    struct chat_saying what = {
        .kind = CHAT_SAY, .lines = true, .text = STR("one\n\x1b[31mtwo\r\n\nfour")};
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    assert_int_equal(chat_say(&chat, &alice.u, &what, STR("#r"), &who), CHAT_OK);
    assert_heard(&bob, "SAY <alice> #r one\n[31mtwo\n\nfour");
    what.lines = false;
    assert_int_equal(chat_say(&chat, &alice.u, &what, STR("#r"), &who), CHAT_OK);
    assert_heard(&bob, "SAY <alice> #r one[31mtwofour");
}

static void a_status_and_an_echo_decide_who_hears(void **state)
{
    struct user *who;
    const struct chat_saying to_ops = {.kind = CHAT_SAY, .least = MEMBER_OP, .text = STR("psst")};
    const struct chat_saying typing = {.kind = CHAT_TAGS, .tags = STR("+typing=active")};
    (void)state;
    join(&alice, "#r"); /* its operator */
    join(&bob, "#r");
    join(&eve, "#r");
    forget();
    assert_int_equal(chat_say(&chat, &bob.u, &to_ops, STR("#r"), &who), CHAT_OK);
    assert_heard(&alice, "SAY <bob> #r psst");
    assert_heard(&bob, "");
    assert_heard(&eve, "");
    bob.u.echo = true;
    const uint64_t said = metrics.chat_messages;
    assert_int_equal(chat_say(&chat, &bob.u, &typing, STR("#r"), &who), CHAT_OK);
    assert_heard(&bob, "TAGS <bob> #r");
    assert_heard(&eve, "TAGS <bob> #r");
    assert_int_equal(metrics.chat_messages, said); /* typing is no message */
    forget();
    assert_int_equal(say(&bob, "alice", "hello"), CHAT_OK);
    assert_heard(&alice, "SAY <bob> @alice hello");
    assert_heard(&bob, "SAY <bob> @alice hello");
}

static void neighbours_hear_of_changes(void **state)
{
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    chat_set_away(&chat, &alice.u, STR("lunch"));
    assert_heard(&bob, "AWAY <alice> lunch");
    assert_heard(&alice, "");
    chat_set_away(&chat, &alice.u, STR(""));
    assert_heard(&bob, "AWAY <alice>");
    chat_set_away(&chat, &alice.u, STR("")); /* he was not away */
    assert_heard(&bob, "");
    chat_set_name(&chat, &alice.u, STR("Alice\r\nA."));
    assert_heard(&bob, "SETNAME <alice> AliceA.");
    chat_tell_account(&chat, &alice.u);
    assert_heard(&bob, "ACCOUNT <alice>");
    chat_set_ident(&chat, &alice.u, "al");
    assert_heard(&bob, "CHGHOST <alice>");
    chat_set_ident(&chat, &alice.u, "al"); /* it is that already */
    assert_heard(&bob, "");
    assert_heard(&eve, "");
}

/* --- beginning --- */

static void names_of_server_and_lobby_are_checked(void **state)
{
    static const struct {
        const char *server, *lobby;
        bool ok;
    } rows[] = {
        {"agentd", "#lobby", true},
        {"chat.example.org", "#a", true},
        {"", "#lobby", false},
        {"a b", "#lobby", false},
        {"a!b", "#lobby", false},
        {"\xff", "#lobby", false},
        {"agentd", "lobby", false},
        {"agentd", "#", false},
        {"agentd", "#a b", false},
        {"agentd", "", false},
        {"a123456789b123456789c123456789d123456789e123456789f123456789g123", "#a", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chat c;
        struct buf why = {0};
        const int result =
            chat_init(&c, rows[i].server, rows[i].lobby, &clock_, &bus, &metrics, &why);
        assert_row(rows[i].server, (result == 0) == rows[i].ok && (why.len == 0) == rows[i].ok);
        buf_free(&why);
        chat_free(&c);
    }
}

static void watchers_hear_who_comes_and_goes(void **state)
{
    struct person p;
    (void)state;
    assert_int_equal(monitor_add(&chat.monitor, &alice.u, STR("Paul")), MONITOR_OK);
    assert_int_equal(monitor_add(&chat.monitor, &alice.u, STR("bob")), MONITOR_OK);
    assert_int_equal(monitor_add(&chat.monitor, &bob.u, STR("bob")), MONITOR_OK);
    forget();
    assert_int_equal(enter(&p, "paul"), CHAT_OK);
    assert_heard(&alice, "ONLINE <paul>");
    assert_int_equal(chat_rename(&chat, &p.u, STR("PAUL")), CHAT_OK);
    assert_heard(&alice, ""); /* the same name */
    assert_int_equal(chat_rename(&chat, &p.u, STR("pauline")), CHAT_OK);
    assert_heard(&alice, "OFFLINE <PAUL>");
    assert_int_equal(chat_rename(&chat, &bob.u, STR("paul")), CHAT_OK);
    assert_heard(&alice, "OFFLINE <bob>|ONLINE <paul>");
    assert_heard(&bob, "RENAME <bob> paul"); /* of himself he hears nothing else */
    /* What he does without a room they share is told, once. */
    chat_set_name(&chat, &bob.u, STR("Bob B."));
    assert_heard(&alice, "SETNAME <paul> Bob B.");
    join(&alice, "#r");
    join(&bob, "#r");
    forget();
    chat_set_away(&chat, &bob.u, STR("tea"));
    assert_heard(&alice, "AWAY <paul> tea");
    leave(&p, "");
    leave(&bob, "");
    assert_heard(&alice, "QUIT <paul>|OFFLINE <paul>");
    leave(&alice, "");
    assert_int_equal(chat.monitor.names.count, 0);
}

static void who_was_here_is_remembered(void **state)
{
    (void)state;
    assert_null(whowas_next(&chat.whowas, "bob", NULL));
    assert_int_equal(chat_rename(&chat, &bob.u, STR("rob")), CHAT_OK);
    leave(&bob, "");
    const struct was *w = whowas_next(&chat.whowas, "rob", NULL);
    assert_non_null(w);
    assert_string_equal(w->host, "10.0.0.7");
    assert_null(whowas_next(&chat.whowas, "rob", w));
    w = whowas_next(&chat.whowas, "bob", NULL);
    assert_non_null(w);
    assert_int_equal(w->at, clock_.wall);
}

static void silence_keeps_private_words_out(void **state)
{
    struct room *r;
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    r = room("#r");
    assert_non_null(masks_add(&bob.u.silence, "alice!*@*", "bob", 0));
    forget();
    assert_int_equal(say(&alice, "bob", "x"), CHAT_OK);
    assert_heard(&bob, "");
    assert_int_equal(say(&alice, "#r", "x"), CHAT_OK);
    assert_heard(&bob, "SAY <alice> #r x");
    chat_part(&chat, &bob.u, STR("#r"), STR(""));
    forget();
    assert_int_equal(chat_invite(&chat, &alice.u, r, &bob.u), CHAT_OK);
    assert_heard(&bob, "");
    assert_false(room_invited(r, &bob.u));
    assert_int_equal(say(&bob, "bob", "to myself"), CHAT_OK);
    assert_heard(&bob, "SAY <bob> @bob to myself");
}

static void knocks_reach_operators_and_are_few(void **state)
{
    struct room *r;
    (void)state;
    join(&alice, "#r");
    join(&bob, "#r");
    r = room("#r");
    forget();
#define knock(WHO, TEXT) chat_knock(&chat, &(WHO).u, r, STR(TEXT))
    assert_int_equal(knock(eve, ""), CHAT_UNCHANGED);
    r->limit = 2;
    assert_int_equal(knock(bob, ""), CHAT_TARGET_PRESENT);
    assert_int_equal(knock(eve, "please"), CHAT_OK);
    assert_heard(&alice, "KNOCK <eve> #r please");
    assert_heard(&bob, "");
    assert_int_equal(knock(eve, ""), CHAT_OK);
    assert_int_equal(knock(eve, ""), CHAT_TOO_FAST);
    clock_.mono += 60000;
    assert_int_equal(knock(eve, ""), CHAT_OK);
    r->modes |= ROOM_PRIVATE;
    assert_int_equal(knock(eve, ""), CHAT_MUTE);
    r->modes = 0;
    assert_non_null(room_add_mask(r, ROOM_BANS, "eve!*@*", "alice", 0));
    assert_int_equal(knock(eve, ""), CHAT_MUTE);
#undef knock
}

static void wallops_are_for_who_wants_them(void **state)
{
    (void)state;
    chat_set_mode(&chat, &bob.u, USER_WALLOPS | USER_BOT, true);
    forget();
    chat_wallops(&chat, &alice.u, STR("he\x1bllo"));
    assert_heard(&bob, "WALLOPS <alice> hello");
    assert_heard(&alice, "");
    assert_heard(&eve, "");
    chat_set_mode(&chat, &alice.u, USER_OPER | USER_INVISIBLE, true);
    assert_int_equal(chat.opers, 1);
    assert_int_equal(chat.invisible, 1);
    leave(&alice, "");
    assert_int_equal(chat.opers, 0);
    assert_int_equal(chat.invisible, 0);
}

static void exceptions_make_up_for_bans_and_invitations(void **state)
{
    struct room *r;
    (void)state;
    join(&alice, "#r");
    r = room("#r");
    r->modes |= ROOM_INVITE_ONLY;
    assert_int_equal(join(&bob, "#r"), CHAT_NEEDS_INVITE);
    assert_non_null(room_add_mask(r, ROOM_INVEXES, "bob!*@*", "alice", 0));
    assert_non_null(room_add_mask(r, ROOM_BANS, "*!*@10.0.0.0/24", "alice", 0));
    assert_int_equal(join(&bob, "#r"), CHAT_BANNED);
    assert_non_null(room_add_mask(r, ROOM_EXCEPTS, "bob!*@*", "alice", 0));
    assert_int_equal(join(&bob, "#r"), CHAT_OK);
    assert_int_equal(say(&bob, "#r", "x"), CHAT_OK);
}

static void names_in_ascii_only(void **state)
{
    struct person p;
    (void)state;
    chat.ascii_names = true;
    assert_int_equal(enter(&p, "émile"), CHAT_NAME_BAD);
    assert_int_equal(enter(&p, "小明"), CHAT_NAME_BAD);
    assert_int_equal(join(&alice, "#école"), CHAT_ROOM_BAD);
    assert_int_equal(join(&alice, "#ecole"), CHAT_OK);
    assert_int_equal(chat_rename_room(&chat, &alice.u, room("#ecole"), STR("#école"), STR("")),
                     CHAT_ROOM_BAD);
    assert_int_equal(chat_rename(&chat, &alice.u, STR("zoë")), CHAT_NAME_BAD);
    assert_int_equal(enter(&p, "emile"), CHAT_OK);
    leave(&p, "");
}

static void names_of_the_server_are_nobodys(void **state)
{
    static const char *const names[] = {"NickServ",      "ROOMS",  "files", "server",
                                        "Administrator", "agentd", "root",  "小管理员明"};
    struct person p;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_row(names[i], enter(&p, names[i]) == CHAT_NAME_RESERVED);
}

/* Everything at once by chance: counts agree, and nobody is told of what is not theirs. */
static void a_busy_evening_holds_together(void **state)
{
    enum { PEOPLE = 12, ROOMS = 5 };
    static struct person crowd[PEOPLE];
    struct chance c = {51};
    (void)state;
    for (int step = 0; step < 20000; step++) {
        struct person *p = &crowd[chance_below(&c, PEOPLE)];
        char name[16], target[16];
        snprintf(name, sizeof name, "#r%zu", chance_below(&c, ROOMS));
        snprintf(target, sizeof target, "p%zu", chance_below(&c, PEOPLE));
        struct room *r = room(name);
        struct user *other = chat_user(&chat, str_of(target));
        switch (chance_below(&c, 9)) {
        case 0:
            if (!p->in && enter(p, target) != CHAT_OK)
                assert_non_null(other);
            break;
        case 1:
            if (chance_below(&c, 4) == 0)
                leave(p, "bye");
            break;
        case 2:
            if (p->in && chat_rename(&chat, &p->u, str_of(target)) == CHAT_NAME_TAKEN)
                assert_non_null(other);
            break;
        case 3:
            if (p->in)
                (void)chat_part(&chat, &p->u, str_of(name), STR("x"));
            break;
        case 4:
            if (p->in && r != NULL && other != NULL)
                (void)chat_kick(&chat, &p->u, r, other, STR("out"));
            break;
        case 5:
            if (p->in && r != NULL && other != NULL)
                (void)chat_invite(&chat, &p->u, r, other);
            break;
        case 6:
            if (p->in)
                (void)say(p, name, "x");
            break;
        default:
            if (p->in)
                (void)join(p, name);
            break;
        }
        unsigned memberships = 0, members = 0, in = 3; /* alice, bob and eve look on */
        for (int i = 0; i < PEOPLE; i++) {
            if (crowd[i].in)
                memberships += crowd[i].u.rooms;
            in += crowd[i].in;
            buf_clear(&crowd[i].heard);
        }
        for (struct hnode *n = hmap_next(&chat.rooms, NULL); n != NULL;
             n = hmap_next(&chat.rooms, n)) {
            const struct room *each = hmap_entry(n, struct room, by_name);
            assert_true(each->registered || each->count > 0);
            members += each->count;
        }
        assert_int_equal(members, memberships);
        assert_int_equal(chat.users.count, in);
    }
    for (int i = 0; i < PEOPLE; i++)
        leave(&crowd[i], "");
    assert_heard(&alice, "");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_belong_to_one_person),
        TEST(joining_makes_a_room_and_its_operator),
        TEST(parting_ends_a_room_with_its_last_member),
        TEST(leaving_and_renaming_are_told_once_to_each_neighbour),
        TEST(what_is_said_reaches_the_others),
        TEST(modes_say_who_may_speak),
        TEST(bans_keys_limits_and_invitations_guard_a_room),
        TEST(only_operators_throw_out),
        TEST(the_topic_is_locked_by_mode),
        TEST(nobody_is_in_too_many_rooms),
        TEST(a_long_message_is_cut_between_characters),
        TEST(away_and_invisible),
        TEST(who_passes_speaks_by_the_rules),
        TEST(who_passes_speaks_by_the_rules),
        TEST(mode_changes_are_told),
        TEST(a_line_is_coded_once_a_door),
        TEST(lines_that_come_together_share_a_block),
        TEST(a_block_takes_as_many_lines_as_fit),
        TEST(with_more_doors_than_places_the_last_gives_way),
        TEST(what_is_told_has_growing_numbers),
        TEST(a_message_of_several_lines_is_cleaned_line_by_line),
        TEST(a_status_and_an_echo_decide_who_hears),
        TEST(neighbours_hear_of_changes),
        TEST(names_of_server_and_lobby_are_checked),
        TEST(watchers_hear_who_comes_and_goes),
        TEST(who_was_here_is_remembered),
        TEST(silence_keeps_private_words_out),
        TEST(knocks_reach_operators_and_are_few),
        TEST(wallops_are_for_who_wants_them),
        TEST(exceptions_make_up_for_bans_and_invitations),
        TEST(names_in_ascii_only),
        TEST(names_of_the_server_are_nobodys),
        TEST(a_busy_evening_holds_together),
    };
    return RUN(tests);
}
