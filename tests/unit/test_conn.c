/* test_conn.c: net/conn over a socketpair, on each backend. */
#include "check.h"
#include "net/conn.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

static const enum conf_event backends[] = {EVENT_SELECT, EVENT_POLL, EVENT_EPOLL};

/* A conn, the other end of its socket, and what came of it. */
struct session {
    struct session *mate;
    struct conn *c; /* NULL once closed() was called */
    int peer;
    enum close_reason reason;
    unsigned data_calls, drain_calls, timeout_calls;
    int (*on_data)(struct session *s);
    void (*on_drain)(struct session *s);
    void (*on_timeout)(struct session *s);
    struct buf got;     /* what data() took */
    size_t most_out;    /* the most that ever waited */
    uint64_t left;      /* what a producer still has */
    unsigned at_a_time; /* bytes that data() takes */
    bool saw_eof;
};

static struct log log_;
static struct metrics metrics;
static struct loop loop;
static struct conns conns;
static struct timer guard, soon;
static enum conf_event backend;

static int data(struct conn *c)
{
    struct session *s = c->session;
    s->data_calls++;
    s->saw_eof = s->saw_eof || c->eof;
    return s->on_data != NULL ? s->on_data(s) : 0;
}

static void drain(struct conn *c)
{
    struct session *s = c->session;
    s->drain_calls++;
    if (s->on_drain != NULL)
        s->on_drain(s);
}

static void timed_out(struct conn *c)
{
    struct session *s = c->session;
    s->timeout_calls++;
    if (s->on_timeout != NULL)
        s->on_timeout(s);
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct session *s = c->session;
    assert_ptr_equal(s->c, c);
    s->c = NULL;
    s->reason = reason;
}

static const struct conn_ops ops = {"test", 4096, data, drain, timed_out, closed, NULL};
static const struct conn_ops bare_ops = {"bare", 4096, data, NULL, NULL, closed, NULL};

static void stop_loop(struct timer *t)
{
    (void)t;
    loop.stop = true;
}

static void give_up(struct timer *t)
{
    (void)t;
    fail_msg("it did not come to its end");
}

static void start(void)
{
    metrics = (struct metrics){0};
    assert_int_equal(loop_init(&loop, backend, &log_, &metrics), 0);
    assert_int_equal(conns_init(&conns, &loop, NULL, NULL), 0);
    guard = (struct timer){.fn = give_up};
    soon = (struct timer){.fn = stop_loop};
    timer_set(&loop.timers, &guard, loop.clock.mono + 60000);
}

static void turn(void)
{
    loop.stop = false;
    timer_set(&loop.timers, &soon, loop.clock.mono);
    loop_run(&loop);
}

static void turns(int n)
{
    while (n-- > 0)
        turn();
}

static struct session *open_session(const struct conn_ops *with)
{
    struct session *s = calloc(1, sizeof *s);
    const struct addr nobody = {.len = sizeof(struct sockaddr)};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    s->peer = pair[1];
    s->at_a_time = 1000;
    s->c = conn_open(&conns, pair[0], with, s, &nobody, false);
    assert_non_null(s->c);
    return s;
}

static void drop_session(struct session *s)
{
    if (s->c != NULL) {
        conn_close(s->c, CLOSE_STOP);
        turn();
        assert_null(s->c);
    }
    buf_free(&s->got);
    if (s->peer >= 0)
        close(s->peer);
    free(s);
}

static void stop(void)
{
    turn();
    assert_int_equal(conns.count, 0);
    assert_int_equal(loop.watching, 0);
    conns_free(&conns);
    loop_free(&loop);
}

