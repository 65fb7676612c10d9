/* test_ftp_cmd.c: parse/ftp_cmd: command lines, PORT and EPRT. */
#include "check.h"
#include "parse/ftp_cmd.h"

static void a_line_is_a_verb_and_its_argument(void **state)
{
    static const struct {
        const char *line, *verb, *arg; /* arg NULL: there is none */
    } rows[] = {
        {"NOOP", "NOOP", NULL},
        {"user anonymous", "USER", "anonymous"},
        {"RETR a file", "RETR", "a file"},
        {"RETR  two", "RETR", " two"}, /* names may begin with a blank */
        {"RETR ", "RETR", ""},
        {"RETR a ", "RETR", "a "},
        {"MLST", "MLST", NULL},
        {"12345678", "12345678", NULL},
        {"STOR \xe5\xb0\x8f", "STOR", "\xe5\xb0\x8f"},
        {"STOR \xff", "STOR", "\xff"},
        {"GET / HTTP/1.1", "GET", "/ HTTP/1.1"},
        {"no\ttab", "NO\tTAB", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].line);
        char *copy = tight_copy(rows[i].line, n);
        struct ftp_cmd cmd;
        assert_row(rows[i].line, ftp_cmd_parse(&cmd, (struct str){copy, n}));
        assert_string_equal(cmd.verb, rows[i].verb);
        if (rows[i].arg == NULL)
            assert_row(rows[i].line, cmd.arg.p == NULL);
        else
            assert_str(cmd.arg, rows[i].arg);
        free(copy);
    }
}

static void what_is_no_line_is_refused(void **state)
{
    static const struct str bad[] = {
        {"", 0},          {" NOOP", 5},     {"123456789", 9},       {"NOOP\0", 5},
        {"RETR a\0b", 8}, {"RETR a\rb", 8}, {"RETR a\nDELE b", 13}, {"\0", 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *copy = tight_copy(bad[i].p, bad[i].n);
        struct ftp_cmd cmd;
        assert_row(bad[i].p, !ftp_cmd_parse(&cmd, (struct str){copy, bad[i].n}));
        free(copy);
    }
}

static void port_is_six_numbers(void **state)
{
    static const struct {
        const char *arg, *ip;
        unsigned port;
    } good[] = {
        {"127,0,0,1,4,0", "127.0.0.1", 1024}, {"192,168,150,80,14,178", "192.168.150.80", 3762},
        {"0,0,0,0,0,0", "0.0.0.0", 0},        {"255,255,255,255,255,255", "255.255.255.255", 65535},
        {"010,1,1,1,1,1", "10.1.1.1", 257}, /* decimal, not octal */
    };
    static const char *const bad[] = {
        "",
        "1",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "1,2,3,4,5,6,",
        ",1,2,3,4,5,6",
        "1,2,3,4,,6",
        "256,1,1,1,1,1",
        "1,1,1,1,256,1",
        "1,1,1,1,1,-1",
        "1,1,1,1,1,+1",
        "1,1,1,1,1, 1",
        "1.1.1.1.1.1",
        "1,1,1,1,1,1 ",
        "0001,1,1,1,1,1",
        "a,b,c,d,e,f",
        "1,1,1,1,0x1,1",
        "(1,1,1,1,1,1)",
    };
    struct ftp_addr a;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_row(good[i].arg, ftp_port_parse(&a, str_of(good[i].arg)));
        assert_string_equal(a.ip, good[i].ip);
        assert_row(good[i].arg, a.port == good[i].port && !a.v6);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *copy = tight_copy(bad[i], strlen(bad[i]));
        assert_row(bad[i], !ftp_port_parse(&a, (struct str){copy, strlen(bad[i])}));
        free(copy);
    }
    assert_false(ftp_port_parse(&a, (struct str){0}));
}

