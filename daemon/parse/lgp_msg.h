/* lgp_msg.h: one request of the four-letter file protocol. A request is what one segment brought.
 */
#ifndef PARSE_LGP_MSG_H
#define PARSE_LGP_MSG_H

#include "base/text.h"

struct lgp_msg {
    char verb;       /* 'L', 'G', 'P', 'Q'; 0 for an unknown request */
    struct str name; /* what follows the last space; a bare P is named P, a bare G not at all */
};

/* One CR, LF or CRLF behind the request is dropped. */
void lgp_msg_parse(struct lgp_msg *m, struct str segment);

#endif
