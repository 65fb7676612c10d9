#include "sys/markdown.h"

#include <cmark.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 }; /* bytes, of what goes in and of what comes out */

/* The whole of fd; NULL with errno. */
static char *read_all(int fd, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return NULL;
    if (st.st_size > TEXT_MAX) {
        errno = E2BIG;
        return NULL;
    }
    char *text = malloc((size_t)st.st_size + 1);
    if (text == NULL)
        return NULL;
    for (*n = 0; *n < (size_t)st.st_size;) {
        const ssize_t got = pread(fd, text + *n, (size_t)st.st_size - *n, (off_t)*n);
        if (got <= 0)
            break;
        *n += (size_t)got;
    }
    return text;
}

static int write_all(int fd, const char *text, size_t n)
{
    if (n > TEXT_MAX)
        return E2BIG;
    if (ftruncate(fd, 0) < 0)
        return errno;
    for (size_t at = 0; at < n;) {
        const ssize_t put = pwrite(fd, text + at, n - at, (off_t)at);
        if (put <= 0)
            return put < 0 ? errno : EIO;
        at += (size_t)put;
    }
    return 0;
}

int markdown_to_html(int fd)
{
    size_t n;
    char *text = read_all(fd, &n);
    if (text == NULL)
        return errno;
    /* Safe is the default of this library: no raw HTML, no javascript: links. */
    char *html = cmark_markdown_to_html(text, n, CMARK_OPT_VALIDATE_UTF8);
    const int err = html != NULL ? write_all(fd, html, strlen(html)) : ENOMEM;
    free(html);
    free(text);
    return err;
}