static void peer_says(const struct session *s, const char *text)
{
    assert_int_equal(send(s->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What the peer has got so far; -1 at the end, -2 when it was reset. */
static ssize_t peer_reads(const struct session *s, char *out, size_t size)
{
    const ssize_t n = recv(s->peer, out, size, 0);
    if (n > 0)
        return n;
    return n == 0 ? -1 : errno == EAGAIN ? 0 : -2;
}

static void assert_peer_reads(const struct session *s, const char *want)
{
    char text[256];
    const ssize_t n = peer_reads(s, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    assert_string_equal(text, want);
}

static void assert_peer_at_end(const struct session *s)
{
    char c;
    assert_int_equal(peer_reads(s, &c, 1), -1);
}

/* data() that takes what it may and keeps it. */
static int take(struct session *s)
{
    struct conn *c = s->c;
    const size_t n = c->in.len < s->at_a_time ? c->in.len : s->at_a_time;
    buf_add(&s->got, buf_data(&c->in), n);
    buf_consume(&c->in, n);
    return 0;
}

static int echo(struct session *s)
{
    conn_write_buf(s->c, &s->c->in);
    return 0;
}

/* --- reading --- */

static void bytes_come_and_go(void)
{
    struct session *s = open_session(&ops);
    s->on_data = echo;
    assert_true(s->c->id > 0);
    peer_says(s, "hello");
    turn();
    turn();
    assert_peer_reads(s, "hello");
    assert_int_equal(s->c->rx, 5);
    assert_int_equal(s->c->tx, 5);
    assert_int_equal(metrics.bytes_in, 5);
    assert_int_equal(metrics.bytes_out, 5);
    assert_null(s->c->in.mem); /* idle, it owns no input memory */
    assert_int_equal(s->c->watch.want, LOOP_READ);
    drop_session(s);
}

static int take_lines(struct session *s)
{
    struct conn *c = s->c;
    const char *lf;
    while (c->in.len > 0 && (lf = memchr(buf_data(&c->in), '\n', c->in.len)) != NULL) {
        const size_t n = (size_t)(lf - buf_data(&c->in)) + 1;
        buf_add(&s->got, buf_data(&c->in), n);
        buf_consume(&c->in, n);
    }
    return 0;
}

static void what_is_not_consumed_stays(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take_lines;
    peer_says(s, "one\ntw");
    turn();
    assert_string_equal(buf_str(&s->got), "one\n");
    assert_int_equal(s->c->in.len, 2);
    peer_says(s, "o\nthr");
    turn();
    peer_says(s, "ee\n");
    turn();
    assert_string_equal(buf_str(&s->got), "one\ntwo\nthree\n");
    assert_int_equal(s->c->in.len, 0);
    assert_null(s->c->in.mem);
    drop_session(s);
}

static void too_much_unconsumed_is_against_the_rules(void)
{
    struct session *s = open_session(&ops);
    char line[5000];
    memset(line, 'x', sizeof line);
    assert_int_equal(send(s->peer, line, 4000, 0), 4000);
    turns(2);
    assert_non_null(s->c);
    assert_int_equal(send(s->peer, line, 96, 0), 96);
    turns(3);
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_PROTOCOL);
    drop_session(s);
}

static int refuse(struct session *s)
{
    (void)s;
    return -1;
}

static void a_refusal_closes(void)
{
    struct session *s = open_session(&ops);
    s->on_data = refuse;
    peer_says(s, "GET / HTTP/1.1\r\n");
    turns(2);
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_PROTOCOL);
    drop_session(s);
}

static void the_peer_s_end_ends_it_after_the_answer(void)
{
    struct session *s = open_session(&ops);
    s->on_data = echo;
    peer_says(s, "last words");
    assert_int_equal(shutdown(s->peer, SHUT_WR), 0); /* half closed: it still reads */
    turns(4);
    assert_peer_reads(s, "last words");
    assert_peer_at_end(s);
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_EOF);
    assert_true(s->saw_eof);
    drop_session(s);
}

static void a_reset_ends_it(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take;
    conn_puts(s->c, "x");
    close(s->peer);
    s->peer = -1;
    turns(3);
    assert_null(s->c);
    assert_true(s->reason == CLOSE_EOF || s->reason == CLOSE_ERROR);
    drop_session(s);
}

static void while_paused_nothing_is_read(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take;
    conn_pause(s->c);
    peer_says(s, "early");
    turns(3);
    assert_int_equal(s->data_calls, 0);
    assert_int_equal(s->c->watch.want, 0);
    conn_resume(s->c);
    conn_resume(s->c);
    turns(2);
    assert_string_equal(buf_str(&s->got), "early");
    drop_session(s);
}

static int take_four_and_pause(struct session *s)
{
    const size_t before = s->got.len;
    s->at_a_time = 4;
    take(s);
    if (s->got.len > before)
        conn_pause(s->c);
    return 0;
}

static void what_came_before_a_pause_is_kept_for_later(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take_four_and_pause;
    peer_says(s, "12345678");
    turns(3);
    assert_int_equal(s->data_calls, 1);
    assert_string_equal(buf_str(&s->got), "1234");
    assert_int_equal(s->c->in.len, 4);
    peer_says(s, "9"); /* nobody waits for it now */
    conn_resume(s->c);
    turn();
    assert_string_equal(buf_str(&s->got), "12345678");
    conn_resume(s->c);
    turns(2);
    assert_string_equal(buf_str(&s->got), "123456789");
    drop_session(s);
}

static void an_end_during_a_pause_waits(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take_four_and_pause;
    peer_says(s, "12345678");
    turn();
    close(s->peer);
    s->peer = -1;
    turns(3);
    assert_non_null(s->c);
    assert_int_equal(s->data_calls, 1);
    for (int i = 0; i < 4 && s->c != NULL; i++) {
        conn_resume(s->c);
        turns(2);
    }
    assert_string_equal(buf_str(&s->got), "12345678");
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_EOF);
    drop_session(s);
}

