/* fuzz_ftp_part.c: arguments of REST and RANG, and of XCRC and its like. */
#include "fuzz.h"
#include "parse/ftp_part.h"

/* What was cut off the end of the argument: nothing but numbers, blanks and a quote. */
static void check_rest(const char *p, const char *end)
{
    for (; p < end; p++)
        CHECK(*p == ' ' || *p == '"' || (*p >= '0' && *p <= '9'));
}

static void check_part(struct str arg)
{
    struct ftp_part way[FTP_PART_WAYS];
    const unsigned ways = ftp_part_parse(way, arg);
    CHECK(ways <= FTP_PART_WAYS);
    for (unsigned i = 0; i < ways; i++) {
        CHECK(way[i].name.n > 0 && lies_within(way[i].name, arg.p, arg.n));
        CHECK(i == 0 || way[i].name.n < way[i - 1].name.n);
        CHECK(way[i].from <= INT64_MAX);
        CHECK(way[i].till <= INT64_MAX || way[i].till == UINT64_MAX);
        check_rest(way[i].name.p + way[i].name.n, arg.p + arg.n);
    }
}

static void check_rang(struct str arg)
{
    struct ftp_part part;
    char text[64];
    if (!ftp_rang_parse(&part, arg))
        return;
    const bool whole = part.till == UINT64_MAX;
    CHECK(part.from < part.till && (!whole || part.from == 0));
    /* It is what it says of itself. */
    const int n =
        snprintf(text, sizeof text, "%llu %llu", whole ? 1 : (unsigned long long)part.from,
                 whole ? 0 : (unsigned long long)part.till - 1);
    struct ftp_part again;
    CHECK(ftp_rang_parse(&again, (struct str){text, (size_t)n}));
    CHECK(again.from == part.from && again.till == part.till);
}

static void check_rest_arg(struct str arg)
{
    uint64_t n;
    if (text_number(arg, INT64_MAX, &n))
        CHECK(n <= INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = tight_copy(data, size);
    const struct str arg = {copy, size};
    check_part(arg);
    check_rang(arg);
    check_rest_arg(arg);
    free(copy);
    return 0;
}
