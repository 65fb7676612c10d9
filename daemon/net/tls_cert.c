#include "net/tls_cert.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CERT_DAYS = 825 }; /* the most that some clients accept */

static bool add_extension(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
    const bool ok = e != NULL && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

/* "DNS:host,IP:127.0.0.1"; false at a name that is none. */
static bool alternative_names(struct buf *out, const char *const *names, int n, struct buf *why)
{
    for (int i = 0; i < n; i++) {
        const size_t len = strlen(names[i]);
        if (len == 0 || len > 253 ||
            strspn(names[i],
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:*") != len) {
            buf_addf(why, "%s is no name of a host", names[i]);
            return false;
        }
        ASN1_OCTET_STRING *ip = a2i_IPADDRESS(names[i]);
        buf_addf(out, "%s%s:%s", i > 0 ? "," : "", ip != NULL ? "IP" : "DNS", names[i]);
        ASN1_OCTET_STRING_free(ip);
    }
    return true;
}

static bool fill_certificate(X509 *x, EVP_PKEY *key, const char *name, const char *names)
{
    X509V3_CTX ctx;
    unsigned char serial[16];
    char common[65];
    text_copy(common, sizeof common, name); /* the field holds no more (RFC 5280) */
    if (RAND_bytes(serial, sizeof serial) != 1)
        return false;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    bool ok = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != NULL;
    BN_free(number);
    X509_NAME *subject = X509_get_subject_name(x);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    ok = ok && X509_set_version(x, X509_VERSION_3) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(x), -86400) != NULL && /* some clocks are behind */
         X509_gmtime_adj(X509_getm_notAfter(x), (CERT_DAYS - 1) * 86400L) != NULL &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)common, -1,
                                    -1, 0) == 1 &&
         X509_set_issuer_name(x, subject) == 1 && X509_set_pubkey(x, key) == 1 &&
         add_extension(x, &ctx, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(x, &ctx, NID_key_usage, "critical,digitalSignature") &&
         add_extension(x, &ctx, NID_ext_key_usage, "serverAuth") &&
         add_extension(x, &ctx, NID_subject_key_identifier, "hash") &&
         add_extension(x, &ctx, NID_subject_alt_name, names);
    return ok && X509_sign(x, key, EVP_sha256()) > 0;
}

/* Writes either of them to a file that must be new. */
static bool write_pem(const char *path, mode_t mode, X509 *x, EVP_PKEY *key, struct buf *why)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        buf_addf(why, "%s: %s", path, errno == EEXIST ? "is there already" : strerror(errno));
        return false;
    }
    (void)fchmod(fd, mode); /* whatever the umask */
    BIO *bio = BIO_new_fd(fd, BIO_NOCLOSE);
    const bool ok = bio != NULL && (x != NULL ? PEM_write_bio_X509(bio, x)
                                              : PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL,
                                                                              0, NULL, NULL)) == 1;
    BIO_free(bio);
    if (close(fd) == 0 && ok)
        return true;
    buf_addf(why, "%s: cannot be written", path);
    (void)unlink(path);
    return false;
}

static void add_fingerprint(struct buf *out, const X509 *x)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(x, EVP_sha256(), hash, &n) != 1)
        return;
    for (unsigned i = 0; i < n; i++)
        buf_addf(out, "%s%02X", i > 0 ? ":" : "", hash[i]);
}

int tls_cert_new(const char *certificate, const char *key, const char *const *names, int n,
                 struct buf *fingerprint, struct buf *why)
{
    struct buf san = {0};
    int result = -1;
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    if (!alternative_names(&san, names, n, why))
        goto out;
    if (pkey == NULL || x == NULL || !fill_certificate(x, pkey, names[0], buf_str(&san))) {
        buf_addf(why, "cannot make a certificate: %s", ERR_reason_error_string(ERR_peek_error()));
        goto out;
    }
    if (!write_pem(key, 0600, NULL, pkey, why))
        goto out;
    if (!write_pem(certificate, 0644, x, NULL, why)) {
        (void)unlink(key);
        goto out;
    }
    add_fingerprint(fingerprint, x);
    result = 0;
out:
    buf_free(&san);
    X509_free(x);
    EVP_PKEY_free(pkey);
    return result;
}
