#include "base/path.h"

#include <string.h>

/* Appends one component to path, or takes one off for "..". False when it does not fit. */
static bool step(char path[PATH_BYTES_MAX], size_t *len, struct str part)
{
    if (part.n == 0 || str_eq(part, "."))
        return true;
    if (str_eq(part, "..")) {
        while (*len > 0 && path[--*len] != '/')
            ;
    } else {
        if (part.n > FILE_NAME_MAX || *len + part.n + 2 > PATH_BYTES_MAX)
            return false;
        path[(*len)++] = '/';
        memcpy(path + *len, part.p, part.n);
        *len += part.n;
    }
    path[*len] = '\0';
    return true;
}

static bool walk(char path[PATH_BYTES_MAX], size_t *len, struct str rest)
{
    struct str part;
    if (rest.n > 0 && memchr(rest.p, '\0', rest.n) != NULL)
        return false;
    while (str_split(&rest, '/', &part))
        if (!step(path, len, part))
            return false;
    return true;
}

bool path_resolve(const char *cwd, struct str arg, char out[PATH_BYTES_MAX])
{
    size_t len = 0;
    out[0] = '\0';
    const bool absolute = arg.n > 0 && arg.p[0] == '/';
    if ((!absolute && !walk(out, &len, str_of(cwd))) || !walk(out, &len, arg))
        return false;
    if (len == 0)
        text_copy(out, PATH_BYTES_MAX, "/");
    return true;
}

bool path_hidden(const char *path)
{
    return strstr(path, "/.") != NULL;
}

bool path_below(const char *folder, const char *path)
{
    const size_t n = folder[1] != '\0' ? strlen(folder) : 0;
    return strncmp(folder, path, n) == 0 && path[n] == '/' && path[n + 1] != '\0';
}

bool path_within(const char *folder, const char *path)
{
    const size_t n = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    return strncmp(folder, path, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}
