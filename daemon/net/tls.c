#include "net/tls.h"

#include "base/unset.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    COOKIE = 16,
    RECORD = 16 << 10,      /* bytes of a file that go at once, where the kernel cannot */
    CERT_LIST = 16 << 10,   /* bytes of certificates that a client may show */
    TICKET_SECONDS = 86400, /* a day of transfers by one login */
};

/* What differs between doors. ALPN: a client that was led here by somebody who wants it to speak
 * another protocol with us is turned away (ALPACA). */
static const struct door {
    const char *name, *alpn;
    bool asks; /* for a client's certificate */
} doors[] = {{"irc", "irc", true}, {"http", "http/1.1", false}, {"ftp", "ftp", false}};
enum { DOORS = sizeof doors / sizeof doors[0] };

struct cert {
    struct cert *next;
    SSL_CTX *ctx[DOORS];
};

struct tls_set {
    unsigned refs;
    struct cert *first;
};

struct tls {
    SSL *ssl;
    struct tls_set *set;
    const char *error;
    unsigned door;
    unsigned char read_wants, write_wants; /* LOOP_READ or LOOP_WRITE */
    size_t retry;                          /* bytes that were offered and did not go */
    bool ready;                            /* the handshake is done */
    bool ended, cut, broken;
    bool more;
    bool data;                    /* a data channel */
    unsigned char cookie[COOKIE]; /* of the session, in its tickets; a data channel has none */
};

static const char *last_error(void)
{
    const unsigned long e = ERR_peek_error();
    if (ERR_SYSTEM_ERROR(e))
        return strerror(ERR_GET_REASON(e));
    const char *text = e != 0 ? ERR_reason_error_string(e) : NULL;
    return text != NULL ? text : "unknown error";
}

void tls_init(void)
{
    (void)OPENSSL_init_ssl(0, NULL);
}

/* --- what OpenSSL asks us --- */

