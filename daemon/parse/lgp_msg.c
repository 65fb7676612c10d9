#include "parse/lgp_msg.h"

#include <string.h>

void lgp_msg_parse(struct lgp_msg *m, struct str s)
{
    *m = (struct lgp_msg){.name = {"", 0}};
    if (s.n > 0 && s.p[s.n - 1] == '\n')
        s.n--;
    if (s.n > 0 && s.p[s.n - 1] == '\r')
        s.n--;
    if (s.n == 0 || strchr("LGPQ", s.p[0]) == NULL || s.p[0] == '\0')
        return;
    if (s.n > 1 && s.p[1] != ' ')
        return;
    m->verb = s.p[0];
    const char *space = memrchr(s.p, ' ', s.n);
    if (space != NULL)
        m->name = (struct str){space + 1, (size_t)(s.p + s.n - space - 1)};
    else if (m->verb == 'P')
        m->name = s;
}
