/* ftp_load.c: guests who load an FTP server on loopback, so cheaply that it is the server that is
 * measured. Each waits for a command's reply before its next command.
 *
 *   ftp_load PORT WHAT SESSIONS MS [PATH [BYTES [FOLDER]]]
 *
 * WHAT: login: connect, USER, PASS, QUIT, again and again; noop; retr, list: EPSV and a download or
 * a listing of PATH; stor: an upload of BYTES to PATH and a number, which is a new file each time,
 * and is removed from FOLDER, where the server keeps it, so that memory serves again for the next;
 * crowd: each says NOOP once, the first 20 fetch PATH instead. It says "ready" when all have logged
 * in, begins at a line of its input, starts no more after MS, says how many were done, how many
 * bytes of data that was and how many µs it took, and keeps the sessions until its input ends. Its
 * guests come from many addresses of loopback: one has not ports enough for so many connections in
 * a row. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
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
    ARRIVING = 16, /* sessions that log in at a time: a backlog is short */
    CROWD_FETCH = 20,
    SOURCES = 250, /* addresses that sessions come from: 127.0.0.2 and on */
    PATIENCE_MS = 20000,
    CHUNK = 256 << 10,
};

enum step { GREETING, USER, PASS, TYPE, RESTING, NOOP, EPSV, MOVING, QUIT };

struct session;
/* One of a session's two sockets. */
struct end {
    int fd; /* -1: closed */
    struct session *session;
};

struct session {
    struct end control, data;
    enum step step;
    bool told;             /* the server says that the transfer is complete */
    uint64_t upload, left; /* its number, and how much of it has not gone */
    char in[4096];
    size_t len;
};

static int port, sessions, poller;
static const char *what, *path = "", *folder = "";
static uint64_t bytes;
static struct session *all;
static int arrived, begun; /* sessions that have logged in, and that have begun to */
static int busy;           /* operations under way */
static uint64_t uploads, done, moved, deadline_us;
static char chunk[CHUNK];