static int take_two_and_again(struct session *s)
{
    s->at_a_time = 2;
    take(s);
    if (s->c->in.len > 0)
        conn_again(s->c);
    return 0;
}

/* A client with a lot to say gets its turn, and then the others theirs. */
static void again_is_in_the_next_turn(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take_two_and_again;
    peer_says(s, "12345678");
    turn();
    const unsigned first = s->data_calls;
    assert_true(first < 4);
    turns(4);
    assert_int_equal(s->data_calls, 4);
    assert_string_equal(buf_str(&s->got), "12345678");
    drop_session(s);
}

/* The end comes while input still waits for its turns: all of it is taken first. */
static void again_comes_before_the_end(void)
{
    struct session *s = open_session(&ops);
    s->on_data = take_two_and_again;
    peer_says(s, "12345678");
    assert_int_equal(shutdown(s->peer, SHUT_WR), 0);
    turns(12);
    assert_string_equal(buf_str(&s->got), "12345678");
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_EOF);
    drop_session(s);
}

/* Pipelined input past in_max is not held against a peer whose turn we put off ourselves. */
static void again_does_not_count_as_too_much(void)
{
    struct session *s = open_session(&ops);
    char text[20000];
    size_t sent = 0;
    s->on_data = take_two_and_again;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 20000 && s->got.len < sizeof text; i++) {
        if (sent < sizeof text) {
            const ssize_t n = send(s->peer, text + sent, sizeof text - sent, MSG_NOSIGNAL);
            sent += n > 0 ? (size_t)n : 0;
        }
        turn();
        assert_non_null(s->c);
        assert_true(s->c->in.len <= 4096 + (64 << 10)); /* it stops reading */
    }
    assert_int_equal(s->got.len, sizeof text);
    drop_session(s);
}

/* --- writing --- */

static void pieces_of_a_turn_leave_together(void)
{
    struct session *s = open_session(&ops);
    struct blk *b = blk_new(8);
    struct buf more = {0};
    memcpy(b->data, "shared;", 7);
    b->len = 7;
    conn_puts(s->c, "one;");
    conn_printf(s->c, "%d;", 2);
    conn_share(s->c, b);
    buf_adds(&more, "buf;");
    conn_write_buf(s->c, &more);
    assert_int_equal(more.len, 0);
    conn_write(s->c, "", 0);
    assert_peer_reads(s, ""); /* not before the loop sleeps */
    turn();
    assert_peer_reads(s, "one;2;shared;buf;");
    assert_int_equal(b->refs, 1);
    blk_unref(b);
    buf_free(&more);
    drop_session(s);
}

static unsigned char pattern(uint64_t at)
{
    return (unsigned char)(at % 251);
}

/* Writes a piece and waits for it to leave, as a download does. */
static void produce(struct session *s)
{
    static char piece[16 << 10];
    static const uint64_t total = 8 << 20;
    while (s->left > 0 && !conn_full(s->c)) {
        const size_t n = s->left < sizeof piece ? (size_t)s->left : sizeof piece;
        for (size_t i = 0; i < n; i++)
            piece[i] = (char)pattern(total - s->left + i);
        conn_write(s->c, piece, n);
        s->left -= n;
        if (s->c->out.bytes > s->most_out)
            s->most_out = (size_t)s->c->out.bytes;
    }
    if (s->left > 0)
        conn_await(s->c, 8 << 10);
    else
        conn_finish(s->c, false);
}

