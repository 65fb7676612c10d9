#include "base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Like gmtime_r(), by arithmetic alone: a listing asks for each of its entries. */
static struct tm utc(time_t t)
{
    enum { ERA_YEARS = 400, ERA_DAYS = 146097, TO_1970 = 719468 }; /* from March 1st, 0000 */
    const int64_t day = t / 86400 - (t % 86400 < 0), since = day + TO_1970;
    const int64_t era = (since >= 0 ? since : since - ERA_DAYS + 1) / ERA_DAYS;
    const unsigned of_era = (unsigned)(since - era * ERA_DAYS),
                   second = (unsigned)((t % 86400 + 86400) % 86400);
    const unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    const unsigned month = (5 * of_year + 2) / 153; /* 0 = March */
    const int64_t years = era * ERA_YEARS + year + (month >= 10);
    return (struct tm){
        .tm_year = years < INT32_MAX ? (int)(years - 1900) : 0,
        .tm_mon = (int)(month < 10 ? month + 2 : month - 10),
        .tm_mday = (int)(of_year - (153 * month + 2) / 5 + 1),
        .tm_wday = (int)(((day + 4) % 7 + 7) % 7),
        .tm_hour = (int)(second / 3600),
        .tm_min = (int)(second / 60 % 60),
        .tm_sec = (int)(second % 60),
    };
}

/* n in so many digits, blanks or zeros before it; what stands behind. */
static char *put_number(char *out, size_t width, char fill, int n)
{
    return text_put(out, 10, width, fill, n > 0 ? (uint64_t)n : 0);
}

