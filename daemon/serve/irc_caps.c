/* irc_caps.c: what clients can ask for beyond RFC 1459 (IRCv3 capability negotiation). */
#include "serve/irc.h"

#include <string.h>

enum {
    LS_VALUES = 302, /* the version of CAP from which on values are told */
    /* A client heeds it, or does not; it can neither be asked for nor be taken back, and is nothing
     * without its value. */
    TOLD_ONLY = IRC_CAP_STS,
};

static void multiline_value(const struct irc *s, struct buf *b)
{
    (void)s;
    buf_addf(b, "max-bytes=%d,max-lines=%d", LINES_BYTES_MAX, LINES_MAX);
}

static const struct cap {
    const char *name;
    unsigned bit;
    bool (*there)(const struct irc *s);                /* NULL: always */
    void (*value)(const struct irc *s, struct buf *b); /* NULL: it has none */
} caps[] = {
    {"account-notify", IRC_CAP_ACCOUNT_NOTIFY, NULL, NULL},
    {"account-tag", IRC_CAP_ACCOUNT_TAG, NULL, NULL},
    {"away-notify", IRC_CAP_AWAY_NOTIFY, NULL, NULL},
    {"batch", IRC_CAP_BATCH, NULL, NULL},
    {"cap-notify", IRC_CAP_NOTIFY, NULL, NULL},
    {"chghost", IRC_CAP_CHGHOST, NULL, NULL},
    {"draft/account-registration", IRC_CAP_REGISTRATION, irc_register_there, irc_register_value},
    {"draft/channel-rename", IRC_CAP_RENAME, NULL, NULL},
    {"draft/chathistory", IRC_CAP_HISTORY, irc_history_there, NULL},
    {"draft/event-playback", IRC_CAP_PLAYBACK, irc_history_there, NULL},
    {"draft/message-redaction", IRC_CAP_REDACTION, NULL, NULL},
    {"draft/multiline", IRC_CAP_MULTILINE, NULL, multiline_value},
    {"draft/read-marker", IRC_CAP_MARKER, NULL, NULL},
    {"echo-message", IRC_CAP_ECHO, NULL, NULL},
    {"extended-join", IRC_CAP_EXTENDED_JOIN, NULL, NULL},
    {"extended-monitor", IRC_CAP_MONITOR, NULL, NULL},
    {"invite-notify", IRC_CAP_INVITE_NOTIFY, NULL, NULL},
    {"labeled-response", IRC_CAP_LABEL, NULL, NULL},
    {"message-tags", IRC_CAP_TAGS, NULL, NULL},
    {"multi-prefix", IRC_CAP_MULTI_PREFIX, NULL, NULL},
    {"sasl", IRC_CAP_SASL, irc_sasl_there, irc_sasl_value},
    {"server-time", IRC_CAP_TIME, NULL, NULL},
    {"setname", IRC_CAP_SETNAME, NULL, NULL},
    {"soju.im/search", IRC_CAP_SEARCH, irc_history_there, NULL},
    {"standard-replies", IRC_CAP_STANDARD_REPLIES, NULL, NULL},
    {"sts", IRC_CAP_STS, irc_sts_there, irc_sts_value},
    {"userhost-in-names", IRC_CAP_USERHOST, NULL, NULL},
};
enum { CAPS = sizeof caps / sizeof caps[0] };

static bool is_there(const struct irc *s, const struct cap *c)
{
    return c->there == NULL || c->there(s);
}

/* Those that can be had now. */
static unsigned caps_there(const struct irc *s)
{
    unsigned bits = 0;
    for (int i = 0; i < CAPS; i++)
        if (is_there(s, &caps[i]))
            bits |= caps[i].bit;
    return bits;
}

static const struct cap *find(const struct irc *s, struct str name)
{
    for (int i = 0; i < CAPS; i++)
        if (str_eq(name, caps[i].name))
            return is_there(s, &caps[i]) && !(caps[i].bit & TOLD_ONLY) ? &caps[i] : NULL;
    return NULL;
}

