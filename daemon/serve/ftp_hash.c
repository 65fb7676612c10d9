/* ftp_hash.c: digests of files: HASH (draft-bryan-ftpext-hash-02), MD5 (draft-twine-ftpmd5-00), and
 * XCRC and its like, which no document describes: as ProFTPD's mod_digest has them. The workers
 * compute them; to the session that is like a transfer: other commands wait, ABOR ends it. */
#include "parse/ftp_part.h"
#include "serve/ftp.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* As the IANA's "Hash Function Textual Names" has them, but for the last. */
static const struct {
    const char *name;
    enum digest_kind kind;
} algorithms[] = {{"SHA-256", DIGEST_SHA256}, /* the one that holds until another is chosen */
                  {"SHA-512", DIGEST_SHA512},
                  {"SHA-1", DIGEST_SHA1},
                  {"MD5", DIGEST_MD5},
                  {"CRC32", DIGEST_CRC32}};
enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

/* The commands, by what their replies are like. */
enum form { FORM_HASH, FORM_MD5, FORM_X };

struct ftp_sum {
    struct ftp *session;
    uint64_t ticket;
    int fd;
    struct stat st; /* as it was when we began */
    uint64_t from, till;
    enum form form;
    enum digest_kind kind;
    unsigned char answer[DIGEST_MAX];
    char name[]; /* as it was given */
};

/* --- which one --- */

static enum digest_kind chosen(const struct ftp *s)
{
    return s->hash != DIGEST_NONE ? (enum digest_kind)s->hash : algorithms[0].kind;
}

static const char *name_of(enum digest_kind kind)
{
    int i = 0;
    while (algorithms[i].kind != kind)
        i++;
    return algorithms[i].name;
}

void ftp_hash_feat(struct ftp *s, struct buf *line)
{
    for (int i = 0; i < ALGORITHMS; i++)
        buf_addf(line, "%c%s%s", i > 0 ? ';' : ' ', algorithms[i].name,
                 algorithms[i].kind == chosen(s) ? "*" : "");
}

void ftp_opts_hash(struct ftp *s, struct str arg)
{
    int i = 0;
    while (arg.n > 0 && i < ALGORITHMS && !str_ieq(arg, algorithms[i].name))
        i++;
    if (i == ALGORITHMS) {
        ftp_reply(s, 501, "Unknown algorithm; %s stays.", name_of(chosen(s)));
        return;
    }
    if (arg.n > 0)
        s->hash = (unsigned char)algorithms[i].kind;
    ftp_reply(s, 200, "%s", name_of(chosen(s)));
}

/* --- the end --- */

const char *ftp_sum_name(const struct ftp_sum *sum)
{
    return sum->name;
}

void ftp_sum_drop(struct ftp_sum *sum)
{
    if (sum == NULL)
        return;
    struct store *store = ftp_store(sum->session);
    if (sum->ticket != 0)
        store->jobs->cancel(store->jobs, sum->ticket);
    store_close_fd(store, sum->fd);
    free(sum);
}

/* A file of another name that took the place of this one is no change: it is told of as it was. */
static bool has_changed(const struct ftp_sum *sum)
{
    struct stat now;
    return fstat(sum->fd, &now) < 0 || now.st_size != sum->st.st_size ||
           !clock_same(&now.st_mtim, &sum->st.st_mtim);
}

static void tell(struct ftp *s, const struct ftp_sum *sum)
{
    char hex[2 * DIGEST_MAX + 1];
    struct buf b = {0};
    text_to_hex(hex, sum->answer, digest_size(sum->kind));
    for (char *c = hex; *c != '\0' && sum->form != FORM_HASH; c++)
        *c = text_upper(*c);
    switch (sum->form) {
    case FORM_HASH: /* the last byte's number; of an empty file, 0 */
        buf_addf(&b, "%s %llu-%llu %s %s", name_of(sum->kind), (unsigned long long)sum->from,
                 (unsigned long long)(sum->till > sum->from ? sum->till - 1 : sum->from), hex,
                 sum->name);
        ftp_transfer_end(s, 213, buf_str(&b), "");
        break;
    case FORM_MD5:
        buf_addf(&b, "%s %s", sum->name, hex);
        ftp_transfer_end(s, 251, buf_str(&b), "");
        break;
    case FORM_X: ftp_transfer_end(s, 250, hex, ""); break;
    }
    buf_free(&b);
}

static void computed(void *arg, int err)
{
    struct ftp_sum *sum = arg;
    struct ftp *s = sum->session;
    sum->ticket = 0;
    if (has_changed(sum))
        ftp_transfer_end(s, 450, "The file changes just now; try again later.", "changed");
    else if (err != 0)
        ftp_transfer_fail(s, err, sum->name);
    else
        tell(s, sum);
}

/* --- the beginning --- */

static void refuse(struct ftp *s, enum form form, int err, struct str name)
{
    if (err == EISDIR && form != FORM_X)
        ftp_reply(s, form == FORM_HASH ? 553 : 504, "%.*s: It is a directory.", (int)name.n,
                  name.p);
    else
        ftp_error(s, err, name);
}

