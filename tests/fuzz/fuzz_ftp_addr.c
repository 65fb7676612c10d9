/* fuzz_ftp_addr.c: the arguments of PORT and EPRT. What is taken is an address that can be used,
 * and written anew it is the same one; nothing that is cut short is. */
#include "fuzz.h"
#include "net/addr.h"
#include "parse/ftp_cmd.h"

static void check_port(const char *p, size_t n)
{
    struct ftp_addr a, again;
    struct addr at;
    char text[64];
    if (!ftp_port_parse(&a, (struct str){p, n}))
        return;
    CHECK(!a.v6 && a.port <= 65535);
    CHECK(addr_parse_ip(&at, str_of(a.ip), a.port) && at.sa.sa_family == AF_INET);
    CHECK(addr_port(&at) == a.port);
    const unsigned char *b = (const unsigned char *)addr_bytes(&at).p;
    snprintf(text, sizeof text, "%u,%u,%u,%u,%u,%u", b[0], b[1], b[2], b[3], a.port >> 8,
             a.port & 255);
    CHECK(ftp_port_parse(&again, str_of(text)));
    CHECK(strcmp(again.ip, a.ip) == 0 && again.port == a.port);
}

static void check_eprt(const char *p, size_t n)
{
    struct ftp_addr a, again;
    unsigned proto, once_more;
    char text[80];
    if (!ftp_eprt_parse(&a, (struct str){p, n}, &proto)) {
        CHECK(proto <= 99);
        return;
    }
    CHECK(proto == (a.v6 ? 2u : 1u) && a.port <= 65535 && strlen(a.ip) < sizeof a.ip);
    CHECK(memchr(a.ip, p[0], strlen(a.ip)) == NULL && p[n - 1] == p[0]);
    snprintf(text, sizeof text, "|%u|%s|%u|", proto, a.ip, a.port);
    CHECK(ftp_eprt_parse(&again, str_of(text), &once_more));
    CHECK(strcmp(again.ip, a.ip) == 0 && again.port == a.port && once_more == proto);
    CHECK(!ftp_eprt_parse(&again, (struct str){p, n - 1}, &once_more));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = tight_copy(data, size);
    check_port(copy, size);
    check_eprt(copy, size);
    free(copy);
    return 0;
}
