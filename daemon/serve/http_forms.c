/* http_forms.c: what a folder's page does without scripts: it makes a folder, renames, deletes. */
#include "base/escape.h"
#include "parse/form.h"
#include "parse/url.h"
#include "serve/http_dav.h"

#include <errno.h>
#include <string.h>

enum {
    FORM_MAX = 64 << 10, /* bytes: a form names many files */
    DELETE_MAX = 200,    /* files of one form, so that the loop goes on */
};

/* The word for the page, http_folder.c has the sentence. */
static const char *word_for(int err)
{
    switch (err) {
    case ENOENT: return "gone";
    case EEXIST: return "there";
    case ENOTEMPTY: return "full";
    case EINVAL:
    case ENAMETOOLONG: return "name";
    case EACCES:
    case EPERM: return "denied";
    case ETXTBSY: return "locked";
    default: return "failed";
    }
}

/* The path of a name in the folder, of whoever may do so much with it, and which no lock keeps from
 * changing so far: 0 or an errno. */
static int path_for(const struct http *h, const char *name, unsigned rights, unsigned reach,
                    char path[PATH_BYTES_MAX])
{
    if (name[0] == '\0' || strchr(name, '/') != NULL || strlen(name) > FILE_NAME_MAX ||
        !path_resolve(http_form_path(h), str_of(name), path) || path_hidden(path) ||
        strcmp(path_name(path), name) != 0)
        return EINVAL;
    if ((http_rights(h, path) & rights) != rights)
        return EACCES;
    return serve_locked(http_serve(h), path, reach) ? ETXTBSY : 0;
}

static const char *make_folder(const struct http *h)
{
    char name[FILE_NAME_MAX + 1], path[PATH_BYTES_MAX];
    if (!form_field(http_form_body(h), "name", name, sizeof name))
        return "name";
    int err = path_for(h, name, MAY_WRITE, LOCK_MEMBER, path);
    if (err == 0)
        err = store_mkdir(http_serve(h)->files, path);
    if (err == 0)
        http_changed(h, EVENT_MKDIR, path, NULL);
    return err != 0 ? word_for(err) : "made";
}

/* The i-th name that is selected, which stands in the form as it does in a URL; false behind the
 * last. */
static bool selected(const struct http *h, unsigned i, char name[FILE_NAME_MAX + 1])
{
    char text[3 * FILE_NAME_MAX + 2], path[PATH_BYTES_MAX];
    bool folder;
    struct str rest = http_form_body(h), field;
    name[0] = '\0';
    while (str_split(&rest, '&', &field)) {
        if (!str_istarts(field, "name=") || i-- > 0)
            continue;
        text[0] = '/';
        if (form_field(field, "name", text + 1, sizeof text - 1) &&
            path_from_url(str_of(text), path, &folder))
            text_copy(name, FILE_NAME_MAX + 1, path_name(path));
        return true;
    }
    return false;
}

static const char *rename_one(const struct http *h)
{
    char name[FILE_NAME_MAX + 1], to_name[FILE_NAME_MAX + 1], path[PATH_BYTES_MAX],
        to[PATH_BYTES_MAX];
    struct serve *s = http_serve(h);
    struct stat st;
    if (!selected(h, 0, name) || selected(h, 1, to_name))
        return "one";
    if (!selected(h, 0, name) || !form_field(http_form_body(h), "to", to_name, sizeof to_name))
        return "name";
    int err = path_for(h, name, MAY_CHANGE, LOCK_WHOLE, path);
    if (err == 0)
        err = path_for(h, to_name, MAY_CHANGE, LOCK_WHOLE, to);
    if (err == 0 && !access_may_move(s->conf, path, to))
        err = EACCES;
    if (err == 0 && store_stat(s->files, to, &st) == 0)
        err = EEXIST; /* nothing is replaced unseen */
    if (err == 0)
        err = store_rename(s->files, path, to);
    if (err == 0)
        http_changed(h, EVENT_MOVE, path, to);
    return err != 0 ? word_for(err) : "renamed";
}

static int delete_one(const struct http *h, const char *name)
{
    char path[PATH_BYTES_MAX];
    enum event_kind kind = EVENT_DELETE;
    int err = path_for(h, name, MAY_CHANGE, LOCK_WHOLE, path);
    if (err == 0)
        err = store_unlink(http_serve(h)->files, path);
    if (err == EISDIR) {
        kind = EVENT_RMDIR;
        err = store_rmdir(http_serve(h)->files, path);
    }
    if (err == 0)
        http_changed(h, kind, path, NULL);
    return err;
}

static const char *delete_selected(const struct http *h)
{
    char name[FILE_NAME_MAX + 1];
    int err = 0;
    unsigned i = 0;
    if (!form_field(http_form_body(h), "sure", name, sizeof name))
        return "sure";
    for (; err == 0 && i < DELETE_MAX && selected(h, i, name); i++)
        err = delete_one(h, name);
    if (i == 0)
        return "none";
    if (err != 0)
        return word_for(err);
    return selected(h, i, name) ? "some" : "deleted";
}

static void whole(struct http *h)
{
    static const struct {
        const char *action;
        const char *(*run)(const struct http *h);
    } actions[] = {
        {"mkdir", make_folder},
        {"rename", rename_one},
        {"delete", delete_selected},
    };
    struct http_call call = {.h = h};
    char action[8] = "";
    const char *said = NULL;
    (void)form_field(http_form_body(h), "action", action, sizeof action);
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(action, actions[i].action) == 0)
            said = actions[i].run(h);
    if (said != NULL)
        http_back_to(&call, http_form_path(h), said);
    else
        http_error(&call, 400, NULL);
    http_answered(h);
}

void http_post_change(struct http_call *call)
{
    http_take_form(call, FORM_MAX, whole);
}
