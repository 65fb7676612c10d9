/* irc.h: one IRC session, for the files of this front-end (irc*.c). RFC 1459 and 2812, as
 * modern.ircdocs.horse puts them together. */
#ifndef SERVE_IRC_H
#define SERVE_IRC_H

#include "parse/irc_msg.h"
#include "serve/serve.h"

enum irc_sasl { IRC_SASL_NONE, IRC_SASL_PLAIN, IRC_SASL_EXTERNAL, IRC_SASL_SCRAM };
struct irc_scram;       /* see irc_sasl.c */
struct irc_registering; /* and irc_register.c */

struct irc {
    struct conn *conn;
    struct user user;
    struct login *login;                 /* one that is under way: commands wait */
    struct buf sasl;                     /* what AUTHENTICATE has brought so far, in base 64 */
    enum irc_sasl mechanism;             /* that it is for */
    struct irc_scram *scram;             /* what has been said by it; NULL = nothing */
    struct irc_registering *registering; /* an account that is being made; NULL = none */
    unsigned failures;                   /* to log in */
    bool cap_sasl;                       /* was asked for */
    char *pass;                          /* from PASS, until it is checked; NULL = none */
    struct timer lag;                    /* ends a pause that flood control has made */
    bool registered;               /* in the chat; else nick and the user's ident may be known */
    bool negotiating;              /* between CAP LS and CAP END */
    bool has_user;                 /* USER has come */
    bool pinged;                   /* an answer to our PING is due */
    bool skipping;                 /* inside a line that is too long */
    unsigned unknown;              /* commands before registration that there are none of */
    char nick[NAME_BYTES_MAX + 1]; /* wanted, until registered */
};

enum irc_numeric {
    RPL_WELCOME = 1,
    RPL_YOURHOST = 2,
    RPL_CREATED = 3,
    RPL_MYINFO = 4,
    RPL_ISUPPORT = 5,
    RPL_UMODEIS = 221,
    RPL_LUSERCLIENT = 251,
    RPL_LUSEROP = 252,
    RPL_LUSERUNKNOWN = 253,
    RPL_LUSERCHANNELS = 254,
    RPL_LUSERME = 255,
    RPL_LOCALUSERS = 265,
    RPL_GLOBALUSERS = 266,
    RPL_AWAY = 301,
    RPL_UNAWAY = 305,
    RPL_NOWAWAY = 306,
    RPL_WHOISUSER = 311,
    RPL_WHOISSERVER = 312,
    RPL_ENDOFWHO = 315,
    RPL_WHOISIDLE = 317,
    RPL_ENDOFWHOIS = 318,
    RPL_WHOISCHANNELS = 319,
    RPL_WHOISACCOUNT = 330,
    RPL_WHOISSPECIAL = 320,
    RPL_LISTSTART = 321,
    RPL_LIST = 322,
    RPL_LISTEND = 323,
    RPL_CHANNELMODEIS = 324,
    RPL_CREATIONTIME = 329,
    RPL_NOTOPIC = 331,
    RPL_TOPIC = 332,
    RPL_TOPICWHOTIME = 333,
    RPL_INVITING = 341,
    RPL_WHOREPLY = 352,
    RPL_NAMREPLY = 353,
    RPL_ENDOFNAMES = 366,
    RPL_BANLIST = 367,
    RPL_ENDOFBANLIST = 368,
    RPL_MOTD = 372,
    RPL_MOTDSTART = 375,
    RPL_ENDOFMOTD = 376,
    ERR_NOSUCHNICK = 401,
    ERR_NOSUCHCHANNEL = 403,
    ERR_CANNOTSENDTOCHAN = 404,
    ERR_TOOMANYCHANNELS = 405,
    ERR_TOOMANYTARGETS = 407,
    ERR_NOORIGIN = 409,
    ERR_INVALIDCAPCMD = 410,
    ERR_NORECIPIENT = 411,
    ERR_NOTEXTTOSEND = 412,
    ERR_INPUTTOOLONG = 417,
    ERR_UNKNOWNCOMMAND = 421,
    ERR_NONICKNAMEGIVEN = 431,
    ERR_ERRONEUSNICKNAME = 432,
    ERR_NICKNAMEINUSE = 433,
    ERR_USERNOTINCHANNEL = 441,
    ERR_NOTONCHANNEL = 442,
    ERR_USERONCHANNEL = 443,
    ERR_NOTREGISTERED = 451,
    ERR_NEEDMOREPARAMS = 461,
    ERR_ALREADYREGISTERED = 462,
    ERR_PASSWDMISMATCH = 464,
    ERR_CHANNELISFULL = 471,
    ERR_UNKNOWNMODE = 472,
    ERR_INVITEONLYCHAN = 473,
    ERR_BANNEDFROMCHAN = 474,
    ERR_BADCHANNELKEY = 475,
    ERR_BADCHANMASK = 476,
    ERR_BANLISTFULL = 478,
    ERR_CHANOPRIVSNEEDED = 482,
    ERR_UMODEUNKNOWNFLAG = 501,
    ERR_USERSDONTMATCH = 502,
    RPL_WHOISSECURE = 671,
    RPL_LOGGEDIN = 900,
    RPL_SASLSUCCESS = 903,
    ERR_SASLFAIL = 904,
    ERR_SASLTOOLONG = 905,
    ERR_SASLABORTED = 906,
    RPL_SASLMECHS = 908,
};

