/* chat_load.c: guests who load an IRC server on loopback, so cheaply that it is the server that is
 * measured.
 *
 *   chat_load PORT NAME GUESTS JOB...
 *
 * They are called NAME0 and so on, and log in. For each JOB it says "ready", begins at a line of
 * its input, and says what came of it; the guests stay until the input ends. Jobs:
 *
 *   join             all join one room at once, until each has the list of names and has been told
 *                    of all who came later: lines that came, us that took, its own CPU time in us
 *   fanout:MS        four say as much as the server takes; the same numbers. What is under way is
 *                    bounded, so that no server has to put out whom it cannot serve as fast
 *   count:LINES      the same until so many have been said
 *   pace:MS:RATE     RATE lines a second with the time in them, by four guests, or as many as can
 * say four a second each: how long they were under way in us: the median, the 99th percentile, the
 * longest; how many were measured rooms            each joins a room of 100 stall nothing is read
 * any more flood            the first says whatever the connection takes, until the input ends
 *   storm            all leave and join, again and again, until the input ends */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ARRIVING = 64, /* guests that log in at a time: a backlog is short */
    SPEAKERS = 4,
    EACH_A_SECOND = 4,   /* that a speaker may say without being held back */
    BATCH = 32,          /* lines said at once */
    UNDER_WAY = 2 << 20, /* lines to all receivers together, */
    AHEAD_MAX = 20480,   /* and to each */
    TEXT = 64,           /* bytes of a line's text */
    ROOM_OF = 100,       /* where there are many */
    CHUNK = 256 << 10,
    KEPT = 640, /* of a line whose end has not come */
    PATIENCE_MS = 60000,
};

struct guest {
    int fd;
    bool here;      /* has logged in */
    uint64_t lines; /* of those that are counted */
    size_t kept;
    char keep[KEPT];
};

static int port, guests, poller;
static const char *name, *job = "";
static struct guest *all;
static int begun, arrived; /* guests that have begun to log in, and that have */
static uint64_t delivered, joins, names_ends;
static char chunk[KEPT + CHUNK];

