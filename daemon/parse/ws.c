#include "parse/ws.h"

#include <string.h>
#include <wslay/wslay.h>

enum {
    /* Many fragments that bring little cost more than they are worth: so many are free, and each
     * one more must be paid for by so many bytes of the message. */
    FRAGMENTS_FREE = 1024,
    FRAGMENT_BYTES = 32,
};

static enum ws_result fail(struct ws *w, unsigned code)
{
    w->code = code;
    w->over = true;
    return WS_FAILED;
}

static void let_go(struct ws *w)
{
    if (w->frames != NULL)
        wslay_frame_context_free(w->frames);
    w->frames = NULL;
}

void ws_free(struct ws *w)
{
    let_go(w);
    buf_free(&w->message);
}

/* --- wslay's view --- */

/* It takes what it gets, frame or not. So it gets a byte at a time as long as there may be another
 * frame's behind it: until the head is known. */
static ssize_t give(uint8_t *to, size_t room, int flags, void *arg)
{
    struct ws *w = arg;
    struct str *in = w->in;
    const uint64_t most = w->inside ? w->left : 1;
    size_t n = in->n < room ? in->n : room;
    (void)flags;
    n = n < most ? n : (size_t)most;
    if (n == 0)
        return -1;
    memcpy(to, in->p, n);
    in->p += n;
    in->n -= n;
    w->begun = true;
    return (ssize_t)n;
}

static bool prepare(struct ws *w)
{
    static const struct wslay_frame_callbacks calls = {.recv_callback = give};
    wslay_frame_context_ptr frames = w->frames;
    if (frames == NULL && wslay_frame_context_init(&frames, &calls, w) != 0)
        return false;
    w->frames = frames;
    return true;
}

/* --- UTF-8, which may end anywhere in a piece --- */

/* What may follow the first byte of a character: the bounds of the next one tell overlong forms,
 * surrogates and what is past U+10FFFF apart (RFC 3629, 4). */
static bool begin_character(struct ws *w, unsigned char c)
{
    w->utf8_low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    w->utf8_high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    w->utf8_left = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    return c < 0x80 || (c >= 0xc2 && c <= 0xf4);
}

static bool take_utf8(struct ws *w, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (w->utf8_left == 0) {
            if (!begin_character(w, p[i]))
                return false;
            continue;
        }
        if (p[i] < w->utf8_low || p[i] > w->utf8_high)
            return false;
        w->utf8_low = 0x80;
        w->utf8_high = 0xbf;
        w->utf8_left--;
    }
    return true;
}

/* --- frames --- */

/* RFC 6455, 5.4: is such a frame due, of those that make a message? */
static unsigned data_fault(const struct ws *w, const struct wslay_frame_iocb *f)
{
    if ((f->opcode == WSLAY_CONTINUATION_FRAME) != w->open)
        return WS_PROTOCOL;
    if (f->payload_length > w->max || (w->open && f->payload_length > w->max - w->message.len))
        return WS_TOO_BIG;
    if (w->open && w->fragments > FRAGMENTS_FREE + w->message.len / FRAGMENT_BYTES)
        return WS_POLICY;
    return 0;
}

/* The code to close with; 0: nothing is wrong. */
static unsigned head_fault(const struct ws *w, const struct wslay_frame_iocb *f)
{
    if (f->rsv != WSLAY_RSV_NONE || !f->mask)
        return WS_PROTOCOL;
    switch (f->opcode) {
    case WSLAY_CONTINUATION_FRAME:
    case WSLAY_TEXT_FRAME:
    case WSLAY_BINARY_FRAME: return data_fault(w, f);
    case WSLAY_CONNECTION_CLOSE:
    case WSLAY_PING:
    case WSLAY_PONG: return 0;
    default: return WS_PROTOCOL;
    }
}

static bool is_control(const struct ws *w)
{
    return wslay_is_ctrl_frame(w->kind);
}

static void begin_frame(struct ws *w, const struct wslay_frame_iocb *f)
{
    w->inside = true;
    w->kind = f->opcode;
    w->fin = f->fin != 0;
    w->left = f->payload_length;
    if (is_control(w)) {
        w->control_len = 0;
        return;
    }
    if (!w->open) {
        buf_clear(&w->message);
        w->open = true;
        w->text = w->kind == WSLAY_TEXT_FRAME;
        w->fragments = 0;
        w->utf8_left = 0;
    }
    w->fragments++;
}

/* A piece of the payload. The code to close with, or 0. */
static unsigned take_piece(struct ws *w, const uint8_t *p, size_t n)
{
    w->left -= n;
    if (is_control(w)) {
        if (n > 0)
            memcpy(w->control + w->control_len, p, n);
        w->control_len = (unsigned char)(w->control_len + n);
        return 0;
    }
    if (w->text && !take_utf8(w, p, n))
        return WS_BAD_DATA;
    buf_add(&w->message, p, n);
    return w->message.failed ? WS_INTERNAL : 0;
}