/* Lists those of the set; with values, and as many lines as it takes, for who knows of that. Who
 * does not would not know drafts, either. */
static void list(struct irc *s, const char *sub, unsigned set, bool values)
{
    struct buf line = {0};
    const size_t most =
        IRC_LINE_MAX - sizeof ": CAP   * :" - strlen(irc_chat(s)->server) - NAME_BYTES_MAX;
    for (int i = 0; i < CAPS; i++) {
        struct buf one = {0};
        if (!(set & caps[i].bit) || (!s->cap_values && strchr(caps[i].name, '/') != NULL) ||
            (!values && (caps[i].bit & TOLD_ONLY)))
            continue;
        buf_adds(&one, caps[i].name);
        if (values && caps[i].value != NULL) {
            buf_addc(&one, '=');
            caps[i].value(s, &one);
        }
        if (line.len > 0 && line.len + one.len >= most && s->cap_values) {
            irc_server_line(s, "CAP %s %s * :%s", irc_nick(s), sub, buf_str(&line));
            buf_clear(&line);
        }
        buf_addf(&line, "%s%s", line.len > 0 ? " " : "", buf_str(&one));
        buf_free(&one);
    }
    irc_server_line(s, "CAP %s %s :%s", irc_nick(s), sub, buf_str(&line));
    buf_free(&line);
}

/* All of it, or nothing. */
static void request(struct irc *s, struct str wish)
{
    struct str rest = wish, one;
    unsigned set = s->caps;
    bool ok = true;
    while (str_split(&rest, ' ', &one)) {
        const bool off = one.n > 0 && one.p[0] == '-';
        const struct cap *c = find(s, off ? (struct str){one.p + 1, one.n - 1} : one);
        ok = ok && (one.n == 0 || c != NULL);
        if (c != NULL)
            set = off ? set & ~c->bit : set | c->bit;
    }
    /* Who was told values gets news of them, whether he asks for that or not. */
    if (s->cap_values)
        set |= IRC_CAP_NOTIFY;
    if (ok)
        s->caps = set;
    s->user.echo = s->caps & IRC_CAP_ECHO;
    irc_server_line(s, "CAP %s %s :%.*s", irc_nick(s), ok ? "ACK" : "NAK", (int)wish.n, wish.p);
}

static void list_all(struct irc *s, const struct irc_msg *m)
{
    uint64_t version = 0;
    if (m->params > 1)
        (void)text_number(m->param[1], 999, &version);
    if (version >= LS_VALUES) {
        s->cap_values = true;
        s->caps |= IRC_CAP_NOTIFY;
    }
    s->offered = caps_there(s);
    list(s, "LS", s->offered, s->cap_values);
}

void irc_cap(struct irc *s, const struct irc_msg *m)
{
    const struct str sub = m->param[0];
    if (str_ieq(sub, "LS")) {
        s->negotiating = !s->registered;
        list_all(s, m);
    } else if (str_ieq(sub, "LIST")) {
        list(s, "LIST", s->caps, false);
    } else if (str_ieq(sub, "REQ")) {
        s->negotiating = !s->registered;
        request(s, m->params > 1 ? m->param[1] : STR(""));
    } else if (str_ieq(sub, "END")) {
        s->negotiating = false;
        irc_try_register(s);
    } else {
        irc_reply(s, ERR_INVALIDCAPCMD, "%.*s :Invalid CAP command", (int)sub.n, sub.p);
    }
}

void irc_caps_changed(struct irc *s)
{
    const unsigned now = caps_there(s), gone = s->offered & ~now & ~(unsigned)TOLD_ONLY,
                   fresh = now & ~s->offered;
    if (!(s->caps & IRC_CAP_NOTIFY))
        return;
    s->offered = now;
    s->caps &= ~gone;
    if (gone != 0)
        list(s, "DEL", gone, false);
    if (fresh != 0)
        list(s, "NEW", fresh, s->cap_values);
}
