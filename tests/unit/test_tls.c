/* test_tls.c: net/conn beneath TLS over a socketpair, with OpenSSL itself as the client;
 * certificates, and what tickets prove. */
#include "check.h"
#include "net/conn.h"
#include "net/tls_cert.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>

static const enum conf_event backends[] = {EVENT_SELECT, EVENT_POLL, EVENT_EPOLL};

static struct clock clock_;
static struct log log_;
static struct metrics metrics;
static struct loop loop;
static struct conns conns;
static struct timer guard, soon;
static enum conf_event backend;
static char *folder;
static struct tls_set *set;

/* The server's conn, what came of it, and the client. */
struct session {
    struct conn *c; /* NULL once closed() was called */
    int peer;
    SSL *ssl;
    enum close_reason reason;
    bool cut, greedy, again;
    unsigned drains;
    size_t at_a_time; /* bytes that data() takes; 0 = all */
    struct buf got, read;
};

static int data(struct conn *c)
{
    struct session *s = c->session;
    size_t n = s->at_a_time > 0 && s->at_a_time < c->in.len ? s->at_a_time : c->in.len;
    buf_add(&s->got, buf_data(&c->in), n);
    buf_consume(&c->in, n);
    if (c->in.len > 0)
        conn_again(c);
    return 0;
}

static void drain(struct conn *c)
{
    ((struct session *)c->session)->drains++;
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct session *s = c->session;
    s->c = NULL;
    s->reason = reason;
    s->cut = c->cut;
}

static const struct conn_ops ops = {"test", 4096, data, drain, NULL, closed, NULL};

static void stop_loop(struct timer *t)
{
    (void)t;
    loop.stop = true;
}

static void give_up(struct timer *t)
{
    (void)t;
    fail_msg("it did not come to its end");
}

static void start(void)
{
    metrics = (struct metrics){0};
    assert_int_equal(loop_init(&loop, backend, &log_, &metrics), 0);
    assert_int_equal(conns_init(&conns, &loop, NULL, NULL), 0);
    guard = (struct timer){.fn = give_up};
    soon = (struct timer){.fn = stop_loop};
    timer_set(&loop.timers, &guard, loop.clock.mono + 60000);
}

static void stop(void)
{
    assert_int_equal(conns.count, 0);
    assert_int_equal(loop.watching, 0);
    conns_free(&conns);
    loop_free(&loop);
}

static void turn(void)
{
    loop.stop = false;
    timer_set(&loop.timers, &soon, loop.clock.mono);
    loop_run(&loop);
}

static char *in_folder(const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        abort();
    return path;
}

static int make_cert(const char *name, const char *host, struct buf *why)
{
    struct buf fingerprint = {0}, file = {0};
    buf_addf(&file, "%s/%s.crt", folder, name);
    char *key = NULL;
    if (asprintf(&key, "%s/%s.key", folder, name) < 0)
        abort();
    const int result = tls_cert_new(buf_str(&file), key, &host, 1, &fingerprint, why);
    assert_int_equal(fingerprint.len, result == 0 ? 95 : 0);
    buf_free(&fingerprint);
    buf_free(&file);
    free(key);
    return result;
}

static int add_cert(struct tls_set *to, const char *crt, const char *key, struct buf *why)
{
    char *a = in_folder(crt), *b = in_folder(key);
    const int result = tls_set_add(to, a, b, why);
    free(a);
    free(b);
    return result;
}

/* --- the client --- */

static SSL *new_client(int fd, SSL_CTX *ctx)
{
    SSL_CTX *own = ctx != NULL ? NULL : SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx != NULL ? ctx : own);
    SSL_CTX_free(own);
    SSL_set_fd(ssl, fd);
    SSL_set_connect_state(ssl);
    return ssl;
}

static struct session *open_plain(void)
{
    struct session *s = calloc(1, sizeof *s);
    const struct addr nobody = {.len = sizeof(struct sockaddr)};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    s->peer = pair[1];
    s->c = conn_open(&conns, pair[0], &ops, s, &nobody, false);
    assert_non_null(s->c);
    return s;
}

static struct session *open_session(void)
{
    struct session *s = open_plain();
    conn_start_tls(s->c, tls_accept(set, "ftp", s->c->watch.fd));
    assert_true(s->c->handshaking);
    s->ssl = new_client(s->peer, NULL);
    return s;
}

