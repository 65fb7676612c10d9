/* list.h: intrusive doubly linked lists. A node belongs to at most one list; an unlinked node
 * points at itself, so that unlinking twice does no harm. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/container.h"

#include <stdbool.h>

struct list {
    struct list *next, *prev;
};

/* The structure of type T whose member M is the node N. */
#define list_entry(N, T, M) container_of(N, T, M)

/* Visits each node; the current one may be unlinked on the way. */
#define list_each(N, HEAD)                                                \
    for (struct list *N = (HEAD)->next, *N##_next = N->next; N != (HEAD); \
         N = N##_next, N##_next = N->next)

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_push(struct list *head, struct list *n)
{
    n->prev = head->prev;
    n->next = head;
    head->prev->next = n;
    head->prev = n;
}

static inline void list_unlink(struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}

/* Takes the first node off, or gives NULL. */
static inline struct list *list_shift(struct list *head)
{
    if (list_empty(head))
        return NULL;
    struct list *n = head->next;
    list_unlink(n);
    return n;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void list_splice(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
