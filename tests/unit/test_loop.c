/* test_loop.c: net/loop and its three backends, on pipes. */
#include "check.h"
#include "net/loop.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/select.h>

static const struct {
    const char *name;
    enum conf_event event;
} backends[] = {{"select", EVENT_SELECT}, {"poll", EVENT_POLL}, {"epoll", EVENT_EPOLL}};

static struct log log_;
static struct metrics metrics;
static struct loop loop;
static struct timer guard, soon;

static void stop_loop(struct timer *t)
{
    (void)t;
    loop.stop = true;
}

static void give_up(struct timer *t)
{
    (void)t;
    fail_msg("the loop did not end by itself");
}

static void start(enum conf_event event)
{
    metrics = (struct metrics){0};
    assert_int_equal(loop_init(&loop, event, &log_, &metrics), 0);
    guard = (struct timer){.fn = give_up};
    soon = (struct timer){.fn = stop_loop};
    assert_int_equal(timer_set(&loop.timers, &guard, loop.clock.mono + 60000), 0);
}

/* Turns until everything that is ready has been called: a timer that is due ends the turn. */
static void turn(void)
{
    loop.stop = false;
    assert_int_equal(timer_set(&loop.timers, &soon, loop.clock.mono), 0);
    loop_run(&loop);
}

static int quiet(void **state)
{
    static struct clock clock;
    (void)state;
    log_quiet(&log_, &clock);
    return 0;
}

/* --- one end of a pipe, watched --- */

struct end {
    struct watch w;
    unsigned calls, events;
    void (*then)(struct end *e);
};

static void on_end(struct watch *w, unsigned events)
{
    struct end *e = (struct end *)(void *)w;
    e->calls++;
    e->events |= events;
    if (e->then != NULL)
        e->then(e);
}

static struct end end_of(int fd)
{
    return (struct end){.w = {.fd = fd, .fn = on_end, .name = "test"}};
}

struct pipe_ends {
    struct end in, out;
};

static struct pipe_ends make_pipe(void)
{
    int fd[2];
    assert_int_equal(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
    return (struct pipe_ends){end_of(fd[0]), end_of(fd[1])};
}

static void close_pipe(struct pipe_ends *p)
{
    loop_unwatch(&loop, &p->in.w);
    loop_unwatch(&loop, &p->out.w);
    close(p->in.w.fd);
    if (p->out.w.fd >= 0)
        close(p->out.w.fd);
}

static void put(const struct pipe_ends *p)
{
    assert_int_equal(write(p->out.w.fd, "x", 1), 1);
}

static void drain(struct end *e)
{
    char c;
    while (read(e->w.fd, &c, 1) == 1)
        ;
}

static void reading_and_writing_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        assert_string_equal(loop.backend->name, backends[i].name);
        struct pipe_ends p = make_pipe();
        p.in.then = drain;
        assert_int_equal(loop_watch(&loop, &p.in.w, LOOP_READ), 0);
        assert_int_equal(loop.watching, 1);
        turn();
        assert_int_equal(p.in.calls, 0);
        put(&p);
        turn();
        assert_int_equal(p.in.calls, 1);
        assert_int_equal(p.in.events, LOOP_READ);
        turn(); /* it was read: nothing more to tell */
        assert_int_equal(p.in.calls, 1);

        assert_int_equal(loop_watch(&loop, &p.out.w, LOOP_WRITE), 0);
        turn();
        assert_int_equal(p.out.calls, 1);
        assert_int_equal(p.out.events, LOOP_WRITE);
        turn(); /* level-triggered: still writable, told again */
        assert_int_equal(p.out.calls, 2);
        assert_int_equal(loop_watch(&loop, &p.out.w, 0), 0); /* known, but asked nothing */
        assert_int_equal(loop.watching, 2);
        turn();
        assert_int_equal(p.out.calls, 2);
        assert_int_equal(loop_watch(&loop, &p.out.w, LOOP_READ | LOOP_WRITE), 0);
        assert_int_equal(loop_watch(&loop, &p.out.w, LOOP_READ | LOOP_WRITE), 0);
        turn();
        assert_int_equal(p.out.calls, 3);
        close_pipe(&p);
        assert_int_equal(loop.watching, 0);
        loop_unwatch(&loop, &p.in.w); /* twice does no harm */
        loop_free(&loop);
    }
}