bool ws_code_may_come(unsigned code)
{
    return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
           (code >= 3000 && code <= 4999);
}

/* RFC 6455, 5.5.1. */
static enum ws_result end_close(struct ws *w)
{
    const unsigned char *p = (const void *)w->control;
    if (w->control_len == 0) {
        w->code = WS_NO_CODE;
        return WS_CONTROL;
    }
    const unsigned code = w->control_len > 1 ? (unsigned)p[0] << 8 | p[1] : 0;
    if (!ws_code_may_come(code))
        return fail(w, WS_PROTOCOL);
    w->got = (struct str){w->control + 2, (size_t)w->control_len - 2};
    if (!utf8_valid(w->got.p, w->got.n))
        return fail(w, WS_BAD_DATA);
    w->code = code;
    return WS_CONTROL;
}

static enum ws_result end_frame(struct ws *w)
{
    w->begun = w->inside = false;
    if (is_control(w)) {
        w->got = (struct str){w->control, w->control_len};
        w->opcode = (enum ws_opcode)w->kind;
        w->over = w->opcode == WS_CLOSE;
        return w->over ? end_close(w) : WS_CONTROL;
    }
    if (!w->fin)
        return WS_NEED_MORE;
    if (w->utf8_left > 0 && w->text)
        return fail(w, WS_BAD_DATA);
    w->open = false;
    w->opcode = w->text ? WS_TEXT : WS_BINARY;
    w->got = (struct str){w->message.len > 0 ? buf_data(&w->message) : "", w->message.len};
    return WS_MESSAGE;
}

/* What wslay has made of some bytes. */
static enum ws_result take(struct ws *w, const struct wslay_frame_iocb *f)
{
    unsigned fault = w->inside ? 0 : head_fault(w, f);
    if (fault == 0 && !w->inside)
        begin_frame(w, f);
    if (fault == 0)
        fault = take_piece(w, f->data, f->data_length);
    if (fault != 0)
        return fail(w, fault);
    return w->left == 0 ? end_frame(w) : WS_NEED_MORE;
}

/* All that came was taken. Gives back what an idle connection does not need. */
static enum ws_result need_more(struct ws *w)
{
    if (!w->begun)
        let_go(w);
    if (!w->begun && !w->open)
        buf_free(&w->message);
    return WS_NEED_MORE;
}

enum ws_result ws_next(struct ws *w, struct str *in)
{
    enum ws_result result = WS_NEED_MORE;
    if (w->over)
        return WS_FAILED;
    if (in->n > 0 && !prepare(w))
        return fail(w, WS_INTERNAL);
    w->in = in;
    w->got = (struct str){0};
    while (result == WS_NEED_MORE && in->n > 0) {
        struct wslay_frame_iocb f = {0};
        const ssize_t n = wslay_frame_recv(w->frames, &f);
        if (n >= 0)
            result = take(w, &f);
        else if (n != WSLAY_ERR_WANT_READ)
            result = fail(w, WS_PROTOCOL);
    }
    w->in = NULL;
    return result == WS_NEED_MORE ? need_more(w) : result;
}

/* --- what goes out --- */

size_t ws_head(char out[WS_HEAD_MAX], enum ws_opcode opcode, uint64_t n)
{
    const size_t more = n < 126 ? 0 : n <= UINT16_MAX ? 2 : 8;
    out[0] = (char)(0x80 | opcode);
    out[1] = (char)(more == 0 ? n : more == 2 ? 126 : 127);
    for (size_t i = 0; i < more; i++)
        out[2 + i] = (char)(n >> (8 * (more - 1 - i)));
    return 2 + more;
}

void ws_add(struct buf *out, enum ws_opcode opcode, struct str payload)
{
    char head[WS_HEAD_MAX];
    buf_add(out, head, ws_head(head, opcode, payload.n));
    if (payload.n > 0)
        buf_add(out, payload.p, payload.n);
}

void ws_add_close(struct buf *out, unsigned code, struct str reason)
{
    char payload[WS_CONTROL_MAX];
    const size_t n = utf8_cut(reason.p, reason.n, sizeof payload - 2);
    if (code == WS_NO_CODE) {
        ws_add(out, WS_CLOSE, STR(""));
        return;
    }
    payload[0] = (char)(code >> 8);
    payload[1] = (char)code;
    if (n > 0)
        memcpy(payload + 2, reason.p, n);
    ws_add(out, WS_CLOSE, (struct str){payload, n + 2});
}