static void a_slow_reader_costs_a_bounded_queue(void)
{
    struct session *s = open_session(&ops);
    static char text[64 << 10];
    uint64_t got = 0;
    s->left = 8 << 20;
    s->on_drain = produce;
    produce(s);
    turns(5); /* nobody reads: it must come to rest */
    const unsigned calls = s->drain_calls;
    turns(5);
    assert_int_equal(s->drain_calls, calls);
    assert_non_null(s->c);
    assert_true(s->c->watch.want & LOOP_WRITE);
    for (ssize_t n = 0; n != -1;) {
        n = peer_reads(s, text, 3000 + got % 60000);
        assert_int_not_equal(n, -2);
        for (ssize_t i = 0; i < n; i++)
            if ((unsigned char)text[i] != pattern(got + (uint64_t)i))
                fail_msg("byte %llu is wrong", (unsigned long long)got + (unsigned long long)i);
        got += n > 0 ? (uint64_t)n : 0;
        if (s->c != NULL)
            turn();
    }
    assert_int_equal(got, 8 << 20);
    assert_true(s->most_out <= (64 << 10) + (16 << 10));
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);
}

static void drain_comes_once_when_asked(void)
{
    struct session *s = open_session(&ops);
    conn_puts(s->c, "a");
    turn();
    assert_int_equal(s->drain_calls, 0);
    conn_await(s->c, 0); /* it is so already, and still it is told */
    turn();
    assert_int_equal(s->drain_calls, 1);
    turns(2);
    assert_int_equal(s->drain_calls, 1);
    drop_session(s);
}

static void release_file(struct ofile *f)
{
    close(f->fd);
    f->fd = -1;
}

static struct ofile temp_file(size_t n)
{
    char *folder = folder_new();
    struct ofile f = {.refs = 1, .release = release_file};
    f.fd = open(in(folder, "file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(f.fd >= 0);
    for (size_t at = 0; at < n;) {
        char piece[4096];
        const size_t k = n - at < sizeof piece ? n - at : sizeof piece;
        for (size_t i = 0; i < k; i++)
            piece[i] = (char)pattern(at + i);
        assert_int_equal(write(f.fd, piece, k), (ssize_t)k);
        at += k;
    }
    folder_remove(folder);
    return f;
}

static void files_go_between_what_surrounds_them(void)
{
    enum { SIZE = 3 << 20, FROM = 12345, LEN = 2 << 20 };
    struct session *s = open_session(&ops);
    struct ofile f = temp_file(SIZE);
    static char text[64 << 10];
    uint64_t got = 0, hash = 0;
    conn_puts(s->c, "head");
    conn_file(s->c, &f, FROM, LEN);
    conn_puts(s->c, "tail");
    conn_finish(s->c, false);
    for (ssize_t n = 0; n != -1;) {
        n = peer_reads(s, text, sizeof text);
        assert_int_not_equal(n, -2);
        for (ssize_t i = 0; i < n; i++, got++) {
            if (got < 4)
                assert_int_equal(text[i], "head"[got]);
            else if (got < 4 + LEN)
                hash += (unsigned char)text[i] != pattern(FROM + got - 4);
            else
                assert_int_equal(text[i], "tail"[got - 4 - LEN]);
        }
        if (s->c != NULL)
            turn();
    }
    assert_int_equal(got, 4 + LEN + 4);
    assert_int_equal(hash, 0);
    assert_int_equal(f.refs, 1);
    ofile_unref(&f);
    assert_int_equal(f.fd, -1);
    drop_session(s);
}

/* We promised so many bytes: what is missing cannot be made up, so the peer must see it end. */
static void a_file_that_shrank_breaks_the_connection(void)
{
    struct session *s = open_session(&ops);
    struct ofile f = temp_file(1000);
    conn_file(s->c, &f, 0, 2000);
    turns(4);
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_ERROR);
    assert_int_equal(f.refs, 1);
    ofile_unref(&f);
    drop_session(s);
}

/* --- ending --- */

static void finish_sends_what_is_queued(void)
{
    struct session *s = open_session(&ops);
    s->on_data = echo;
    conn_puts(s->c, "bye");
    conn_finish(s->c, false);
    conn_puts(s->c, "too late");
    peer_says(s, "more"); /* not read any more */
    turns(3);
    assert_peer_reads(s, "bye");
    assert_int_equal(s->data_calls, 0);
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);

