/* fuzz_url.c: a URL's path stays beneath the root, in the one form; escaped, it comes back. */
#include "base/escape.h"
#include "fuzz.h"
#include "parse/url.h"

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
    static char path[PATH_BYTES_MAX], again[PATH_BYTES_MAX];
    struct buf escaped = {0};
    bool folder;
    if (!path_from_url((struct str){(const char *)data, size}, path, &folder))
        return 0;
    check_form(path);
    escape_url(&escaped, str_of(path));
    CHECK(path_from_url((struct str){buf_data(&escaped), escaped.len}, again, &folder));
    CHECK(strcmp(path, again) == 0);
    buf_free(&escaped);
    return 0;
}
