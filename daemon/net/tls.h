/* tls.h: TLS on a socket. The one place that knows OpenSSL.
 *
 * A tls_set is the certificates of one configuration; every connection holds the one it began with,
 * so that a reload disturbs nobody. Nothing here blocks: what would, gives -1 with EAGAIN, and
 * tls_watch() tells what the socket is to be watched for. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TLS_FINGERPRINT_MAX = 65 };

struct tls_set;
struct tls;

/* What OpenSSL reads from the disk for itself; to be called while that can be reached. */
void tls_init(void);

/* A set without certificates, which its holder drops with tls_set_unref(); NULL without memory. */
struct tls_set *tls_set_new(void);
/* Adds a certificate, with those that vouch for it behind it, and its key (PEM). The first one
 * added is for clients that name no host, or none that we have. -1 with "certificate: reason" or
 * "key: reason" in why. */
int tls_set_add(struct tls_set *set, const char *certificate, const char *key, struct buf *why);
/* When the first of its certificates runs out (seconds since 1970), from `now` on. */
int64_t tls_set_until(const struct tls_set *set, int64_t now);
/* NULL stays NULL. */
struct tls_set *tls_set_ref(struct tls_set *set);
void tls_set_unref(struct tls_set *set);

/* The server's end of TLS on fd for a door ("irc", "http", "ftp"); takes a reference of the set.
 * NULL when there is no memory, or no such door. */
struct tls *tls_accept(struct tls_set *set, const char *door, int fd);
/* The same for a data channel of the control connection's session. */
struct tls *tls_accept_data(const struct tls *control, int fd);
/* Sends another ticket with the next bytes, where the protocol can: many clients use each once. */
void tls_new_ticket(struct tls *control);
/* Says nothing to the peer. NULL is harmless. */
void tls_free(struct tls *t);

/* Goes on with the handshake: 0 = done. -1 with EAGAIN, or with EPROTO: tls_error() has the reason.
 */
int tls_handshake(struct tls *t);
/* Like recv(), but reads on until n bytes are there or none are left. 0 is the peer's end:
 * tls_cut() tells whether it came without close_notify. */
ssize_t tls_read(struct tls *t, char *p, size_t n);
/* True when tls_read() has more to give, of which the socket knows nothing. */
bool tls_more(const struct tls *t);
/* Like send(). What did not go must be offered again, with more behind it or not. */
ssize_t tls_write(struct tls *t, const char *p, size_t n);
/* Like sendfile(), from off; 0: the file ends there. */
ssize_t tls_sendfile(struct tls *t, int file, off_t off, size_t n);
/* Sends close_notify. -1 (EAGAIN) when it is to be called again; nothing else is worth waiting for.
 */
int tls_end(struct tls *t);
/* The events (LOOP_READ, LOOP_WRITE) to watch the socket for, for those that are wanted. */
unsigned tls_watch(const struct tls *t, unsigned want);
/* The wanted events for those that the socket had. */
unsigned tls_events(const struct tls *t, unsigned want, unsigned had);

bool tls_cut(const struct tls *t);
/* Why the last call failed; valid until the next one. */
const char *tls_error(const struct tls *t);
bool tls_resumed(const struct tls *t);
/* Does the data channel go on with the session of the control connection? Then it is the same
 * client's, whoever else may know the port. */
bool tls_resumes(const struct tls *data, const struct tls *control);
/* The SHA-256 of the peer's certificate in lower-case hexadecimals; false when it showed none. Only
 * irc asks for one, and takes any: what it is worth, the fingerprint decides. */
bool tls_fingerprint(const struct tls *t, char out[TLS_FINGERPRINT_MAX]);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384" */
void tls_describe(const struct tls *t, struct buf *out);

#endif
