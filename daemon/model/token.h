/* token.h: secrets that stand for an account for a while: what a browser's cookie holds. In memory
 * only: a restart ends them. */
#ifndef MODEL_TOKEN_H
#define MODEL_TOKEN_H

#include "base/list.h"
#include "model/account.h"

enum {
    TOKEN_TEXT_MAX = 49, /* of a token, with its NUL */
    TOKENS_MAX = 10000,  /* the oldest makes room */
    TOKENS_OF_MAX = 50,  /* the same, of one account */
};

struct tokens {
    struct hmap by_text;
    struct list oldest_first;
};

void tokens_init(struct tokens *ts);
void tokens_free(struct tokens *ts);
/* A fresh one for a, which holds until then (ms on whatever clock `now` is told by); false when
 * memory or randomness is out. */
bool token_new(struct tokens *ts, struct account *a, int64_t until, char out[TOKEN_TEXT_MAX]);
/* Whose it is, if it still holds and nothing about the account has ended it; else NULL. */
struct account *token_find(struct tokens *ts, struct str text, int64_t now);
/* Ends it, if there is such a one. */
void token_drop(struct tokens *ts, struct str text);

#endif