static void a_peer_that_is_gone_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        struct pipe_ends p = make_pipe(), q = make_pipe();
        assert_int_equal(loop_watch(&loop, &p.in.w, LOOP_READ), 0);
        close(p.out.w.fd);
        p.out.w.fd = -1;
        turn();
        assert_row(backends[i].name, p.in.calls == 1 && p.in.events == LOOP_READ);

        close(q.in.w.fd); /* a pipe without a reader: writing must be tried, and fail */
        assert_int_equal(loop_watch(&loop, &q.out.w, LOOP_WRITE), 0);
        turn();
        assert_row(backends[i].name, q.out.calls == 1 && q.out.events == LOOP_WRITE);
        loop_unwatch(&loop, &q.out.w);
        close(q.out.w.fd);
        close_pipe(&p);
        loop_free(&loop);
    }
}

/* --- a callback changes the set that it is called from --- */

enum { PIPES = 8 };
static struct pipe_ends pipes[PIPES];

static void unwatch_all(struct end *e)
{
    (void)e;
    for (int i = 0; i < PIPES; i++)
        loop_unwatch(&loop, &pipes[i].in.w);
}

static void watch_all_again(struct end *e)
{
    drain(e);
    for (int i = 0; i < PIPES; i++) {
        loop_unwatch(&loop, &pipes[i].in.w);
        assert_int_equal(loop_watch(&loop, &pipes[i].in.w, LOOP_READ), 0);
    }
}

static void ask_for_nothing(struct end *e)
{
    for (int i = 0; i < PIPES; i++)
        if (&pipes[i].in != e)
            assert_int_equal(loop_watch(&loop, &pipes[i].in.w, 0), 0);
}

static unsigned calls_of_all(void (*then)(struct end *))
{
    unsigned calls = 0;
    for (int i = 0; i < PIPES; i++) {
        pipes[i] = make_pipe();
        pipes[i].in.then = then;
        assert_int_equal(loop_watch(&loop, &pipes[i].in.w, LOOP_READ), 0);
        put(&pipes[i]);
    }
    turn();
    for (int i = 0; i < PIPES; i++)
        calls += pipes[i].in.calls;
    for (int i = 0; i < PIPES; i++)
        close_pipe(&pipes[i]);
    return calls;
}

static void a_callback_may_unwatch_itself_and_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        assert_row(backends[i].name, calls_of_all(unwatch_all) == 1);
        assert_row(backends[i].name, calls_of_all(ask_for_nothing) == 1);
        assert_row(backends[i].name, calls_of_all(watch_all_again) == PIPES);
        assert_int_equal(loop.watching, 0);
        loop_free(&loop);
    }
}

static void replace_pipe(struct end *e)
{
    (void)e;
    /* The second one's descriptor is closed and, most likely, given to a new pipe at once. */
    if (pipes[1].in.w.fd < 0)
        return;
    close_pipe(&pipes[1]);
    pipes[1].in.w.fd = -1;
    pipes[2] = make_pipe();
    pipes[2].in.then = drain;
    assert_int_equal(loop_watch(&loop, &pipes[2].in.w, LOOP_READ), 0);
}

/* What was ready belongs to the descriptor that was, but a call too many must do no harm, and none
 * is lost. */
static void a_descriptor_s_number_may_be_used_again_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        pipes[0] = make_pipe();
        pipes[1] = make_pipe();
        pipes[0].in.then = replace_pipe;
        assert_int_equal(loop_watch(&loop, &pipes[0].in.w, LOOP_READ), 0);
        assert_int_equal(loop_watch(&loop, &pipes[1].in.w, LOOP_READ), 0);
        put(&pipes[0]);
        put(&pipes[1]);
        turn();
        put(&pipes[2]);
        turn();
        assert_row(backends[i].name, pipes[2].in.calls >= 1);
        close_pipe(&pipes[0]);
        close_pipe(&pipes[2]);
        loop_free(&loop);
    }
}

/* A descriptor closed while it is watched is a fault of ours, and must not spin or stop the loop.
 */
