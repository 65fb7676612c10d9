/* floor.c: the floor under every HTTP server: select(), recv(), send() of an answer that is ready,
 * and nothing else. All requests of a turn are read before the first is answered: a client that is
 * woken later sends more at once, and a turn does more. `floor PORT` serves loopback until it is
 * ended. */
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

static char answer[2048];
static size_t answer_len;
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

/* Whatever came is one request. False: it ended. */
static bool take_request(int fd)
{
    char in[16384];
    if (recv(fd, in, sizeof in, 0) > 0)
        return true;
    FD_CLR(fd, &watched);
    close(fd);
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
    return true;
}

/* The heads that the others send are as long. */
static void make_answer(void)
{
    const int head = snprintf(answer, sizeof answer,
                              "HTTP/1.1 200 OK\r\nServer: floor\r\n"
                              "Date: Sat, 21 Nov 2026 04:05:08 GMT\r\n"
                              "Content-Type: text/plain\r\nContent-Length: 1024\r\n"
                              "Last-Modified: Sat, 21 Nov 2026 04:05:08 GMT\r\n"
                              "ETag: \"6920e5d4-400\"\r\nAccept-Ranges: bytes\r\n\r\n");
    memset(answer + head, 'x', 1024);
    answer_len = (size_t)head + 1024;
}

int main(int argc, char **argv)
{
    const int listener = listen_at(argc > 1 ? atoi(argv[1]) : 0);
    make_answer();
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
