#include "base/conf_value.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *conf_field(const struct conf_sect *s, const struct conf_key *k)
{
    return (char *)(uintptr_t)s + k->offset;
}

bool conf_is_text(const struct conf_key *k)
{
    return k->type == CONF_STR || k->type == CONF_LINES || k->type == CONF_PATH;
}

/* The index of w in "no read write", or -1. */
static int64_t word_index(const char *words, struct str w)
{
    struct str rest = str_of(words), one;
    for (int64_t i = 0; str_split(&rest, ' ', &one); i++)
        if (one.n == w.n && memcmp(one.p, w.p, w.n) == 0)
            return i;
    return -1;
}

struct unit {
    const char *name;
    int64_t factor;
};

static bool ends_with(struct str v, const char *unit)
{
    const size_t n = strlen(unit);
    return v.n >= n && str_ieq((struct str){v.p + v.n - n, n}, unit);
}

/* A number with its unit behind it; without one, `plain` applies. */
static bool read_unit(struct str v, const struct unit *units, int64_t plain, int64_t *out)
{
    int64_t factor = plain;
    for (const struct unit *u = units; u->name != NULL; u++)
        if (ends_with(v, u->name)) {
            factor = u->factor;
            v.n -= strlen(u->name);
            break;
        }
    uint64_t n;
    if (!text_number(v, (uint64_t)(INT64_MAX / factor), &n))
        return false;
    *out = (int64_t)n * factor;
    return true;
}

static const struct unit spans[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                                    {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct unit none[] = {{NULL, 0}};
static const struct unit sizes[] = {{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};

/* Writes n with the largest unit that divides it. */
static void write_unit(int64_t n, const struct unit *units, struct buf *out)
{
    const struct unit *best = NULL;
    for (const struct unit *u = units; u->name != NULL; u++)
        if (n > 0 && n % u->factor == 0)
            best = u;
    buf_addf(out, "%lld", (long long)(best != NULL ? n / best->factor : n));
    if (best != NULL)
        buf_adds(out, best->name);
}

bool conf_parse_size(struct str text, int64_t *out)
{
    return read_unit(text, sizes, 1, out);
}

bool conf_parse_span(struct str text, int64_t *out)
{
    return read_unit(text, spans, 1000, out);
}

void conf_add_size(struct buf *out, int64_t n)
{
    write_unit(n, sizes, out);
}

void conf_value(const struct conf_sect *s, const struct conf_key *k, struct buf *out)
{
    const void *at = conf_field(s, k);
    const int64_t n = conf_is_text(k) || k->type == CONF_BOOL ? 0 : *(const int64_t *)at;
    struct str rest = k->words != NULL ? str_of(k->words) : (struct str){0}, word = {0};
    if (k->type != CONF_ENUM && k->words != NULL && n == 0) {
        buf_adds(out, k->words);
        return;
    }
    switch (k->type) {
    case CONF_STR:
    case CONF_LINES:
    case CONF_PATH: buf_adds(out, *(char *const *)at); break;
    case CONF_BOOL: buf_adds(out, *(const bool *)at ? "yes" : "no"); break;
    case CONF_SPAN: write_unit(n, spans, out); break;
    case CONF_SIZE: write_unit(n, sizes, out); break;
    case CONF_INT: buf_addf(out, "%lld", (long long)n); break;
    case CONF_ENUM:
        for (int64_t i = 0; i <= n; i++)
            (void)str_split(&rest, ' ', &word);
        buf_add(out, word.p, word.n);
        break;
    }
}

static void add_range(const struct conf_key *k, struct buf *why)
{
    const struct unit *units = k->type == CONF_SPAN ? spans : k->type == CONF_SIZE ? sizes : NULL;
    buf_adds(why, "must be ");
    if (units == NULL) {
        buf_addf(why, "a number from %lld to %lld", (long long)k->min, (long long)k->max);
    } else {
        buf_adds(why, units == spans ? "a time from " : "a size from ");
        write_unit(k->min, units, why);
        buf_adds(why, " to ");
        write_unit(k->max, units, why);
        buf_adds(why, units == spans ? " (as 30s, 5m, 2h)" : " (as 64K, 10M, 1G)");
    }
    if (k->words != NULL)
        buf_addf(why, ", or %s", k->words);
}

/* Sets the value from its text; false with the reason in why. */
static bool set_number(const struct conf_key *k, struct str v, int64_t *at, struct buf *why)
{
    int64_t n = 0;
    bool ok;
    if (k->words != NULL && str_eq(v, k->words)) {
        *at = 0;
        return true;
    }
    if (k->type == CONF_SPAN)
        ok = read_unit(v, spans, 1000, &n);
    else if (k->type == CONF_SIZE)
        ok = read_unit(v, sizes, 1, &n);
    else
        ok = read_unit(v, none, 1, &n);
    if (!ok || n < k->min || n > k->max) {
        add_range(k, why);
        return false;
    }
    *at = n;
    return true;
}

/* A copy of text, behind the lines that the field has. NULL when memory is out. */
static char *copy_text(const struct conf_key *k, const char *was, const char *text)
{
    char *both = NULL;
    if (k->type != CONF_LINES || was == NULL || *was == '\0')
        return strdup(text);
    return asprintf(&both, "%s\n%s", was, text) < 0 ? NULL : both;
}

bool conf_set(struct conf_sect *s, const struct conf_key *k, const char *text, struct buf *why)
{
    void *at = conf_field(s, k);
    const struct str v = str_of(text);
    if (conf_is_text(k)) {
        char *copy = copy_text(k, *(char **)at, text);
        if (copy == NULL) {
            buf_adds(why, "out of memory");
            return false;
        }
        free(*(char **)at);
        *(char **)at = copy;
        return true;
    }
    if (k->type == CONF_BOOL || k->type == CONF_ENUM) {
        const char *words = k->type == CONF_BOOL ? "no yes" : k->words;
        const int64_t i = word_index(words, v);
        if (i < 0)
            buf_addf(why, "must be one of: %s", words);
        else if (k->type == CONF_BOOL)
            *(bool *)at = i == 1;
        else
            *(int64_t *)at = i;
        return i >= 0;
    }
    return set_number(k, v, at, why);
}

void conf_title(struct buf *out, const struct conf_sect *s)
{
    if (s->label[0] != '\0')
        buf_addf(out, "[%s \"%s\"]", s->def->name, s->label);
    else
        buf_addf(out, "[%s]", s->def->name);
}