static void drop_session(struct session *s)
{
    if (s->c != NULL) {
        conn_close(s->c, CLOSE_STOP);
        turn();
    }
    assert_null(s->c);
    SSL_free(s->ssl);
    buf_free(&s->got);
    buf_free(&s->read);
    if (s->peer >= 0)
        close(s->peer);
    free(s);
}

/* True when the client's call is to be made again, after a turn of the loop. */
static bool again(struct session *s, int result)
{
    const int error = SSL_get_error(s->ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static bool shake(struct session *s)
{
    int result;
    ERR_clear_error();
    while ((result = SSL_do_handshake(s->ssl)) != 1 && again(s, result))
        turn();
    turn();
    turn();
    return result == 1;
}

static void client_says(struct session *s, const char *p, size_t n)
{
    while (n > 0) {
        const size_t part = n < 16000 ? n : 16000;
        const int sent = SSL_write(s->ssl, p, (int)part);
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        } else {
            assert_true(again(s, sent));
        }
        turn();
    }
}

/* Reads until n bytes are there, or the end; the result of the last SSL_read(). */
static int client_reads(struct session *s, size_t n)
{
    int result = 1;
    char piece[5000];
    while (s->read.len < n) {
        ERR_clear_error();
        result = SSL_read(s->ssl, piece, sizeof piece);
        if (result > 0)
            buf_add(&s->read, piece, (size_t)result);
        else if (!again(s, result))
            break;
        turn();
    }
    return result;
}

static bool ends_clean(struct session *s)
{
    return SSL_get_error(s->ssl, client_reads(s, SIZE_MAX)) == SSL_ERROR_ZERO_RETURN;
}

/* --- tests --- */

static char *pattern(size_t n)
{
    struct chance chance = {n};
    char *p = malloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)chance_next(&chance);
    return p;
}

static void test_both_ways(void **state)
{
    (void)state;
    start();
    struct session *s = open_session();
    conn_puts(s->c, "220 hello\r\n"); /* waits for the handshake */
    turn();
    assert_int_equal(s->c->out.bytes, 11);
    assert_true(shake(s));
    assert_false(s->c->handshaking);
    assert_int_equal(metrics.tls_handshakes, 1);
    client_reads(s, 11);
    assert_buf(&s->read, "220 hello\r\n");
    client_says(s, "USER x\r\n", 8);
    turn();
    assert_buf(&s->got, "USER x\r\n");
    conn_puts(s->c, "bye");
    conn_finish(s->c, false);
    turn();
    assert_true(ends_clean(s));
    assert_buf(&s->read, "bye");
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);
    stop();
}

/* The first bytes may come with the end of the handshake; the socket says nothing of them then. */
static void test_first_bytes(void **state)
{
    (void)state;
    start();
    struct session *s = open_session();
    ERR_clear_error();
    while (!SSL_is_init_finished(s->ssl)) {
        const int result = SSL_do_handshake(s->ssl);
        if (result == 1)
            assert_int_equal(SSL_write(s->ssl, "at once", 7), 7);
        else
            assert_true(again(s, result));
        turn();
    }
    turn();
    turn();
    assert_buf(&s->got, "at once");
    drop_session(s);
    stop();
}

static void release(struct ofile *f)
{
    close(f->fd);
}

static void test_much_out(void **state)
{
    (void)state;
    enum { MEMORY = 700000, FILE_BYTES = 500001 };
    char *bytes = pattern(MEMORY + FILE_BYTES), *path = in_folder("file");
    start();
    struct session *s = open_session();
    struct ofile file = {.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
                         .refs = 1,
                         .release = release};
    assert_int_equal(write(file.fd, bytes + MEMORY, FILE_BYTES), FILE_BYTES);
    for (size_t at = 0; at < 100; at++) /* small ones share a record */
        conn_write(s->c, bytes + at, 1);
    struct blk *blk = blk_new(50);
    memcpy(blk->data, bytes + 100, 50);
    blk->len = 50;
    conn_share(s->c, blk);
    blk_unref(blk);
    conn_write(s->c, bytes + 150, MEMORY - 150);
    conn_file(s->c, &file, 0, FILE_BYTES);
    conn_finish(s->c, false); /* during the handshake: closes */
    turn();
    assert_int_equal(s->reason, CLOSE_DONE);
    drop_session(s);
    s = open_session();
    assert_true(shake(s));
    conn_write(s->c, bytes, MEMORY);
    conn_file(s->c, &file, 0, FILE_BYTES);
    conn_finish(s->c, false);
    ofile_unref(&file);
    assert_true(ends_clean(s)); /* close_notify waited for room */
    assert_int_equal(s->read.len, MEMORY + FILE_BYTES);
    assert_memory_equal(buf_data(&s->read), bytes, MEMORY + FILE_BYTES);
    drop_session(s);
    stop();
    free(bytes);
    free(path);
}

