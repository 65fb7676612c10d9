#include "parse/ftp_part.h"

bool ftp_rang_parse(struct ftp_part *part, struct str arg)
{
    struct str start;
    uint64_t first, last;
    if (!str_split(&arg, ' ', &start) || !text_number(start, INT64_MAX, &first) ||
        !text_number(arg, INT64_MAX, &last))
        return false;
    const bool whole = first == 1 && last == 0;
    *part = (struct ftp_part){.from = whole ? 0 : first, .till = whole ? UINT64_MAX : last + 1};
    return whole || first <= last;
}

/* Cuts a number, with the blank before it, off the end of *rest. */
static bool last_number(struct str *rest, uint64_t *number)
{
    struct str name = *rest, word;
    if (!str_split_last(&name, ' ', &word) || name.n == 0 || !text_number(word, INT64_MAX, number))
        return false;
    *rest = name;
    return true;
}

/* arg with so many numbers at its end. */
static bool with_numbers(struct ftp_part *part, struct str arg, unsigned numbers)
{
    *part = (struct ftp_part){.name = arg, .till = UINT64_MAX};
    if (numbers > 1 && !last_number(&part->name, &part->till))
        return false;
    return numbers == 0 || last_number(&part->name, &part->from);
}

/* Takes the quotes off; false when there are none around it. */
static bool unquote(struct str *name)
{
    if (name->n < 3 || name->p[0] != '"' || name->p[name->n - 1] != '"')
        return false;
    *name = (struct str){name->p + 1, name->n - 2};
    return true;
}

unsigned ftp_part_parse(struct ftp_part way[FTP_PART_WAYS], struct str arg)
{
    unsigned ways = 0;
    const bool quoted = arg.n > 1 && arg.p[0] == '"' && memchr(arg.p + 1, '"', arg.n - 1) != NULL;
    for (unsigned numbers = 0; numbers < FTP_PART_WAYS; numbers++) {
        struct ftp_part *next = &way[ways];
        if (with_numbers(next, arg, numbers) && next->name.n > 0 &&
            (!quoted || unquote(&next->name)))
            ways++;
    }
    return ways;
}
