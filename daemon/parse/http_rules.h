/* http_rules.h: what keys of [http] say in lists, and what of them holds for a response. Lists have
 * blanks between; the first rule that fits counts. Those that ask take lists that the functions of
 * the name *_fault have found to be in order, and pass over what is not. */
#ifndef PARSE_HTTP_RULES_H
#define PARSE_HTTP_RULES_H

#include "base/text.h"

/* --- header: lines of "Name: value"; an empty value takes away what we would send --- */

/* What is wrong with a line; NULL: nothing. */
const char *http_header_fault(struct str line);
/* Cuts the first line off; false at the end. */
bool http_header_next(struct str *lines, struct str *name, struct str *value);
/* Do the lines take the place of what we send by that name? Some fields come in addition. */
bool http_header_replaces(const char *lines, struct str name);

/* --- cache: TYPE=TIME, the type with a star for its second half, or for both --- */

const char *http_lifetime_fault(struct str rule);
/* For how many seconds an answer of that type (parameters may follow it) holds; -1: nobody says. */
int64_t http_lifetime(const char *rules, const char *type);

/* --- error_pages: 404=/path 50x=/path 4xx=/path --- */

const char *http_error_path_fault(struct str rule);
/* NULL p: none. */
struct str http_error_path(const char *rules, int status);

/* --- cors: origins, of which the host may begin with a star; a star for all --- */

enum http_cors {
    HTTP_CORS_NO,
    HTTP_CORS_ALL,    /* any origin may, so none is named */
    HTTP_CORS_ENDING, /* this one may */
    HTTP_CORS_LISTED, /* and in somebody's name, too */
};

const char *http_origin_fault(struct str one);
enum http_cors http_origin_allowed(const char *list, struct str origin);

#endif
