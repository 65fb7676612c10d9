#include "parse/multipart.h"

#include <string.h>

/* The value of a parameter ("; name=value" or "; name="value"") in a field; p = NULL without. */
static struct str parameter(struct str field, const char *name)
{
    const size_t n = strlen(name);
    bool quoted = false;
    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] == '"' && (i == 0 || field.p[i - 1] != '\\'))
            quoted = !quoted;
        if (quoted || field.p[i] != ';')
            continue;
        const struct str rest = str_trim((struct str){field.p + i + 1, field.n - i - 1});
        if (rest.n <= n || !str_ieq((struct str){rest.p, n}, name) || rest.p[n] != '=')
            continue;
        struct str value = {rest.p + n + 1, rest.n - n - 1};
        const bool in_quotes = value.n > 0 && value.p[0] == '"';
        size_t end = in_quotes;
        while (end < value.n &&
               (in_quotes ? value.p[end] != '"' || value.p[end - 1] == '\\' : value.p[end] != ';'))
            end++;
        if (in_quotes && end == value.n)
            return (struct str){NULL, 0};
        return in_quotes ? (struct str){value.p + 1, end - 1}
                         : str_trim((struct str){value.p, end});
    }
    return (struct str){NULL, 0};
}

bool multipart_begin(struct multipart *m, struct str content_type)
{
    static const char crlf[] = "\r\n--";
    *m = (struct multipart){.state = MULTIPART_AT_START};
    const struct str boundary = parameter(content_type, "boundary");
    if (!str_istarts(content_type, "multipart/form-data") || boundary.n == 0 ||
        boundary.n > BOUNDARY_MAX || memchr(boundary.p, '"', boundary.n) != NULL)
        return false;
    memcpy(m->delimiter, crlf, 4);
    memcpy(m->delimiter + 4, boundary.p, boundary.n);
    m->delimiter_len = boundary.n + 4;
    return true;
}

/* Browsers write a quote as %22, curl as \"; folders before the name are the client's own. */
static bool take_file_name(struct multipart *m, struct str value)
{
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\\' && i + 1 < value.n && (value.p[i + 1] == '"' || value.p[i + 1] == '\\'))
            c = value.p[++i];
        else if (c == '%' && value.n - i >= 3 && memcmp(value.p + i, "%22", 3) == 0) {
            c = '"';
            i += 2;
        }
        if (c == '/') {
            n = 0;
            continue;
        }
        if (c == '\0' || n == FILE_NAME_MAX)
            return false;
        m->file_name[n++] = c;
    }
    m->file_name[n] = '\0';
    return utf8_valid(m->file_name, n);
}

/* Its Content-Disposition is all that counts of a part's head. */
static bool take_head(struct multipart *m, struct str head)
{
    struct str line;
    while (str_split(&head, '\n', &line)) {
        if (!str_istarts(line, "content-disposition:"))
            continue;
        line = str_trim(line);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        const struct str name = parameter(line, "name"), file = parameter(line, "filename");
        m->is_file = file.p != NULL;
        return name.p != NULL && str_copy(m->name, sizeof m->name, name) &&
               (file.p == NULL || take_file_name(m, file));
    }
    return false;
}

static enum multipart_event in_head(struct multipart *m, const char *p, size_t n, size_t *used)
{
    const char *end = n > 0 ? memmem(p, n, "\r\n\r\n", 4) : NULL;
    if (end == NULL)
        return n > MULTIPART_HEAD_MAX ? MULTIPART_ERROR : MULTIPART_MORE;
    m->name[0] = m->file_name[0] = '\0';
    m->is_file = false;
    if (!take_head(m, (struct str){p, (size_t)(end - p) + 2}))
        return MULTIPART_ERROR;
    *used = (size_t)(end - p) + 4;
    m->state = MULTIPART_IN_DATA;
    return MULTIPART_PART;
}

static enum multipart_event in_data(struct multipart *m, const char *p, size_t n, size_t *used,
                                    struct str *data)
{
    const char *at = n > 0 ? memmem(p, n, m->delimiter, m->delimiter_len) : NULL;
    if (at == p && n > 0) {
        *used = m->delimiter_len;
        m->state = MULTIPART_BEHIND;
        return MULTIPART_END;
    }
    /* What may be the beginning of a delimiter is kept. */
    const size_t sure = at != NULL              ? (size_t)(at - p)
                        : n >= m->delimiter_len ? n - m->delimiter_len + 1
                                                : 0;
    if (sure == 0)
        return MULTIPART_MORE;
    *used = sure;
    *data = (struct str){p, sure};
    return MULTIPART_DATA;
}

/* A line end: a part follows; "--": none does. */
static enum multipart_event behind(struct multipart *m, const char *p, size_t n, size_t *used)
{
    if (n < 2)
        return MULTIPART_MORE;
    *used = 2;
    if (memcmp(p, "--", 2) == 0) {
        m->state = MULTIPART_AT_END;
        return MULTIPART_DONE;
    }
    if (memcmp(p, "\r\n", 2) != 0)
        return MULTIPART_ERROR;
    m->state = MULTIPART_IN_HEAD;
    return MULTIPART_MORE;
}

static enum multipart_event at_start(struct multipart *m, const char *p, size_t n, size_t *used)
{
    const size_t len = m->delimiter_len - 2; /* there is no line end before the first */
    if (memcmp(p, m->delimiter + 2, n < len ? n : len) != 0)
        return MULTIPART_ERROR;
    if (n < len)
        return MULTIPART_MORE;
    *used = len;
    m->state = MULTIPART_BEHIND;
    return MULTIPART_MORE;
}

enum multipart_event multipart_next(struct multipart *m, const char *p, size_t n, size_t *used,
                                    struct str *data)
{
    *used = 0;
    switch (m->state) {
    case MULTIPART_AT_START: return at_start(m, p, n, used);
    case MULTIPART_IN_HEAD: return in_head(m, p, n, used);
    case MULTIPART_IN_DATA: return in_data(m, p, n, used, data);
    case MULTIPART_BEHIND: return behind(m, p, n, used);
    case MULTIPART_AT_END: *used = n; return MULTIPART_DONE;
    }
    return MULTIPART_ERROR;
}
