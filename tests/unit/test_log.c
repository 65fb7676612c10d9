/* test_log.c: base/log: lines, levels, files that are full, torn or turned over. */
#include "base/log.h"
#include "check.h"

#include <signal.h>
#include <sys/resource.h>

/* A log whose two files lie in a folder; the test's own stdout and stderr wait aside. */
struct fixture {
    char *folder;
    int saved[2];
    struct clock clock;
    struct log log;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = folder_new();
    fflush(NULL);
    f->saved[0] = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    f->saved[1] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    f->clock = (struct clock){.mono = 5000, .wall = 784111777123}; /* 1994-11-06T08:49:37.123Z */
    log_init(&f->log, &f->clock);
    *state = f;
    return 0;
}

/* Gives the test its stdout and stderr back, so that it may assert. */
static void settle(struct fixture *f)
{
    log_free(&f->log);
    (void)dup2(f->saved[0], STDOUT_FILENO);
    (void)dup2(f->saved[1], STDERR_FILENO);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    settle(f);
    close(f->saved[0]);
    close(f->saved[1]);
    folder_remove(f->folder);
    free(f);
    return 0;
}

static bool to_files(struct fixture *f, const char *out, const char *err)
{
    struct buf why = {0};
    const int result = log_to_files(&f->log, out, err, &why);
    buf_free(&why);
    return result == 0;
}

#define STAMP "1994-11-06T08:49:37.123Z "

static void lines_go_to_the_file_of_their_level(void **state)
{
    struct fixture *f = *state;
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    log_say(&f->log, LOG_DEBUG, "not wanted");
    log_say(&f->log, LOG_INFO, "one %d", 1);
    log_say(&f->log, LOG_WARN, "two");
    log_say(&f->log, LOG_ERROR, "three");
    char *early = file_read(in(f->folder, "out"));
    char *err = file_read(in(f->folder, "err"));
    f->log.threshold = LOG_DEBUG;
    f->clock.wall += 1000;
    log_say(&f->log, LOG_DEBUG, "four");
    log_flush(&f->log);
    settle(f);
    assert_true(ok);
    assert_string_equal(early, ""); /* INFO waits for the flush, the others do not */
    assert_string_equal(err, STAMP "WARN two\n" STAMP "ERROR three\n");
    assert_file(in(f->folder, "out"), STAMP "INFO one 1\n1994-11-06T08:49:38.123Z DEBUG four\n");
    free(early);
    free(err);
}

static void one_file_for_both_keeps_the_order(void **state)
{
    struct fixture *f = *state;
    /* Until log_to_files() all goes to descriptor 2. */
    const int fd = open(in(f->folder, "both"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)dup2(fd, STDERR_FILENO);
    close(fd);
    log_init(&f->log, &f->clock);
    log_say(&f->log, LOG_INFO, "first");
    log_say(&f->log, LOG_WARN, "second");
    log_say(&f->log, LOG_INFO, "third");
    log_flush(&f->log);
    settle(f);
    assert_file(in(f->folder, "both"),
                STAMP "INFO first\n" STAMP "WARN second\n" STAMP "INFO third\n");
}

static void fields_are_quoted_and_escaped(void **state)
{
    (void)state;
    struct buf line = {0};
    char long_value[1000];
    log_add(&line, "who", STR("alice"));
    log_add(&line, "path", STR("/a b"));
    log_add(&line, "empty", STR(""));
    log_add(&line, "evil", STR("x\r\n1994 INFO event=login who=\"root\" \x1b[2J"));
    log_add(&line, "bytes", STR("\xff\xfe"));
    log_addu(&line, "size", UINT64_MAX);
    assert_buf(&line, " who=alice path=\"/a b\" empty=\"\""
                      " evil=\"x\\x0D\\x0A1994 INFO event=login who=\\x22root\\x22 \\x1B[2J\""
                      " bytes=\\xFF\\xFE size=18446744073709551615");
    memset(long_value, 'y', sizeof long_value);
    log_add(&line, "long", (struct str){long_value, sizeof long_value});
    assert_in_range(line.len, 400, 420);
    buf_free(&line);
}

static void a_sentence_is_one_line_whatever_is_in_it(void **state)
{
    struct fixture *f = *state;
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    log_say(&f->log, LOG_INFO, "said %s",
            "a\nb\x1b"
            "c\xff");
    log_say(&f->log, LOG_INFO, "%s", "");
    settle(f);
    assert_true(ok);
    assert_file(in(f->folder, "out"), STAMP "INFO said a\\x0Ab\\x1Bc\\xFF\n" STAMP "INFO \n");
}

static void a_level_that_is_not_wanted_has_no_line(void **state)
{
    struct fixture *f = *state;
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    f->log.threshold = LOG_WARN;
    const bool none = log_begin(&f->log, LOG_INFO) == NULL;
    struct buf *line = log_begin(&f->log, LOG_WARN);
    if (line != NULL) {
        log_add(line, "event", STR("denied"));
        log_end(&f->log, LOG_WARN);
    }
    settle(f);
    assert_true(ok && none);
    assert_file(in(f->folder, "out"), "");
    assert_file(in(f->folder, "err"), STAMP "WARN event=denied\n");
}

static void a_full_device_drops_and_counts(void **state)
{
    struct fixture *f = *state;
    const bool ok = to_files(f, in(f->folder, "out"), "/dev/full");
    for (int i = 0; i < 3; i++)
        log_say(&f->log, LOG_WARN, "lost %d", i);
    const uint64_t dropped = f->log.dropped, here = f->log.err.dropped;
    log_say(&f->log, LOG_INFO, "goes on");
    log_flush(&f->log);
    settle(f);
    assert_true(ok);
    assert_int_equal(dropped, 3);
    assert_int_equal(here, 3);
    assert_file(in(f->folder, "out"), STAMP "INFO goes on\n");
}

/* A file that may not grow stands for a disk that is full: it takes the first half of a line. */
static void a_torn_line_is_ended_and_the_lost_ones_are_told(void **state)
{
    struct fixture *f = *state;
    struct rlimit old, tight;
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = 100;
    (void)signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 10; i++)
        log_say(&f->log, LOG_INFO, "line %d", i); /* 37 bytes each: two and a half fit */
    log_flush(&f->log);
    const uint64_t dropped = f->log.dropped;
    const bool torn = f->log.out.torn;
    setrlimit(RLIMIT_FSIZE, &old);
    (void)signal(SIGXFSZ, SIG_DFL);
    log_say(&f->log, LOG_INFO, "again");
    log_flush(&f->log);
    const bool still = f->log.out.torn || f->log.out.dropped > 0;
    settle(f);
    assert_true(ok);
    assert_true(torn);
    assert_false(still);
    assert_int_equal(dropped, 8);
    assert_int_equal(f->log.dropped, 8);
    assert_file(in(f->folder, "out"), STAMP "INFO line 0\n" STAMP "INFO line 1\n"
                                            "1994-11-06T08:49:37.123Z I\n" STAMP
                                            "INFO event=log-lost lines=8\n" STAMP "INFO again\n");
}