__attribute__((noreturn)) static void die(const char *why, const char *more)
{
    fprintf(stderr, "chat_load %s: %s %s\n", job, why, more);
    exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* --- sockets --- */

static void watch(struct guest *g, int op, unsigned events)
{
    struct epoll_event ev = {.events = events, .data.ptr = g};
    if (epoll_ctl(poller, op, g->fd, &ev) < 0)
        die("epoll_ctl", strerror(errno));
}

static void say(const struct guest *g, const char *p, size_t n)
{
    while (n > 0) {
        const ssize_t sent = send(g->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            die("send:", strerror(errno));
        p += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
}

__attribute__((format(printf, 2, 3))) static void sayf(const struct guest *g, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    say(g, line, (size_t)n);
}

/* Reads behind what was kept; 0: nothing is there. *p is what there is then. */
static size_t take(struct guest *g, char **p)
{
    const ssize_t n = recv(g->fd, chunk + KEPT, CHUNK, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0)
        die("a guest is put out:", n < 0 ? strerror(errno) : chunk + KEPT);
    *p = chunk + KEPT - g->kept;
    memcpy(*p, g->keep, g->kept);
    return (size_t)n + g->kept;
}

/* A loop that the compiler makes vectors of. */
static uint64_t count_lines(const char *p, size_t n)
{
    uint64_t lines = 0;
    for (size_t part; n > 0; p += part, n -= part) {
        uint8_t few = 0;
        part = n < 255 ? n : 255;
        for (size_t i = 0; i < part; i++)
            few = (uint8_t)(few + (p[i] == '\n'));
        lines += few;
    }
    return lines;
}

static void each_line(struct guest *g, void (*on_line)(struct guest *, const char *line))
{
    char *p, *lf;
    size_t n = take(g, &p);
    if (n == 0)
        return;
    for (; (lf = memchr(p, '\n', n)) != NULL; n -= (size_t)(lf + 1 - p), p = lf + 1) {
        *lf = '\0';
        on_line(g, p);
    }
    if (n > KEPT)
        die("too long a line:", p);
    memcpy(g->keep, p, n);
    g->kept = n;
}

static void arrive(struct guest *g)
{
    const int on = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    g->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (g->fd < 0 || connect(g->fd, (struct sockaddr *)&a, sizeof a) < 0)
        die("connect:", strerror(errno));
    (void)setsockopt(g->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sayf(g, "NICK %s%d\r\nUSER %s 0 * :bench\r\n", name, (int)(g - all), name);
    watch(g, EPOLL_CTL_ADD, EPOLLIN);
}

/* One turn: calls on_ready for each guest to whom something has come; false: nothing in time. */
static bool turn(void (*on_ready)(struct guest *), int timeout_ms)
{
    struct epoll_event ready[256];
    const int n = epoll_wait(poller, ready, 256, timeout_ms);
    if (n < 0)
        die("epoll_wait:", strerror(errno));
    for (int i = 0; i < n; i++)
        on_ready(ready[i].data.ptr);
    return n > 0;
}

/* --- coming in --- */

/* The second word of a line, which is the command of what a server sends. */
static const char *command_of(const char *line)
{
    const char *blank = line[0] == ':' ? strchr(line, ' ') : NULL;
    return blank != NULL ? blank + 1 : line;
}

static void on_login_line(struct guest *g, const char *line)
{
    const char *command = command_of(line);
    if (strncmp(command, "PING ", 5) == 0)
        sayf(g, "PONG %s\r\n", command + 5);
    else if (strncmp(command, "ERROR ", 6) == 0)
        die("the server says", line);
    else if (!g->here && (strncmp(command, "376 ", 4) == 0 || strncmp(command, "422 ", 4) == 0)) {
        g->here = true;
        arrived++;
        if (begun < guests)
            arrive(&all[begun++]);
    }
}

static void on_login(struct guest *g)
{
    each_line(g, on_login_line);
}

static void log_in(void)
{
    while (begun < guests && begun < ARRIVING)
        arrive(&all[begun++]);
    while (arrived < guests)
        if (!turn(on_login, PATIENCE_MS))
            die("nothing", "comes");
}

/* Reads what comes, until nothing does; but there may always be somebody who speaks. */
static void rest(void)
{
    const uint64_t until = now_ns() + 1000000000;
    while (now_ns() < until && turn(on_login, 200))
        ;
}

static void report(uint64_t lines, uint64_t began, uint64_t cpu)
{
    printf("%llu %llu %llu\n", (unsigned long long)lines,
           (unsigned long long)(now_ns() - began) / 1000,
           (unsigned long long)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1000);
}

/* --- join: all at once --- */

static void on_join_line(struct guest *g, const char *line)
{
    const char *command = command_of(line);
    delivered++;
    joins += strncmp(command, "JOIN ", 5) == 0;
    names_ends += strncmp(command, "366 ", 4) == 0;
    if (strncmp(command, "ERROR ", 6) == 0)
        die("the server says", line);
    (void)g;
}

static void on_join(struct guest *g)
{
    each_line(g, on_join_line);
}

static void join(const struct guest *g)
{
    say(g, "JOIN #bench\r\n", 13);
}

static void join_all(void)
{
    const uint64_t n = (uint64_t)guests;
    const uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), began = now_ns();
    delivered = joins = names_ends = 0;
    for (int i = 0; i < guests; i++)
        join(&all[i]);
    while (joins < n * (n + 1) / 2 || names_ends < n)
        if (!turn(on_join, PATIENCE_MS))
            die("not all", "are told");
    report(delivered, began, cpu);
}

static void join_rooms(void)
{
    for (int i = 0; i < guests; i++)
        sayf(&all[i], "JOIN #room%d\r\n", i / ROOM_OF);
    rest();
    puts("done");
}

/* --- fanout: as many as can be --- */

static uint64_t batches;     /* said */
static uint64_t settled;     /* that all listeners have */
static uint64_t ahead;       /* how many batches may be between these */
static int listeners, *have; /* how many have a batch, for the last of them: a ring of `ahead` */

static void on_said(struct guest *g)
{
    char *p;
    const size_t n = take(g, &p); /* nothing is kept: lines are counted by their ends */
    const uint64_t lines = count_lines(p, n), before = g->lines / BATCH;
    delivered += lines;
    g->lines += lines;
    if (g < all + SPEAKERS) /* to whom their own lines do not come */
        return;
    for (uint64_t i = before; i < g->lines / BATCH; i++)
        have[i % ahead]++;
    while (have[settled % ahead] == listeners) {
        have[settled % ahead] = 0;
        settled++;
    }
}

static void fanout(uint64_t ms, uint64_t most)
{
    char text[BATCH * (TEXT + 32)], *end = text;
    for (int i = 0; i < BATCH; i++)
        end += sprintf(end, "PRIVMSG #bench :%0*d\r\n", TEXT, i);
    listeners = guests - SPEAKERS;
    ahead = (uint64_t)(UNDER_WAY / guests < AHEAD_MAX ? UNDER_WAY / guests : AHEAD_MAX) / BATCH;
    have = calloc(ahead, sizeof *have);
    if (listeners < 1 || have == NULL)
        die("not so many", "guests");
    for (int i = 0; i < guests; i++)
        all[i].lines = 0;
    delivered = batches = settled = 0;
    const uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), began = now_ns();
    const uint64_t until = ms > 0 ? began + ms * 1000000 : UINT64_MAX;
    for (;;) {
        const bool on = batches * BATCH < most && now_ns() < until;
        if (!on && delivered == batches * BATCH * (uint64_t)(guests - 1))
            break;
        for (; on && batches < settled + ahead; batches++)
            say(&all[batches % SPEAKERS], text, (size_t)(end - text));
        if (!turn(on_said, PATIENCE_MS))
            die("lines", "do not come");
    }
    report(delivered, began, cpu);
    free(have);
}

/* --- pace: how long a line takes --- */

static uint32_t *sample;
static size_t samples, samples_max;

static void on_timed_line(struct guest *g, const char *line)
{
    (void)g;
    const char *text = strstr(line, " PRIVMSG #bench :at ");
    if (text == NULL)
        return;
    const uint64_t took = (now_ns() - strtoull(text + 20, NULL, 10)) / 1000;
    if (samples < samples_max)
        sample[samples++] = (uint32_t)took;
}

static void on_timed(struct guest *g)
{
    each_line(g, on_timed_line);
}

static int by_size(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void pace(uint64_t ms, uint64_t rate)
{
    const int speakers = rate / EACH_A_SECOND > SPEAKERS ? (int)(rate / EACH_A_SECOND) : SPEAKERS;
    const uint64_t lines = ms * rate / 1000, interval = 1000000000 / rate, began = now_ns();
    samples_max = lines * (uint64_t)guests;
    samples = 0;
    sample = calloc(samples_max, sizeof *sample);
    if (sample == NULL || speakers > guests)
        die("not so many", "lines or speakers");
    for (uint64_t i = 0; i < lines; i++) {
        sayf(&all[i % (uint64_t)speakers], "PRIVMSG #bench :at %llu %0*d\r\n",
             (unsigned long long)now_ns(), TEXT - 24, 0);
        for (uint64_t now; (now = now_ns()) < began + (i + 1) * interval;)
            turn(on_timed, (int)((began + (i + 1) * interval - now + 999999) / 1000000));
    }
    for (const uint64_t until = now_ns() + 500000000; now_ns() < until;)
        turn(on_timed, 100);
    qsort(sample, samples, sizeof *sample, by_size);
    if (samples == 0)
        die("no line", "came");
    printf("%u %u %u %zu\n", sample[samples / 2], sample[samples * 99 / 100], sample[samples - 1],
           samples);
    free(sample);
}

/* --- those who disturb --- */

static void on_storm_line(struct guest *g, const char *line)
{
    const char *command = command_of(line);
    char own[32];
    const int n = snprintf(own, sizeof own, ":%s%d!", name, (int)(g - all));
    if (strncmp(command, "366 ", 4) == 0)
        say(g, "PART #bench\r\n", 13);
    else if (strncmp(command, "PART ", 5) == 0 && strncmp(line, own, (size_t)n) == 0)
        join(g);
}

static void on_storm(struct guest *g)
{
    each_line(g, on_storm_line);
}

static void on_flood(struct guest *g)
{
    char *p;
    (void)take(g, &p);
    g->kept = 0;
}

/* A server that makes it wait does so by not reading: then this waits, too. */
static void flood(void)
{
    char text[] = "PRIVMSG #bench :a flood of words\r\n";
    for (;;) {
        const ssize_t n = send(all[0].fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            die("send:", strerror(errno));
        turn(on_flood, n < 0 ? 10 : 0);
    }
}

static void storm(void)
{
    for (int i = 0; i < guests; i++)
        say(&all[i], "PART #bench\r\n", 13);
    for (;;)
        turn(on_storm, -1);
}

/* --- jobs --- */

static void do_job(void)
{
    char what[16];
    unsigned long long number = 0, rate = 1;
    if (sscanf(job, "%15[a-z]:%llu:%llu", what, &number, &rate) < 1)
        die("what is", job);
    if (strcmp(what, "join") == 0)
        join_all();
    else if (strcmp(what, "fanout") == 0)
        fanout(number, UINT64_MAX);
    else if (strcmp(what, "count") == 0)
        fanout(0, number);
    else if (strcmp(what, "pace") == 0)
        pace(number, rate);
    else if (strcmp(what, "rooms") == 0)
        join_rooms();
    else if (strcmp(what, "flood") == 0)
        flood();
    else if (strcmp(what, "storm") == 0)
        storm();
    else if (strcmp(what, "stall") == 0)
        puts("done");
    else
        die("there is no", what);
}

/* Waits for a line of the input, or its end. */
static void wait_for_word(void)
{
    char line[16];
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(0);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    port = atoi(argv[1]);
    name = argv[2];
    guests = atoi(argv[3]);
    poller = epoll_create1(0);
    all = calloc((size_t)guests, sizeof *all);
    if (all == NULL || poller < 0)
        die("no", "memory");
    log_in();
    for (int i = 4; i < argc; i++) {
        rest();
        puts("ready");
        wait_for_word();
        job = argv[i];
        do_job();
    }
    wait_for_word();
    return 0;
}
