/* whowas.h: who has been here: the last of those who left or took another name. */
#ifndef MODEL_WHOWAS_H
#define MODEL_WHOWAS_H

#include "model/user.h"

enum { WHOWAS_MAX = 500 };

struct was {
    char name[NAME_BYTES_MAX + 1];
    char fold[FOLD_BYTES_MAX];
    char ident[IDENT_BYTES_MAX + 1];
    char host[PEER_TEXT_MAX];
    char real[REAL_BYTES_MAX + 1];
    char account[NAME_BYTES_MAX + 1]; /* "" = a guest */
    int64_t at;                       /* when that was; wall clock, ms */
};

/* A ring: the oldest one gives way. All zero holds nobody. */
struct whowas {
    struct was *ring;
    uint64_t count; /* that were ever noted */
};

/* u goes by that name until now. When memory is out nobody is noted. */
void whowas_note(struct whowas *w, const struct user *u, int64_t now);
/* The next older one of that (folded) name, the newest for at = NULL; NULL when there is none. */
const struct was *whowas_next(const struct whowas *w, const char *fold, const struct was *at);
void whowas_free(struct whowas *w);

#endif
