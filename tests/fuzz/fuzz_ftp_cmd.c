/* fuzz_ftp_cmd.c: the bytes of a control connection, as Telnet commands, lines, verbs and
 * addresses. The first byte of the input seeds the pieces. */
#include "fuzz.h"
#include "parse/ftp_cmd.h"
#include "parse/line.h"
#include "parse/telnet.h"

#include <arpa/inet.h>

static void strip(struct telnet *t, const char *p, size_t n, uint32_t *seed, struct buf *out)
{
    for (size_t at = 0; at < n;) {
        const size_t piece = seed != NULL ? next_piece(seed, n - at) : n - at;
        char *copy = tight_copy(p + at, piece);
        const size_t kept = telnet_strip(t, copy, piece, copy);
        CHECK(kept <= piece);
        buf_add(out, copy, kept);
        free(copy);
        at += piece;
    }
}

static void check_addresses(struct str arg)
{
    struct ftp_addr a;
    struct in_addr v4;
    unsigned proto;
    if (ftp_port_parse(&a, arg))
        CHECK(a.port <= 65535 && !a.v6 && inet_pton(AF_INET, a.ip, &v4) == 1);
    if (ftp_eprt_parse(&a, arg, &proto))
        CHECK(a.port <= 65535 && proto == (a.v6 ? 2u : 1u) && strlen(a.ip) < sizeof a.ip);
}

static void check_line(struct str line)
{
    struct ftp_cmd c;
    char *copy = tight_copy(line.p, line.n);
    check_addresses((struct str){copy, line.n});
    if (ftp_cmd_parse(&c, (struct str){copy, line.n})) {
        CHECK(c.verb[0] != '\0' && strpbrk(c.verb, " \r\n") == NULL);
        CHECK(lies_within(c.arg, copy, line.n));
        for (size_t i = 0; i < c.arg.n; i++)
            CHECK(c.arg.p[i] != '\0' && c.arg.p[i] != '\r' && c.arg.p[i] != '\n');
        if (c.arg.p != NULL)
            check_addresses(c.arg);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = take_byte(&data, &size);
    struct telnet a = {0}, b = {0};
    struct buf whole = {0}, pieces = {0};
    struct str line;
    strip(&a, (const char *)data, size, NULL, &whole);
    strip(&b, (const char *)data, size, &seed, &pieces);
    CHECK(same_bytes(&whole, &pieces) && a.state == b.state);
    for (ssize_t n; (n = line_next(buf_data(&whole), whole.len, 1024, &line)) > 0;) {
        check_line(line);
        buf_consume(&whole, (size_t)n);
    }
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
