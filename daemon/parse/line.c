#include "parse/line.h"

#include <string.h>

ssize_t line_next(const char *p, size_t n, size_t max, struct str *line)
{
    const char *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    if (lf == NULL) /* a CR at the end may be half of the line's */
        return n > max + (n > 0 && p[n - 1] == '\r') ? -1 : 0;
    size_t len = (size_t)(lf - p);
    if (len > 0 && p[len - 1] == '\r')
        len--;
    if (len > max)
        return -1;
    *line = (struct str){p, len};
    return (ssize_t)(lf - p) + 1;
}