static void test_file_cut_short(void **state)
{
    (void)state;
    char *path = in_folder("short");
    start();
    struct session *s = open_session();
    struct ofile file = {
        .fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), .refs = 1, .release = release};
    assert_int_equal(write(file.fd, "abc", 3), 3);
    assert_true(shake(s));
    conn_file(s->c, &file, 0, 10);
    ofile_unref(&file);
    conn_finish(s->c, false);
    assert_false(ends_clean(s));
    assert_buf(&s->read, "abc");
    assert_int_equal(s->reason, CLOSE_ERROR);
    drop_session(s);
    stop();
    free(path);
}

/* More comes than data() takes at a time, so that TLS holds bytes that the socket does not show. */
static void test_much_in(void **state)
{
    (void)state;
    static const size_t shares[] = {0, 1000, 4095};
    enum { BYTES = 400000 };
    char *bytes = pattern(BYTES);
    for (size_t i = 0; i < COUNT(shares); i++) {
        start();
        struct session *s = open_session();
        assert_true(shake(s));
        s->at_a_time = shares[i];
        client_says(s, bytes, BYTES);
        while (s->got.len < BYTES)
            turn();
        assert_memory_equal(buf_data(&s->got), bytes, BYTES);
        SSL_shutdown(s->ssl);
        while (s->c != NULL)
            turn();
        assert_int_equal(s->reason, CLOSE_EOF);
        assert_false(s->cut);
        drop_session(s);
        stop();
    }
    free(bytes);
}

static void test_pause(void **state)
{
    (void)state;
    enum { BYTES = 30000 };
    char *bytes = pattern(BYTES);
    start();
    struct session *s = open_session();
    conn_pause(s->c); /* does not hold up the handshake */
    assert_true(shake(s));
    client_says(s, bytes, BYTES);
    assert_int_equal(s->got.len, 0);
    conn_resume(s->c);
    s->at_a_time = 100;
    while (s->got.len < 5000)
        turn();
    conn_pause(s->c);
    const size_t had = s->got.len;
    turn();
    turn();
    assert_int_equal(s->got.len, had);
    s->at_a_time = 0;
    conn_resume(s->c);
    while (s->got.len < BYTES)
        turn();
    assert_memory_equal(buf_data(&s->got), bytes, BYTES);
    drop_session(s);
    stop();
    free(bytes);
}

static void test_ends(void **state)
{
    (void)state;
    start();
    for (int clean = 0; clean < 2; clean++) {
        struct session *s = open_session();
        assert_true(shake(s));
        client_says(s, "last", 4);
        if (clean)
            SSL_shutdown(s->ssl);
        assert_int_equal(shutdown(s->peer, SHUT_WR), 0);
        while (s->c != NULL)
            turn();
        assert_buf(&s->got, "last");
        assert_int_equal(s->reason, CLOSE_EOF);
        assert_int_equal(s->cut, !clean);
        drop_session(s);
    }
    stop();
}

static void test_no_handshake(void **state)
{
    (void)state;
    static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    start();
    struct session *s = open_session(); /* another protocol */
    assert_int_equal(write(s->peer, http, sizeof http - 1), sizeof http - 1);
    while (s->c != NULL)
        turn();
    assert_int_equal(s->reason, CLOSE_ERROR);
    assert_int_equal(metrics.tls_failed, 1);
    drop_session(s);
    s = open_session(); /* nothing at all */
    conn_deadline(s->c, 1);
    while (s->c != NULL)
        turn();
    assert_int_equal(s->reason, CLOSE_TIMEOUT);
    assert_int_equal(metrics.tls_failed, 2);
    assert_int_equal(metrics.closed_timeout, 1);
    drop_session(s);
    s = open_session(); /* the end */
    close(s->peer);
    s->peer = -1;
    while (s->c != NULL)
        turn();
    assert_int_equal(s->reason, CLOSE_ERROR);
    drop_session(s);
    s = open_plain(); /* no memory, say */
    conn_start_tls(s->c, tls_accept(set, "nodoor", s->c->watch.fd));
    turn();
    assert_int_equal(s->reason, CLOSE_MEMORY);
    drop_session(s);
    stop();
}

