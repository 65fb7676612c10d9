/* test_chat_keep.c: model/chat_keep: what of the chat becomes a line of the history. */
#include "check.h"
#include "model/chat.h"
#include "model/history_wire.h"

static struct clock clock_ = {.mono = 5000, .wall = 1700000000000};
static struct log log_;
static struct event_bus bus;
static struct metrics metrics;
static struct chat chat;
static struct history history;
static uint64_t last_id;
static struct user anna, bob;
static struct account anna_account = {.id = 12, .name = "Anna"},
                      bob_account = {.id = 7, .name = "Bob"};

static void hear(struct user *u, struct chat_event *ev)
{
    (void)u;
    (void)ev;
}

static const struct user_ops ops = {.proto = "test", .event = hear};

static void enter(struct user *u, const char *name)
{
    *u = (struct user){.ops = &ops, .ident = "id", .host = "10.0.0.7"};
    assert_int_equal(chat_enter(&chat, u, str_of(name)), CHAT_OK);
}

static int set_up(void **state)
{
    struct buf why = {0};
    const struct history_settings settings = {.store = true};
    (void)state;
    metrics = (struct metrics){0};
    last_id = 0;
    log_quiet(&log_, &clock_);
    event_init(&bus, &log_);
    if (chat_init(&chat, "agentd", "#lobby", &clock_, &bus, &metrics, &why) < 0)
        return -1;
    history_init(&history, &clock_, &log_, &metrics);
    history_set(&history, &settings);
    chat.history = &history;
    enter(&anna, "anna");
    enter(&bob, "bob");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    chat.history = NULL;
    chat_leave(&chat, &anna, STR(""));
    chat_leave(&chat, &bob, STR(""));
    chat_free(&chat);
    history_free(&history);
    return 0;
}

static const char *const kinds[HISTORY_KINDS] = {
    "SAY", "NOTICE", "TAGMSG", "JOIN", "PART", "QUIT", "NICK", "TOPIC", "MODE", "KICK", "REDACT"};

static void add_msg(struct buf *out, const struct history_msg *m)
{
    buf_addf(out, "%s%s %.*s <%.*s", out->len > 0 ? "|" : "", kinds[m->kind], (int)m->room.n,
             m->room.p, (int)m->from.n, m->from.p);
    buf_addf(out, " %.*s>", (int)m->account.n, m->account.p);
    if (m->text.n > 0)
        buf_addf(out, " %.*s", (int)m->text.n, m->text.p);
    if (m->target.n > 0)
        buf_addf(out, " @%.*s", (int)m->target.n, m->target.p);
    if (m->tags.n > 0)
        buf_addf(out, " +%.*s", (int)m->tags.n, m->tags.p);
    if (m->open)
        buf_adds(out, " open");
    assert_true(m->id > last_id);
    last_id = m->id;
    assert_true(m->at == clock_.wall);
}

/* What was kept since the last time. */
static void assert_kept(const char *want)
{
    struct buf got = {0};
    struct history_msg m;
    struct wire_frame f;
    struct str s;
    history_flush(&history);
    while ((s = history_helper.output(&history)).n > 0) {
        assert_true(wire_next(s.p, s.n, &f) == (ssize_t)s.n);
        while (f.kind == WIRE_LINES && wire_get_msg(&f.body, &m))
            add_msg(&got, &m);
        assert_false(f.body.bad);
        history_helper.sent(&history, s.n);
    }
    assert_buf(&got, want);
}

static struct room *join(struct user *u, const char *name)
{
    struct room *r;
    assert_int_equal(chat_join(&chat, u, str_of(name), STR(""), &r), CHAT_OK);
    return r;
}

static void say(struct user *u, const char *target, const struct chat_saying *what)
{
    struct user *who;
    assert_int_equal(chat_say(&chat, u, what, str_of(target), &who), CHAT_OK);
}