void date_http(char out[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = utc(t);
    snprintf(out, DATE_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
             tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void date_ftp(char out[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = utc(t);
    const int parts[] = {tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
    char *at = put_number(out, 4, '0', tm.tm_year + 1900);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        at = put_number(at, 2, '0', parts[i]);
    *at = '\0';
}

void date_ls(char out[DATE_TEXT_MAX], time_t t, time_t now)
{
    const struct tm tm = utc(t);
    const time_t half_year = 365 * 86400 / 2;
    memcpy(out, months[tm.tm_mon], 3);
    char *at = put_number(out + 4, 2, ' ', tm.tm_mday);
    out[3] = *at++ = ' ';
    if (t <= now + 86400 && t > now - half_year) {
        at = put_number(at, 2, '0', tm.tm_hour);
        *at++ = ':';
        at = put_number(at, 2, '0', tm.tm_min);
    } else {
        at = put_number(at, 5, ' ', tm.tm_year + 1900);
    }
    *at = '\0';
}

void date_minute(char out[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = utc(t);
    snprintf(out, DATE_TEXT_MAX, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min);
}

void date_iso(char out[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = utc(t);
    snprintf(out, DATE_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void date_iso_ms(char out[DATE_TEXT_MAX], int64_t ms)
{
    const struct tm tm = utc((time_t)(ms / 1000));
    char *at = text_put(out, 10, 4, '0', (uint64_t)tm.tm_year + 1900);
    *at++ = '-';
    at = text_put(at, 10, 2, '0', (uint64_t)tm.tm_mon + 1);
    *at++ = '-';
    at = text_put(at, 10, 2, '0', (uint64_t)tm.tm_mday);
    *at++ = 'T';
    at = text_put(at, 10, 2, '0', (uint64_t)tm.tm_hour);
    *at++ = ':';
    at = text_put(at, 10, 2, '0', (uint64_t)tm.tm_min);
    *at++ = ':';
    at = text_put(at, 10, 2, '0', (uint64_t)tm.tm_sec);
    *at++ = '.';
    at = text_put(at, 10, 3, '0', (uint64_t)(ms % 1000));
    memcpy(at, "Z", 2);
}

static struct tm local(time_t t)
{
    struct tm tm = {.tm_mday = 1, .tm_year = 70};
    localtime_r(&t, &tm);
    return tm;
}

void date_clf(char out[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = local(t);
    const long minutes = tm.tm_gmtoff / 60;
    snprintf(out, DATE_TEXT_MAX, "%02d/%s/%04d:%02d:%02d:%02d %c%02ld%02ld", tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
             minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
}

void date_xferlog(char out[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = local(t);
    snprintf(out, DATE_TEXT_MAX, "%s %s %2d %02d:%02d:%02d %04d", days[tm.tm_wday],
             months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
}

void date_local(char day[DATE_TEXT_MAX], char clock[DATE_TEXT_MAX], time_t t)
{
    const struct tm tm = local(t);
    snprintf(day, DATE_TEXT_MAX, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    snprintf(clock, DATE_TEXT_MAX, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* --- reading the three forms of an HTTP date --- */

/* n digits from *p on; -1 when there are none. */
static int digits(const char **p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return -1;
        v = v * 10 + (**p - '0');
    }
    return v;
}

static bool literal(const char **p, const char *text)
{
    const size_t n = strlen(text);
    if (strncmp(*p, text, n) != 0)
        return false;
    *p += n;
    return true;
}

static int day(const char **p)
{
    for (int d = 0; d < 7; d++)
        if (literal(p, days[d]))
            return d;
    return -1;
}

static int month(const char **p)
{
    for (int m = 0; m < 12; m++)
        if (literal(p, months[m]))
            return m;
    return -1;
}

static bool clock_time(const char **p, struct tm *tm)
{
    tm->tm_hour = digits(p, 2);
    if (!literal(p, ":"))
        return false;
    tm->tm_min = digits(p, 2);
    if (!literal(p, ":"))
        return false;
    tm->tm_sec = digits(p, 2);
    return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", from behind the day's name. */
static bool imf_fixdate(const char *p, struct tm *tm)
{
    if (!literal(&p, ", "))
        return false;
    tm->tm_mday = digits(&p, 2);
    if (!literal(&p, " "))
        return false;
    tm->tm_mon = month(&p);
    if (!literal(&p, " "))
        return false;
    tm->tm_year = digits(&p, 4) - 1900;
    return literal(&p, " ") && clock_time(&p, tm) && literal(&p, " GMT") && *p == '\0';
}

/* "Sunday, 06-Nov-94 08:49:37 GMT", from behind the first three letters. */
static bool rfc850_date(const char *p, int wday, struct tm *tm)
{
    static const char *const rest[7] = {"day", "day", "sday", "nesday", "rsday", "day", "urday"};
    if (!literal(&p, rest[wday]) || !literal(&p, ", "))
        return false;
    tm->tm_mday = digits(&p, 2);
    if (!literal(&p, "-"))
        return false;
    tm->tm_mon = month(&p);
    if (!literal(&p, "-"))
        return false;
    const int year = digits(&p, 2);
    tm->tm_year = year < 70 ? year + 100 : year;
    return literal(&p, " ") && clock_time(&p, tm) && literal(&p, " GMT") && *p == '\0';
}

/* "Sun Nov  6 08:49:37 1994", from behind the day's name. */
static bool asctime_date(const char *p, struct tm *tm)
{
    if (!literal(&p, " "))
        return false;
    tm->tm_mon = month(&p);
    if (!literal(&p, " "))
        return false;
    tm->tm_mday = literal(&p, " ") ? digits(&p, 1) : digits(&p, 2);
    if (!literal(&p, " ") || !clock_time(&p, tm) || !literal(&p, " "))
        return false;
    tm->tm_year = digits(&p, 4) - 1900;
    return *p == '\0';
}

static bool in_range(const struct tm *tm)
{
    return tm->tm_mon >= 0 && tm->tm_mday >= 1 && tm->tm_mday <= 31 && tm->tm_hour >= 0 &&
           tm->tm_hour <= 23 && tm->tm_min >= 0 && tm->tm_min <= 59 && tm->tm_sec >= 0 &&
           tm->tm_sec <= 60 && tm->tm_year >= 0;
}

bool date_http_parse(struct str s, time_t *out)
{
    char text[DATE_TEXT_MAX];
    struct tm tm = {0};
    const char *p = text;
    if (!str_copy(text, sizeof text, s) || strlen(text) != s.n)
        return false;
    const int wday = day(&p);
    if (wday < 0)
        return false;
    const bool ok = *p == ','   ? imf_fixdate(p, &tm)
                    : *p == ' ' ? asctime_date(p, &tm)
                                : rfc850_date(p, wday, &tm);
    if (!ok || !in_range(&tm))
        return false;
    *out = timegm(&tm);
    return true;
}

/* --- reading FTP's --- */

/* From 1970 on, and no 30th of February. */
static bool is_date(const struct tm *tm)
{
    static const int days_of[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = tm->tm_year + 1900;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return in_range(tm) && tm->tm_sec >= 0 && tm->tm_year >= 70 && tm->tm_mon <= 11 &&
           tm->tm_mday <= days_of[tm->tm_mon] + (leap && tm->tm_mon == 1);
}

bool date_ftp_parse(struct str s, struct timespec *out)
{
    char text[15];
    const char *p = text;
    struct tm tm = {0};
    if (s.n < 14 || !str_copy(text, sizeof text, (struct str){s.p, 14}))
        return false;
    tm.tm_year = digits(&p, 4) - 1900;
    tm.tm_mon = digits(&p, 2) - 1;
    tm.tm_mday = digits(&p, 2);
    tm.tm_hour = digits(&p, 2);
    tm.tm_min = digits(&p, 2);
    tm.tm_sec = digits(&p, 2);
    if (!is_date(&tm))
        return false;
    long nsec = 0, unit = 100000000;
    for (size_t i = 15; i < s.n; i++, unit /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        nsec += (s.p[i] - '0') * unit;
    }
    if (s.n > 14 && (s.p[14] != '.' || s.n == 15))
        return false;
    *out = (struct timespec){.tv_sec = timegm(&tm), .tv_nsec = nsec};
    return true;
}

/* --- reading ISO 8601's --- */

bool date_iso_ms_parse(struct str s, int64_t *ms)
{
    static const char form[] = "0000-00-00T00:00:00"; /* digits, and what stands between them */
    char text[DATE_TEXT_MAX];
    size_t n = 0;
    struct timespec t;
    if (s.n < sizeof form || s.n >= sizeof text || s.p[s.n - 1] != 'Z')
        return false;
    for (size_t i = 0; i + 1 < s.n; i++) {
        if (i + 1 >= sizeof form || form[i] == '0')
            text[n++] = s.p[i];
        else if (s.p[i] != form[i])
            return false;
    }
    if (!date_ftp_parse((struct str){text, n}, &t))
        return false;
    *ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    return true;
}

/* --- reading what people write --- */

bool date_local_parse(struct str s, time_t *out)
{
    char text[DATE_TEXT_MAX];
    struct tm tm = {.tm_isdst = -1};
    const char *p = text;
    if (!str_copy(text, sizeof text, s))
        return false;
    tm.tm_year = digits(&p, 4) - 1900;
    const bool dash = literal(&p, "-");
    tm.tm_mon = digits(&p, 2) - 1;
    if (!dash || !literal(&p, "-"))
        return false;
    tm.tm_mday = digits(&p, 2);
    if (*p == 'T' || *p == ' ') {
        p++;
        tm.tm_hour = digits(&p, 2);
        if (!literal(&p, ":"))
            return false;
        tm.tm_min = digits(&p, 2);
        if (literal(&p, ":"))
            tm.tm_sec = digits(&p, 2);
    }
    const bool zulu = literal(&p, "Z");
    if (*p != '\0' || !is_date(&tm))
        return false;
    *out = zulu ? timegm(&tm) : mktime(&tm);
    return *out != (time_t)-1;
}