/* 0, or an errno. */
static int open_file(struct ftp *s, const char *path, struct ftp_sum *sum)
{
    int err = store_open_fd(ftp_store(s), path, &sum->fd);
    if (err != 0)
        return err;
    if (fstat(sum->fd, &sum->st) < 0)
        err = errno;
    else if (!S_ISREG(sum->st.st_mode))
        err = S_ISDIR(sum->st.st_mode) ? EISDIR : ENOENT;
    if (err != 0)
        close(sum->fd);
    return err;
}

/* Is that part there? Else the reply is given. */
static bool fits(struct ftp *s, struct ftp_sum *sum)
{
    const uint64_t size = (uint64_t)sum->st.st_size;
    if (sum->from > 0 && sum->from >= size) {
        ftp_reply(s, sum->form == FORM_HASH ? 551 : 501, "That is beyond the end of the file.");
        return false;
    }
    if (sum->form == FORM_X && sum->till != UINT64_MAX &&
        (sum->till > size || sum->till <= sum->from)) {
        ftp_reply(s, 501, "The end has to be behind the start, and not beyond that of the file.");
        return false;
    }
    sum->till = sum->till < size ? sum->till : size;
    return true;
}

static int submit(struct ftp *s, struct ftp_sum *sum)
{
    struct job_runner *jobs = ftp_store(s)->jobs;
    const struct job job = {.kind = JOB_DIGEST,
                            .fd = sum->fd,
                            .fd2 = -1,
                            .from = sum->from,
                            .len = sum->till - sum->from,
                            .digest = sum->kind,
                            .answer = sum->answer,
                            .done = computed,
                            .arg = sum};
    sum->ticket = jobs->submit(jobs, &job);
    return sum->ticket != 0 ? 0 : EAGAIN;
}

static void compute(struct ftp *s, enum form form, enum digest_kind kind,
                    const struct ftp_part *part)
{
    char path[PATH_BYTES_MAX];
    if (!ftp_path(s, part->name, path))
        return;
    struct ftp_sum *sum = calloc(1, sizeof *sum + part->name.n + 1);
    if (sum == NULL) {
        ftp_error(s, ENOMEM, part->name);
        return;
    }
    *sum = (struct ftp_sum){
        .session = s, .from = part->from, .till = part->till, .form = form, .kind = kind};
    memcpy(sum->name, part->name.p, part->name.n);
    int err = open_file(s, path, sum);
    if (err != 0) {
        refuse(s, form, err, part->name);
        free(sum);
        return;
    }
    if (fits(s, sum) && (err = submit(s, sum)) == 0) {
        s->sum = sum;
        s->transfer = FTP_SUM;
        return;
    }
    if (err != 0)
        ftp_error(s, err, part->name);
    ftp_sum_drop(sum);
}

/* --- commands --- */

void ftp_hash(struct ftp *s, struct str arg)
{
    struct ftp_part part = {.name = arg, .till = UINT64_MAX};
    if (s->till != 0) {
        part.from = s->rest;
        part.till = s->till;
    }
    compute(s, FORM_HASH, chosen(s), &part);
}

void ftp_md5(struct ftp *s, struct str arg)
{
    const struct ftp_part part = {.name = arg, .till = UINT64_MAX};
    compute(s, FORM_MD5, DIGEST_MD5, &part);
}

/* Is there something of that name, for him who asks? */
static bool is_there(struct ftp *s, struct str name)
{
    char path[PATH_BYTES_MAX];
    struct stat st;
    return path_resolve(ftp_cwd(s), name, path) && (ftp_rights(s, path) & MAY_READ) &&
           store_stat(ftp_store(s), path, &st) == 0;
}

/* Of the ways to understand the argument, the first that names something. */
static void compute_part(struct ftp *s, struct str arg, enum digest_kind kind)
{
    struct ftp_part way[FTP_PART_WAYS];
    const unsigned ways = ftp_part_parse(way, arg);
    if (ways == 0) {
        ftp_reply(s, 501, "That takes a name, in quotes or not, and perhaps a start and an end.");
        return;
    }
    unsigned i = 0;
    while (i < ways && !is_there(s, way[i].name))
        i++;
    const struct ftp_part *part = &way[i < ways ? i : 0];
    if (ftp_permitted(s, MAY_READ, part->name))
        compute(s, FORM_X, kind, part);
}

void ftp_xcrc(struct ftp *s, struct str arg)
{
    compute_part(s, arg, DIGEST_CRC32);
}

void ftp_xmd5(struct ftp *s, struct str arg)
{
    compute_part(s, arg, DIGEST_MD5);
}

void ftp_xsha1(struct ftp *s, struct str arg)
{
    compute_part(s, arg, DIGEST_SHA1);
}

void ftp_xsha256(struct ftp *s, struct str arg)
{
    compute_part(s, arg, DIGEST_SHA256);
}

void ftp_xsha512(struct ftp *s, struct str arg)
{
    compute_part(s, arg, DIGEST_SHA512);
}
