/* loop_poll.c: waiting by poll(). A dense array of what is asked for, and each descriptor's place
 * in it. */
#include "net/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct pollfd *list;
    size_t count, cap;
    int *place; /* of a descriptor in list; -1 = not in it */
    size_t places;
};

static int poll_open(struct loop *l)
{
    l->state = calloc(1, sizeof(struct state));
    return l->state != NULL ? 0 : -1;
}

static void poll_close(struct loop *l)
{
    struct state *s = l->state;
    if (s != NULL) {
        free(s->list);
        free(s->place);
    }
    free(s);
    l->state = NULL;
}

static int make_room(struct state *s, int fd)
{
    if (s->count == s->cap) {
        const size_t cap = s->cap == 0 ? 64 : s->cap * 2;
        struct pollfd *list = realloc(s->list, cap * sizeof *list);
        if (list == NULL)
            return -1;
        s->list = list;
        s->cap = cap;
    }
    if ((size_t)fd >= s->places) {
        size_t places = s->places == 0 ? 64 : s->places;
        while (places <= (size_t)fd)
            places *= 2;
        int *place = realloc(s->place, places * sizeof *place);
        if (place == NULL)
            return -1;
        memset(place + s->places, 0xff, (places - s->places) * sizeof *place);
        s->place = place;
        s->places = places;
    }
    return 0;
}

static int poll_set(struct loop *l, int fd, unsigned from, unsigned to)
{
    struct state *s = l->state;
    (void)from;
    if (make_room(s, fd) < 0)
        return -1;
    int at = s->place[fd];
    if (to == 0) {
        if (at >= 0) {
            s->list[at] = s->list[--s->count];
            s->place[s->list[at].fd] = at;
            s->place[fd] = -1;
        }
        return 0;
    }
    if (at < 0) {
        at = (int)s->count++;
        s->place[fd] = at;
    }
    s->list[at] = (struct pollfd){
        .fd = fd,
        .events = (short)((to & LOOP_READ ? POLLIN : 0) | (to & LOOP_WRITE ? POLLOUT : 0))};
    return 0;
}

static int poll_wait(struct loop *l, int timeout_ms)
{
    const struct state *s = l->state;
    int left = poll(s->list, s->count, timeout_ms);
    if (left < 0)
        return -1;
    for (size_t i = 0; left > 0 && i < s->count; i++) {
        const short got = s->list[i].revents;
        if (got == 0)
            continue;
        left--;
        /* An error or hang-up shows at the next read or write, whichever is asked for. */
        const bool broken = (got & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        loop_report(l, s->list[i].fd,
                    (got & POLLIN || broken ? LOOP_READ : 0u) |
                        (got & POLLOUT || broken ? LOOP_WRITE : 0u));
    }
    return 0;
}

const struct loop_backend loop_poll = {"poll", 0, poll_open, poll_close, poll_set, poll_wait};
