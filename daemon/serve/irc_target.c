/* irc_target.c: the names that commands are about: people, rooms, this server. */
#include "serve/irc.h"

#include "base/glob.h"

#include <string.h>

bool irc_next_target(struct irc_targets *t, struct str *name)
{
    while (str_split(&t->rest, ',', name)) {
        if (name->n == 0)
            continue;
        if (t->most > 0 && t->taken == t->most) {
            if (!t->quiet)
                irc_reply(t->s, ERR_TOOMANYTARGETS, "%.*s :Too many targets", (int)name->n,
                          name->p);
            return false;
        }
        t->taken++;
        return true;
    }
    return false;
}

bool irc_for_us(struct irc *s, struct str server)
{
    const struct chat *chat = irc_chat(s);
    char fold[FOLD_BYTES_MAX];
    if (server.n == 0 ||
        (name_fold(server, fold) && glob_match(str_of(fold), str_of(chat->server_fold))) ||
        chat_user(chat, server) != NULL)
        return true;
    irc_reply(s, ERR_NOSUCHSERVER, "%.*s :No such server", (int)server.n, server.p);
    return false;
}

bool irc_sees(struct irc *s, const struct room *r)
{
    return !room_hidden(r, &s->user) || irc_is_oper(s);
}

const char *irc_status(const struct irc *s, const struct member *m)
{
    if (m->op && m->voice && (s->caps & IRC_CAP_MULTI_PREFIX))
        return "@+";
    return m->op ? "@" : m->voice ? "+" : "";
}