/* FTP's AUTH: what was said in plain is sent in plain, then TLS begins; drain() tells when it has.
 */
static void test_start_later(void **state)
{
    (void)state;
    char plain[16];
    start();
    struct session *s = open_plain();
    conn_puts(s->c, "234 go\r\n");
    conn_send(s->c);
    conn_start_tls(s->c, tls_accept(set, "ftp", s->c->watch.fd));
    conn_await(s->c, UINT64_MAX);
    turn();
    assert_int_equal(s->drains, 0);
    assert_int_equal(read(s->peer, plain, sizeof plain), 8);
    s->ssl = new_client(s->peer, NULL);
    assert_true(shake(s));
    assert_int_equal(s->drains, 1);
    drop_session(s);
    stop();
}

/* --- certificates, without a loop --- */

static void test_cert_files(void **state)
{
    (void)state;
    static const struct {
        const char *label, *crt, *key, *said;
    } rows[] = {
        {"no certificate", "none.crt", "one.key", "certificate: "},
        {"no key", "one.crt", "none.key", "key: "},
        {"another's key", "one.crt", "two.key", "key: "},
        {"a key as certificate", "one.key", "one.key", "certificate: "},
        {"a certificate as key", "one.crt", "one.crt", "key: "},
        {"a folder", ".", "one.key", "certificate: "},
        {"empty", "empty", "one.key", "certificate: "},
    };
    char *empty = in_folder("empty"), *key = in_folder("one.key");
    struct stat st;
    struct buf why = {0};
    close(open(empty, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    struct tls_set *other = tls_set_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(rows[i].label, add_cert(other, rows[i].crt, rows[i].key, &why) < 0);
        assert_row(rows[i].label, strncmp(buf_str(&why), rows[i].said, strlen(rows[i].said)) == 0);
        buf_free(&why);
    }
    assert_int_equal(add_cert(other, "one.crt", "one.key", &why), 0);
    tls_set_unref(other);
    tls_set_unref(NULL);
    assert_int_equal(make_cert("one", "again", &why), -1); /* they are there */
    assert_non_null(strstr(buf_str(&why), "is there already"));
    buf_free(&why);
    assert_int_equal(make_cert("bad", "a,DNS:b", &why), -1);
    buf_free(&why);
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    free(empty);
    free(key);
}

/* A client and a server that speak directly; the server's end is returned. */
struct pair {
    int fd[2];
    struct tls *server;
    SSL *client;
};

static struct pair meet(const char *door, const struct tls *control, SSL_CTX *ctx, const char *host,
                        const char *alpn, SSL_SESSION *session)
{
    struct pair p;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, p.fd), 0);
    p.server = control != NULL ? tls_accept_data(control, p.fd[0]) : tls_accept(set, door, p.fd[0]);
    p.client = new_client(p.fd[1], ctx);
    if (host != NULL)
        SSL_set_tlsext_host_name(p.client, host);
    if (alpn != NULL)
        SSL_set_alpn_protos(p.client, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    if (session != NULL) { /* of which OpenSSL lets a client make use once */
        SSL_SESSION *copy = SSL_SESSION_dup(session);
        SSL_set_session(p.client, copy);
        SSL_SESSION_free(copy);
    }
    return p;
}

/* 0 when both have done the handshake. */
static int settle(struct pair *p)
{
    int mine = 0, server = -1;
    for (int i = 0; i < 10; i++) {
        char none;
        ERR_clear_error();
        mine = SSL_do_handshake(p->client);
        if (server < 0)
            server = tls_handshake(p->server);
        if (mine == 1)
            (void)SSL_read(p->client, &none, 1); /* takes tickets */
    }
    return mine == 1 && server == 0 ? 0 : -1;
}

