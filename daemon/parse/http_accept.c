#include "parse/http_accept.h"

#include <string.h>

enum {
    WEIGHT_MAX = 1000,
    WEIGHT_UNSAID = 1, /* of identity, which is acceptable unless it is said not to be */
};

void http_accept_init(struct http_accept *a)
{
    for (int i = 0; i < CODINGS; i++)
        a->weight[i] = -1;
    a->others = -1;
}

/* "0.5" as 500; -1 for what is no qvalue (12.4.2). */
static int qvalue(struct str s)
{
    int weight, unit = WEIGHT_MAX / 10;
    if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
        return -1;
    weight = (s.p[0] - '0') * WEIGHT_MAX;
    for (size_t i = 2; i < s.n; i++, unit /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return -1;
        weight += (s.p[i] - '0') * unit;
    }
    return weight <= WEIGHT_MAX ? weight : -1;
}

/* Where the weight of that coding is kept, or NULL. */
static int *place_of(struct http_accept *a, struct str name)
{
    if (str_eq(name, "*"))
        return &a->others;
    for (int i = 0; i < CODINGS && name.n > 0; i++)
        if (text_lower(name.p[0]) == coding_rows[i].name[0] && str_ieq(name, coding_rows[i].name))
            return &a->weight[i];
    return str_ieq(name, "x-gzip") ? &a->weight[CODING_GZIP] : NULL; /* 8.4.1.3 */
}

void http_accept_add(struct http_accept *a, struct str value)
{
    struct str one, name;
    while (str_split(&value, ',', &one)) {
        int weight = WEIGHT_MAX;
        (void)str_split(&one, ';', &name);
        if (one.p != NULL) {
            one = str_trim(one);
            weight = str_istarts(one, "q=") ? qvalue((struct str){one.p + 2, one.n - 2}) : -1;
        }
        int *place = place_of(a, str_trim(name));
        if (place != NULL && weight >= 0)
            *place = weight;
    }
}

static int weight_of(const struct http_accept *a, enum coding coding)
{
    if (a->weight[coding] >= 0)
        return a->weight[coding];
    if (a->others >= 0)
        return a->others;
    return coding == CODING_IDENTITY ? WEIGHT_UNSAID : 0;
}

enum coding http_accept_best(const struct http_accept *a, unsigned of)
{
    const int plain = weight_of(a, CODING_IDENTITY);
    enum coding best = CODING_IDENTITY;
    int most = plain;
    for (enum coding i = CODING_IDENTITY + 1; i < CODINGS; i++) {
        const int weight = weight_of(a, i);
        const bool welcome = weight > plain || (weight == plain && a->weight[i] > 0);
        if ((of & 1u << i) != 0 && welcome && weight >= most) {
            best = i;
            most = weight;
        }
    }
    return best;
}
