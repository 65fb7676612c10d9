/* stream.h: bytes over a socket, plain or beneath TLS (tls != NULL). */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/outq.h"
#include "net/tls.h"

/* Like recv(). Beneath TLS, tls_more() tells whether there is more. */
ssize_t stream_recv(int fd, struct tls *tls, char *p, size_t n);
/* One system call's worth from the front of q, which is not changed; up to about `budget` bytes.
 * last: the end of the stream follows what q holds, and leaves in one packet with it. -1 with errno
 * (EIO: a file has become shorter than was promised); *whole tells whether it is worth trying for
 * more. */
ssize_t stream_send(int fd, struct tls *tls, const struct outq *q, uint64_t budget, bool last,
                    bool *whole);
/* Throws away what has come and nobody asks for, TLS or not, as far as that is little. Left unread,
 * it would make close() a reset, which outruns the last bytes of ours (RFC 1122, 4.2.2.13). */
void stream_discard(int fd);

#endif
