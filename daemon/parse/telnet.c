#include "parse/telnet.h"

enum { SE = 240, SB = 250, WILL = 251, DONT = 254, IAC = 255 };

static enum telnet_state after_iac(unsigned char c)
{
    if (c >= WILL && c <= DONT)
        return TELNET_OPTION;
    return c == SB ? TELNET_SUB : TELNET_DATA;
}

size_t telnet_strip(struct telnet *t, const char *p, size_t n, char *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)p[i];
        switch (t->state) {
        case TELNET_DATA:
            if (c == IAC)
                t->state = TELNET_IAC;
            else
                out[kept++] = p[i];
            break;
        case TELNET_IAC:
            if (c == IAC)
                out[kept++] = p[i];
            t->state = c == IAC ? TELNET_DATA : after_iac(c);
            break;
        case TELNET_OPTION: t->state = TELNET_DATA; break;
        case TELNET_SUB: t->state = c == IAC ? TELNET_SUB_IAC : TELNET_SUB; break;
        case TELNET_SUB_IAC: t->state = c == SE ? TELNET_DATA : TELNET_SUB; break;
        }
    }
    return kept;
}