    s = open_session(&ops);
    conn_finish(s->c, false); /* with nothing queued */
    conn_finish(s->c, true);
    turn();
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);
}

static void lingering_waits_for_the_peer_s_end(void)
{
    struct session *s = open_session(&ops);
    s->on_data = echo;
    conn_puts(s->c, "413");
    conn_finish(s->c, true);
    turns(2);
    assert_peer_reads(s, "413");
    assert_peer_at_end(s); /* our side is done, and said so */
    assert_non_null(s->c);
    for (int i = 0; i < 5; i++) {
        peer_says(s, "the rest of a body that nobody wants");
        turn();
    }
    assert_non_null(s->c);
    assert_int_equal(s->data_calls, 0);
    close(s->peer);
    s->peer = -1;
    turns(2);
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);
}

static void lingering_has_an_end_in_bytes(void)
{
    struct session *s = open_session(&ops);
    static char text[32 << 10];
    size_t sent = 0;
    conn_finish(s->c, true);
    for (int i = 0; i < 200 && s->c != NULL; i++) {
        const ssize_t n = send(s->peer, text, sizeof text, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        turn();
    }
    assert_null(s->c);
    assert_in_range(sent, 1 << 20, 2 << 20);
    drop_session(s);
}

static void lingering_has_an_end_in_time(void)
{
    struct session *s = open_session(&ops);
    conn_finish(s->c, true);
    turn();
    assert_non_null(s->c);
    assert_true(s->c->timer.due > 0);
    timers_run(&loop.timers, s->c->timer.due);
    turn();
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);
}

/* Who does not take even the last bytes is let go in the end. */
static void a_finish_that_stands_still_is_given_up(void)
{
    struct session *s = open_session(&ops);
    static char text[1 << 20];
    conn_write(s->c, text, sizeof text);
    conn_write(s->c, text, sizeof text);
    conn_finish(s->c, false);
    turns(3);
    assert_non_null(s->c);
    assert_true(s->c->timer.due > loop.clock.mono);
    loop.clock.mono = s->c->timer.due;
    timer_clear(&loop.timers, &guard);
    timers_run(&loop.timers, loop.clock.mono);
    assert_true(s->c->closing);
    turn();
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_SLOW);
    assert_int_equal(metrics.closed_slow, 1);
    drop_session(s);
}

static void close_is_at_the_end_of_the_turn_and_once(void)
{
    struct session *s = open_session(&ops);
    conn_puts(s->c, "dropped");
    conn_close(s->c, CLOSE_KICKED);
    conn_close(s->c, CLOSE_ERROR);
    assert_non_null(s->c);
    conn_puts(s->c, "x");
    conn_again(s->c);
    conn_await(s->c, 0);
    conn_deadline(s->c, 1);
    conn_pause(s->c);
    conn_resume(s->c);
    conn_finish(s->c, true);
    turn();
    assert_null(s->c);
    assert_int_equal(s->reason, CLOSE_KICKED);
    assert_int_equal(s->data_calls + s->drain_calls + s->timeout_calls, 0);
    assert_string_equal(close_reason_name(CLOSE_KICKED), "kicked");
    assert_string_equal(close_reason_name(CLOSE_MEMORY), "memory");
    drop_session(s);
}

static int close_mate(struct session *s)
{
    take(s);
    if (s->mate->c != NULL)
        conn_close(s->mate->c, CLOSE_KICKED);
    return 0;
}

/* As when an operator's line kicks another whose bytes are ready in the same turn. */
static void one_may_close_another(void)
{
    struct session *a = open_session(&ops), *b = open_session(&ops);
    a->on_data = b->on_data = close_mate;
    a->mate = b;
    b->mate = a;
    peer_says(a, "x");
    peer_says(b, "x");
    turns(2);
    struct session *gone = a->c == NULL ? a : b;
    assert_null(gone->c);
    assert_non_null(gone->mate->c);
    assert_int_equal(gone->reason, CLOSE_KICKED);
    assert_int_equal(gone->data_calls, 0);
    assert_int_equal(gone->mate->data_calls, 1);
    drop_session(a);
    drop_session(b);
}

