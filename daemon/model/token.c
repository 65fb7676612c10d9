#include "model/token.h"

#include "base/secret.h"

#include <stdlib.h>

struct token {
    struct hnode by_text;
    struct list link;
    struct account *account; /* a reference */
    unsigned generation;     /* of it, when the token was made */
    int64_t until;
    char text[TOKEN_TEXT_MAX];
};

void tokens_init(struct tokens *ts)
{
    hmap_init(&ts->by_text);
    list_init(&ts->oldest_first);
}

static void drop(struct tokens *ts, struct token *t)
{
    hmap_del(&ts->by_text, &t->by_text);
    list_unlink(&t->link);
    account_unref(t->account);
    free(t);
}

void tokens_free(struct tokens *ts)
{
    list_each(n, &ts->oldest_first) drop(ts, list_entry(n, struct token, link));
    hmap_free(&ts->by_text);
}

/* The account's oldest, if it has as many as it may. */
static struct token *too_many_of(const struct tokens *ts, const struct account *a)
{
    struct token *oldest = NULL;
    unsigned n = 0;
    list_each(k, &ts->oldest_first)
    {
        struct token *t = list_entry(k, struct token, link);
        if (t->account != a)
            continue;
        if (n++ == 0)
            oldest = t;
    }
    return n >= TOKENS_OF_MAX ? oldest : NULL;
}

bool token_new(struct tokens *ts, struct account *a, int64_t until, char out[TOKEN_TEXT_MAX])
{
    struct token *old = too_many_of(ts, a);
    if (old == NULL && ts->by_text.count >= TOKENS_MAX)
        old = list_entry(ts->oldest_first.next, struct token, link);
    if (old != NULL)
        drop(ts, old);
    struct token *t = calloc(1, sizeof *t);
    if (t == NULL || !secret_new(t->text, sizeof t->text) ||
        hmap_put(&ts->by_text, &t->by_text, t->text, TOKEN_TEXT_MAX - 1) < 0) {
        free(t);
        return false;
    }
    t->account = account_ref(a);
    t->generation = a->generation;
    t->until = until;
    list_push(&ts->oldest_first, &t->link);
    text_copy(out, TOKEN_TEXT_MAX, t->text);
    return true;
}

static struct token *get(const struct tokens *ts, struct str text)
{
    struct hnode *n = text.n == TOKEN_TEXT_MAX - 1 ? hmap_get(&ts->by_text, text.p, text.n) : NULL;
    return n != NULL ? hmap_entry(n, struct token, by_text) : NULL;
}

struct account *token_find(struct tokens *ts, struct str text, int64_t now)
{
    struct token *t = get(ts, text);
    if (t == NULL)
        return NULL;
    if (now < t->until && account_usable(t->account) && t->generation == t->account->generation)
        return t->account;
    drop(ts, t);
    return NULL;
}

void token_drop(struct tokens *ts, struct str text)
{
    struct token *t = get(ts, text);
    if (t != NULL)
        drop(ts, t);
}