static void part(struct pair *p)
{
    tls_free(p->server);
    SSL_free(p->client);
    close(p->fd[0]);
    close(p->fd[1]);
}

static void test_alpn(void **state)
{
    (void)state;
    static const struct {
        const char *door, *alpn;
        bool ok;
    } rows[] = {
        {"irc", NULL, true},
        {"irc", "\003irc", true},
        {"irc", "\010http/1.1", false},
        {"http", "\002h2\010http/1.1", true},
        {"http", "\002h2", false},
        {"http", "\003ftp", false},
        {"ftp", "\003ftp", true},
        {"ftp", "\010ftp-data", false},
        {"ftp", "\003irc\010http/1.1", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair p = meet(rows[i].door, NULL, NULL, NULL, rows[i].alpn, NULL);
        assert_row(rows[i].alpn != NULL ? rows[i].alpn : "none", (settle(&p) == 0) == rows[i].ok);
        part(&p);
    }
}

static void test_old_versions(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT(versions); i++) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_min_proto_version(ctx, versions[i]);
        SSL_CTX_set_max_proto_version(ctx, versions[i]);
        struct pair p = meet("http", NULL, ctx, NULL, NULL, NULL);
        assert_int_equal(settle(&p), versions[i] >= TLS1_2_VERSION ? 0 : -1);
        if (versions[i] == TLS1_3_VERSION) {
            struct buf b = {0};
            tls_describe(p.server, &b);
            assert_buf(&b, "TLSv1.3 TLS_AES_256_GCM_SHA384");
        }
        part(&p);
        SSL_CTX_free(ctx);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *shown;
    } rows[] = {{"two.example", "two.example"},
                {"one.example", "one.example"},
                {"TWO.EXAMPLE", "two.example"},
                {"three.example", "one.example"},
                {NULL, "one.example"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair p = meet("irc", NULL, NULL, rows[i].asked, "\003irc", NULL);
        assert_int_equal(settle(&p), 0);
        X509 *x = SSL_get0_peer_certificate(p.client);
        assert_row(rows[i].asked, X509_check_host(x, rows[i].shown, 0, 0, NULL) == 1);
        part(&p);
    }
}

static SSL_SESSION *latest;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(latest);
    latest = session;
    return 1;
}

static SSL_CTX *keeping_ctx(int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return ctx;
}

static bool data_resumes(const struct pair *control, SSL_CTX *ctx, const char *host,
                         SSL_SESSION *session)
{
    struct pair data = meet(NULL, control->server, ctx, host, "\010ftp-data", session);
    assert_int_equal(settle(&data), 0);
    const bool result = tls_resumes(data.server, control->server);
    assert_true(!result || tls_resumed(data.server));
    part(&data);
    return result;
}

/* A data channel proves with its control connection's ticket whose it is, and with nothing else. */
static void resume_with(int version, const char *host)
{
    SSL_CTX *ctx = keeping_ctx(version);
    struct pair first = meet("ftp", NULL, ctx, host, NULL, NULL);
    assert_int_equal(settle(&first), 0);
    SSL_SESSION *of_first = latest;
    latest = NULL;
    assert_non_null(of_first);
    assert_true(data_resumes(&first, ctx, host, of_first));
    assert_true(data_resumes(&first, ctx, host, of_first));
    assert_false(data_resumes(&first, ctx, host, NULL));
    if (latest != NULL) /* a ticket that a data channel gave to whoever came */
        assert_false(data_resumes(&first, ctx, host, latest));
    /* For clients that use a ticket once there are more, by the control connection. */
    SSL_SESSION_free(latest);
    latest = NULL;
    if (version == TLS1_3_VERSION) {
        char reply[8];
        tls_new_ticket(first.server);
        assert_int_equal(tls_write(first.server, "226\r\n", 5), 5);
        assert_int_equal(SSL_read(first.client, reply, sizeof reply), 5);
        assert_non_null(latest);
        assert_true(data_resumes(&first, ctx, host, latest));
    } else {
        tls_new_ticket(first.server);
        assert_int_equal(tls_write(first.server, "226\r\n", 5), 5);
    }
    struct pair second = meet("ftp", NULL, ctx, host, NULL, NULL);
    assert_int_equal(settle(&second), 0);
    assert_false(data_resumes(&second, ctx, host, of_first));
    part(&second);
    /* A control connection that resumes is the same client's, with either ticket. */
    struct pair third = meet("ftp", NULL, ctx, host, NULL, of_first);
    assert_int_equal(settle(&third), 0);
    assert_true(tls_resumed(third.server));
    assert_true(data_resumes(&third, ctx, host, of_first));
    part(&third);
    /* Tickets of one door are nothing at another. */
    struct pair irc = meet("irc", NULL, ctx, host, NULL, of_first);
    if (settle(&irc) == 0)
        assert_false(tls_resumed(irc.server));
    part(&irc);
    part(&first);
    SSL_SESSION_free(of_first);
    SSL_SESSION_free(latest);
    latest = NULL;
    SSL_CTX_free(ctx);
}

