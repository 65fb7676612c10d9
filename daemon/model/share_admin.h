/* share_admin.h: making, listing and ending share links, as people ask for that: by agentctl, and
 * on the web. */
#ifndef MODEL_SHARE_ADMIN_H
#define MODEL_SHARE_ADMIN_H

#include "model/share.h"
#include "model/store.h"

struct share_desk {
    struct shares *shares;
    const struct conf *conf;
    struct access_rooms *rooms;
    struct store *files; /* NULL: nothing can be made, as without a daemon that runs */
    const char *url;     /* of our pages, for the links; NULL: nobody could come by them */
};

/* Can the wish be granted? Finds out whether its path is a folder. */
enum share_result share_check(const struct share_desk *d, struct share_wish *wish);
/* Why not, in words. */
const char *share_result_text(enum share_result result);
/* Checks the wish and grants it: the link goes to url. */
enum share_result share_make(const struct share_desk *d, struct share_wish *wish, struct buf *url,
                             struct share **out);
/* {"id":7,...} */
void share_add_json(struct buf *out, const struct shares *ss, const struct share *s);
/* The shares of an account (NULL: all) as an array, or as a table for people. */
void share_list(const struct shares *ss, const struct account *of, bool json, struct buf *out);

/* "add LASTS HASH UPLOADS ACCOUNT PATH", of which all but PATH may be "-", "list [--json]", "revoke
 * ID|URL". What there is to say goes to out; false when that is why not. */
bool share_admin(const struct share_desk *d, struct str line, struct buf *out);

#endif
