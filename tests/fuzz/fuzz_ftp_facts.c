/* fuzz_ftp_facts.c: an argument as OPTS MLST, MFMT and MFF take it: nothing is read beyond it, and
 * what was understood is written and understood again. */
#include "fuzz.h"
#include "parse/ftp_facts.h"

static void check_facts(struct str arg)
{
    unsigned on, again;
    struct buf b = {0};
    if (!ftp_facts_parse(arg, &on))
        return;
    ftp_facts_write(&b, on, false);
    CHECK(ftp_facts_parse((struct str){buf_data(&b), b.len}, &again) && again == on);
    buf_free(&b);
}

static void check_time(struct timespec t)
{
    CHECK(t.tv_sec >= 0 && t.tv_sec < 253402300800 + 60);
    CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
}

static void check_change(struct str arg)
{
    struct ftp_change c;
    const enum ftp_mff result = ftp_mff_parse(&c, arg);
    CHECK(lies_within(c.path, arg.p, arg.n) && lies_within(c.unknown, arg.p, arg.n));
    if (result == FTP_MFF_BAD)
        return;
    CHECK(c.path.n > 0 && (result == FTP_MFF_UNKNOWN) == (c.unknown.n > 0));
    CHECK(c.has_modified || c.has_mode || c.unknown.n > 0);
    CHECK(!c.has_mode || c.mode <= 0777);
    if (c.has_modified)
        check_time(c.modified);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = tight_copy(data, size);
    const struct str arg = {copy, size};
    struct timespec t;
    struct str path;
    check_facts(arg);
    if (ftp_time_parse(arg, &t, &path)) {
        CHECK(path.n > 0 && lies_within(path, copy, size));
        check_time(t);
    }
    check_change(arg);
    free(copy);
    return 0;
}
