/* irc_sasl.c: SASL by AUTHENTICATE (IRCv3 sasl 3.1 and 3.2), with PLAIN (RFC 4616), EXTERNAL (a
 * certificate) and SCRAM-SHA-256 (RFC 5802, 7677). It may come before registration and after, and
 * again: then the session is another account's. */
#include "serve/irc.h"

#include "base/secret.h"
#include "net/tls.h"
#include "parse/base64.h"
#include "parse/sasl_plain.h"
#include "parse/scram.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 400,     /* bytes of base 64 in one AUTHENTICATE; a full one has more behind it */
    SASL_MAX = 1024, /* of all of them */
};

/* --- what can be had --- */

static bool has_certificate(const struct irc *s)
{
    char print[TLS_FINGERPRINT_MAX];
    return s->conn->tls != NULL && tls_fingerprint(s->conn->tls, print);
}

/* By this connection: SCRAM sends no password, and so needs TLS only where everything does. */
static bool offers(const struct irc *s, enum irc_sasl mechanism)
{
    switch (mechanism) {
    case IRC_SASL_PLAIN: return !serve_needs_tls(s->conn, true);
    case IRC_SASL_EXTERNAL: return has_certificate(s);
    case IRC_SASL_SCRAM: return !serve_needs_tls(s->conn, false);
    case IRC_SASL_NONE: break;
    }
    return false;
}

static const struct {
    const char *name;
    enum irc_sasl mechanism;
} mechanisms[] = {
    {"PLAIN", IRC_SASL_PLAIN},
    {"EXTERNAL", IRC_SASL_EXTERNAL},
    {"SCRAM-SHA-256", IRC_SASL_SCRAM},
};
enum { MECHANISMS = sizeof mechanisms / sizeof mechanisms[0] };

bool irc_sasl_there(const struct irc *s)
{
    for (size_t i = 0; i < MECHANISMS; i++)
        if (offers(s, mechanisms[i].mechanism))
            return true;
    return false;
}

void irc_sasl_value(const struct irc *s, struct buf *out)
{
    const char *comma = "";
    for (size_t i = 0; i < MECHANISMS; i++)
        if (offers(s, mechanisms[i].mechanism)) {
            buf_addf(out, "%s%s", comma, mechanisms[i].name);
            comma = ",";
        }
}

/* --- the end --- */

/* What SCRAM-SHA-256 has to know from one message to the next. */
struct irc_scram {
    struct login_proof proof; /* with a reference to the account */
    struct verifier verifier;
    struct buf gs2, nonce;
    struct buf said; /* RFC 5802's AuthMessage, as far as it has come */
    unsigned char signature[VERIFIER_KEY];
    bool proven; /* only the client's last word is due */
    char name[NAME_BYTES_MAX + 1];
};

static void scram_free(struct irc *s)
{
    struct irc_scram *x = s->scram;
    if (x == NULL)
        return;
    account_unref(x->proof.account);
    buf_free(&x->gs2);
    buf_free(&x->nonce);
    buf_free(&x->said);
    explicit_bzero(x, sizeof *x);
    free(x);
    s->scram = NULL;
}

void irc_sasl_end(struct irc *s)
{
    if (s->sasl.mem != NULL)
        explicit_bzero(s->sasl.mem, s->sasl.cap);
    buf_free(&s->sasl);
    scram_free(s);
    s->mechanism = IRC_SASL_NONE;
}

void irc_sasl_abort(struct irc *s)
{
    irc_sasl_end(s);
    irc_reply(s, ERR_SASLABORTED, ":SASL authentication aborted");
}

static void sasl_fail(struct irc *s)
{
    irc_sasl_end(s);
    irc_reply(s, ERR_SASLFAIL, ":SASL authentication failed");
    (void)irc_may_fail_again(s);
}

/* Nobody's fault; who is in the chat stays there. */
static void sasl_busy(struct irc *s)
{
    irc_sasl_end(s);
    if (s->registered)
        irc_reply(s, ERR_SASLFAIL, ":" IRC_TOO_MANY_LOGINS);
    else
        irc_error(s, IRC_TOO_MANY_LOGINS);
}

static void sasl_become(struct irc *s, struct account *a)
{
    irc_sasl_end(s);
    if (irc_become(s, a))
        irc_reply(s, RPL_SASLSUCCESS, ":SASL authentication successful");
    else
        sasl_busy(s);
}

/* What a login has come to that did not succeed. */
static void sasl_refused(struct irc *s, enum login_result result)
{
    if (result == LOGIN_DENIED)
        sasl_fail(s);
    else
        sasl_busy(s);
}

/* Waits for l, if it has begun. */
static void wait_for(struct irc *s, struct login *l)
{
    s->login = l;
    if (l != NULL)
        conn_pause(s->conn);
    else
        sasl_busy(s);
}