static void test_resume(void **state)
{
    (void)state;
    resume_with(TLS1_3_VERSION, NULL);
    resume_with(TLS1_2_VERSION, NULL);
    resume_with(TLS1_3_VERSION, "two.example"); /* another certificate, the same tickets */
    resume_with(TLS1_2_VERSION, "two.example");
}

static void test_fingerprint(void **state)
{
    (void)state;
    char hex[TLS_FINGERPRINT_MAX];
    char *crt = in_folder("two.crt"), *key = in_folder("two.key");
    SSL_CTX *ctx = keeping_ctx(TLS1_3_VERSION);
    assert_int_equal(SSL_CTX_use_certificate_file(ctx, crt, SSL_FILETYPE_PEM), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM), 1);
    struct pair p = meet("irc", NULL, ctx, NULL, NULL, NULL);
    assert_int_equal(settle(&p), 0);
    assert_true(tls_fingerprint(p.server, hex));
    assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
    assert_int_equal(strlen(hex), 64);
    struct pair resumed = meet("irc", NULL, ctx, NULL, NULL, latest);
    char same[TLS_FINGERPRINT_MAX];
    assert_int_equal(settle(&resumed), 0);
    assert_true(tls_resumed(resumed.server));
    assert_true(tls_fingerprint(resumed.server, same));
    assert_string_equal(same, hex);
    part(&resumed);
    part(&p);
    p = meet("http", NULL, ctx, NULL, NULL, NULL); /* does not ask */
    assert_int_equal(settle(&p), 0);
    assert_false(tls_fingerprint(p.server, hex));
    part(&p);
    p = meet("irc", NULL, NULL, NULL, NULL, NULL); /* is asked, and has none */
    assert_int_equal(settle(&p), 0);
    assert_false(tls_fingerprint(p.server, hex));
    part(&p);
    SSL_SESSION_free(latest);
    latest = NULL;
    SSL_CTX_free(ctx);
    free(crt);
    free(key);
}

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    log_quiet(&log_, &clock_);
    folder = folder_new();
    tls_init();
    set = tls_set_new();
    const bool ok = make_cert("one", "one.example", &why) == 0 &&
                    make_cert("two", "two.example", &why) == 0 &&
                    add_cert(set, "one.crt", "one.key", &why) == 0 &&
                    add_cert(set, "two.crt", "two.key", &why) == 0;
    if (!ok)
        fprintf(stderr, "%s\n", buf_str(&why));
    buf_free(&why);
    return ok ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tls_set_unref(set);
    folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(test_cert_files),   cmocka_unit_test(test_alpn),
        cmocka_unit_test(test_old_versions), cmocka_unit_test(test_names),
        cmocka_unit_test(test_resume),       cmocka_unit_test(test_fingerprint),
    };
    const struct CMUnitTest looped[] = {
        cmocka_unit_test(test_both_ways),   cmocka_unit_test(test_first_bytes),
        cmocka_unit_test(test_much_out),    cmocka_unit_test(test_file_cut_short),
        cmocka_unit_test(test_much_in),     cmocka_unit_test(test_pause),
        cmocka_unit_test(test_ends),        cmocka_unit_test(test_no_handshake),
        cmocka_unit_test(test_start_later),
    };
    int failed = cmocka_run_group_tests(alone, set_up, tear_down);
    for (size_t i = 0; i < COUNT(backends); i++) {
        backend = backends[i];
        failed += cmocka_run_group_tests(looped, set_up, tear_down);
    }
    return failed;
}
