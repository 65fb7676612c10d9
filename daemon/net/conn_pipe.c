/* conn_pipe.c: bytes that go from a socket to a file without a copy of them here: by splice(2),
 * which needs a pipe between the two. It is empty again behind each read, so that one will do. */
#include "net/conn_own.h"

#include <fcntl.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20 }; /* of one read, which is a turn's share */

void conns_open_pipe(struct conns *cs)
{
    if (pipe2(cs->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        cs->pipe[0] = cs->pipe[1] = -1;
    else
        (void)fcntl(cs->pipe[1], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one will do, too */
}

void conns_close_pipe(struct conns *cs)
{
    if (cs->pipe[0] < 0)
        return;
    close(cs->pipe[0]);
    close(cs->pipe[1]);
}

void conn_pipe(struct conn *c)
{
    c->piping = c->ops->piped != NULL;
}

bool conn_pipes(const struct conn *c)
{
    return c->piping && c->tls == NULL && c->conns->pipe[0] >= 0;
}

void conn_read_piped(struct conn *c)
{
    struct conns *cs = c->conns;
    const size_t most = (size_t)rate_budget(c->rate, PIPE_BYTES);
    const ssize_t n =
        splice(c->watch.fd, NULL, cs->pipe[1], NULL, most, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (!conn_got(c, n))
        return;
    if (!c->ops->piped(c, cs->pipe[0], (size_t)n)) { /* nobody else is to get what it left */
        conns_close_pipe(cs);
        conns_open_pipe(cs);
    }
}
