/* ws.h: WebSocket as a server speaks it (RFC 6455, 5 to 8): frames in, whole messages out, and the
 * frames of what goes back. Without extensions. wslay takes the frames apart; what they mean
 * together, and what must not come, is seen to here, at the first byte that tells. */
#ifndef PARSE_WS_H
#define PARSE_WS_H

#include "base/buf.h"
#include "base/text.h"

enum ws_opcode {
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

/* Why a connection ends (RFC 6455, 7.4.1, and IANA's registry). */
enum ws_code {
    WS_NORMAL = 1000,
    WS_GOING_AWAY = 1001,
    WS_PROTOCOL = 1002,
    WS_NO_CODE = 1005, /* never sent: a close frame had none */
    WS_BAD_DATA = 1007,
    WS_POLICY = 1008,
    WS_TOO_BIG = 1009,
    WS_INTERNAL = 1011,
    WS_TRY_LATER = 1013,
};

enum {
    WS_CONTROL_MAX = 125, /* bytes of a control frame */
    WS_HEAD_MAX = 10,     /* bytes before those of a frame that we send */
};

enum ws_result {
    WS_NEED_MORE,
    WS_MESSAGE, /* w->got of w->opcode: WS_TEXT, which is UTF-8 then, or WS_BINARY */
    WS_CONTROL, /* the same: WS_PING, WS_PONG; WS_CLOSE, with w->code, and got the reason */
    WS_FAILED,  /* close with w->code. Nothing is taken behind this, nor behind WS_CLOSE. */
};

struct ws {
    size_t max; /* bytes of a message; beyond, WS_TOO_BIG */
    /* The result. */
    struct str got; /* stays until the next call */
    enum ws_opcode opcode;
    unsigned code; /* of a close frame, WS_NO_CODE when it had none; or what to close with */
    /* What is under way. */
    void *frames;                                 /* wslay's, while there is a frame */
    struct str *in;                               /* of the call */
    uint64_t left;                                /* bytes of the frame's payload */
    bool begun;                                   /* some bytes of a frame have come */
    bool inside;                                  /* its head is known */
    bool fin;                                     /* it is its message's last */
    bool over;                                    /* nothing more is taken */
    bool text;                                    /* the message is */
    bool open;                                    /* a message has begun, and not ended */
    unsigned kind;                                /* the frame's opcode */
    unsigned fragments;                           /* of the message */
    unsigned char utf8_left, utf8_low, utf8_high; /* inside a character: see take_utf8() */
    unsigned char control_len;
    struct buf message;
    char control[WS_CONTROL_MAX];
};

/* For messages of up to so many bytes. Nothing else is needed to begin; ws_free() ends. An idle one
 * owns no memory. */
static inline void ws_init(struct ws *w, size_t max)
{
    *w = (struct ws){.max = max};
}
void ws_free(struct ws *w);
/* Takes bytes off *in, and none behind the frame that makes a result. */
enum ws_result ws_next(struct ws *w, struct str *in);
/* May a close frame have this code? */
bool ws_code_may_come(unsigned code);

/* --- what a server sends: whole messages, unmasked --- */

/* The head of a frame with n bytes; how long it is. */
size_t ws_head(char out[WS_HEAD_MAX], enum ws_opcode opcode, uint64_t n);
/* Adds a frame. */
void ws_add(struct buf *out, enum ws_opcode opcode, struct str payload);
/* Adds a close frame; WS_NO_CODE: with nothing in it. The reason is cut to what it can hold. */
void ws_add_close(struct buf *out, unsigned code, struct str reason);

#endif