/* --- rates --- */

static void let_go(void)
{
    timer_clear(&loop.timers, &conns.holding);
    conns.holding.fn(&conns.holding);
    turn();
}

static void what_went_too_fast_is_waited_for(void)
{
    struct rate rate = {.per_second = 1000};
    struct session *s = open_session(&ops);
    char text[5000] = {0};
    s->on_data = take;
    conn_limit(s->c, &rate);
    conn_write(s->c, text, sizeof text); /* some seconds' worth */
    turn();
    assert_int_equal(peer_reads(s, text, sizeof text), sizeof text);
    conn_puts(s->c, "next");
    peer_says(s, "in");
    turns(3);
    assert_peer_reads(s, "");
    assert_int_equal(s->got.len, 0);
    assert_false(list_empty(&s->c->held));
    rate.free_at = 0;
    let_go();
    turns(2);
    assert_peer_reads(s, "next");
    assert_string_equal(buf_str(&s->got), "in");
    assert_true(list_empty(&s->c->held));
    drop_session(s);
}

static void those_who_share_a_rate_take_turns(void)
{
    struct rate rate = {.per_second = 10};
    struct session *a = open_session(&ops), *b = open_session(&ops);
    rate_spend(&rate, loop.clock.mono, 1000);
    conn_limit(a->c, &rate);
    conn_limit(b->c, &rate);
    conn_puts(a->c, "a");
    conn_puts(b->c, "b");
    turns(2);
    assert_peer_reads(a, "");
    assert_peer_reads(b, "");
    rate.free_at = loop.clock.mono * 1000; /* there is room for one */
    let_go();
    assert_peer_reads(a, "a");
    assert_peer_reads(b, "");
    conn_puts(a->c, "a");
    turn();
    rate.free_at = loop.clock.mono * 1000;
    let_go();
    assert_peer_reads(a, ""); /* b was there first */
    assert_peer_reads(b, "b");
    conn_limit(a->c, NULL); /* nothing holds it any more */
    turn();
    assert_peer_reads(a, "a");
    drop_session(a);
    drop_session(b);
}

static void one_that_waits_for_its_rate_may_close(void)
{
    struct rate rate = {.per_second = 10};
    struct session *s = open_session(&ops);
    rate_spend(&rate, loop.clock.mono, 1000);
    conn_limit(s->c, &rate);
    conn_puts(s->c, "x");
    turn();
    assert_false(list_empty(&conns.held));
    conn_close(s->c, CLOSE_STOP);
    assert_true(list_empty(&conns.held));
    let_go();
    assert_null(s->c);
    drop_session(s);
}

/* --- time --- */

static void a_deadline_calls_timeout(void)
{
    struct session *s = open_session(&ops);
    conn_deadline(s->c, 1);
    while (s->timeout_calls == 0)
        turn();
    assert_non_null(s->c); /* what it means is the protocol's */
    turns(3);
    assert_int_equal(s->timeout_calls, 1);
    conn_deadline(s->c, 1);
    conn_deadline(s->c, 0);
    assert_int_equal(s->c->timer.due, 0);
    conn_deadline(s->c, 1);
    conn_deadline(s->c, 100000);
    assert_true(s->c->timer.due > loop.clock.mono + 50000);
    drop_session(s);

    s = open_session(&bare_ops); /* no timeout(): it is closed */
    conn_deadline(s->c, 1);
    while (s->c != NULL)
        turn();
    assert_int_equal(s->reason, CLOSE_TIMEOUT);
    assert_int_equal(metrics.closed_timeout, 1);
    drop_session(s);
}

/* --- opening one ourselves --- */

static int listening(struct addr *a)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(addr_parse(a, STR("127.0.0.1:0")));
    assert_int_equal(bind(fd, &a->sa, a->len), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_true(addr_local(a, fd));
    return fd;
}

static struct session *connect_to(const struct addr *a)
{
    struct session *s = calloc(1, sizeof *s);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    s->peer = -1;
    s->at_a_time = 1000;
    s->on_data = take;
    (void)connect(fd, &a->sa, a->len);
    s->c = conn_open(&conns, fd, &ops, s, a, true);
    assert_non_null(s->c);
    return s;
}

