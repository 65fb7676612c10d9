#include "net/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool addr_parse_ip(struct addr *a, struct str text, unsigned port)
{
    char ip[INET6_ADDRSTRLEN];
    *a = (struct addr){0};
    if (text.n == 0 || !str_copy(ip, sizeof ip, text))
        return false;
    if (inet_pton(AF_INET, ip, &a->v4.sin_addr) == 1) {
        a->sa.sa_family = AF_INET;
        a->len = sizeof(struct sockaddr_in);
    } else if (inet_pton(AF_INET6, ip, &a->v6.sin6_addr) == 1) {
        a->sa.sa_family = AF_INET6;
        a->len = sizeof(struct sockaddr_in6);
    } else {
        return false;
    }
    addr_set_port(a, port);
    return true;
}

bool addr_parse(struct addr *a, struct str text)
{
    const char *colon = text.n > 0 ? memrchr(text.p, ':', text.n) : NULL;
    uint64_t port;
    if (colon == NULL)
        return false;
    struct str host = {text.p, (size_t)(colon - text.p)};
    const struct str digits = {colon + 1, text.n - host.n - 1};
    if (!text_number(digits, 65535, &port))
        return false;
    if (str_eq(host, "localhost"))
        host = STR("127.0.0.1");
    else if (str_eq(host, "*"))
        host = STR("0.0.0.0");
    const bool brackets = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (brackets)
        host = (struct str){host.p + 1, host.n - 2};
    return addr_parse_ip(a, host, (unsigned)port) && brackets == (a->sa.sa_family == AF_INET6);
}

static bool is_mapped(const struct addr *a)
{
    return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr);
}

struct str addr_bytes(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return (struct str){(const char *)&a->v4.sin_addr, 4};
    const char *p = (const char *)&a->v6.sin6_addr;
    return is_mapped(a) ? (struct str){p + 12, 4} : (struct str){p, 16};
}

void addr_ip_text(const struct addr *a, char out[PEER_TEXT_MAX])
{
    const struct str b = addr_bytes(a);
    if (a->sa.sa_family != AF_INET && a->sa.sa_family != AF_INET6)
        text_copy(out, PEER_TEXT_MAX, "local");
    else if (inet_ntop(b.n == 4 ? AF_INET : AF_INET6, b.p, out, PEER_TEXT_MAX) == NULL)
        text_copy(out, PEER_TEXT_MAX, "?");
}

void addr_text(const struct addr *a, char out[PEER_TEXT_MAX])
{
    char ip[PEER_TEXT_MAX];
    addr_ip_text(a, ip);
    if (a->sa.sa_family != AF_INET && a->sa.sa_family != AF_INET6)
        text_copy(out, PEER_TEXT_MAX, ip);
    else
        snprintf(out, PEER_TEXT_MAX, addr_bytes(a).n == 16 ? "[%.45s]:%u" : "%.45s:%u", ip,
                 addr_port(a));
}

unsigned addr_port(const struct addr *a)
{
    return ntohs(a->sa.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
}

void addr_set_port(struct addr *a, unsigned port)
{
    if (a->sa.sa_family == AF_INET)
        a->v4.sin_port = htons((uint16_t)port);
    else
        a->v6.sin6_port = htons((uint16_t)port);
}

void addr_unmap(struct addr *a)
{
    if (!is_mapped(a))
        return;
    struct addr v4 = {.v4.sin_family = AF_INET, .len = sizeof(struct sockaddr_in)};
    memcpy(&v4.v4.sin_addr, addr_bytes(a).p, sizeof v4.v4.sin_addr);
    v4.v4.sin_port = a->v6.sin6_port;
    *a = v4;
}

struct str addr_host(const struct addr *a)
{
    struct str b = addr_bytes(a);
    if (b.n == 16)
        b.n = 8;
    return b;
}

bool addr_same_ip(const struct addr *a, const struct addr *b)
{
    const struct str x = addr_bytes(a), y = addr_bytes(b);
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

bool addr_same(const struct addr *a, const struct addr *b)
{
    return addr_same_ip(a, b) && addr_port(a) == addr_port(b);
}

static bool all_zero(struct str b)
{
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] != 0)
            return false;
    return true;
}

bool addr_is_any(const struct addr *a)
{
    return all_zero(addr_bytes(a));
}

bool addr_is_loopback(const struct addr *a)
{
    const struct str b = addr_bytes(a);
    return b.n == 4 ? b.p[0] == 127 : all_zero((struct str){b.p, 15}) && b.p[15] == 1;
}

bool addr_local(struct addr *a, int fd)
{
    *a = (struct addr){.len = sizeof a->v6};
    return getsockname(fd, &a->sa, &a->len) == 0;
}

bool addr_peer(struct addr *a, int fd)
{
    *a = (struct addr){.len = sizeof a->v6};
    return getpeername(fd, &a->sa, &a->len) == 0;
}

/* --- networks --- */

static bool add_net(struct nets *n, struct str text)
{
    const char *slash = memchr(text.p, '/', text.n);
    const struct str ip = {text.p, slash != NULL ? (size_t)(slash - text.p) : text.n};
    struct addr a;
    if (n->count == NETS_MAX || !addr_parse_ip(&a, ip, 0))
        return false;
    const struct str bytes = addr_bytes(&a);
    uint64_t bits = bytes.n * 8;
    if (slash != NULL && !text_number((struct str){slash + 1, text.n - ip.n - 1}, bits, &bits))
        return false;
    struct net *net = &n->net[n->count++];
    *net = (struct net){.family = (unsigned)bytes.n, .bits = (unsigned)bits};
    memcpy(net->bytes, bytes.p, bytes.n);
    return true;
}

static bool add_nets(struct nets *n, const char *text, struct buf *why)
{
    static const char private_nets[] = "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 "
                                       "169.254.0.0/16 ::1 fc00::/7 fe80::/10";
    struct str rest = str_of(text), one;
    while (str_split(&rest, ' ', &one)) {
        if (one.n == 0 || str_eq(one, "none"))
            continue;
        bool ok;
        if (str_eq(one, "private"))
            ok = add_nets(n, private_nets, why);
        else if (str_eq(one, "all"))
            ok = add_net(n, STR("0.0.0.0/0")) && add_net(n, STR("::/0"));
        else
            ok = add_net(n, one);
        if (!ok) {
            buf_addf(why, "%.*s is no network such as 10.0.0.0/8", (int)one.n, one.p);
            return false;
        }
    }
    return true;
}

bool nets_parse(struct nets *n, const char *text, struct buf *why)
{
    n->count = 0;
    return add_nets(n, text, why);
}

static bool net_has(const struct net *net, struct str b)
{
    const unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (b.n != net->family || memcmp(b.p, net->bytes, whole) != 0)
        return false;
    const unsigned mask = 0xffu << (8 - rest) & 0xff;
    return rest == 0 || ((unsigned char)b.p[whole] & mask) == (net->bytes[whole] & mask);
}

bool nets_have(const struct nets *n, const struct addr *a)
{
    const struct str b = addr_bytes(a);
    for (unsigned i = 0; i < n->count; i++)
        if (net_has(&n->net[i], b))
            return true;
    return false;
}
