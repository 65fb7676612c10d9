/* tls_cert.h: a certificate of our own, for a first use. */
#ifndef NET_TLS_CERT_H
#define NET_TLS_CERT_H

#include "base/buf.h"

/* Makes a key and a certificate signed with it, for n names (hosts and IP addresses), in files that
 * must not be there yet. -1 with the reason in why; then neither is. Adds the certificate's SHA-256
 * to fingerprint, as browsers show it. */
int tls_cert_new(const char *certificate, const char *key, const char *const *names, int n,
                 struct buf *fingerprint, struct buf *why);

#endif
