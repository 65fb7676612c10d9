#include "model/room_access.h"

#include "base/path.h"
#include "model/chat_own.h"

#include <stdio.h>

bool room_names_folder(const struct room *r)
{
    const char *name = r->fold + 1;
    return name[0] != '.' && strchr(name, '/') == NULL && strlen(name) <= FILE_NAME_MAX;
}

bool room_folder(const struct room *r, char out[PATH_BYTES_MAX])
{
    if (!r->registered || !room_names_folder(r))
        return false;
    snprintf(out, PATH_BYTES_MAX, ACCESS_ROOMS "/%s", r->fold + 1);
    return true;
}

/* The room that has the folder of that name: its name is folded, so no other spelling is meant. */
static struct room *room_of_folder(const struct chat *c, struct str folder)
{
    char fold[FOLD_BYTES_MAX];
    if (folder.n == 0 || folder.n >= sizeof fold - 1)
        return NULL;
    snprintf(fold, sizeof fold, "#%.*s", (int)folder.n, folder.p);
    struct hnode *n = hmap_get(&c->rooms, fold, folder.n + 1);
    struct room *r = n != NULL ? hmap_entry(n, struct room, by_name) : NULL;
    return r != NULL && r->registered && room_names_folder(r) ? r : NULL;
}

struct room *room_of_path(const struct chat *c, const char *path)
{
    struct str rest, folder;
    if (!path_below(ACCESS_ROOMS, path))
        return NULL;
    rest = str_of(path + sizeof ACCESS_ROOMS);
    (void)str_split(&rest, '/', &folder);
    return room_of_folder(c, folder);
}

/* Somebody of the account, or u, in r. */
static const struct member *find_member(const struct room *r, const struct account *a,
                                        const struct user *u)
{
    const struct member *m = u != NULL ? room_member(r, u) : NULL;
    if (m != NULL || a == NULL)
        return m;
    list_each(n, &r->members)
    {
        m = list_entry(n, struct member, in_room);
        if (m->user->account == a)
            return m;
    }
    return NULL;
}

bool room_is_seen(const struct chat *c, const struct room *r, const struct account *a,
                  const struct user *u)
{
    return !(r->modes & (ROOM_PRIVATE | ROOM_SECRET)) || (a != NULL && a->role == ROLE_ADMIN) ||
           chat_status_of(c, r, a) != MEMBER_PLAIN || find_member(r, a, u) != NULL;
}

/* Might he come in now, whom nobody has invited, and without a key? That the room is full just now
 * does not matter. */
static bool might_come(const struct room_access *ra, const struct room *r, const struct person *who)
{
    struct user u = {.account = (struct account *)(uintptr_t)who->account};
    if ((r->modes & (ROOM_PRIVATE | ROOM_SECRET)) || (who->account == NULL && !ra->guests))
        return false;
    text_copy(u.name, sizeof u.name, who->account != NULL ? who->account->name : "guest");
    text_copy(u.fold, sizeof u.fold, who->account != NULL ? who->account->fold : "guest");
    text_copy(u.host, sizeof u.host, who->host != NULL ? who->host : "");
    list_init(&u.memberships);
    const enum chat_result result = chat_may_join(r, who->user != NULL ? who->user : &u, STR(""));
    return result == CHAT_OK || result == CHAT_FULL;
}

static unsigned rights_in(const struct room_access *ra, const struct room *r,
                          const struct person *who)
{
    const struct account *a = who->account;
    const bool kept = chat_status_of(ra->chat, r, a) != MEMBER_PLAIN;
    const struct member *m = kept ? NULL : find_member(r, a, who->user);
    const bool in = kept || m != NULL;
    if (!in && !might_come(ra, r, who))
        return 0;
    const bool speaks =
        kept || (m != NULL ? chat_may_speak(r, m->user) : !(r->modes & ROOM_MODERATED));
    const bool writes = a != NULL
                            ? a->role >= ROLE_WRITE && (speaks || (in && !room_banned(r, m->user)))
                            : who->guests == ACCESS_WRITE && speaks;
    return MAY_READ | (writes ? MAY_WRITE : 0u);
}

static unsigned rights(struct access_rooms *rooms, const struct person *who, struct str folder)
{
    const struct room_access *ra = container_of(rooms, struct room_access, rooms);
    const struct room *r = room_of_folder(ra->chat, folder);
    if (r == NULL || (who->account == NULL && who->guests == ACCESS_NO))
        return 0;
    return rights_in(ra, r, who);
}

void room_access_init(struct room_access *ra, struct chat *c)
{
    *ra = (struct room_access){.rooms = {.rights = rights}, .chat = c, .guests = true};
}
