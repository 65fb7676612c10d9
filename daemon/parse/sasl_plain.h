/* sasl_plain.h: the one message of SASL PLAIN (RFC 4616, 2). */
#ifndef PARSE_SASL_PLAIN_H
#define PARSE_SASL_PLAIN_H

#include "base/text.h"

/* Splits what base 64 held: [authzid] NUL authcid NUL password. The parts point into it; authzid
 * may be empty. False, with nothing set, unless there are two NULs exactly, an authcid and a
 * password, all of it UTF-8. */
bool sasl_plain_parse(struct str msg, struct str *authzid, struct str *authcid,
                      struct str *password);

#endif
