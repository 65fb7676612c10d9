/* irc_tags.h: the tags before a message (IRCv3 message-tags): key=value;key, values escaped. */
#ifndef PARSE_IRC_TAGS_H
#define PARSE_IRC_TAGS_H

#include "base/buf.h"
#include "base/text.h"

struct irc_tag {
    struct str key;
    struct str value; /* escaped, as it stands there; "" when there is none */
};

/* Cuts the next tag off *rest; false when nothing is left. */
bool irc_tags_next(struct str *rest, struct irc_tag *t);
/* The value of the last tag of that name, unescaped and cut to fit into out (NUL-terminated); false
 * when there is none. */
bool irc_tags_find(struct str tags, const char *key, char *out, size_t size);
/* Adds those that clients tell each other (+name, +vendor/name) and that are well-formed. */
void irc_tags_add_client(struct buf *out, struct str tags);
/* Adds text as a value. */
void irc_tags_escape(struct buf *out, struct str text);

#endif