static void what_happens_in_a_room(void **state)
{
    (void)state;
    struct room *r = join(&anna, "#Lab");
    r->registered = true;
    (void)join(&bob, "#lab");
    assert_kept("JOIN #lab <anna >|JOIN #lab <bob > open");
    anna.account = &anna_account;
    say(&anna, "#LAB",
        &(struct chat_saying){.kind = CHAT_SAY, .text = STR("hi"), .tags = STR("+x=y")});
    say(&bob, "#lab", &(struct chat_saying){.kind = CHAT_NOTICE, .text = STR("note")});
    assert_kept("SAY #lab <anna Anna> hi ++x=y open|NOTICE #lab <bob > note open");
    (void)chat_set_topic(&chat, &anna, r, STR("plans"));
    chat_tell_mode(&chat, &anna, r, STR("+m"));
    (void)chat_rename(&chat, &bob, STR("rob"));
    (void)chat_kick(&chat, &anna, r, &bob, STR("out"));
    (void)chat_part(&chat, &anna, STR("#lab"), STR("bye"));
    assert_kept("TOPIC #lab <anna Anna> plans open|MODE #lab <anna Anna> +m open|"
                "NICK #lab <bob > rob open|KICK #lab <anna Anna> out @rob open|"
                "PART #lab <anna Anna> bye open");
    chat_announce(&chat, chat.lobby, STR("a file"), STR(""));
    assert_kept("NOTICE #lobby <agentd > a file open");
    anna.account = NULL;
}

static void who_leaves_takes_a_line_in_each_room(void **state)
{
    (void)state;
    (void)join(&anna, "#a");
    (void)join(&anna, "#b");
    assert_kept("JOIN #a <anna >|JOIN #b <anna >");
    chat_leave(&chat, &anna, STR("gone"));
    enter(&anna, "anna");
    assert_kept("QUIT #a <anna > gone|QUIT #b <anna > gone");
}

static void a_room_that_is_not_for_all_is_not_open(void **state)
{
    static const unsigned modes[] = {ROOM_INVITE_ONLY, ROOM_SECRET, ROOM_PRIVATE};
    (void)state;
    const struct chat_saying hi = {.kind = CHAT_SAY, .text = STR("hi")};
    struct room *r = join(&anna, "#lab");
    say(&anna, "#lab", &hi);
    assert_kept("JOIN #lab <anna >|SAY #lab <anna > hi");
    r->registered = true;
    say(&anna, "#lab", &hi);
    assert_kept("SAY #lab <anna > hi open");
    for (size_t i = 0; i < COUNT(modes); i++) {
        r->modes |= modes[i];
        say(&anna, "#lab", &hi);
        assert_kept("SAY #lab <anna > hi");
        r->modes &= ~modes[i];
    }
    text_copy(r->key, sizeof r->key, "key");
    say(&anna, "#lab", &hi);
    assert_kept("SAY #lab <anna > hi");
}

static void a_private_talk_is_kept_between_accounts_only(void **state)
{
    (void)state;
    const struct chat_saying hi = {.kind = CHAT_SAY, .text = STR("hi")};
    say(&anna, "bob", &hi);
    anna.account = &anna_account;
    say(&anna, "bob", &hi);
    say(&bob, "anna", &hi);
    assert_kept("");
    bob.account = &bob_account;
    say(&anna, "bob", &hi);
    say(&bob, "anna", &hi);
    assert_kept("SAY =7,12 <anna Anna> hi @bob|SAY =7,12 <bob Bob> hi @anna");
    anna.account = bob.account = NULL;
}

static void what_is_not_for_later(void **state)
{
    (void)state;
    (void)join(&anna, "#lab");
    assert_kept("JOIN #lab <anna >");
    say(&anna, "#lab", &(struct chat_saying){.kind = CHAT_TAGS, .tags = STR("+typing=active")});
    say(&anna, "#lab",
        &(struct chat_saying){.kind = CHAT_SAY, .text = STR("ops"), .least = MEMBER_OP});
    chat_set_away(&chat, &anna, STR("tea"));
    assert_kept("");
    say(&anna, "#lab", &(struct chat_saying){.kind = CHAT_TAGS, .tags = STR("+draft/react=x")});
    assert_kept("TAGMSG #lab <anna > ++draft/react=x");
    chat.history = NULL;
    say(&anna, "#lab", &(struct chat_saying){.kind = CHAT_SAY, .text = STR("hi")});
    assert_kept("");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_happens_in_a_room),
        TEST(who_leaves_takes_a_line_in_each_room),
        TEST(a_room_that_is_not_for_all_is_not_open),
        TEST(a_private_talk_is_kept_between_accounts_only),
        TEST(what_is_not_for_later),
    };
    return RUN(tests);
}
