/* fuzz_ftp_cmd.c: the bytes of a control connection, as Telnet commands, lines and verbs: as they
 * come in pieces they are the same as in one. The first byte of the input seeds the pieces. */
#include "fuzz.h"
#include "parse/ftp_cmd.h"
#include "parse/line.h"
#include "parse/telnet.h"

enum { LINE_MOST = 1024 };

struct session {
    struct telnet telnet;
    struct buf line;  /* not whole yet */
    struct buf lines; /* those that were */
    bool over;        /* one was too long */
};

static void check_line(struct str line)
{
    struct ftp_cmd c;
    char *copy = tight_copy(line.p, line.n);
    if (ftp_cmd_parse(&c, (struct str){copy, line.n})) {
        CHECK(c.verb[0] != '\0' && strpbrk(c.verb, " \r\n") == NULL);
        CHECK(lies_within(c.arg, copy, line.n));
        for (size_t i = 0; i < c.arg.n; i++)
            CHECK(c.arg.p[i] != '\0' && c.arg.p[i] != '\r' && c.arg.p[i] != '\n');
    }
    free(copy);
}

static void take_lines(struct session *s)
{
    struct str line;
    ssize_t n;
    while ((n = line_next(buf_data(&s->line), s->line.len, LINE_MOST, &line)) > 0) {
        check_line(line);
        buf_add(&s->lines, line.p, line.n);
        buf_addc(&s->lines, '\n');
        buf_consume(&s->line, (size_t)n);
    }
    s->over = n < 0;
}

/* seed NULL: in one piece. */
static void take(struct session *s, const char *p, size_t n, uint32_t *seed)
{
    for (size_t at = 0; at < n && !s->over;) {
        const size_t piece = seed != NULL ? next_piece(seed, n - at) : n - at;
        char *copy = tight_copy(p + at, piece);
        const size_t kept = telnet_strip(&s->telnet, copy, piece, copy);
        CHECK(kept <= piece);
        buf_add(&s->line, copy, kept);
        free(copy);
        at += piece;
        take_lines(s);
    }
}

static void end(struct session *s)
{
    buf_free(&s->line);
    buf_free(&s->lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = take_byte(&data, &size);
    struct session whole = {0}, pieces = {0};
    take(&whole, (const char *)data, size, NULL);
    take(&pieces, (const char *)data, size, &seed);
    CHECK(same_bytes(&whole.lines, &pieces.lines) && whole.over == pieces.over);
    if (!whole.over) /* else the rest was not looked at */
        CHECK(same_bytes(&whole.line, &pieces.line) && whole.telnet.state == pieces.telnet.state);
    end(&whole);
    end(&pieces);
    return 0;
}
