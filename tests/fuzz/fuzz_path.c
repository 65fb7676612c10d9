/* fuzz_path.c: a working folder, a line end, an argument: what it resolves to is in the one form.
 */
#include "base/path.h"
#include "fuzz.h"

static void check_form(const char *path)
{
    const size_t n = strlen(path);
    CHECK(n > 0 && n < PATH_BYTES_MAX && path[0] == '/');
    CHECK(n == 1 || path[n - 1] != '/');
    CHECK(strstr(path, "//") == NULL && strstr(path, "/../") == NULL &&
          strstr(path, "/./") == NULL);
    CHECK(strcmp(path_name(path), "..") != 0 && strcmp(path_name(path), ".") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char cwd[PATH_BYTES_MAX], path[PATH_BYTES_MAX], again[PATH_BYTES_MAX];
    struct str arg = {(const char *)data, size}, first;
    if (!str_split(&arg, '\n', &first) || arg.p == NULL || !path_resolve("/", first, cwd))
        return 0;
    check_form(cwd);
    if (!path_resolve(cwd, arg, path))
        return 0;
    check_form(path);
    CHECK(path_resolve("/elsewhere", str_of(path), again) && strcmp(path, again) == 0);
    CHECK(path_hidden(path) == (strstr(path, "/.") != NULL));
    return 0;
}
