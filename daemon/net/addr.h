/* addr.h: socket addresses and networks, from text and to text. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address; of any other family only sa.sa_family is right. */
struct addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t len;
};

/* "127.0.0.1:80", "[::1]:80", "localhost:80" (127.0.0.1), "*:80" (0.0.0.0). Names are not looked
 * up. */
bool addr_parse(struct addr *a, struct str text);
/* An address without a port. */
bool addr_parse_ip(struct addr *a, struct str text, unsigned port);
/* "127.0.0.1:80" or "[::1]:80"; an IPv4 address mapped into IPv6 is shown as IPv4. */
void addr_text(const struct addr *a, char out[PEER_TEXT_MAX]);
/* The same without the port and brackets. */
void addr_ip_text(const struct addr *a, char out[PEER_TEXT_MAX]);
unsigned addr_port(const struct addr *a);
void addr_set_port(struct addr *a, unsigned port);
/* The address's own bytes (4 or 16; mapped IPv4 gives 4), for comparing and counting. */
struct str addr_bytes(const struct addr *a);
/* The bytes by which hosts are told apart: all of an IPv4 address, the /64 of an IPv6 one, which is
 * what one customer or host has. */
struct str addr_host(const struct addr *a);
/* An IPv4 address that is mapped into IPv6 becomes the IPv4 address. */
void addr_unmap(struct addr *a);
bool addr_same_ip(const struct addr *a, const struct addr *b);
bool addr_same(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
/* Our own end and the other end of a socket. */
bool addr_local(struct addr *a, int fd);
bool addr_peer(struct addr *a, int fd);

/* A set of networks: "private", "all", "none", "10.0.0.0/8 192.0.2.7 fe80::/10". */
enum { NETS_MAX = 32 };
struct nets {
    struct net {
        unsigned char bytes[16];
        unsigned family, bits;
    } net[NETS_MAX];
    unsigned count;
};
bool nets_parse(struct nets *n, const char *text, struct buf *why);
bool nets_have(const struct nets *n, const struct addr *a);

#endif