static void a_connection_we_open_tells_when_it_is_there(void)
{
    struct addr a;
    const int ls = listening(&a);
    struct session *s = connect_to(&a);
    conn_puts(s->c, "first"); /* may be queued before */
    while (s->drain_calls == 0)
        turn();
    assert_false(s->c->connecting);
    s->peer = accept4(ls, NULL, NULL, SOCK_CLOEXEC);
    struct pollfd p = {.fd = s->peer, .events = POLLIN};
    turns(2);
    assert_int_equal(poll(&p, 1, 60000), 1);
    assert_peer_reads(s, "first");
    peer_says(s, "answer");
    while (s->got.len < 6)
        turn();
    assert_string_equal(buf_str(&s->got), "answer");
    drop_session(s);
    close(ls);
}

static void a_connection_that_fails_is_an_error(void)
{
    struct addr a;
    close(listening(&a)); /* nobody listens there now */
    struct session *s = connect_to(&a);
    while (s->c != NULL)
        turn();
    assert_int_equal(s->reason, CLOSE_ERROR);
    assert_int_equal(s->drain_calls + s->data_calls, 0);
    drop_session(s);
}

static void a_descriptor_that_cannot_be_watched_stays_the_caller_s(void)
{
    const struct addr nobody = {.len = sizeof(struct sockaddr)};
    struct session s = {0};
    errno = 0;
    assert_null(conn_open(&conns, 1 << 30, &ops, &s, &nobody, false));
    assert_int_equal(errno, EBADF);
    assert_int_equal(conns.count, 0);
}

/* --- through the pipe --- */

/* Takes at_a_time bytes at most. */
static bool take_piped(struct conn *c, int pipe, size_t n)
{
    struct session *s = c->session;
    char bytes[64];
    const size_t most = n < s->at_a_time ? n : s->at_a_time;
    s->drain_calls++;
    assert_int_equal(read(pipe, bytes, most), (ssize_t)most);
    buf_add(&s->got, bytes, most);
    return most == n;
}

static const struct conn_ops piped_ops = {.name = "piped",
                                          .in_max = 4096,
                                          .data = data,
                                          .timeout = timed_out,
                                          .closed = closed,
                                          .piped = take_piped};

static void keep_file(struct ofile *f)
{
    (void)f; /* it is the test's */
}

/* As when a timer wakes them: no descriptor is ready. */
static void many_that_send_at_once_share_a_turn(void)
{
    enum { MANY = 12, BYTES = 2 << 20, LEAST = 256 << 10, MOST = (4 << 20) + (MANY - 4) * LEAST };
    struct session *s[MANY];
    struct ofile file = {.fd = memfd_create("file", MFD_CLOEXEC), .refs = 1, .release = keep_file};
    const int room = 8 << 20;
    uint64_t sent = 0;
    bool has_room = true;
    assert_int_equal(ftruncate(file.fd, BYTES), 0);
    for (int i = 0; i < MANY; i++) {
        s[i] = open_session(&ops);
        has_room = has_room && setsockopt(s[i]->c->watch.fd, SOL_SOCKET, SO_SNDBUFFORCE, &room,
                                          sizeof room) == 0; /* which root alone may */
        conn_file(s[i]->c, ofile_ref(&file), 0, BYTES);
    }
    (void)conns.hook.fn(&conns.hook);
    for (int i = 0; i < MANY; i++)
        sent += s[i]->c->tx;
    for (int i = 0; i < MANY; i++)
        drop_session(s[i]);
    close(file.fd);
    assert_true(sent > 0 && sent <= MOST);
    if (has_room)
        assert_true(sent == MOST);
}

static void what_is_piped_is_not_read(void)
{
    struct session *s = open_session(&piped_ops);
    s->on_data = take;
    peer_says(s, "read ");
    turns(2);
    conn_pipe(s->c);
    peer_says(s, "piped ");
    turns(2);
    assert_int_equal(s->data_calls, 1);
    assert_int_equal(s->drain_calls, 1);
    assert_int_equal(s->c->rx, 11);
    assert_int_equal(metrics.bytes_in, 11);
    conn_pause(s->c);
    peer_says(s, "later");
    turns(2);
    assert_string_equal(buf_str(&s->got), "read piped ");
    conn_resume(s->c);
    shutdown(s->peer, SHUT_WR);
    turns(4);
    assert_string_equal(buf_str(&s->got), "read piped later");
    assert_true(s->saw_eof);
    assert_int_equal(s->reason, CLOSE_EOF);
    drop_session(s);
}

