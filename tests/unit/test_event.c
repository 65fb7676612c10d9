/* test_event.c: model/event. */
#include "check.h"
#include "model/event.h"

static struct clock clock_;
static struct log log_;
static struct event_bus bus;

static void assert_line(const struct event *ev, const char *want)
{
    struct buf b = {0};
    event_line(ev, &b);
    assert_buf(&b, want);
}

static void a_line_has_what_is_known(void **state)
{
    (void)state;
    assert_line(&(struct event){.kind = EVENT_START}, " event=start");
    assert_line(&(struct event){.kind = EVENT_LOGIN,
                                .proto = "ftp",
                                .sid = 12,
                                .peer = "10.0.0.5:4711",
                                .who = "alice"},
                " event=login proto=ftp sid=12 peer=10.0.0.5:4711 who=alice");
    assert_line(&(struct event){.kind = EVENT_UPLOAD,
                                .proto = "lgp",
                                .path = "/a b.txt",
                                .size = 0,
                                .link = "http://h/files/a%20b.txt"},
                " event=upload proto=lgp path=\"/a b.txt\" size=0 link=http://h/files/a%20b.txt");
    assert_line(&(struct event){.kind = EVENT_MOVE, .path = "/a", .to = "/b"},
                " event=move path=/a to=/b");
    assert_line(&(struct event){.kind = EVENT_KICK,
                                .who = "op",
                                .room = "#r",
                                .to = "eve",
                                .text = "line\nevent=admin \"x\" \x1b"},
                " event=kick who=op room=#r to=eve"
                " text=\"line\\x0Aevent=admin \\x22x\\x22 \\x1B\"");
    assert_line(&(struct event){.kind = EVENT_DELETE, .path = "/x", .size = 7, .text = ""},
                " event=delete path=/x text=\"\"");
}

static void every_kind_has_a_name_of_its_own(void **state)
{
    struct buf all = {0};
    (void)state;
    for (int k = EVENT_START; k <= EVENT_MOVE; k++) {
        struct buf b = {0};
        event_line(&(struct event){.kind = (enum event_kind)k}, &b);
        buf_addc(&b, ' ');
        assert_true(b.len > strlen(" event= "));
        assert_row(buf_str(&b), strstr(buf_str(&all), buf_str(&b)) == NULL);
        buf_adds(&all, buf_str(&b));
        buf_free(&b);
    }
    buf_free(&all);
}

struct listener {
    struct event_sub sub;
    unsigned heard;
    const struct event *last;
    bool leaves;
};

static void hear(struct event_sub *sub, const struct event *ev)
{
    struct listener *l = (struct listener *)(void *)sub;
    l->heard++;
    l->last = ev;
    if (l->leaves)
        event_unsubscribe(sub);
}

static void all_who_subscribed_are_told(void **state)
{
    struct listener a = {.sub.fn = hear}, b = {.sub.fn = hear, .leaves = true},
                    c = {.sub.fn = hear};
    const struct event ev = {.kind = EVENT_SAY};
    (void)state;
    event_init(&bus, &log_);
    event_emit(&bus, &ev);
    event_subscribe(&bus, &a.sub);
    event_subscribe(&bus, &b.sub);
    event_subscribe(&bus, &c.sub);
    event_emit(&bus, &ev);
    assert_ptr_equal(a.last, &ev);
    event_emit(&bus, &ev);
    assert_int_equal(a.heard, 2);
    assert_int_equal(b.heard, 1); /* it left while it was told */
    assert_int_equal(c.heard, 2);
    event_unsubscribe(&a.sub);
    event_unsubscribe(&a.sub);
    event_emit(&bus, &ev);
    assert_int_equal(a.heard, 2);
    assert_int_equal(c.heard, 3);
    event_unsubscribe(&c.sub);
}

/* What the log has of an event: INFO lines wait in its buffer. */
static void the_log_gets_it_at_the_level_of_its_kind(void **state)
{
    struct log log;
    (void)state;
    log_init(&log, &clock_);
    event_init(&bus, &log);
    event_emit(&bus, &(struct event){.kind = EVENT_JOIN, .who = "x"}); /* DEBUG: not wanted */
    assert_int_equal(log.out.pending.len, 0);
    event_emit(&bus, &(struct event){.kind = EVENT_DELETE, .path = "/x"});
    assert_string_equal(buf_str(&log.out.pending),
                        "1970-01-01T00:00:00.000Z INFO event=delete path=/x\n");
    buf_clear(&log.out.pending);
    log.threshold = LOG_DEBUG;
    event_emit(&bus, &(struct event){.kind = EVENT_SAY, .who = "x"});
    assert_string_equal(buf_str(&log.out.pending),
                        "1970-01-01T00:00:00.000Z DEBUG event=say who=x\n");
    buf_free(&log.out.pending);
    log_free(&log);
}

static int quiet(void **state)
{
    (void)state;
    log_quiet(&log_, &clock_);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_what_is_known),
        cmocka_unit_test(every_kind_has_a_name_of_its_own),
        cmocka_unit_test(all_who_subscribed_are_told),
        cmocka_unit_test(the_log_gets_it_at_the_level_of_its_kind),
    };
    return cmocka_run_group_tests(tests, quiet, NULL);
}