/* In base 64, and in chunks. */
static void sasl_send(struct irc *s, struct str message)
{
    struct buf text = {0};
    base64_encode(&text, message.p, message.n);
    struct str rest = {buf_data(&text), text.len};
    for (; rest.n >= CHUNK; rest = (struct str){rest.p + CHUNK, rest.n - CHUNK})
        irc_line(s, "AUTHENTICATE %.*s", CHUNK, rest.p);
    irc_line(s, "AUTHENTICATE %.*s", rest.n > 0 ? (int)rest.n : 1, rest.n > 0 ? rest.p : "+");
    buf_free(&text);
}

/* --- PLAIN --- */

static void plain_done(void *arg, enum login_result result, struct account *a)
{
    struct irc *s = arg;
    s->login = NULL;
    if (s->conn->finishing || s->conn->closing)
        return; /* thrown out meanwhile */
    irc_go_on(s);
    if (result == LOGIN_OK)
        sasl_become(s, a);
    else
        sasl_refused(s, result);
    irc_gone_on(s);
}

static bool is_same(struct str a, struct str b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static void plain(struct irc *s, struct str message)
{
    struct str authzid, name, password;
    if (!sasl_plain_parse(message, &authzid, &name, &password) ||
        (authzid.n > 0 && !is_same(authzid, name)))
        sasl_fail(s);
    else
        wait_for(s, login_begin(s->conn, name, password, plain_done, s));
}

/* --- EXTERNAL --- */

/* A certificate, which TLS has proved to be the client's, stands for name and password; the name
 * that may come with it must be the one that it is for. */
static void external(struct irc *s, struct str authzid)
{
    char print[TLS_FINGERPRINT_MAX];
    struct account *a =
        tls_fingerprint(s->conn->tls, print) ? login_by_cert(irc_serve(s), print) : NULL;
    if (a != NULL && (authzid.n == 0 || account_find(irc_serve(s)->accounts, authzid) == a))
        sasl_become(s, a);
    else
        sasl_fail(s);
}

/* --- SCRAM-SHA-256 --- */

/* Another name that is asked for, without the right to it, is refused as one that nobody has. */
static bool names_itself(const struct scram_first *f, struct irc_scram *x)
{
    char authzid[NAME_BYTES_MAX + 1];
    return scram_name(f->name, x->name, sizeof x->name) &&
           (f->authzid.p == NULL ||
            (scram_name(f->authzid, authzid, sizeof authzid) && strcmp(authzid, x->name) == 0));
}

/* "r=NONCE,s=SALT,i=ITERATIONS", into x->said, behind what the client has said. False when memory
 * or randomness is out. */
static bool scram_challenge(struct irc_scram *x, const struct scram_first *f)
{
    char ours[33];
    if (!secret_new(ours, sizeof ours))
        return false;
    buf_add(&x->gs2, f->gs2.p, f->gs2.n);
    buf_add(&x->nonce, f->nonce.p, f->nonce.n);
    buf_adds(&x->nonce, ours);
    buf_add(&x->said, f->bare.p, f->bare.n);
    buf_addf(&x->said, ",r=%s,s=", buf_str(&x->nonce));
    base64_encode(&x->said, x->verifier.salt, sizeof x->verifier.salt);
    buf_addf(&x->said, ",i=%u", x->verifier.iterations);
    return !x->gs2.failed && !x->nonce.failed && !x->said.failed;
}

static void scram_first(struct irc *s, struct str message)
{
    struct scram_first f;
    struct irc_scram *x = s->scram = calloc(1, sizeof *s->scram);
    if (x == NULL || scram_first_parse(message, &f) != SCRAM_OK || !names_itself(&f, x)) {
        sasl_fail(s);
        return;
    }
    struct account *a = account_verifier(irc_serve(s)->accounts, str_of(x->name), &x->verifier);
    if (a != NULL)
        x->proof = (struct login_proof){.account = account_ref(a), .generation = a->generation};
    if (!scram_challenge(x, &f)) {
        sasl_fail(s);
        return;
    }
    const size_t heard = f.bare.n + 1;
    sasl_send(s, (struct str){buf_data(&x->said) + heard, x->said.len - heard});
}

static void scram_done(void *arg, enum login_result result, struct account *a)
{
    struct irc *s = arg;
    struct buf b = {0};
    (void)a;
    s->login = NULL;
    if (s->conn->finishing || s->conn->closing)
        return; /* thrown out meanwhile */
    irc_go_on(s);
    if (result == LOGIN_OK) {
        buf_adds(&b, "v=");
        base64_encode(&b, s->scram->signature, sizeof s->scram->signature);
        s->scram->proven = true;
        sasl_send(s, (struct str){buf_data(&b), b.len});
        buf_free(&b);
    } else {
        sasl_refused(s, result);
    }
    irc_gone_on(s);
}

/* Is it about what was said before? */
static bool fits(const struct irc_scram *x, const struct scram_final *f)
{
    struct buf binding = {0};
    base64_encode(&binding, buf_data(&x->gs2), x->gs2.len);
    const bool ok = is_same(f->binding, (struct str){buf_data(&binding), binding.len}) &&
                    is_same(f->nonce, (struct str){buf_data(&x->nonce), x->nonce.len});
    buf_free(&binding);
    return ok;
}

static void scram_final(struct irc *s, struct str message)
{
    struct irc_scram *x = s->scram;
    struct scram_final f;
    unsigned char proof[VERIFIER_KEY];
    if (scram_final_parse(message, &f) != SCRAM_OK || !fits(x, &f) ||
        base64_decode(f.proof, (char *)proof, sizeof proof) != (ssize_t)sizeof proof) {
        sasl_fail(s);
        return;
    }
    buf_addc(&x->said, ',');
    buf_add(&x->said, f.unproven.p, f.unproven.n);
    const struct str said = {buf_data(&x->said), x->said.len};
    x->proof.right = !x->said.failed && verifier_proves(&x->verifier, said, proof) &&
                     verifier_sign(&x->verifier, said, x->signature);
    explicit_bzero(proof, sizeof proof);
    wait_for(s, login_begin_proven(s->conn, str_of(x->name), &x->proof, scram_done, s));
}

/* The client has seen our proof, too; meanwhile the account may have changed. */
static void scram_last(struct irc *s, struct str message)
{
    struct account *a = s->scram->proof.account;
    if (message.n > 0 || !account_usable(a) || a->generation != s->scram->proof.generation) {
        sasl_fail(s);
        return;
    }
    account_ref(a);
    sasl_become(s, a);
    account_unref(a);
}

static void scram(struct irc *s, struct str message)
{
    if (s->scram == NULL)
        scram_first(s, message);
    else if (!s->scram->proven)
        scram_final(s, message);
    else
        scram_last(s, message);
}

/* --- AUTHENTICATE --- */

/* The whole message is there, in base 64. */
static void sasl_whole(struct irc *s)
{
    char bytes[SASL_MAX];
    const ssize_t n =
        base64_decode((struct str){buf_data(&s->sasl), s->sasl.len}, bytes, sizeof bytes);
    const struct str message = {bytes, n > 0 ? (size_t)n : 0};
    explicit_bzero(s->sasl.mem, s->sasl.cap);
    buf_clear(&s->sasl);
    if (n < 0)
        sasl_fail(s);
    else if (s->mechanism == IRC_SASL_EXTERNAL)
        external(s, message);
    else if (s->mechanism == IRC_SASL_SCRAM)
        scram(s, message);
    else
        plain(s, message);
    explicit_bzero(bytes, sizeof bytes);
}

static enum irc_sasl mechanism_named(struct str name)
{
    for (size_t i = 0; i < MECHANISMS; i++)
        if (str_ieq(name, mechanisms[i].name))
            return mechanisms[i].mechanism;
    return IRC_SASL_NONE;
}

static void sasl_begin(struct irc *s, struct str name)
{
    const enum irc_sasl mechanism = mechanism_named(name);
    if (serve_needs_tls(s->conn, mechanism == IRC_SASL_PLAIN)) {
        irc_refuse_plain(s); /* before the password comes */
    } else if (!offers(s, mechanism)) {
        struct buf list = {0};
        irc_sasl_value(s, &list);
        irc_reply(s, RPL_SASLMECHS, "%s :are available SASL mechanisms", buf_str(&list));
        buf_free(&list);
        sasl_fail(s);
    } else if (buf_reserve(&s->sasl, SASL_MAX) == NULL) { /* so that it never moves */
        sasl_fail(s);
    } else {
        s->mechanism = mechanism;
        sasl_send(s, STR(""));
    }
}

void irc_authenticate(struct irc *s, const struct irc_msg *m)
{
    const struct str arg = m->param[0];
    if (str_eq(arg, "*")) {
        irc_sasl_abort(s);
    } else if (s->mechanism == IRC_SASL_NONE) {
        sasl_begin(s, arg);
    } else if (arg.n > CHUNK || s->sasl.len + arg.n > SASL_MAX) {
        irc_sasl_end(s);
        irc_reply(s, ERR_SASLTOOLONG, ":SASL message too long");
    } else {
        if (!str_eq(arg, "+"))
            buf_add(&s->sasl, arg.p, arg.n);
        if (arg.n < CHUNK)
            sasl_whole(s);
    }
}
