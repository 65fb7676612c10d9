/* loop_select.c: waiting by select(). A descriptor of FD_SETSIZE or more is refused before any
 * fd_set is touched: FD_SET would write past its end. */
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

struct state {
    fd_set read, write;
    int top; /* one more than the highest descriptor in either set */
};

static int select_open(struct loop *l)
{
    struct state *s = calloc(1, sizeof *s);
    l->state = s;
    return s != NULL ? 0 : -1;
}

static void select_close(struct loop *l)
{
    free(l->state);
    l->state = NULL;
}

static void put(fd_set *set, int fd, bool in)
{
    if (in)
        FD_SET(fd, set);
    else
        FD_CLR(fd, set);
}

static int select_set(struct loop *l, int fd, unsigned from, unsigned to)
{
    struct state *s = l->state;
    (void)from;
    if (fd < 0 || fd >= FD_SETSIZE) {
        errno = EBADF;
        return -1;
    }
    put(&s->read, fd, (to & LOOP_READ) != 0);
    put(&s->write, fd, (to & LOOP_WRITE) != 0);
    if (to != 0 && fd >= s->top)
        s->top = fd + 1;
    while (s->top > 0 && !FD_ISSET(s->top - 1, &s->read) && !FD_ISSET(s->top - 1, &s->write))
        s->top--;
    return 0;
}

static int select_wait(struct loop *l, int timeout_ms)
{
    const struct state *s = l->state;
    fd_set read = s->read, write = s->write;
    struct timeval tv = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    int left = select(s->top, &read, &write, NULL, timeout_ms < 0 ? NULL : &tv);
    if (left < 0)
        return -1;
    const int word = (int)(8 * sizeof(fd_mask));
    for (int i = 0; left > 0 && i * word < s->top; i++) {
        unsigned long bits = (unsigned long)(__FDS_BITS(&read)[i] | __FDS_BITS(&write)[i]);
        for (; bits != 0; bits &= bits - 1) {
            const int fd = i * word + __builtin_ctzl(bits);
            const unsigned r = FD_ISSET(fd, &read) ? LOOP_READ : 0;
            const unsigned w = FD_ISSET(fd, &write) ? LOOP_WRITE : 0;
            left -= (r != 0) + (w != 0);
            loop_report(l, fd, r | w);
        }
    }
    return 0;
}

const struct loop_backend loop_select = {"select",     FD_SETSIZE, select_open,
                                         select_close, select_set, select_wait};
