/* limits.h: the bounds that more than one module must agree on. A bound that only one file needs
 * stands in that file. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    NAME_CHARS_MAX = 32,     /* a person's name, in characters */
    NAME_BYTES_MAX = 32 * 4, /* the same in UTF-8 */
    ROOM_CHARS_MAX = 50,     /* a room's name, its '#' included */
    ROOM_BYTES_MAX = 50 * 4,
    TOPIC_BYTES_MAX = 390,      /* what one IRC line can carry */
    REASON_BYTES_MAX = 390,     /* why somebody leaves, is thrown out, is away */
    REAL_BYTES_MAX = 127,       /* a real name */
    IDENT_BYTES_MAX = 11,       /* what stands before a person's @ */
    TEXT_BYTES_MAX = 1024,      /* one chat message, by any door */
    LINES_BYTES_MAX = 8192,     /* one of several lines */
    LINES_MAX = 100,            /* and how many those may be */
    FILE_NAME_MAX = 255,        /* one path component, as the kernel has it */
    PATH_BYTES_MAX = 4096,      /* a path beneath a store's root, with its NUL */
    PEER_TEXT_MAX = 64,         /* "[address]:port" with its NUL */
    ERROR_TEXT_MAX = 512,       /* a reason in words, with its NUL */
    MEMBERS_PER_USER_MAX = 100, /* rooms one person may be in at once */
};

#endif