__attribute__((noreturn)) static void die(const char *why, const char *more)
{
    fprintf(stderr, "ftp_load %s: %s %s\n", what, why, more);
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool is(const char *name)
{
    return strcmp(what, name) == 0;
}

/* --- sockets --- */

static void watch(struct end *e, int op, unsigned events)
{
    struct epoll_event ev = {.events = events, .data.ptr = e};
    if (epoll_ctl(poller, op, e->fd, &ev) < 0)
        die("epoll_ctl", strerror(errno));
}

static void open_end(struct end *e, struct session *s, int to)
{
    const int on = 1;
    const in_addr_t source = INADDR_LOOPBACK + 1 + (in_addr_t)((s - all) % SOURCES);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
    *e = (struct end){socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), s};
    (void)setsockopt(e->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(e->fd, (struct sockaddr *)&a, sizeof a) < 0)
        die("bind", strerror(errno));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons((in_port_t)to);
    if (connect(e->fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS)
        die("connect", strerror(errno));
    watch(e, EPOLL_CTL_ADD, EPOLLIN);
}

static void close_end(struct end *e)
{
    close(e->fd);
    e->fd = -1;
}

static void say(struct session *s, enum step step, const char *line)
{
    const size_t n = strlen(line);
    s->step = step;
    if (send(s->control.fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
        die("cannot say", line);
}

/* --- what a session does --- */

static void arrive(struct session *s)
{
    s->step = GREETING;
    s->len = 0;
    open_end(&s->control, s, port);
}

static bool moves_data(const struct session *s)
{
    return is("crowd") ? s - all < CROWD_FETCH : !is("noop");
}

static void begin(struct session *s)
{
    busy++;
    if (is("login"))
        arrive(s);
    else if (moves_data(s))
        say(s, EPSV, "EPSV\r\n");
    else
        say(s, NOOP, "NOOP\r\n");
}

/* An operation is complete. */
static void end(struct session *s)
{
    done++;
    busy--;
    s->step = RESTING;
    if (!is("crowd") && now_us() < deadline_us)
        begin(s);
}

static void settle(struct session *s)
{
    s->step = RESTING;
    arrived++;
    if (begun < sessions)
        arrive(&all[begun++]);
}

static void open_data(struct session *s, const char *reply)
{
    char command[512];
    const char *at = strstr(reply, "|||");
    if (at == NULL)
        die("no port:", reply);
    s->told = false;
    s->upload = ++uploads;
    s->left = bytes;
    open_end(&s->data, s, atoi(at + 3));
    if (is("stor"))
        snprintf(command, sizeof command, "STOR %s%llu\r\n", path, (unsigned long long)s->upload);
    else
        snprintf(command, sizeof command, "%s %s\r\n", is("list") ? "LIST" : "RETR", path);
    say(s, MOVING, command);
}

static void end_if_moved(struct session *s)
{
    if (s->told && s->data.fd < 0)
        end(s);
}

/* The server has said so: the file is whole. */
static void remove_upload(const struct session *s)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%llu", folder, (unsigned long long)s->upload);
    if (folder[0] != '\0' && unlink(name) < 0)
        die(name, strerror(errno));
}

/* A reply while data moves: 1xx, and 2xx at the end. */
static void on_moving(struct session *s, const char *reply)
{
    if (reply[0] == '1') {
        if (is("stor"))
            watch(&s->data, EPOLL_CTL_MOD, EPOLLOUT);
        return;
    }
    s->told = true;
    if (is("stor"))
        remove_upload(s);
    end_if_moved(s);
}

/* Some let a guest in without a password. */
static void on_welcome(struct session *s)
{
    if (is("login"))
        say(s, QUIT, "QUIT\r\n");
    else
        say(s, TYPE, "TYPE I\r\n");
}

/* The first digit that it has at this step. */
static bool is_wanted(enum step step, char digit)
{
    if (step == USER)
        return digit == '2' || digit == '3';
    return step == MOVING ? digit <= '2' : digit == '2';
}

static void on_reply(struct session *s, const char *reply)
{
    if (!is_wanted(s->step, reply[0]))
        die("the server says", reply);
    switch (s->step) {
    case GREETING: say(s, USER, "USER anonymous\r\n"); break;
    case USER:
        if (reply[0] == '3')
            say(s, PASS, "PASS guest@example.org\r\n");
        else
            on_welcome(s);
        break;
    case PASS: on_welcome(s); break;
    case TYPE: settle(s); break;
    case EPSV: open_data(s, reply); break;
    case MOVING: on_moving(s, reply); break;
    case QUIT:
        close_end(&s->control);
        end(s);
        break;
    case NOOP: end(s); break;
    case RESTING: die("unasked:", reply);
    }
}

static bool is_last_line(const char *line)
{
    return isdigit(line[0]) && isdigit(line[1]) && isdigit(line[2]) && line[3] == ' ';
}

static void on_control(struct session *s)
{
    const ssize_t n = recv(s->control.fd, s->in + s->len, sizeof s->in - 1 - s->len, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        die("a session ends:", n < 0 ? strerror(errno) : "closed");
    s->len += (size_t)n;
    s->in[s->len] = '\0';
    char *line = s->in;
    for (char *lf; (lf = strchr(line, '\n')) != NULL; line = lf + 1) {
        *lf = '\0';
        if (is_last_line(line))
            on_reply(s, line);
        if (s->control.fd < 0 || s->len == 0) /* it has left, and may be another one already */
            return;
    }
    s->len -= (size_t)(line - s->in);
    memmove(s->in, line, s->len);
}

/* --- data --- */

/* The kernel throws away what came. */
static void on_download(struct session *s)
{
    const ssize_t n = recv(s->data.fd, NULL, 16 << 20, MSG_TRUNC);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0)
        die("data:", strerror(errno));
    moved += (uint64_t)n;
    if (n > 0)
        return;
    close_end(&s->data);
    end_if_moved(s);
}

static void on_upload(struct session *s)
{
    const size_t most = s->left < CHUNK ? (size_t)s->left : CHUNK;
    const ssize_t n = send(s->data.fd, chunk, most, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        die("data:", strerror(errno));
    if (n <= 0)
        return;
    moved += (uint64_t)n;
    s->left -= (uint64_t)n;
    if (s->left == 0)
        close_end(&s->data);
}

/* --- all of them --- */

static void turn(void)
{
    struct epoll_event ready[64];
    const int n = epoll_wait(poller, ready, 64, PATIENCE_MS);
    if (n <= 0)
        die("nothing", "comes");
    for (int i = 0; i < n; i++) {
        struct end *e = ready[i].data.ptr;
        struct session *s = e->session;
        if (e->fd < 0)
            continue;
        if (e == &s->control)
            on_control(s);
        else if (is("stor"))
            on_upload(s);
        else
            on_download(s);
    }
}

/* Waits for a line, or the end. */
static void wait_for_word(const char *said)
{
    char line[16];
    puts(said);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(0);
}

static void log_in(void)
{
    while (begun < sessions && begun < ARRIVING)
        arrive(&all[begun++]);
    while (arrived < sessions)
        turn();
}

int main(int argc, char **argv)
{
    char said[128];
    if (argc < 5)
        return 2;
    port = atoi(argv[1]);
    what = argv[2];
    sessions = atoi(argv[3]);
    path = argc > 5 ? argv[5] : "";
    bytes = argc > 6 ? strtoull(argv[6], NULL, 10) : 0;
    folder = argc > 7 ? argv[7] : "";
    poller = epoll_create1(0);
    all = calloc((size_t)sessions, sizeof *all);
    if (all == NULL || poller < 0)
        die("no", "memory");
    if (!is("login"))
        log_in();
    wait_for_word("ready");
    const uint64_t start = now_us();
    deadline_us = start + strtoull(argv[4], NULL, 10) * 1000;
    for (int i = 0; i < sessions; i++)
        begin(&all[i]);
    while (busy > 0)
        turn();
    snprintf(said, sizeof said, "%llu %llu %llu", (unsigned long long)done,
             (unsigned long long)moved, (unsigned long long)(now_us() - start));
    wait_for_word(said);
    return 0;
}
