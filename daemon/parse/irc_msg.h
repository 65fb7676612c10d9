/* irc_msg.h: one message of IRC (RFC 1459, 2.3; message tags of IRCv3). */
#ifndef PARSE_IRC_MSG_H
#define PARSE_IRC_MSG_H

#include "base/text.h"

enum {
    IRC_PARAMS_MAX = 15,
    IRC_LINE_MAX = 510,  /* bytes of a line without tags and line end */
    IRC_TAGS_MAX = 4094, /* bytes of what a client may send as tags */
    IRC_COMMAND_MAX = 32,
};

struct irc_msg {
    struct str tags;                   /* without '@'; NULL p when there are none */
    struct str source;                 /* without ':'; a client's is ignored */
    char command[IRC_COMMAND_MAX + 1]; /* in upper case */
    unsigned params;
    struct str param[IRC_PARAMS_MAX];
    bool trailing; /* the last parameter stood behind ':' */
};

enum irc_msg_result {
    IRC_MSG_OK,
    IRC_MSG_EMPTY, /* nothing but blanks: to be ignored */
    IRC_MSG_BAD,   /* no command, or a NUL or CR within */
    IRC_MSG_LONG,  /* longer than a line may be */
};

/* Splits a line (without its end). The parts point into it. */
enum irc_msg_result irc_msg_parse(struct irc_msg *m, struct str line);

#endif