static void what_is_left_in_the_pipe_is_nobody_s(void)
{
    struct session *s = open_session(&piped_ops), *other = open_session(&piped_ops);
    conn_pipe(s->c);
    conn_pipe(other->c);
    s->at_a_time = 3;
    peer_says(s, "onetwo");
    turns(2);
    peer_says(other, "other");
    peer_says(s, "six");
    turns(2);
    assert_string_equal(buf_str(&s->got), "onesix");
    assert_string_equal(buf_str(&other->got), "other");
    drop_session(s);
    drop_session(other);
}

static void without_a_pipe_bytes_are_read(void)
{
    struct session *s = open_session(&piped_ops), *bare = open_session(&bare_ops);
    const int ends[2] = {conns.pipe[0], conns.pipe[1]};
    s->on_data = bare->on_data = take;
    conn_pipe(bare->c); /* has nobody to take it */
    conns.pipe[0] = conns.pipe[1] = -1;
    conn_pipe(s->c);
    peer_says(s, "one");
    peer_says(bare, "two");
    turns(2);
    assert_string_equal(buf_str(&s->got), "one");
    assert_string_equal(buf_str(&bare->got), "two");
    drop_session(s);
    drop_session(bare);
    conns.pipe[0] = ends[0];
    conns.pipe[1] = ends[1];
}

/* --- each on every backend --- */

union body {
    void *p;
    void (*fn)(void);
};

static void on_every_backend(void **state)
{
    const union body test = {*state};
    for (size_t i = 0; i < COUNT(backends); i++) {
        backend = backends[i];
        start();
        test.fn();
        stop();
    }
}

static int quiet(void **state)
{
    static struct clock clock;
    (void)state;
    log_quiet(&log_, &clock);
    return 0;
}

#define TEST(NAME)                                                              \
    {                                                                           \
#NAME, on_every_backend, NULL, NULL, ((const union body){.fn = NAME}).p \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_come_and_go),
        TEST(what_is_not_consumed_stays),
        TEST(too_much_unconsumed_is_against_the_rules),
        TEST(a_refusal_closes),
        TEST(the_peer_s_end_ends_it_after_the_answer),
        TEST(a_reset_ends_it),
        TEST(while_paused_nothing_is_read),
        TEST(what_came_before_a_pause_is_kept_for_later),
        TEST(an_end_during_a_pause_waits),
        TEST(again_is_in_the_next_turn),
        TEST(again_comes_before_the_end),
        TEST(again_does_not_count_as_too_much),
        TEST(pieces_of_a_turn_leave_together),
        TEST(a_slow_reader_costs_a_bounded_queue),
        TEST(drain_comes_once_when_asked),
        TEST(files_go_between_what_surrounds_them),
        TEST(a_file_that_shrank_breaks_the_connection),
        TEST(finish_sends_what_is_queued),
        TEST(lingering_waits_for_the_peer_s_end),
        TEST(lingering_has_an_end_in_bytes),
        TEST(lingering_has_an_end_in_time),
        TEST(a_finish_that_stands_still_is_given_up),
        TEST(close_is_at_the_end_of_the_turn_and_once),
        TEST(one_may_close_another),
        TEST(what_went_too_fast_is_waited_for),
        TEST(those_who_share_a_rate_take_turns),
        TEST(one_that_waits_for_its_rate_may_close),
        TEST(a_deadline_calls_timeout),
        TEST(a_connection_we_open_tells_when_it_is_there),
        TEST(a_connection_that_fails_is_an_error),
        TEST(a_descriptor_that_cannot_be_watched_stays_the_caller_s),
        TEST(many_that_send_at_once_share_a_turn),
        TEST(what_is_piped_is_not_read),
        TEST(what_is_left_in_the_pipe_is_nobody_s),
        TEST(without_a_pipe_bytes_are_read),
    };
    return cmocka_run_group_tests(tests, quiet, NULL);
}
