/* irc_isupport.c: what clients may know about this server (005). A row a token; those that depend
 * on the configuration have a function. */
#include "serve/irc.h"

#include <string.h>

enum { LINE_TOKENS = 13 }; /* in one line */

/* Adds the token's value, unless the row has it. False: there is no such thing now. */
typedef bool value_fn(const struct irc *s, struct buf *out);

static bool network(const struct irc *s, struct buf *out)
{
    buf_adds(out, irc_serve(s)->conf->irc->network);
    return true;
}

/* Where he may send files to, by http (the draft of soju, which clients know). */
static bool filehost(const struct irc *s, struct buf *out)
{
    struct addr local;
    if (s->drop.secret[0] == '\0' ||
        !serve_web_url(irc_serve(s), addr_local(&local, s->conn->watch.fd) ? &local : NULL, out))
        return false;
    buf_addf(out, HTTP_DROPS "%s", s->drop.secret);
    return true;
}

static bool history(const struct irc *s, struct buf *out)
{
    (void)out;
    return irc_history_there(s);
}

static const struct token {
    const char *name;
    const char *text; /* NULL: number, or what the function says */
    int number;       /* 0 with text = NULL and value = NULL: the name alone */
    value_fn *value;
} tokens[] = {
    {"ACCOUNTEXTBAN", "a", 0, NULL},
    {"AWAYLEN", NULL, REASON_BYTES_MAX, NULL},
    {"BOT", "B", 0, NULL},
    /* Of names in UTF-8 it is true as well, as far as it goes: clients that do not know a value
     * take RFC 1459's instead, by which [ and { would be the same. */
    {"CASEMAPPING", "ascii", 0, NULL},
    {"CHANLIMIT", "#:", MEMBERS_PER_USER_MAX, NULL},
    {"CHANMODES", "beI,k,l,imnpst", 0, NULL},
    {"CHANNELLEN", NULL, ROOM_CHARS_MAX, NULL},
    {"CHANTYPES", "#", 0, NULL},
    {"CHATHISTORY", NULL, IRC_HISTORY_MAX, history},
    {"ELIST", "CMNTU", 0, NULL},
    {"EXCEPTS", "e", 0, NULL},
    {"EXTBAN", "~,a", 0, NULL},
    {"HOSTLEN", NULL, PEER_TEXT_MAX - 1, NULL},
    {"INVEX", "I", 0, NULL},
    {"KEYLEN", NULL, ROOM_KEY_MAX, NULL},
    {"KICKLEN", NULL, REASON_BYTES_MAX, NULL},
    {"LINELEN", NULL, IRC_LINE_MAX + 2, NULL},
    {"MAXLIST", "beI:", ROOM_MASKS_MAX, NULL},
    {"MAXTARGETS", NULL, IRC_TARGETS_MAX, NULL},
    {"MODES", NULL, IRC_PARAMS_MAX - 2, NULL},
    {"MONITOR", NULL, MONITOR_NAMES_MAX, NULL},
    {"MSGREFTYPES", "msgid,timestamp", 0, history},
    {"NAMELEN", NULL, REAL_BYTES_MAX, NULL},
    {"NETWORK", NULL, 0, network},
    {"NICKLEN", NULL, NAME_CHARS_MAX, NULL},
    {"PREFIX", "(ov)@+", 0, NULL},
    {"SAFELIST", NULL, 0, NULL},
    {"SILENCE", NULL, SILENCE_MAX, NULL},
    {"STATUSMSG", "@+", 0, NULL},
    {"TARGMAX",
     "JOIN:,KICK:4,LIST:,NAMES:4,NOTICE:4,PART:,PRIVMSG:4,TAGMSG:4,USERHOST:5,WHOIS:1,WHOWAS:1", 0,
     NULL},
    {"TOPICLEN", NULL, TOPIC_BYTES_MAX, NULL},
    {"USERLEN", NULL, IDENT_BYTES_MAX - 1, NULL},
    {"UTF8ONLY", NULL, 0, NULL},
    {"WHOX", NULL, 0, NULL},
    {"draft/FILEHOST", NULL, 0, filehost},
};
_Static_assert(IRC_TARGETS_MAX == 4, "TARGMAX says 4");

/* Adds "NAME=value"; false when there is nothing to say. */
static bool add_token(const struct irc *s, const struct token *t, struct buf *out)
{
    const size_t start = out->len;
    buf_addf(out, "%s%s", out->len > 0 ? " " : "", t->name);
    if (t->value != NULL || t->text != NULL || t->number != 0)
        buf_addc(out, '=');
    if (t->text != NULL)
        buf_adds(out, t->text);
    if (t->number != 0)
        buf_addf(out, "%d", t->number);
    const bool said = t->value == NULL || t->value(s, out);
    if (!said)
        buf_cut(out, start);
    return said;
}

static void send_tokens(struct irc *s, struct buf *line)
{
    if (line->len > 0)
        irc_reply(s, RPL_ISUPPORT, "%s :are supported by this server", buf_str(line));
    buf_clear(line);
}

void irc_send_isupport(struct irc *s)
{
    struct buf line = {0};
    int n = 0;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        n += add_token(s, &tokens[i], &line);
        if (n == LINE_TOKENS) {
            send_tokens(s, &line);
            n = 0;
        }
    }
    send_tokens(s, &line);
    buf_free(&line);
}
