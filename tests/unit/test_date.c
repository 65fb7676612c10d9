/* test_date.c: base/date. */
#include "base/date.h"
#include "check.h"

enum { NOV_1994 = 784111777 }; /* the example of RFC 9110, 5.6.7 */

static void writes_each_form(void **state)
{
    char out[DATE_TEXT_MAX];
    (void)state;
    date_http(out, NOV_1994);
    assert_string_equal(out, "Sun, 06 Nov 1994 08:49:37 GMT");
    date_ftp(out, NOV_1994);
    assert_string_equal(out, "19941106084937");
    date_minute(out, NOV_1994);
    assert_string_equal(out, "1994-11-06 08:49");
    date_iso(out, NOV_1994);
    assert_string_equal(out, "1994-11-06T08:49:37Z");
    date_http(out, 0);
    assert_string_equal(out, "Thu, 01 Jan 1970 00:00:00 GMT");
    date_iso(out, 951782400);
    assert_string_equal(out, "2000-02-29T00:00:00Z");
}

static void ls_shows_the_time_within_half_a_year(void **state)
{
    char out[DATE_TEXT_MAX];
    (void)state;
    date_ls(out, NOV_1994, NOV_1994);
    assert_string_equal(out, "Nov  6 08:49");
    date_ls(out, NOV_1994, NOV_1994 + 100 * 86400);
    assert_string_equal(out, "Nov  6 08:49");
    date_ls(out, NOV_1994, NOV_1994 + 200 * 86400);
    assert_string_equal(out, "Nov  6  1994");
    date_ls(out, NOV_1994 + 3600, NOV_1994); /* a clock a little ahead */
    assert_string_equal(out, "Nov  6 09:49");
    date_ls(out, NOV_1994, NOV_1994 - 10 * 86400);
    assert_string_equal(out, "Nov  6  1994");
}

/* The calendar is our own arithmetic: the system's says the same, over thousands of years. */
static void the_calendar_is_the_systems(void **state)
{
    struct chance c = {3};
    char want[DATE_TEXT_MAX], out[DATE_TEXT_MAX];
    (void)state;
    for (int i = 0; i < 200000; i++) {
        /* Years 0 to 9999, and the days around each March 1st and New Year more often. */
        time_t t = (time_t)chance_below(&c, 3650000) * 86400 - 719000LL * 86400;
        struct tm tm;
        t += (time_t)chance_below(&c, 86400);
        if (t >= 253402300800)
            continue;
        gmtime_r(&t, &tm);
        strftime(want, sizeof want, "%Y%m%d%H%M%S", &tm);
        date_ftp(out, t);
        if (tm.tm_year + 1900 >= 1000 && strcmp(want, out) != 0)
            fail_msg("%lld: %s, not %s", (long long)t, out, want);
        strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        date_http(out, t);
        if (tm.tm_year + 1900 >= 1000 && strcmp(want, out) != 0)
            fail_msg("%lld: %s, not %s", (long long)t, out, want);
    }
}

static void reads_what_ftp_writes(void **state)
{
    static const struct {
        const char *text;
        time_t t;
        long nsec;
    } good[] = {
        {"19941106084937", NOV_1994, 0},
        {"19941106084937.5", NOV_1994, 500000000},
        {"19941106084937.123", NOV_1994, 123000000},
        {"19941106084937.1234567899", NOV_1994, 123456789},
        {"19700101000000", 0, 0},
        {"20000229000000", 951782400, 0},
        {"20380119031408", 2147483648, 0},
        {"99991231235959", 253402300799, 0},
        {"19981231235960", 915148800, 0}, /* a leap second (RFC 3659, 2.3) */
    };
    static const char *const bad[] = {
        "",
        "1994110608493",
        "199411060849371",
        "19941106084937.",
        "19941106084937.x",
        "19941106084937,5",
        "19941106084937+60",
        "1994110608493x",
        " 9941106084937",
        "-9941106084937",
        "19941306084937",
        "19940006084937",
        "19941100084937",
        "19940230000000",
        "19000229000000",
        "20010229000000",
        "19940431000000",
        "19941106240000",
        "19941106086000",
        "19941106084961",
        "19691231235959",
        "00000101000000",
    };
    struct timespec ts;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        const size_t n = strlen(good[i].text);
        char *copy = tight_copy(good[i].text, n);
        assert_row(good[i].text, date_ftp_parse((struct str){copy, n}, &ts));
        assert_row(good[i].text, ts.tv_sec == good[i].t && ts.tv_nsec == good[i].nsec);
        free(copy);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], !date_ftp_parse(str_of(bad[i]), &ts));
    assert_false(date_ftp_parse((struct str){"1994110608\00937", 14}, &ts));
}

