#include "model/mask.h"

#include "base/glob.h"
#include "model/account.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BY_ACCOUNT "~a:" /* as ISUPPORT's EXTBAN says */

bool mask_whole(struct str given, char out[MASK_BYTES_MAX])
{
    char mask[MASK_BYTES_MAX], fold[FOLD_BYTES_MAX];
    const bool at = memchr(given.p, '@', given.n) != NULL;
    const bool bang = memchr(given.p, '!', given.n) != NULL;
    const bool account = str_istarts(given, BY_ACCOUNT);
    if (given.n == 0 || given.n > MASK_BYTES_MAX - 8 || given.p[0] == ':' ||
        memchr(given.p, ' ', given.n) != NULL || !utf8_shows(given) ||
        (account && given.n == strlen(BY_ACCOUNT)))
        return false;
    const char *before = at && !bang ? "*!" : "", *behind = at ? "" : bang ? "@*" : "!*@*";
    snprintf(mask, sizeof mask, "%s%.*s%s", account ? "" : before, (int)given.n, given.p,
             account ? "" : behind);
    if (!name_fold(str_of(mask), fold) || strlen(fold) >= MASK_BYTES_MAX)
        return false;
    text_copy(out, MASK_BYTES_MAX, fold);
    return true;
}

/* "10.0.0.0/8", "fe80::/10" */
static bool in_network(struct str net, const char *host)
{
    unsigned char a[16], b[16];
    char text[PEER_TEXT_MAX];
    struct str bits;
    uint64_t n;
    const int family = memchr(net.p, ':', net.n) != NULL ? AF_INET6 : AF_INET;
    if (!str_split_last(&net, '/', &bits) || !text_number(bits, family == AF_INET ? 32 : 128, &n) ||
        !str_copy(text, sizeof text, net) || inet_pton(family, text, a) != 1 ||
        inet_pton(family, host, b) != 1)
        return false;
    const size_t whole = (size_t)n / 8;
    const unsigned rest = (unsigned)n % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool mask_matches(const char *text, const struct user *u)
{
    char who[FOLD_BYTES_MAX + MASK_BYTES_MAX];
    struct str pattern = str_of(text), net = {0};
    if (str_istarts(pattern, BY_ACCOUNT))
        return u->account != NULL &&
               glob_match(str_of(text + strlen(BY_ACCOUNT)), str_of(u->account->fold));
    const int n = snprintf(who, sizeof who, "%s!%s@%s", u->fold, u->ident, u->host);
    for (int i = 0; i < n; i++)
        who[i] = text_lower(who[i]);
    if (glob_match(pattern, (struct str){who, (size_t)n}))
        return true;
    return str_split_last(&pattern, '@', &net) && in_network(net, u->host) &&
           glob_match(pattern, (struct str){who, (size_t)n - strlen(u->host) - 1});
}

struct mask *masks_find(const struct list *masks, const char *text)
{
    list_each(n, masks)
    {
        struct mask *m = list_entry(n, struct mask, link);
        if (strcmp(m->text, text) == 0)
            return m;
    }
    return NULL;
}

bool masks_match(const struct list *masks, const struct user *u)
{
    list_each(n, masks) if (mask_matches(list_entry(n, struct mask, link)->text, u)) return true;
    return false;
}

struct mask *masks_add(struct list *masks, const char *text, const char *by, int64_t at)
{
    struct mask *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    text_copy(m->text, sizeof m->text, text);
    text_copy(m->by, sizeof m->by, by);
    m->at = at;
    list_push(masks, &m->link);
    return m;
}

void masks_remove(struct mask *m)
{
    list_unlink(&m->link);
    free(m);
}

void masks_free(struct list *masks)
{
    for (struct list *n; (n = list_shift(masks)) != NULL;)
        free(list_entry(n, struct mask, link));
}