static inline struct serve *irc_serve(const struct irc *s)
{
    return door_of(s->conn)->serve;
}

static inline struct chat *irc_chat(const struct irc *s)
{
    return irc_serve(s)->chat;
}

/* Leaves the chat, if it is in it; the others are told the reason. */
void irc_leave(struct irc *s, const char *reason);
/* Lets it into the chat, if NICK, USER and, when it was begun, CAP END have come. */
void irc_try_register(struct irc *s);

/* --- irc_auth.c --- */

/* Says that TLS is needed, and closes. */
void irc_refuse_plain(struct irc *s);
/* Has PASS brought something that is being checked now? Then registration waits. */
bool irc_check_pass(struct irc *s);
/* The end of a session: drops what it holds of logins. */
void irc_auth_free(struct irc *s);
/* The session is a's from now on, whosever it was; says 900. The one place where that changes.
 * False, and nothing has changed, when a has too many sessions. */
bool irc_become(struct irc *s, struct account *a);
#define IRC_TOO_MANY_LOGINS "Too many logins or sessions; try again later"
/* A login has failed. False when that was one too many, and the connection ends. */
bool irc_may_fail_again(struct irc *s);
/* What was waited for is there: takes the lines that have come meanwhile. */
void irc_go_on(struct irc *s);
/* Does it wait for a worker? */
static inline bool irc_waits(const struct irc *s)
{
    return s->login != NULL || s->registering != NULL;
}

/* --- values of capabilities: false when this connection cannot have it --- */

/* irc_sasl.c: the mechanisms */
bool irc_sasl_value(const struct irc *s, struct buf *out);
/* irc_register.c */
bool irc_register_value(const struct irc *s, struct buf *out);
bool irc_sts_value(const struct irc *s, struct buf *out);

/* --- irc_sasl.c --- */

/* Forgets what runs, if anything does. */
void irc_sasl_end(struct irc *s);
/* The same, and says so. */
void irc_sasl_abort(struct irc *s);

/* --- irc_register.c --- */

/* The account that is being made is not wanted any more, if there is one. */
void irc_register_cancel(struct irc *s);
/* Is it a name that clients talk to from habit, where other networks have services? Then what was
 * said, a password perhaps, goes to nobody, and the client is told what there is instead. */
bool irc_service_hint(struct irc *s, struct str target);

/* --- irc_send.c: lines to the client --- */

extern const struct user_ops irc_user_ops;

/* ":server 001 nick text". The text is cut to what one line can carry. */
__attribute__((format(printf, 3, 4))) void irc_reply(struct irc *s, enum irc_numeric n,
                                                     const char *fmt, ...);
/* ":server COMMAND ..." */
__attribute__((format(printf, 2, 3))) void irc_server_line(struct irc *s, const char *fmt, ...);
/* The same without a source: what is about the connection alone. */
__attribute__((format(printf, 2, 3))) void irc_plain_line(struct irc *s, const char *fmt, ...);
/* The reply that says what came of a wish about `what` (a room's or a person's name). */
void irc_result(struct irc *s, enum chat_result result, struct str what);
/* Leaves the chat, says ERROR and closes. */
void irc_error(struct irc *s, const char *reason);
/* Adds words to a reply of the form "lead :word word ...", as many lines as it takes. */
struct irc_words {
    struct irc *s;
    enum irc_numeric numeric;
    const char *lead; /* "= #room :" */
    struct buf line;
};
void irc_words_add(struct irc_words *w, const char *prefix, const char *word);
void irc_words_end(struct irc_words *w);

/* --- handlers of commands, for the table in irc.c; m has as many parameters as its row says --- */

/* irc_auth.c */
void irc_cap(struct irc *s, const struct irc_msg *m);
void irc_pass(struct irc *s, const struct irc_msg *m);
/* irc_sasl.c */
void irc_authenticate(struct irc *s, const struct irc_msg *m);
/* irc_register.c */
void irc_register(struct irc *s, const struct irc_msg *m);
void irc_verify(struct irc *s, const struct irc_msg *m);
/* irc_cmd.c */
void irc_join(struct irc *s, const struct irc_msg *m);
void irc_part(struct irc *s, const struct irc_msg *m);
void irc_privmsg(struct irc *s, const struct irc_msg *m);
void irc_notice(struct irc *s, const struct irc_msg *m);
void irc_topic(struct irc *s, const struct irc_msg *m);
void irc_kick(struct irc *s, const struct irc_msg *m);
void irc_invite(struct irc *s, const struct irc_msg *m);
void irc_away(struct irc *s, const struct irc_msg *m);
/* irc_mode.c */
void irc_mode(struct irc *s, const struct irc_msg *m);
/* irc_query.c */
void irc_names(struct irc *s, const struct irc_msg *m);
void irc_list(struct irc *s, const struct irc_msg *m);
void irc_who(struct irc *s, const struct irc_msg *m);
void irc_whois(struct irc *s, const struct irc_msg *m);
void irc_lusers(struct irc *s, const struct irc_msg *m);
void irc_motd(struct irc *s, const struct irc_msg *m);
void irc_send_names(struct irc *s, const struct room *r);
void irc_send_topic(struct irc *s, const struct room *r);

extern const struct frontend irc_frontend;

#endif