static void a_pipe_that_nobody_reads_does_not_block(void **state)
{
    struct fixture *f = *state;
    const char *path = in(f->folder, "pipe");
    const int made = mkfifo(path, 0600);
    const int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const bool ok = to_files(f, in(f->folder, "out"), path);
    for (int i = 0; i < 3000; i++)
        log_say(&f->log, LOG_WARN, "a line of fair length, number %d", i);
    const uint64_t dropped = f->log.dropped;
    static char bytes[1 << 20];
    const ssize_t n = read(reader, bytes, sizeof bytes - 1);
    log_say(&f->log, LOG_WARN, "last");
    const ssize_t m = n > 0 ? read(reader, bytes + n, sizeof bytes - 1 - (size_t)n) : 0;
    settle(f);
    close(reader);
    assert_int_equal(made, 0);
    assert_true(ok);
    assert_true(n > 0 && m > 0);
    /* Every line is whole and every missing one is counted. */
    struct str rest = {bytes, (size_t)(n + m)}, line;
    uint64_t whole = 0, told = 0;
    while (str_split(&rest, '\n', &line)) {
        unsigned long long lost = 0;
        char text[200];
        (void)str_copy(text, sizeof text, line);
        if (sscanf(text, STAMP "WARN event=log-lost lines=%llu", &lost) == 1)
            told += lost;
        else if (strstr(text, "a line of fair length") != NULL)
            whole++;
        else
            assert_true(line.n == 0 || str_istarts(line, STAMP "WARN last") || told == 0);
    }
    assert_true(dropped > 0);
    assert_int_equal(told, dropped);
    assert_in_range(whole + told, 3000, 3001); /* a torn one may show and be counted */
}

static void reopening_follows_a_rotation_and_loses_nothing(void **state)
{
    struct fixture *f = *state;
    struct buf why = {0};
    struct logfile more;
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    const int opened = logfile_open(&f->log, &more, in(f->folder, "more"), &why);
    log_say(&f->log, LOG_INFO, "before");
    buf_adds(&more.pending, "m1\n");
    logfile_added(&f->log, &more);
    (void)rename(in(f->folder, "out"), in(f->folder, "out.1"));
    (void)rename(in(f->folder, "more"), in(f->folder, "more.1"));
    log_say(&f->log, LOG_INFO, "between");
    const int reopened = log_reopen(&f->log, &why);
    log_say(&f->log, LOG_INFO, "after");
    buf_adds(&more.pending, "m2\n");
    logfile_added(&f->log, &more);
    logfile_close(&f->log, &more);
    logfile_close(&f->log, &more); /* twice does no harm */
    settle(f);
    assert_true(ok);
    assert_int_equal(opened, 0);
    assert_int_equal(reopened, 0);
    assert_int_equal(why.len, 0);
    assert_file(in(f->folder, "out.1"), STAMP "INFO before\n" STAMP "INFO between\n");
    assert_file(in(f->folder, "out"), STAMP "INFO after\n");
    assert_file(in(f->folder, "more.1"), "m1\n");
    assert_file(in(f->folder, "more"), "m2\n");
}