static void a_descriptor_closed_under_us_does_not_stop_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        struct pipe_ends p = make_pipe(), q = make_pipe();
        q.in.then = drain;
        assert_int_equal(loop_watch(&loop, &p.in.w, LOOP_READ), 0);
        assert_int_equal(loop_watch(&loop, &q.in.w, LOOP_READ), 0);
        close(p.in.w.fd);
        turn();
        put(&q);
        turn();
        turn();
        assert_row(backends[i].name, q.in.calls == 1);
        loop_unwatch(&loop, &p.in.w);
        close(p.out.w.fd);
        close_pipe(&q);
        loop_free(&loop);
    }
}

/* --- hooks and timers --- */

struct count_hook {
    struct loop_hook hook;
    unsigned runs, more; /* so many times there is more to do */
};

static bool run_hook(struct loop_hook *h)
{
    struct count_hook *c = (struct count_hook *)(void *)h;
    c->runs++;
    if (c->more == 0)
        return false;
    return --c->more > 0;
}

static void hooks_run_before_each_wait_and_keep_it_awake(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        struct count_hook a = {.hook.fn = run_hook, .more = 5}, b = {.hook.fn = run_hook};
        loop_add_hook(&loop, &a.hook);
        loop_add_hook(&loop, &b.hook);
        timer_set(&loop.timers, &soon, loop.clock.mono + 50);
        loop.stop = false;
        loop_run(&loop);
        assert_row(backends[i].name, a.more == 0 && a.runs >= 6 && a.runs == b.runs);
        loop_free(&loop);
    }
}

static int64_t fired_at;

static void note_time(struct timer *t)
{
    (void)t;
    fired_at = loop.clock.mono;
    loop.stop = true;
}

static void the_loop_wakes_for_a_timer_and_not_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        struct timer t = {.fn = note_time};
        const int64_t due = loop.clock.mono + 30;
        fired_at = 0;
        loop.stop = false;
        timer_set(&loop.timers, &t, due);
        loop_run(&loop);
        assert_row(backends[i].name, fired_at >= due);
        loop_free(&loop);
    }
}

/* --- past what an fd_set holds --- */

/* A descriptor of FD_SETSIZE or more, where the system lets us have one. */
static int high_descriptor(int fd)
{
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    if (r.rlim_cur <= FD_SETSIZE + 1) {
        r.rlim_cur = FD_SETSIZE + 16;
        if (setrlimit(RLIMIT_NOFILE, &r) < 0)
            fail_msg("no descriptor of %d or more can be had here: raise ulimit -Hn", FD_SETSIZE);
    }
    const int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_SETSIZE);
    assert_true(high >= FD_SETSIZE);
    return high;
}

static void auto_moves_everything_to_the_next_backend(void **state)
{
    (void)state;
    start(EVENT_AUTO);
    assert_string_equal(loop.backend->name, "select");
    struct pipe_ends low = make_pipe(), idle = make_pipe(), p = make_pipe();
    struct end high = end_of(high_descriptor(p.in.w.fd));
    low.in.then = drain;
    high.then = drain;
    assert_int_equal(loop_watch(&loop, &low.in.w, LOOP_READ), 0);
    assert_int_equal(loop_watch(&loop, &idle.in.w, LOOP_READ), 0);
    assert_int_equal(loop_watch(&loop, &idle.in.w, 0), 0); /* known, asked nothing */
    assert_string_equal(loop.backend->name, "select");
    assert_int_equal(loop_watch(&loop, &high.w, LOOP_READ), 0);
    assert_string_equal(loop.backend->name, "epoll");
    assert_int_equal(loop.watching, 3);
    put(&low);
    put(&p);
    put(&idle);
    turn();
    assert_int_equal(low.in.calls, 1);
    assert_int_equal(high.calls, 1);
    assert_int_equal(idle.in.calls, 0);
    assert_int_equal(loop_watch(&loop, &idle.in.w, LOOP_READ), 0);
    turn();
    assert_true(idle.in.calls > 0);
    loop_unwatch(&loop, &high.w);
    close(high.w.fd);
    close_pipe(&low);
    close_pipe(&idle);
    close_pipe(&p);
    loop_free(&loop);
}

static struct end *high_end;

static void watch_high(struct end *e)
{
    drain(e);
    assert_int_equal(loop_watch(&loop, &high_end->w, LOOP_READ), 0);
}

