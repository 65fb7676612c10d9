#include "model/whowas.h"

#include "model/account.h"

#include <stdlib.h>
#include <string.h>

void whowas_note(struct whowas *w, const struct user *u, int64_t now)
{
    if (w->ring == NULL)
        w->ring = calloc(WHOWAS_MAX, sizeof *w->ring);
    if (w->ring == NULL)
        return;
    struct was *was = &w->ring[w->count++ % WHOWAS_MAX];
    text_copy(was->name, sizeof was->name, u->name);
    text_copy(was->fold, sizeof was->fold, u->fold);
    text_copy(was->ident, sizeof was->ident, u->ident);
    text_copy(was->host, sizeof was->host, u->host);
    text_copy(was->real, sizeof was->real, u->real);
    text_copy(was->account, sizeof was->account, u->account != NULL ? u->account->name : "");
    was->at = now;
}

const struct was *whowas_next(const struct whowas *w, const char *fold, const struct was *at)
{
    const uint64_t held = w->count < WHOWAS_MAX ? w->count : WHOWAS_MAX;
    uint64_t back = 1; /* places before the one that is written next */
    if (at != NULL) {
        const uint64_t place = (uint64_t)(at - w->ring);
        back = (w->count % WHOWAS_MAX + WHOWAS_MAX - place - 1) % WHOWAS_MAX + 2;
    }
    for (; back <= held; back++) {
        const struct was *was = &w->ring[(w->count - back) % WHOWAS_MAX];
        if (strcmp(was->fold, fold) == 0)
            return was;
    }
    return NULL;
}

void whowas_free(struct whowas *w)
{
    free(w->ring);
    *w = (struct whowas){0};
}
