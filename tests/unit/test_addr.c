/* test_addr.c: net/addr: addresses and networks. */
#include "check.h"
#include "net/addr.h"

static void listen_addresses_go_there_and_back(void **state)
{
    static const struct {
        const char *text, *back; /* NULL: refused */
    } rows[] = {
        {"127.0.0.1:80", "127.0.0.1:80"},
        {"0.0.0.0:0", "0.0.0.0:0"},
        {"*:6667", "0.0.0.0:6667"},
        {"localhost:21", "127.0.0.1:21"},
        {"[::]:65535", "[::]:65535"},
        {"[::1]:8000", "[::1]:8000"},
        {"[2001:DB8:0::1]:1", "[2001:db8::1]:1"},
        {"[::ffff:10.1.2.3]:9", "10.1.2.3:9"},
        {"", NULL},
        {":", NULL},
        {":80", NULL},
        {"80", NULL},
        {"127.0.0.1", NULL},
        {"127.0.0.1:", NULL},
        {"127.0.0.1:65536", NULL},
        {"127.0.0.1:-1", NULL},
        {"127.0.0.1:+1", NULL},
        {"127.0.0.1: 1", NULL},
        {" 127.0.0.1:1", NULL},
        {"127.1:80", NULL},
        {"0127.0.0.1:80", NULL},
        {"256.0.0.1:80", NULL},
        {"::1:80", NULL}, /* without brackets it is another address */
        {"[127.0.0.1]:80", NULL},
        {"[::1:80", NULL},
        {"::1]:80", NULL},
        {"[]:80", NULL},
        {"[fe80::1%lo]:80", NULL},
        {"example.org:80", NULL}, /* names are not looked up */
        {"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:80", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr a;
        char text[PEER_TEXT_MAX];
        char *copy = tight_copy(rows[i].text, strlen(rows[i].text));
        const bool ok = addr_parse(&a, (struct str){copy, strlen(rows[i].text)});
        free(copy);
        assert_row(rows[i].text, ok == (rows[i].back != NULL));
        if (!ok)
            continue;
        addr_text(&a, text);
        assert_string_equal(text, rows[i].back);
    }
}

static struct addr ip(const char *text, unsigned port)
{
    struct addr a;
    assert_row(text, addr_parse_ip(&a, str_of(text), port));
    return a;
}

static void a_mapped_address_is_the_one_it_maps(void **state)
{
    const struct addr a = ip("10.1.2.3", 5), b = ip("::ffff:10.1.2.3", 5), c = ip("10.1.2.3", 6),
                      d = ip("::10.1.2.3", 5);
    char text[PEER_TEXT_MAX];
    (void)state;
    assert_true(addr_same(&a, &b));
    assert_true(addr_same_ip(&a, &c));
    assert_false(addr_same(&a, &c));
    assert_false(addr_same_ip(&a, &d));
    assert_int_equal(addr_bytes(&b).n, 4);
    assert_int_equal(addr_bytes(&d).n, 16);
    addr_ip_text(&b, text);
    assert_string_equal(text, "10.1.2.3");
    addr_ip_text(&d, text);
    assert_string_equal(text, "::10.1.2.3");
    assert_int_equal(addr_port(&b), 5);
    struct addr e = b, f = d, g = a;
    addr_unmap(&e);
    assert_true(e.sa.sa_family == AF_INET && e.len == a.len && addr_same(&e, &a));
    addr_unmap(&f); /* what is not mapped stays */
    assert_true(f.sa.sa_family == AF_INET6 && addr_same(&f, &d));
    addr_unmap(&g);
    assert_true(addr_same(&g, &a));
}

static void knows_any_and_loopback(void **state)
{
    static const struct {
        const char *ip;
        bool any, loopback;
    } rows[] = {
        {"0.0.0.0", true, false},
        {"::", true, false},
        {"::ffff:0.0.0.0", true, false},
        {"127.0.0.1", false, true},
        {"127.9.9.9", false, true},
        {"::1", false, true},
        {"::ffff:127.0.0.2", false, true},
        {"128.0.0.1", false, false},
        {"::2", false, false},
        {"1::1", false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct addr a = ip(rows[i].ip, 1);
        assert_row(rows[i].ip, addr_is_any(&a) == rows[i].any);
        assert_row(rows[i].ip, addr_is_loopback(&a) == rows[i].loopback);
    }
}

static void sockets_tell_both_ends(void **state)
{
    struct addr a = ip("127.0.0.1", 0), local, peer;
    char text[PEER_TEXT_MAX];
    const int ls = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int pair[2];
    (void)state;
    assert_int_equal(bind(ls, &a.sa, a.len), 0);
    assert_int_equal(listen(ls, 1), 0);
    assert_true(addr_local(&a, ls));
    assert_int_not_equal(addr_port(&a), 0);
    assert_int_equal(connect(fd, &a.sa, a.len), 0);
    assert_true(addr_peer(&peer, fd));
    assert_true(addr_same(&peer, &a));
    assert_true(addr_local(&local, fd));
    assert_true(addr_same_ip(&local, &a));
    assert_false(addr_peer(&peer, ls));
    close(fd);
    close(ls);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_true(addr_local(&local, pair[0]));
    addr_text(&local, text);
    assert_string_equal(text, "local");
    close(pair[0]);
    close(pair[1]);
}

static void nets_have_what_lies_in_them(void **state)
{
    static const struct {
        const char *nets, *ip;
        bool in;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "::ffff:10.0.0.1", true},
        {"10.0.0.0/8", "a00::", false},
        {"172.16.0.0/12", "172.31.255.255", true},
        {"172.16.0.0/12", "172.32.0.0", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"192.0.2.7/32", "192.0.2.7", true},
        {"192.0.2.0/31", "192.0.2.1", true},
        {"192.0.2.0/31", "192.0.2.2", false},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"fe80::/10", "febf::1", true},
        {"fe80::/10", "fec0::1", false},
        {"2001:db8::1/128", "2001:db8::1", true},
        {"2001:db8::1/128", "2001:db8::2", false},
        {"all", "8.8.8.8", true},
        {"all", "2001:db8::2", true},
        {"none", "127.0.0.1", false},
        {"", "127.0.0.1", false},
        {"private", "127.0.0.1", true},
        {"private", "10.1.1.1", true},
        {"private", "192.168.0.1", true},
        {"private", "169.254.1.1", true},
        {"private", "::1", true},
        {"private", "fd00::1", true},
        {"private", "fe80::1", true},
        {"private", "8.8.8.8", false},
        {"private", "172.15.255.255", false},
        {"private", "2001:db8::1", false},
        {"private", "::2", false},
        {"  none 1.2.3.4   private ", "1.2.3.4", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct nets n;
        struct buf why = {0};
        const struct addr a = ip(rows[i].ip, 9);
        assert_row(rows[i].nets, nets_parse(&n, rows[i].nets, &why));
        if (nets_have(&n, &a) != rows[i].in)
            fail_msg("<%s> and %s", rows[i].nets, rows[i].ip);
        assert_int_equal(why.len, 0);
    }
}

static void what_is_no_net_is_named(void **state)
{
    static const char *const bad[] = {
        "10.0.0.0/33", "::/129", "10.0.0/8",   "10.0.0.0/",   "10.0.0.0/x",      "10.0.0.0/8/8",
        "/8",          "host",   "10.0.0.0-9", "10.0.0.0/-1", "1.2.3.4,5.6.7.8", "PRIVATE"};
    struct nets n;
    struct buf why = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_row(bad[i], !nets_parse(&n, bad[i], &why));
        assert_row(bad[i], strstr(buf_str(&why), bad[i]) != NULL);
        buf_free(&why);
    }
    struct buf many = {0};
    for (int i = 0; i < NETS_MAX; i++)
        buf_adds(&many, "10.0.0.0/8 ");
    assert_true(nets_parse(&n, buf_str(&many), &why));
    buf_adds(&many, "10.0.0.0/8");
    assert_false(nets_parse(&n, buf_str(&many), &why));
    buf_free(&why);
    buf_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listen_addresses_go_there_and_back),
        cmocka_unit_test(a_mapped_address_is_the_one_it_maps),
        cmocka_unit_test(knows_any_and_loopback),
        cmocka_unit_test(sockets_tell_both_ends),
        cmocka_unit_test(nets_have_what_lies_in_them),
        cmocka_unit_test(what_is_no_net_is_named),
    };
    return RUN(tests);
}