/* The move comes from within a callback, as it does when a connection is accepted. */
static void auto_moves_from_within_a_callback(void **state)
{
    (void)state;
    start(EVENT_AUTO);
    struct pipe_ends a = make_pipe(), b = make_pipe(), p = make_pipe();
    struct end high = end_of(high_descriptor(p.in.w.fd));
    high_end = &high;
    a.in.then = watch_high;
    b.in.then = drain;
    high.then = drain;
    assert_int_equal(loop_watch(&loop, &a.in.w, LOOP_READ), 0);
    assert_int_equal(loop_watch(&loop, &b.in.w, LOOP_READ), 0);
    put(&a);
    put(&b);
    put(&p);
    turn();
    turn();
    assert_string_equal(loop.backend->name, "epoll");
    assert_int_equal(a.in.calls, 1);
    assert_int_equal(b.in.calls, 1);
    assert_int_equal(high.calls, 1);
    loop_unwatch(&loop, &high.w);
    close(high.w.fd);
    close_pipe(&a);
    close_pipe(&b);
    close_pipe(&p);
    loop_free(&loop);
}

static void select_refuses_what_does_not_fit_and_goes_on(void **state)
{
    (void)state;
    start(EVENT_SELECT);
    struct pipe_ends low = make_pipe(), p = make_pipe();
    struct end high = end_of(high_descriptor(p.in.w.fd));
    low.in.then = drain;
    assert_int_equal(loop_watch(&loop, &low.in.w, LOOP_READ), 0);
    errno = 0;
    assert_int_equal(loop_watch(&loop, &high.w, LOOP_READ), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(loop.watching, 1);
    assert_string_equal(loop.backend->name, "select");
    loop_unwatch(&loop, &high.w); /* was never watched */
    put(&low);
    put(&p);
    turn();
    assert_int_equal(low.in.calls, 1);
    assert_int_equal(high.calls, 0);
    close(high.w.fd);
    close_pipe(&low);
    close_pipe(&p);
    loop_free(&loop);
}

static void poll_and_epoll_take_what_select_does_not(void **state)
{
    (void)state;
    for (size_t i = 1; i < COUNT(backends); i++) {
        start(backends[i].event);
        struct pipe_ends p = make_pipe();
        struct end high = end_of(high_descriptor(p.in.w.fd));
        high.then = drain;
        assert_int_equal(loop_watch(&loop, &high.w, LOOP_READ), 0);
        put(&p);
        turn();
        assert_row(backends[i].name, high.calls == 1);
        assert_string_equal(loop.backend->name, backends[i].name);
        loop_unwatch(&loop, &high.w);
        close(high.w.fd);
        close_pipe(&p);
        loop_free(&loop);
    }
}

static void no_descriptor_at_all_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(backends); i++) {
        start(backends[i].event);
        struct end none = end_of(-1), huge = end_of(1 << 30);
        assert_int_equal(loop_watch(&loop, &none.w, LOOP_READ), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(loop_watch(&loop, &huge.w, LOOP_READ), -1);
        assert_int_equal(errno, EBADF);
        loop_unwatch(&loop, &none.w);
        loop_unwatch(&loop, &huge.w);
        assert_int_equal(loop.watching, 0);
        loop_free(&loop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_and_writing_are_told),
        cmocka_unit_test(a_peer_that_is_gone_is_told),
        cmocka_unit_test(a_callback_may_unwatch_itself_and_others),
        cmocka_unit_test(a_descriptor_s_number_may_be_used_again_at_once),
        cmocka_unit_test(a_descriptor_closed_under_us_does_not_stop_the_others),
        cmocka_unit_test(hooks_run_before_each_wait_and_keep_it_awake),
        cmocka_unit_test(the_loop_wakes_for_a_timer_and_not_before),
        cmocka_unit_test(auto_moves_everything_to_the_next_backend),
        cmocka_unit_test(auto_moves_from_within_a_callback),
        cmocka_unit_test(select_refuses_what_does_not_fit_and_goes_on),
        cmocka_unit_test(poll_and_epoll_take_what_select_does_not),
        cmocka_unit_test(no_descriptor_at_all_is_refused),
    };
    return cmocka_run_group_tests(tests, quiet, NULL);
}
