/* fuzz_date.c: a date that was read is written as the same moment. */
#include "base/date.h"
#include "fuzz.h"

static void check_ftp(struct str s)
{
    char text[DATE_TEXT_MAX];
    struct timespec ts;
    if (!date_ftp_parse(s, &ts))
        return;
    CHECK(ts.tv_sec >= 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
    date_ftp(text, ts.tv_sec);
    if (memcmp(s.p + 12, "60", 2) != 0) /* a leap second is the next minute's first */
        CHECK(memcmp(text, s.p, 14) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[DATE_TEXT_MAX];
    time_t t, again;
    check_ftp((struct str){(const char *)data, size});
    if (!date_http_parse((struct str){(const char *)data, size}, &t))
        return 0;
    date_http(text, t);
    CHECK(strlen(text) >= 29 && strcmp(text + strlen(text) - 4, " GMT") == 0);
    if (t >= 0 && t < 253402300800) /* within four digits of a year */
        CHECK(date_http_parse(str_of(text), &again) && again == t);
    date_ftp(text, t);
    date_ls(text, t, 1700000000);
    date_minute(text, t);
    date_iso(text, t);
    date_clf(text, t);
    date_xferlog(text, t);
    return 0;
}
