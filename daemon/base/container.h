/* container.h: from a member back to what holds it. */
#ifndef BASE_CONTAINER_H
#define BASE_CONTAINER_H

#include <stddef.h>

/* The structure of type T whose member M is at P. */
#define container_of(P, T, M) ((T *)(void *)((char *)(P)-offsetof(T, M)))

#endif
