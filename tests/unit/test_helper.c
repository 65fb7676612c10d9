/* test_helper.c: sys/helper, with a helper that sends back what it gets, and obeys a few words. */
#include "check.h"
#include "sys/helper.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static struct clock clock_;
static struct log log_;
static char *folder;

/* Our side. */
static struct {
    struct helper *helper;
    int fd;
    bool write;
    struct buf to, from;
    unsigned losses;
    bool nonsense;
} us;

static void *begin(const void *arg)
{
    return (void *)(uintptr_t)arg;
}

/* "X" dies; "F" writes to the descriptor that was given; all else comes back. */
static void input(void *state, struct buf *in, struct buf *out)
{
    (void)state;
    for (size_t i = 0; i < in->len; i++) {
        if (buf_data(in)[i] == 'X')
            raise(SIGKILL);
        if (buf_data(in)[i] == 'F')
            assert_int_equal(write(HELPER_FD, "F", 1), 1);
    }
    buf_add(out, buf_data(in), in->len);
    buf_clear(in);
}

static int idle(void *state, struct buf *out)
{
    (void)state;
    (void)out;
    return -1;
}

static void end(void *state)
{
    file_write(state, "ended");
}

static struct str output(void *arg)
{
    (void)arg;
    return (struct str){buf_data(&us.to), us.to.len};
}

static void sent(void *arg, size_t n)
{
    (void)arg;
    buf_consume(&us.to, n);
}

static int heard(void *arg, struct buf *in)
{
    (void)arg;
    buf_add(&us.from, buf_data(in), in->len);
    buf_clear(in);
    return us.nonsense ? -1 : 0;
}

static void lost(void *arg)
{
    (void)arg;
    us.losses++;
}

static const struct helper_ops ops = {.name = "agentd-test",
                                      .begin = begin,
                                      .input = input,
                                      .idle = idle,
                                      .end = end,
                                      .output = output,
                                      .sent = sent,
                                      .heard = heard,
                                      .lost = lost};

static void watch(void *arg, int fd, bool write)
{
    (void)arg;
    us.fd = fd;
    us.write = write;
}

static int set_up(void **state)
{
    (void)state;
    memset(&us, 0, sizeof us);
    us.fd = -1;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    helper_stop(us.helper, 5000);
    buf_free(&us.to);
    buf_free(&us.from);
    folder_remove(folder);
    return 0;
}

static void start(int fd)
{
    static char mark[4096];
    snprintf(mark, sizeof mark, "%s", in(folder, "mark"));
    const struct helper_setup setup = {
        .ops = &ops, .ops_arg = mark, .fd = fd, .log = &log_, .watch = watch};
    us.helper = helper_new(&setup);
    assert_non_null(us.helper);
    assert_int_equal(us.fd, -1);
    helper_want(us.helper, true, 1000);
    assert_true(us.fd >= 0);
}

/* One turn of a loop. */
static void turn(void)
{
    struct pollfd p = {.fd = us.fd, .events = (short)(POLLIN | (us.write ? POLLOUT : 0))};
    helper_flush(us.helper);
    if (poll(&p, us.fd >= 0, 5000) > 0)
        helper_ready(us.helper);
}

static void exchange(size_t n)
{
    for (int i = 0; i < 10000 && us.from.len < n; i++)
        turn();
    assert_int_equal(us.from.len, n);
}

static void reap(int64_t now)
{
    int status;
    const pid_t pid = waitpid(-1, &status, 0);
    assert_true(pid > 0);
    assert_false(helper_ended(us.helper, pid + 1, status, now));
    assert_true(helper_ended(us.helper, pid, status, now));
}

static void bytes_go_there_and_back(void **state)
{
    (void)state;
    enum { MUCH = 3 << 20 }; /* more than a socket holds */
    start(-1);
    buf_adds(&us.to, "hello");
    exchange(5);
    assert_buf(&us.from, "hello");
    memset(buf_reserve(&us.to, MUCH), 'm', MUCH);
    buf_grew(&us.to, MUCH);
    exchange(MUCH);
}

static void it_gets_a_descriptor(void **state)
{
    (void)state;
    const int fd = open(in(folder, "given"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    start(fd);
    close(fd);
    buf_adds(&us.to, "F");
    exchange(1);
    assert_file(in(folder, "given"), "F");
}

static void one_that_dies_is_begun_anew(void **state)
{
    (void)state;
    start(-1);
    buf_adds(&us.to, "X");
    turn();
    reap(2000);
    assert_int_equal(us.losses, 1);
    assert_true(us.fd >= 0); /* at once, the first time */
    buf_adds(&us.to, "X");
    turn();
    reap(3000);
    assert_int_equal(us.fd, -1);
    helper_tick(us.helper, 3999);
    assert_int_equal(us.fd, -1);
    helper_tick(us.helper, 4000);
    assert_true(us.fd >= 0);
    buf_adds(&us.to, "X");
    turn();
    reap(5000);
    helper_tick(us.helper, 6999); /* the pause grows */
    assert_int_equal(us.fd, -1);
    helper_tick(us.helper, 7000);
    buf_adds(&us.to, "X");
    turn();
    reap(7000 + 3600000); /* that was a long life */
    assert_true(us.fd >= 0);
    buf_adds(&us.to, "ok");
    exchange(2);
}

static void one_that_speaks_nonsense_is_ended(void **state)
{
    (void)state;
    start(-1);
    us.nonsense = true;
    buf_adds(&us.to, "a");
    turn();
    assert_int_equal(us.losses, 1);
    us.nonsense = false;
    reap(2000);
    buf_clear(&us.from);
    buf_adds(&us.to, "b");
    exchange(1);
}

static void it_finishes_before_it_ends(void **state)
{
    (void)state;
    enum { MUCH = 3 << 20 };
    start(-1);
    memset(buf_reserve(&us.to, MUCH), 'm', MUCH);
    buf_grew(&us.to, MUCH);
    helper_stop(us.helper, 20000);
    us.helper = NULL;
    assert_int_equal(us.from.len, MUCH);
    assert_int_equal(us.fd, -1);
    assert_file(in(folder, "mark"), "ended");
}

static void it_ends_when_it_is_not_wanted(void **state)
{
    (void)state;
    start(-1);
    buf_adds(&us.to, "last");
    helper_want(us.helper, false, 2000);
    while (us.fd >= 0)
        turn();
    assert_buf(&us.from, "last");
    reap(2000);
    helper_tick(us.helper, 99999);
    assert_int_equal(us.fd, -1);
    helper_want(us.helper, true, 100000);
    buf_adds(&us.to, "again");
    exchange(5);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_go_there_and_back),     TEST(it_gets_a_descriptor),
        TEST(one_that_dies_is_begun_anew), TEST(one_that_speaks_nonsense_is_ended),
        TEST(it_finishes_before_it_ends),  TEST(it_ends_when_it_is_not_wanted),
    };
    return RUN(tests);
}