static void eprt_has_three_fields(void **state)
{
    static const struct {
        const char *arg, *ip;
        bool v6;
        unsigned port;
    } good[] = {
        {"|1|132.235.1.2|6275|", "132.235.1.2", false, 6275},
        {"|2|1080::8:800:200C:417A|5282|", "1080::8:800:200C:417A", true, 5282},
        {"!1!1.2.3.4!65535!", "1.2.3.4", false, 65535},
        {"|2|::1|1|", "::1", true, 1},
    };
    static const struct {
        const char *arg;
        unsigned proto; /* what was understood of it, for 522 */
    } bad[] = {
        {"", 0},
        {"|", 0},
        {"|||||", 0},
        {"||1.2.3.4|5|", 0},
        {"|1|1.2.3.4|5", 0},
        {"|1|1.2.3.4|5||", 0},
        {"|1|1.2.3.4|5|x", 0},
        {"x|1|1.2.3.4|5|", 0},
        {" 1 1.2.3.4 5 ", 0},
        {"|x|1.2.3.4|5|", 0},
        {"|100|1.2.3.4|5|", 0},
        {"|3|1.2.3.4|5|", 3},
        {"|0|1.2.3.4|5|", 0},
        {"|1|1.2.3.4||", 1},
        {"|1||00005|", 1},
        {"|1|localhost|5|", 1},
        {"|2|fe80::1%lo|5|", 2},
        {"|1|1.2.3.4|65536|", 1},
        {"|1|1.2.3.4|-5|", 1},
        {"|1|1.2.3.4|5 |", 1},
        {"|2|1111111111:2222222222:3333333333:4444444444:55|5|", 2}, /* longer than any address */
    };
    struct ftp_addr a;
    unsigned proto;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_row(good[i].arg, ftp_eprt_parse(&a, str_of(good[i].arg), &proto));
        assert_string_equal(a.ip, good[i].ip);
        assert_row(good[i].arg, a.v6 == good[i].v6 && a.port == good[i].port);
        assert_row(good[i].arg, proto == (good[i].v6 ? 2 : 1));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *copy = tight_copy(bad[i].arg, strlen(bad[i].arg));
        assert_row(bad[i].arg, !ftp_eprt_parse(&a, (struct str){copy, strlen(bad[i].arg)}, &proto));
        assert_row(bad[i].arg, proto == bad[i].proto);
        free(copy);
    }
    assert_false(ftp_eprt_parse(&a, (struct str){0}, &proto));
    char any[2] = {0};
    for (int sep = 33; sep <= 126; sep++) { /* RFC 2428: any printable character */
        char arg[32];
        any[0] = (char)sep;
        snprintf(arg, sizeof arg, "%c1%c::%c9%c", sep, sep, sep, sep);
        const bool clashes = strchr("1:9", sep) != NULL;
        assert_row(any, ftp_eprt_parse(&a, str_of(arg), &proto) == !clashes);
    }
}

/* Cut short anywhere they are refused, or are shorter numbers; with any other byte anywhere nothing
 * is read past the end, and what is taken is an address. */
static void addresses_byte_by_byte(void **state)
{
    static const char *const args[] = {"127,0,0,1,200,13", "|1|132.235.1.2|6275|",
                                       "|2|1080::8:800:200C:417A|5282|"};
    struct ftp_addr a;
    unsigned proto;
    (void)state;
    for (size_t i = 0; i < COUNT(args); i++) {
        const size_t whole = strlen(args[i]);
        for (size_t n = 0; n < whole; n++) {
            char *copy = tight_copy(args[i], n);
            assert_row(args[i],
                       ftp_port_parse(&a, (struct str){copy, n}) == (i == 0 && n == whole - 1));
            assert_row(args[i], !ftp_eprt_parse(&a, (struct str){copy, n}, &proto));
            free(copy);
        }
        for (size_t n = 0; n < whole; n++)
            for (int byte = 0; byte < 256; byte++) {
                char *copy = tight_copy(args[i], whole);
                copy[n] = (char)byte;
                if (ftp_port_parse(&a, (struct str){copy, whole}))
                    assert_row(args[i], i == 0 && !a.v6 && a.port <= 65535);
                if (ftp_eprt_parse(&a, (struct str){copy, whole}, &proto))
                    assert_row(args[i], i > 0 && a.v6 == (proto == 2) && a.port <= 65535);
                free(copy);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_verb_and_its_argument),
        cmocka_unit_test(what_is_no_line_is_refused),
        cmocka_unit_test(port_is_six_numbers),
        cmocka_unit_test(eprt_has_three_fields),
        cmocka_unit_test(addresses_byte_by_byte),
    };
    return RUN(tests);
}
