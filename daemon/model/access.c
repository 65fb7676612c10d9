#include "model/access.h"

#include "base/path.h"

#include <string.h>

static const struct conf_access_sect *row_of(const struct conf_sect *sect)
{
    return strcmp(sect->def->name, "access") == 0 ? (const void *)sect : NULL;
}

/* --- the words of a row --- */

static bool is_group(struct str word)
{
    enum role role;
    return str_eq(word, "@all") || str_eq(word, "@users") || str_eq(word, "@guests") ||
           (word.n > 1 && role_parse((struct str){word.p + 1, word.n - 1}, &role));
}

static bool means(struct str word, const struct account *a)
{
    char fold[FOLD_BYTES_MAX];
    enum role role;
    if (str_eq(word, "@all"))
        return true;
    if (a == NULL)
        return str_eq(word, "@guests");
    if (str_eq(word, "@users"))
        return true;
    if (word.n > 1 && word.p[0] == '@')
        return role_parse((struct str){word.p + 1, word.n - 1}, &role) && a->role >= role;
    return name_fold(word, fold) && strcmp(fold, a->fold) == 0;
}

bool access_listed(const char *words, const struct account *a)
{
    struct str rest = str_of(words), word;
    while (str_split(&rest, ' ', &word))
        if (word.n > 0 && means(word, a))
            return true;
    return false;
}

/* --- checking --- */

int access_check_words(const char *key, const char *words, struct buf *why)
{
    struct str rest = str_of(words), word;
    while (str_split(&rest, ' ', &word)) {
        if (word.n == 0 || (word.p[0] == '@' ? is_group(word) : name_check(word) == NAME_OK))
            continue;
        buf_addf(why, "%s: %.*s is neither a name nor @all, @users, @guests, @read, @write, @admin",
                 key, (int)word.n, word.p);
        return -1;
    }
    return 0;
}

int access_check(const struct conf_sect *sect, struct buf *why)
{
    char path[PATH_BYTES_MAX];
    const struct conf_access_sect *row = row_of(sect);
    if (row == NULL)
        return 0;
    if (sect->label[0] != '\0' &&
        (!path_resolve("/", str_of(sect->label), path) || strcmp(path, sect->label) != 0)) {
        buf_adds(why, "read: the section's name must be a folder such as \"/inbox\"");
        return -1;
    }
    return access_check_words("read", row->read, why) < 0
               ? -1
               : access_check_words("write", row->write, why);
}

/* --- asking --- */

static const struct conf_access_sect *row_for(const struct conf *conf, const char *path)
{
    const struct conf_sect *best = NULL;
    for (const struct conf_sect *s = conf->sects; s != NULL; s = s->next)
        if (row_of(s) != NULL && path_within(s->label, path) &&
            (best == NULL || strlen(s->label) > strlen(best->label)))
            best = s;
    return (const void *)best;
}

/* Do the rooms rule at path, of which that row is the nearest? */
static bool is_rooms(const struct conf_access_sect *row, const char *path)
{
    return path_within(ACCESS_ROOMS, path) && !path_within(ACCESS_ROOMS, row->head.label);
}

/* A room's folder itself stays where it is. /rooms shows to each those that he may see. */
static unsigned room_rights(const struct person *who, const char *path)
{
    struct str rest = str_of(path + sizeof ACCESS_ROOMS - 1), folder;
    if (rest.n == 0)
        return who->account != NULL || who->guests != ACCESS_NO ? MAY_READ : 0;
    rest = (struct str){rest.p + 1, rest.n - 1};
    (void)str_split(&rest, '/', &folder);
    const unsigned rights = who->rooms != NULL ? who->rooms->rights(who->rooms, who, folder) : 0;
    return rest.p != NULL && rights == (MAY_READ | MAY_WRITE) ? MAY_CHANGE : rights;
}

unsigned access_rights(const struct conf *conf, const struct person *who, const char *path)
{
    const struct account *a = who->account;
    if (a != NULL && a->role == ROLE_ADMIN && !who->machine)
        return MAY_CHANGE;
    const struct conf_access_sect *row = row_for(conf, path);
    if (is_rooms(row, path))
        return room_rights(who, path);
    unsigned rights = 0;
    if ((a != NULL || who->guests != ACCESS_NO) && access_listed(row->read, a))
        rights |= MAY_READ;
    if ((a != NULL || who->guests == ACCESS_WRITE) && access_listed(row->write, a))
        rights |= MAY_WRITE;
    return rights == (MAY_READ | MAY_WRITE) ? MAY_CHANGE : rights;
}

bool access_differs_below(const struct conf *conf, const char *path)
{
    for (const struct conf_sect *s = conf->sects; s != NULL; s = s->next)
        if (row_of(s) != NULL && s->label[0] != '\0' && strcmp(s->label, path) != 0 &&
            path_within(path, s->label))
            return true;
    return path_within(path, ACCESS_ROOMS) && is_rooms(row_for(conf, path), ACCESS_ROOMS);
}

bool access_may_move(const struct conf *conf, const char *from, const char *to)
{
    return !access_differs_below(conf, from) && !access_differs_below(conf, to);
}