static void local_forms_follow_the_time_zone(void **state)
{
    static const struct {
        const char *tz, *clf, *xferlog;
    } rows[] = {
        {"UTC0", "06/Nov/1994:08:49:37 +0000", "Sun Nov  6 08:49:37 1994"},
        {"CET-1", "06/Nov/1994:09:49:37 +0100", "Sun Nov  6 09:49:37 1994"},
        {"NST3:30", "06/Nov/1994:05:19:37 -0330", "Sun Nov  6 05:19:37 1994"},
        {"NPT-5:45", "06/Nov/1994:14:34:37 +0545", "Sun Nov  6 14:34:37 1994"},
        {"PST8", "06/Nov/1994:00:49:37 -0800", "Sun Nov  6 00:49:37 1994"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[DATE_TEXT_MAX];
        setenv("TZ", rows[i].tz, 1);
        tzset();
        date_clf(out, NOV_1994);
        assert_string_equal(out, rows[i].clf);
        date_xferlog(out, NOV_1994);
        assert_string_equal(out, rows[i].xferlog);
        date_http(out, NOV_1994);
        assert_string_equal(out, "Sun, 06 Nov 1994 08:49:37 GMT");
    }
    unsetenv("TZ");
    tzset();
}

static void reads_and_writes_local_days(void **state)
{
    static const struct {
        const char *text;
        time_t t;
    } good[] = {
        {"2026-11-29", 1795906800},           {"2026-11-29T00:00", 1795906800},
        {"2026-11-29 10:30", 1795944600},     {"2026-11-29T10:30:07", 1795944607},
        {"2026-11-29T10:30:07Z", 1795948207}, {"1970-01-02", 82800},
        {"2028-02-29", 1835391600},
    };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-02-29",
        "2026-11-29T",
        "26-11-29",
        "2026-11-29T10",
        "2026-11-29T25:00",
        "2026-11-29x",
        "1969-12-31",
        "2026/11/29",
        "2026-11-29T10:30:",
    };
    char day[DATE_TEXT_MAX], clock[DATE_TEXT_MAX];
    (void)state;
    setenv("TZ", "UTC-1", 1);
    tzset();
    for (size_t i = 0; i < COUNT(good); i++) {
        time_t t = 0;
        assert_row(good[i].text, date_local_parse(str_of(good[i].text), &t));
        assert_row(good[i].text, t == good[i].t);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        time_t t;
        assert_row(bad[i], !date_local_parse(str_of(bad[i]), &t));
    }
    date_local(day, clock, 1795944607);
    assert_string_equal(day, "2026-11-29");
    assert_string_equal(clock, "10:30:07");
    unsetenv("TZ");
    tzset();
}

static void reads_the_three_forms(void **state)
{
    static const struct {
        const char *text;
        time_t want;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", NOV_1994},
        {"Sunday, 06-Nov-94 08:49:37 GMT", NOV_1994},
        {"Wednesday, 06-Nov-94 08:49:37 GMT", NOV_1994}, /* which day it was does not matter */
        {"Sun Nov  6 08:49:37 1994", NOV_1994},
        {"Wed Nov 16 08:49:37 1994", NOV_1994 + 10 * 86400},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
        {"Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800}, /* a leap second */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        time_t t = -1;
        char *copy = tight_copy(rows[i].text, strlen(rows[i].text));
        assert_row(rows[i].text, date_http_parse((struct str){copy, strlen(rows[i].text)}, &t));
        assert_row(rows[i].text, t == rows[i].want);
        free(copy);
    }
}

static void refuses_what_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        "Sun",
        "Sun,",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "\"un, 06 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",
        "Sunsday, 06-Nov-94 08:49:37 GMT",
        "Suxday, 06-Nov-94 08:49:37 GMT",
        "Xun Nov  6 08:49:37 1994",
        "Sun, ",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1899 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  6 08:49:37 94",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37 GMTxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        time_t t = 4711;
        char *copy = tight_copy(bad[i], strlen(bad[i]));
        assert_row(bad[i], !date_http_parse((struct str){copy, strlen(bad[i])}, &t));
        assert_row(bad[i], t == 4711);
        free(copy);
    }
    time_t t;
    assert_false(date_http_parse((struct str){"Sun, 06 Nov 1994 08:49:37 GMT\0", 30}, &t));
}

static void what_it_writes_it_reads(void **state)
{
    struct chance c = {6};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char out[DATE_TEXT_MAX];
        const time_t t = (time_t)chance_below(&c, 253402300800);
        time_t back = -1;
        date_http(out, t);
        assert_row(out, date_http_parse(str_of(out), &back) && back == t);
    }
}

static void moments_with_milliseconds_go_there_and_back(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: is none */
    } rows[] = {
        {"1970-01-01T00:00:00.000Z", 0},
        {"1994-11-06T08:49:37.250Z", 784111777250},
        {"2024-02-29T23:59:59.999Z", 1709251199999},
        {"1994-11-06T08:49:37Z", 784111777000},
        {"1994-11-06T08:49:37.5Z", 784111777500},
        {"1994-11-06T08:49:37.250", -1},
        {"1994-11-06 08:49:37.250Z", -1},
        {"1994-11-06T08:49:37,250Z", -1},
        {"1994-13-06T08:49:37.250Z", -1},
        {"2023-02-29T00:00:00.000Z", -1},
        {"1994-11-06T08:49:37.Z", -1},
        {"1994-11-0xT08:49:37.250Z", -1},
        {"1994-11-06T08:49Z", -1},
        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = -1;
        char out[DATE_TEXT_MAX];
        assert_row(rows[i].text, date_iso_ms_parse(str_of(rows[i].text), &ms) == (rows[i].ms >= 0));
        if (rows[i].ms < 0)
            continue;
        assert_int_equal(ms, rows[i].ms);
        date_iso_ms(out, ms);
        if (strlen(rows[i].text) == 24)
            assert_string_equal(out, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_form),
        cmocka_unit_test(ls_shows_the_time_within_half_a_year),
        cmocka_unit_test(the_calendar_is_the_systems),
        cmocka_unit_test(reads_what_ftp_writes),
        cmocka_unit_test(local_forms_follow_the_time_zone),
        cmocka_unit_test(reads_and_writes_local_days),
        cmocka_unit_test(reads_the_three_forms),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(what_it_writes_it_reads),
        cmocka_unit_test(moments_with_milliseconds_go_there_and_back),
    };
    return RUN(tests);
}
