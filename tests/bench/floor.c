/* floor.c: the floor under every HTTP server: select(), recv(), send() of an answer that is ready,
 * and nothing else. All requests of a turn are read before the first is answered: a client that is
 * woken later sends more at once, and a turn does more. `floor PORT FILE` answers on loopback with
 * the file's bytes until it is ended; if they say so, it closes each connection behind them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[65536];
static size_t answer_len;
static bool closes;
static fd_set watched;
static int top; /* one more than the highest watched */

static void watch(int fd)
{
    FD_SET(fd, &watched);
    if (fd >= top)
        top = fd + 1;
}

static int listen_at(int port)
{
    const int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* those accepted inherit it */
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, SOMAXCONN) < 0) {
        perror("floor");
        exit(1);
    }
    return fd;
}

static void take(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd < FD_SETSIZE)
            watch(fd);
        else
            close(fd);
    }
}

static void end(int fd)
{
    FD_CLR(fd, &watched);
    close(fd);
}

/* Whatever came is one request. False: it ended. */
static bool take_request(int fd)
{
    char in[16384];
    if (recv(fd, in, sizeof in, 0) > 0)
        return true;
    end(fd);
    return false;
}

/* Calls do_it for each descriptor of the set; those that it says false for leave the set. */
static void each(fd_set *set, bool (*do_it)(int fd))
{
    const int word = (int)(8 * sizeof(fd_mask));
    for (int i = 0; i * word < top; i++) {
        for (unsigned long bits = (unsigned long)__FDS_BITS(set)[i]; bits != 0; bits &= bits - 1) {
            const int fd = i * word + __builtin_ctzl(bits);
            if (!do_it(fd))
                FD_CLR(fd, set);
        }
    }
}

static bool send_answer(int fd)
{
    (void)!send(fd, answer, answer_len, MSG_NOSIGNAL);
    if (closes)
        end(fd);
    return true;
}

static void read_answer(const char *path)
{
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    answer_len = fread(answer, 1, sizeof answer, f);
    fclose(f);
    closes = memmem(answer, answer_len, "\r\nConnection: close\r\n", 21) != NULL;
}

int main(int argc, char **argv)
{
    const int listener = listen_at(argc > 1 ? atoi(argv[1]) : 0);
    read_answer(argc > 2 ? argv[2] : "/dev/null");
    watch(listener);
    for (;;) {
        fd_set ready = watched;
        if (select(top, &ready, NULL, NULL, NULL) < 0)
            return 1;
        if (FD_ISSET(listener, &ready)) {
            take(listener);
            FD_CLR(listener, &ready);
        }
        each(&ready, take_request);
        each(&ready, send_answer);
    }
}
