#include "parse/sasl_plain.h"

bool sasl_plain_parse(struct str msg, struct str *authzid, struct str *authcid,
                      struct str *password)
{
    struct str part[3], rest = msg;
    for (size_t i = 0; i < 3; i++)
        if (!str_split(&rest, '\0', &part[i]))
            return false;
    if (rest.p != NULL || part[1].n == 0 || part[2].n == 0 || !utf8_valid(msg.p, msg.n))
        return false;
    *authzid = part[0];
    *authcid = part[1];
    *password = part[2];
    return true;
}
