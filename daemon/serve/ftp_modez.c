/* ftp_modez.c: the bytes of a transfer on their way to the data connection and from it: as they
 * are, or, after MODE Z, as a zlib stream (draft-preston-ftpext-deflate-04). */
#include "serve/ftp.h"
#include "sys/compress.h"

#include <errno.h>

enum {
    LEVEL = 6,        /* where none was asked for */
    PIECE = 32 << 10, /* bytes made at once */
    TURN_PIECES = 4,  /* pieces that a turn inflates: a few bytes may be very many */
};

/* --- the stream --- */

bool ftp_raw(const struct ftp *s)
{
    return !s->ascii && !s->mode_z;
}

bool ftp_begin_stream(struct ftp *s)
{
    if (!s->mode_z)
        return true;
    s->z =
        s->transfer == FTP_STOR ? zpipe_inflate() : zpipe_deflate(s->level != 0 ? s->level : LEVEL);
    return s->z != NULL;
}

void ftp_drop_stream(struct ftp *s)
{
    zpipe_free(s->z);
    s->z = NULL;
}

static void deflate(struct ftp *s, struct str in, bool last)
{
    char made[PIECE];
    size_t n;
    do {
        n = sizeof made;
        if (zpipe_move(s->z, &in, last, made, &n) != 0) {
            conn_close(s->data, CLOSE_MEMORY);
            return;
        }
        conn_write(s->data, made, n);
    } while (n == sizeof made);
}

void ftp_out(struct ftp *s, struct buf *b)
{
    if (s->z == NULL || b->failed) {
        conn_write_buf(s->data, b);
        return;
    }
    deflate(s, (struct str){buf_data(b), b->len}, false);
    buf_clear(b);
}

void ftp_out_end(struct ftp *s)
{
    if (s->z != NULL)
        deflate(s, STR(""), true);
}

/* In the end all that the client meant has been taken, or the transfer is over. */
static void inflate(struct ftp *s, struct str *in)
{
    char plain[PIECE];
    for (int i = 0; i < TURN_PIECES; i++) {
        size_t n = sizeof plain;
        const int err = zpipe_move(s->z, in, false, plain, &n);
        if (n > 0)
            ftp_transfer_take(s, plain, n);
        if (s->z == NULL) /* it could not be stored */
            return;
        if (err != 0) {
            ftp_refuse_rest(s, err);
            return;
        }
        if (n < sizeof plain && in->n == 0)
            return;
    }
}

size_t ftp_in(struct ftp *s, const char *p, size_t n)
{
    struct str in = {p, n};
    if (s->z == NULL) {
        ftp_transfer_take(s, p, n);
        return n;
    }
    inflate(s, &in);
    return s->z != NULL ? n - in.n : n;
}

bool ftp_in_end(struct ftp *s)
{
    struct str none = STR("");
    if (s->z == NULL)
        return true;
    inflate(s, &none); /* what a turn's share left */
    if (s->z == NULL)
        return false;
    if (!zpipe_ended(s->z))
        ftp_transfer_end(s, 426, "The deflate stream was cut short; transfer aborted.",
                         "cut short");
    return s->z != NULL;
}

/* --- commands --- */

void ftp_mode(struct ftp *s, struct str arg)
{
    if (!str_ieq(arg, "S") && !str_ieq(arg, "Z")) {
        ftp_reply(s, 504, "MODE is S or Z.");
        return;
    }
    s->mode_z = str_ieq(arg, "Z");
    ftp_reply(s, 200, "MODE is %s.", s->mode_z ? "deflate" : "stream");
}

/* OPTS MODE Z [ENGINE ZLIB] [LEVEL n]; the reply is what holds from now on. */
void ftp_opts_mode(struct ftp *s, struct str arg)
{
    struct str word, value;
    uint64_t level = s->level != 0 ? s->level : LEVEL;
    bool ok = str_split(&arg, ' ', &word) && str_ieq(word, "Z");
    while (ok && str_split(&arg, ' ', &word)) {
        ok = str_split(&arg, ' ', &value);
        if (ok && str_ieq(word, "LEVEL"))
            ok = text_number(value, 9, &level) && level > 0;
        else if (ok)
            ok = str_ieq(word, "ENGINE") && str_ieq(value, "ZLIB");
    }
    if (!ok) {
        ftp_reply(s, 501, "OPTS MODE Z takes ENGINE ZLIB, and LEVEL 1 to 9.");
        return;
    }
    s->level = (unsigned char)level;
    ftp_reply(s, 200, "MODE Z ENGINE ZLIB LEVEL %u", s->level);
}