static struct tls *of_ssl(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

/* The certificate for the host that the client wants. */
static int on_server_name(SSL *ssl, int *alert, void *arg)
{
    const struct tls *t = of_ssl(ssl);
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    (void)arg;
    for (const struct cert *c = t->set->first; host != NULL && c != NULL; c = c->next)
        if (X509_check_host(SSL_CTX_get0_certificate(c->ctx[t->door]), host, 0, 0, NULL) == 1) {
            if (c != t->set->first)
                (void)SSL_set_SSL_CTX(ssl, c->ctx[t->door]);
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

static bool alpn_is(const unsigned char *p, const char *name)
{
    return p[0] == strlen(name) && memcmp(p + 1, name, p[0]) == 0;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                   const unsigned char *in, unsigned n, void *arg)
{
    const struct tls *t = of_ssl(ssl);
    (void)arg;
    for (unsigned at = 0; at < n && at + in[at] < n; at += in[at] + 1u) {
        if (!alpn_is(in + at, doors[t->door].alpn) && !(t->data && alpn_is(in + at, "ftp-data")))
            continue;
        *out = in + at + 1;
        *out_n = in[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int accept_any(X509_STORE_CTX *store, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* A client that comes again with a ticket keeps the cookie in it. */
static bool take_cookie(struct tls *t)
{
    SSL_SESSION *session = SSL_get_session(t->ssl);
    void *was = NULL;
    size_t n = 0;
    if (!SSL_session_reused(t->ssl) || session == NULL ||
        SSL_SESSION_get0_ticket_appdata(session, &was, &n) != 1 || n != COOKIE)
        return false;
    if (!t->data)
        memcpy(t->cookie, was, COOKIE);
    return true;
}

/* A ticket is made: the control connection's cookie goes into it, so that a data channel can prove
 * with it whose it is. One that a data channel itself gave to a stranger must not. */
static int on_ticket(SSL *ssl, void *arg)
{
    struct tls *t = of_ssl(ssl);
    (void)arg;
    if (take_cookie(t))
        return 1;
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), t->cookie, t->data ? 0 : COOKIE);
}

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *out, int n, int writing, void *arg)
{
    (void)out, (void)n, (void)writing, (void)arg;
    return -1;
}

/* --- certificates --- */

static SSL_CTX *new_ctx(const struct door *door)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL)
        return NULL;
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_KTLS |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets only */
    SSL_CTX_set_timeout(ctx, TICKET_SECONDS);
    SSL_CTX_set_session_ticket_cb(ctx, on_ticket, NULL, NULL);
    SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    SSL_CTX_set_read_ahead(ctx, 1); /* one system call a record, not two */
    SSL_CTX_set_max_cert_list(ctx, CERT_LIST);
    if (door->asks) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
    }
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
        SSL_CTX_set_session_id_context(ctx, (const unsigned char *)door->name,
                                       (unsigned)strlen(door->name)) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static void free_cert(struct cert *c)
{
    for (int i = 0; i < DOORS; i++)
        SSL_CTX_free(c->ctx[i]);
    free(c);
}

/* A regular file for reading, or NULL with the reason in why. */
static BIO *open_pem(const char *path, const char *key, struct buf *why)
{
    struct stat st;
    BIO *bio = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        errno = EINVAL;
    else if (fd >= 0)
        bio = BIO_new_fd(fd, BIO_CLOSE);
    if (bio != NULL)
        return bio;
    buf_addf(why, "%s: %s: %s", key, path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* The certificate, and in *chain those behind it. */
static X509 *read_chain(const char *path, STACK_OF(X509) * *chain, struct buf *why)
{
    BIO *bio = open_pem(path, "certificate", why);
    if (bio == NULL)
        return NULL;
    *chain = sk_X509_new_null();
    X509 *first = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL), *more;
    if (first == NULL)
        buf_addf(why, "certificate: %s: %s", path, last_error());
    while (first != NULL && *chain != NULL &&
           (more = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL)
        if (sk_X509_push(*chain, more) == 0)
            X509_free(more);
    BIO_free(bio);
    return first;
}

static EVP_PKEY *read_key(const char *path, struct buf *why)
{
    BIO *bio = open_pem(path, "key", why);
    if (bio == NULL)
        return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (key == NULL)
        buf_addf(why, "key: %s: %s", path, last_error());
    BIO_free(bio);
    return key;
}

struct tls_set *tls_set_new(void)
{
    struct tls_set *set = calloc(1, sizeof *set);
    if (set != NULL)
        set->refs = 1;
    return set;
}

struct tls_set *tls_set_ref(struct tls_set *set)
{
    if (set != NULL)
        set->refs++;
    return set;
}

void tls_set_unref(struct tls_set *set)
{
    if (set == NULL || --set->refs > 0)
        return;
    for (struct cert *c = set->first, *next; c != NULL; c = next) {
        next = c->next;
        free_cert(c);
    }
    free(set);
}

static struct cert *new_cert(X509 *x509, EVP_PKEY *key, STACK_OF(X509) * chain)
{
    struct cert *c = calloc(1, sizeof *c);
    bool ok = c != NULL;
    for (int i = 0; ok && i < DOORS; i++) {
        c->ctx[i] = new_ctx(&doors[i]);
        ok = c->ctx[i] != NULL && SSL_CTX_use_cert_and_key(c->ctx[i], x509, key, chain, 1) == 1;
    }
    if (c != NULL && !ok)
        free_cert(c);
    return ok ? c : NULL;
}

int tls_set_add(struct tls_set *set, const char *certificate, const char *key, struct buf *why)
{
    STACK_OF(X509) *chain = NULL;
    struct cert *c = NULL;
    ERR_clear_error();
    X509 *x509 = read_chain(certificate, &chain, why);
    ERR_clear_error(); /* the end of the file was one */
    EVP_PKEY *pkey = x509 != NULL ? read_key(key, why) : NULL;
    if (pkey != NULL && X509_check_private_key(x509, pkey) != 1)
        buf_addf(why, "key: %s does not belong to %s", key, certificate);
    else if (pkey != NULL && (c = new_cert(x509, pkey, chain)) == NULL)
        buf_addf(why, "certificate: %s: %s", certificate, last_error());
    struct cert **at = &set->first;
    while (*at != NULL)
        at = &(*at)->next;
    *at = c;
    EVP_PKEY_free(pkey);
    X509_free(x509);
    sk_X509_pop_free(chain, X509_free);
    ERR_clear_error();
    return c != NULL ? 0 : -1;
}

int64_t tls_set_until(const struct tls_set *set, int64_t now)
{
    const time_t from = (time_t)now;
    int64_t least = INT64_MAX;
    ASN1_TIME *start = ASN1_TIME_set(NULL, from);
    for (const struct cert *c = set->first; c != NULL && start != NULL; c = c->next) {
        int days = 0, seconds = 0;
        const X509 *x509 = SSL_CTX_get0_certificate(c->ctx[0]);
        if (ASN1_TIME_diff(&days, &seconds, start, X509_get0_notAfter(x509)) != 1)
            continue;
        const int64_t until = now + (int64_t)days * 86400 + seconds;
        if (until < least)
            least = until;
    }
    ASN1_TIME_free(start);
    return least;
}

/* --- connections --- */

static struct tls *new_tls(struct tls_set *set, unsigned door, int fd)
{
    struct tls *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct tls){.set = tls_set_ref(set),
                      .door = door,
                      .read_wants = LOOP_READ,
                      .write_wants = LOOP_WRITE,
                      .error = ""};
    ERR_clear_error();
    /* With the first certificate's keys for tickets, whichever is shown later. */
    t->ssl = SSL_new(set->first->ctx[door]);
    if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1 || RAND_bytes(t->cookie, COOKIE) != 1) {
        tls_free(t);
        return NULL;
    }
    SSL_set_app_data(t->ssl, t);
    SSL_set_accept_state(t->ssl);
    return t;
}

struct tls *tls_accept(struct tls_set *set, const char *door, int fd)
{
    for (unsigned i = 0; set != NULL && i < DOORS; i++)
        if (strcmp(doors[i].name, door) == 0)
            return new_tls(set, i, fd);
    return NULL;
}

struct tls *tls_accept_data(const struct tls *control, int fd)
{
    struct tls *t = new_tls(control->set, control->door, fd);
    if (t == NULL)
        return NULL;
    t->data = true;
    /* A client that only sends would never read them, and then reset what it closes. */
    (void)SSL_set_num_tickets(t->ssl, 0);
    return t;
}

void tls_new_ticket(struct tls *control)
{
    ERR_clear_error();
    (void)SSL_new_session_ticket(control->ssl);
}

void tls_free(struct tls *t)
{
    if (t == NULL)
        return;
    SSL_free(t->ssl);
    tls_set_unref(t->set);
    free(t);
}

/* What a call of OpenSSL that gave no bytes means: 0 = the peer's end, -1 with errno. */
static int outcome(struct tls *t, int result, unsigned char *wants)
{
    const int saved = errno, error = SSL_get_error(t->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        *wants = error == SSL_ERROR_WANT_READ ? LOOP_READ : LOOP_WRITE;
        errno = EAGAIN;
        return -1;
    }
    t->ended = true;
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    t->broken = true;
    if (error == SSL_ERROR_SSL &&
        ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        t->cut = true;
        t->error = "the peer closed";
        return 0;
    }
    t->error = error == SSL_ERROR_SSL ? last_error() : strerror(saved != 0 ? saved : ECONNRESET);
    errno = EPROTO;
    return -1;
}

static void begin(void)
{
    ERR_clear_error();
    errno = 0;
}

/* GnuTLS ends a handshake with two small segments, the second of which Nagle's algorithm keeps back
 * until the first is acknowledged. The kernel would take 40 ms for that, as we have nothing to say.
 */
static void acknowledge_at_once(const struct tls *t)
{
    const int on = 1;
    const int saved = errno;
    (void)setsockopt(SSL_get_fd(t->ssl), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    errno = saved;
}

int tls_handshake(struct tls *t)
{
    begin();
    const int result = SSL_do_handshake(t->ssl);
    if (result == 1) {
        if (!t->data)
            (void)take_cookie(t);
        t->read_wants = LOOP_READ;
        t->ready = t->more = true; /* the first bytes may have come with its end */
        return 0;
    }
    if (outcome(t, result, &t->read_wants) == 0)
        errno = EPROTO;
    else if (errno == EAGAIN && t->read_wants == LOOP_READ)
        acknowledge_at_once(t);
    return -1;
}

ssize_t tls_read(struct tls *t, char *p, size_t n)
{
    size_t got = 0, one = 0;
    t->more = false;
    if (t->ended) {
        errno = EPROTO;
        return t->broken && !t->cut ? -1 : 0;
    }
    t->read_wants = LOOP_READ;
    for (; got < n; got += one) {
        begin();
        const int result = SSL_read_ex(t->ssl, p + got, n - got, &one);
        if (result == 1)
            continue;
        const int end = outcome(t, result, &t->read_wants);
        t->more = got > 0 && t->ended; /* told by the next call */
        return got > 0 ? (ssize_t)got : end;
    }
    t->more = true;
    return (ssize_t)got;
}

bool tls_more(const struct tls *t)
{
    return t->more;
}

static ssize_t sent(struct tls *t, ssize_t result)
{
    if (result > 0)
        return result;
    if (outcome(t, (int)result, &t->write_wants) == 0)
        errno = EPIPE;
    return -1;
}

ssize_t tls_write(struct tls *t, const char *p, size_t n)
{
    size_t done = 0;
    if (t->broken) {
        errno = EPIPE;
        return -1;
    }
    t->write_wants = LOOP_WRITE;
    begin();
    const int result = SSL_write_ex(t->ssl, p, n, &done);
    t->retry = result == 1 ? 0 : n;
    return sent(t, result == 1 ? (ssize_t)done : result);
}

ssize_t tls_sendfile(struct tls *t, int file, off_t off, size_t n)
{
    UNSET char record[RECORD];
    if (!t->broken && BIO_get_ktls_send(SSL_get_wbio(t->ssl))) {
        t->write_wants = LOOP_WRITE;
        begin();
        const ssize_t result = SSL_sendfile(t->ssl, file, off, n, 0);
        return result == 0 ? 0 : sent(t, result);
    }
    if (n < t->retry) /* OpenSSL wants no less offered than before */
        n = t->retry;
    const ssize_t got = pread(file, record, n < RECORD ? n : RECORD, off);
    return got > 0 ? tls_write(t, record, (size_t)got) : got;
}

int tls_end(struct tls *t)
{
    if (!t->ready || t->broken)
        return 0;
    begin();
    const int result = SSL_shutdown(t->ssl);
    if (result >= 0)
        return 0;
    const bool ended = t->ended;
    (void)outcome(t, result, &t->write_wants);
    const bool again = errno == EAGAIN && !t->broken;
    t->ended = ended || t->broken;
    return again ? -1 : 0;
}

unsigned tls_watch(const struct tls *t, unsigned want)
{
    if (!t->ready)
        return t->read_wants;
    return (want & LOOP_READ ? t->read_wants : 0u) | (want & LOOP_WRITE ? t->write_wants : 0u);
}

unsigned tls_events(const struct tls *t, unsigned want, unsigned had)
{
    return (had & t->read_wants ? want & LOOP_READ : 0u) |
           (had & t->write_wants ? want & LOOP_WRITE : 0u);
}

/* --- what is known of one --- */

bool tls_cut(const struct tls *t)
{
    return t->cut;
}

const char *tls_error(const struct tls *t)
{
    return t->error;
}

bool tls_resumed(const struct tls *t)
{
    return SSL_session_reused(t->ssl) == 1;
}

bool tls_resumes(const struct tls *data, const struct tls *control)
{
    void *cookie = NULL;
    size_t n = 0;
    SSL_SESSION *session = SSL_get_session(data->ssl);
    return tls_resumed(data) && session != NULL &&
           SSL_SESSION_get0_ticket_appdata(session, &cookie, &n) == 1 && n == COOKIE &&
           CRYPTO_memcmp(cookie, control->cookie, COOKIE) == 0;
}

bool tls_fingerprint(const struct tls *t, char out[TLS_FINGERPRINT_MAX])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const X509 *peer = SSL_get0_peer_certificate(t->ssl);
    if (peer == NULL || X509_digest(peer, EVP_sha256(), hash, &n) != 1)
        return false;
    for (unsigned i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[hash[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[hash[i] & 15];
    }
    out[2 * n] = '\0';
    return true;
}

void tls_describe(const struct tls *t, struct buf *out)
{
    buf_addf(out, "%s %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
}
