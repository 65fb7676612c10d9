/* date.h: times as the protocols write them. All in UTC where local time is not named. Formatting
 * costs no allocation and no locale. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/text.h"

#include <stddef.h>
#include <time.h>

enum { DATE_TEXT_MAX = 40 };

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7). */
void date_http(char out[DATE_TEXT_MAX], time_t t);
/* The three forms of RFC 9110, 5.6.7; false for anything else. */
bool date_http_parse(struct str s, time_t *out);
/* "19941106084937" (RFC 3659, 2.3). */
void date_ftp(char out[DATE_TEXT_MAX], time_t t);
/* The same, and with a fraction of a second: "19941106084937.25". From 1970 to 9999; false for
 * anything else, such as a 30th of February. */
bool date_ftp_parse(struct str s, struct timespec *out);
/* "Nov  6 08:49" within half a year of now, else "Nov  6  1994", as ls -l does. */
void date_ls(char out[DATE_TEXT_MAX], time_t t, time_t now);
/* "1994-11-06 08:49" */
void date_minute(char out[DATE_TEXT_MAX], time_t t);
/* "1994-11-06T08:49:37Z" */
void date_iso(char out[DATE_TEXT_MAX], time_t t);
/* "1994-11-06T08:49:37.250Z", of milliseconds. */
void date_iso_ms(char out[DATE_TEXT_MAX], int64_t ms);
/* The same back, with 1 to 9 digits behind the point, or none and no point; from 1970 to 9999.
 * False for anything else. */
bool date_iso_ms_parse(struct str s, int64_t *ms);
/* "06/Nov/1994:09:49:37 +0100": the combined log format, in local time. */
void date_clf(char out[DATE_TEXT_MAX], time_t t);
/* "Sun Nov  6 09:49:37 1994": the xferlog format, in local time. */
void date_xferlog(char out[DATE_TEXT_MAX], time_t t);

/* "1994-11-06" and "09:49:37", in local time. */
void date_local(char day[DATE_TEXT_MAX], char clock[DATE_TEXT_MAX], time_t t);
/* "1994-11-06", "1994-11-06T09:49" or with seconds, in local time; with a Z behind it in UTC. From
 * 1970 to 9999; false for anything else. */
bool date_local_parse(struct str s, time_t *out);

#endif
