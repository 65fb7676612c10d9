#include "net/advertise.h"

#include <string.h>

struct rule {
    struct nets nets;
    bool everybody; /* no networks stand before it */
    bool automatic;
    struct addr addr;
};

static bool is_v4(const struct addr *a)
{
    return addr_bytes(a).n == 4;
}

static void say(struct buf *why, struct str word, const char *what)
{
    if (word.n > 0)
        buf_addf(why, "%.*s %s", (int)word.n, word.p, what);
    else
        buf_addf(why, "nothing %s", what);
}

/* A network of IPv6 alone has no client that is ever told an address (RFC 2428, 3). */
static bool parse_nets(struct rule *r, struct str nets, struct buf *why)
{
    char text[PEER_TEXT_MAX];
    if (nets.n == 0 || !str_copy(text, sizeof text, nets)) {
        say(why, nets, "is no network such as 10.0.0.0/8");
        return false;
    }
    if (!nets_parse(&r->nets, text, why))
        return false;
    for (unsigned i = 0; i < r->nets.count; i++)
        if (r->nets.net[i].family == 4)
            return true;
    buf_addf(why, "%s is no IPv4 network", text);
    return false;
}

static bool parse_rule(struct rule *r, struct str word, struct buf *why)
{
    struct str rest = word, nets;
    *r = (struct rule){0};
    (void)str_split(&rest, '=', &nets);
    r->everybody = rest.p == NULL;
    const struct str address = r->everybody ? word : rest;
    if (!r->everybody && !parse_nets(r, nets, why))
        return false;
    r->automatic = str_eq(address, "auto");
    if (r->automatic ||
        (addr_parse_ip(&r->addr, address, 0) && is_v4(&r->addr) && !addr_is_any(&r->addr)))
        return true;
    say(why, address, "is no IPv4 address, nor auto");
    return false;
}

bool advertise_check(const char *words, struct buf *why)
{
    struct str rest = str_of(words), word;
    struct rule r = {0};
    while (str_split(&rest, ' ', &word)) {
        if (word.n == 0)
            continue;
        if (r.everybody) {
            say(why, word, "stands behind an address for all, and would never count");
            return false;
        }
        if (!parse_rule(&r, word, why))
            return false;
    }
    return true;
}

bool advertise_find(const char *words, const struct addr *peer, struct addr *a)
{
    struct str rest = str_of(words), word;
    struct buf why = {0};
    struct rule r = {0};
    bool fits = false;
    while (!fits && str_split(&rest, ' ', &word))
        fits =
            word.n > 0 && parse_rule(&r, word, &why) && (r.everybody || nets_have(&r.nets, peer));
    buf_free(&why);
    *a = r.addr;
    return fits && !r.automatic;
}