/* The folder may be the service's own: a link there must not lead the log astray. */
static void patient_lines_wait_a_moment(void **state)
{
    struct fixture *f = *state;
    struct buf why = {0};
    struct logfile more;
    const int opened = logfile_open(&f->log, &more, in(f->folder, "more"), &why);
    const int none = log_flush_due(&f->log);
    more.patient = true;
    buf_adds(&more.pending, "one\n");
    logfile_added(&f->log, &more);
    const int first = log_flush_due(&f->log);
    f->clock.mono += first - 1;
    buf_adds(&more.pending, "two\n");
    logfile_added(&f->log, &more);
    const int later = log_flush_due(&f->log); /* the first one counts */
    const size_t kept = more.pending.len;
    f->clock.mono++;
    const int gone = log_flush_due(&f->log);
    const size_t left = more.pending.len;
    buf_adds(&more.pending, "three\n");
    logfile_added(&f->log, &more);
    const int again = log_flush_due(&f->log);
    log_flush(&f->log); /* does not ask */
    const size_t end = more.pending.len;
    logfile_close(&f->log, &more);
    settle(f);
    assert_int_equal(opened, 0);
    assert_int_equal(none, -1);
    assert_true(first > 0);
    assert_int_equal(later, 1);
    assert_int_equal(kept, 8);
    assert_int_equal(gone, -1);
    assert_int_equal(left, 0);
    assert_int_equal(again, first);
    assert_int_equal(end, 0);
    assert_file(in(f->folder, "more"), "one\ntwo\nthree\n");
}

static void a_link_in_the_log_s_place_is_not_followed(void **state)
{
    struct fixture *f = *state;
    struct buf why = {0};
    file_write(in(f->folder, "victim"), "untouched");
    const int linked = symlink(in(f->folder, "victim"), in(f->folder, "link"));
    const int refused = log_to_files(&f->log, in(f->folder, "link"), in(f->folder, "err"), &why);
    char *reason = strdup(buf_str(&why));
    buf_free(&why);
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    (void)rename(in(f->folder, "out"), in(f->folder, "out.1"));
    const int relinked = symlink(in(f->folder, "victim"), in(f->folder, "out"));
    const int reopened = log_reopen(&f->log, &why);
    log_say(&f->log, LOG_INFO, "still there");
    settle(f);
    buf_free(&why);
    assert_int_equal(linked, 0);
    assert_int_equal(relinked, 0);
    assert_int_equal(refused, -1);
    assert_non_null(strstr(reason, "is a symbolic link"));
    free(reason);
    assert_true(ok);
    assert_int_equal(reopened, -1);
    assert_file(in(f->folder, "victim"), "untouched");
    assert_file(in(f->folder, "out.1"), STAMP "INFO still there\n"); /* the old one goes on */
}

static void a_file_that_cannot_be_opened_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct buf why = {0};
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    const int refused = log_to_files(&f->log, in(f->folder, "new"), in(f->folder, "no/such"), &why);
    log_say(&f->log, LOG_INFO, "as before");
    settle(f);
    assert_true(ok);
    assert_int_equal(refused, -1);
    assert_non_null(strstr(buf_str(&why), "no/such: No such file"));
    buf_free(&why);
    assert_file(in(f->folder, "out"), STAMP "INFO as before\n");
}

static void much_at_once_goes_out_early(void **state)
{
    struct fixture *f = *state;
    const bool ok = to_files(f, in(f->folder, "out"), in(f->folder, "err"));
    size_t most = 0;
    for (int i = 0; i < 5000; i++) {
        log_say(&f->log, LOG_INFO, "line %d of many", i);
        most = f->log.out.pending.len > most ? f->log.out.pending.len : most;
    }
    log_flush(&f->log);
    settle(f);
    assert_true(ok);
    assert_true(most < 80000);
    char *text = file_read(in(f->folder, "out"));
    unsigned lines = 0;
    for (const char *p = text; *p != '\0'; p++)
        lines += *p == '\n';
    free(text);
    assert_int_equal(lines, 5000);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_go_to_the_file_of_their_level),
        TEST(one_file_for_both_keeps_the_order),
        TEST(fields_are_quoted_and_escaped),
        TEST(a_sentence_is_one_line_whatever_is_in_it),
        TEST(a_level_that_is_not_wanted_has_no_line),
        TEST(a_full_device_drops_and_counts),
        TEST(a_torn_line_is_ended_and_the_lost_ones_are_told),
        TEST(a_pipe_that_nobody_reads_does_not_block),
        TEST(reopening_follows_a_rotation_and_loses_nothing),
        TEST(patient_lines_wait_a_moment),
        TEST(a_link_in_the_log_s_place_is_not_followed),
        TEST(a_file_that_cannot_be_opened_changes_nothing),
        TEST(much_at_once_goes_out_early),
    };
    return RUN(tests);
}
