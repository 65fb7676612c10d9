/* irc.h: one IRC session, for the files of this front-end (irc*.c). RFC 1459 and 2812, as
 * modern.ircdocs.horse puts them together. */
#ifndef SERVE_IRC_H
#define SERVE_IRC_H

#include "parse/irc_msg.h"
#include "serve/irc_numeric.h"
#include "serve/serve.h"

/* What a client has asked for; irc_caps.c has their names. */
enum irc_cap {
    IRC_CAP_TAGS = 1 << 0,
    IRC_CAP_TIME = 1 << 1,
    IRC_CAP_ACCOUNT_TAG = 1 << 2,
    IRC_CAP_BATCH = 1 << 3,
    IRC_CAP_LABEL = 1 << 4,
    IRC_CAP_ECHO = 1 << 5,
    IRC_CAP_ACCOUNT_NOTIFY = 1 << 6,
    IRC_CAP_AWAY_NOTIFY = 1 << 7,
    IRC_CAP_NOTIFY = 1 << 8,
    IRC_CAP_CHGHOST = 1 << 9,
    IRC_CAP_RENAME = 1 << 10,
    IRC_CAP_REDACTION = 1 << 11,
    IRC_CAP_MULTILINE = 1 << 12,
    IRC_CAP_EXTENDED_JOIN = 1 << 13,
    IRC_CAP_INVITE_NOTIFY = 1 << 14,
    IRC_CAP_MULTI_PREFIX = 1 << 15,
    IRC_CAP_SASL = 1 << 16,
    IRC_CAP_SETNAME = 1 << 17,
    IRC_CAP_STANDARD_REPLIES = 1 << 18,
    IRC_CAP_USERHOST = 1 << 19,
    IRC_CAP_MARKER = 1 << 20,
    IRC_CAP_HISTORY = 1 << 21,
    IRC_CAP_PLAYBACK = 1 << 22,
    IRC_CAP_SEARCH = 1 << 23,
    IRC_CAP_REGISTRATION = 1 << 24,
    IRC_CAP_STS = 1 << 25,
    IRC_CAP_MONITOR = 1 << 26,
    /* None, but shared lines differ by it as well: they go by WebSocket. */
    IRC_WS_TEXT = 1 << 29,
    IRC_WS_BINARY = 1 << 30,
};

enum irc_sasl { IRC_SASL_NONE, IRC_SASL_PLAIN, IRC_SASL_EXTERNAL, IRC_SASL_SCRAM };
struct irc_scram;       /* see irc_sasl.c */
struct irc_registering; /* and irc_register.c */

enum {
    IRC_SAID_MAX = 32,     /* messages that a session knows for its own */
    IRC_HISTORY_MAX = 250, /* rows of one answer */
};

struct irc {
    struct conn *conn;
    struct ws_link *ws; /* NULL: lines go over the conn as they are */
    struct user user;
    struct login *login;                 /* one that is under way: commands wait */
    struct buf sasl;                     /* what AUTHENTICATE has brought so far, in base 64 */
    enum irc_sasl mechanism;             /* that it is for */
    struct irc_scram *scram;             /* what has been said by it; NULL = nothing */
    struct irc_registering *registering; /* an account that is being made; NULL = none */
    unsigned failures;                   /* to log in */
    unsigned caps;                       /* IRC_CAP_*: asked for */
    unsigned offered;                    /* those it was told of */
    bool cap_values;                     /* it knows CAP 302 */
    struct irc_label *label;             /* of the command that is being answered; NULL: none */
    struct irc_question *question;       /* to the history; NULL: none */
    uint64_t said[IRC_SAID_MAX];         /* ids of what it has said last */
    unsigned said_next;
    struct irc_lines *lines;       /* a message of several lines that is coming; NULL: none */
    struct drop drop;              /* where he sends files to by http */
    struct irc_walk *walk;         /* through the store, for him; NULL: none */
    char *pass;                    /* from PASS, until it is checked; NULL = none */
    struct timer lag;              /* ends a pause that flood control has made */
    bool registered;               /* in the chat; else nick and the user's ident may be known */
    bool negotiating;              /* between CAP LS and CAP END */
    bool has_user;                 /* USER has come */
    bool pinged;                   /* an answer to our PING is due */
    bool skipping;                 /* inside a line that is too long */
    unsigned unknown;              /* commands before registration that there are none of */
    struct account *oper;          /* by which this is an operator; NULL = is none */
    struct buf listing;            /* rooms that LIST has not told yet: folded, each with its NUL */
    char nick[NAME_BYTES_MAX + 1]; /* wanted, until registered */
};

/* A command, a row of the table in irc_table.c. */
struct irc_command {
    const char *name;
    void (*run)(struct irc *s, const struct irc_msg *m);
    unsigned min;   /* parameters */
    unsigned flags; /* IRC_FREE, IRC_OPER, IRC_EACH */
    unsigned cost;  /* tokens of flood control */
    const char *syntax, *help;
};

enum {
    IRC_FREE = 1, /* may come before registration */
    IRC_OPER = 2, /* for operators only */
    IRC_EACH = 4, /* it costs so much for each name in its first parameter */
};

enum {
    IRC_COMMANDS_MAX = 100,  /* that there are */
    IRC_UNKNOWN_MAX = 10,    /* that nobody knows, before registration */
    IRC_STEPS_MAX = 5000000, /* of matching patterns, for one command: some 10 ms */
    IRC_TARGETS_MAX = 4,     /* names in one command, where TARGMAX has a number */
};

/* What the sessions of one door share. */
struct irc_door {
    uint64_t uses[IRC_COMMANDS_MAX]; /* of each row */
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

/* --- irc_table.c --- */

/* NULL when there is none of that name, which is in capitals. */
const struct irc_command *irc_command(const char *name);
/* Runs m, whose row that is (NULL: it has none); < 0: close. */
int irc_run(struct irc *s, const struct irc_msg *m, const struct irc_command *row);
/* STATS m. */
void irc_send_uses(struct irc *s);

/* --- irc_isupport.c --- */

/* 005: what clients may know about this server. */
void irc_send_isupport(struct irc *s);
/* The letters that 004 names. */
#define IRC_USER_MODES "Biow"
#define IRC_ROOM_MODES "Ibeiklmnopstv"

/* --- irc_oper.c --- */

/* Is it an operator, still? */
bool irc_is_oper(struct irc *s);
/* It is none any more; the client is told. */
void irc_deop(struct irc *s);

/* --- irc_target.c: names that commands are about --- */

/* The nth (from 0) parameter, "" when there is none. */
static inline struct str irc_param(const struct irc_msg *m, unsigned n)
{
    return n < m->params ? m->param[n] : STR("");
}

/* The names in a list with commas, at most so many (0 = no bound). */
struct irc_targets {
    struct irc *s;
    struct str rest;
    unsigned most, taken;
    bool quiet; /* do not answer (407) when there are more */
};
bool irc_next_target(struct irc_targets *t, struct str *name);
/* Is a command that may name a server for us? Else it is answered (402). */
bool irc_for_us(struct irc *s, struct str server);
/* Does s see r in lists, and who is in it? */
bool irc_sees(struct irc *s, const struct room *r);
/* The mark of a member's highest status: "@", or, for clients that ask for it, all of them. */
const char *irc_status(const struct irc *s, const struct member *m);
/* One line, without its end. 1: it was taken; 0: it must wait, and the conn is paused; -1: close.
 */
int irc_take_line(struct irc *s, struct str line);

/* --- irc_ws.c: by WebSocket --- */

void irc_upgraded(struct conn *c, const struct door_upgrade *up);
bool irc_silent(const struct conf_sect *sect);
/* IRC_WS_TEXT, IRC_WS_BINARY; 0: lines go as they are. */
unsigned irc_ws_variant(const struct irc *s);
/* Turns lines with their ends into what goes by WebSocket in that variant. */
void irc_ws_frames(struct buf *b, unsigned variant);

/* --- irc_auth.c --- */

/* It has logged in elsewhere already: says so, or closes when a has too many sessions. */
void irc_come_as(struct irc *s, struct account *a);

/* Says that TLS is needed, and closes. */
void irc_refuse_plain(struct irc *s);
/* Has PASS brought something that is being checked now? Then registration waits. */
bool irc_check_pass(struct irc *s);
/* The end of a session: drops what it holds of logins. */
void irc_auth_free(struct irc *s);
/* The session is a's from now on, whosever it was; says 900. The one place where that changes.
 * False, and nothing has changed, when a has too many sessions. */
bool irc_become(struct irc *s, struct account *a);
/* Takes the ~ off what stands before the @, once an account vouches for who it is. */
void irc_vouch(struct irc *s);
#define IRC_TOO_MANY_LOGINS "Too many logins or sessions; try again later"
/* A login has failed. False when that was one too many, and the connection ends. */
bool irc_may_fail_again(struct irc *s);
/* Does it wait for a worker? */
static inline bool irc_waits(const struct irc *s)
{
    return s->login != NULL || s->registering != NULL;
}

/* --- irc_sasl.c --- */

/* The mechanisms that can be had by this connection, with commas between; are there any? */
bool irc_sasl_there(const struct irc *s);
void irc_sasl_value(const struct irc *s, struct buf *out);
/* Forgets what runs, if anything does. */
void irc_sasl_end(struct irc *s);
/* The same, and says so. */
void irc_sasl_abort(struct irc *s);

/* --- irc_register.c --- */

/* May this connection make an account, and how? */
bool irc_register_there(const struct irc *s);
void irc_register_value(const struct irc *s, struct buf *out);
/* Is it to be told to come by TLS (IRCv3 sts), how, and for how long? */
bool irc_sts_there(const struct irc *s);
void irc_sts_value(const struct irc *s, struct buf *out);
/* The account that is being made is not wanted any more, if there is one. */
void irc_register_cancel(struct irc *s);
/* Is it a name that clients talk to from habit, where other networks have services? Then what was
 * said, a password perhaps, goes to nobody, and the client is told what there is instead. */
bool irc_service_hint(struct irc *s, struct str target);

/* --- irc_caps.c --- */

/* The configuration is another one: tells the client what that changed. */
void irc_caps_changed(struct irc *s);

/* Has it never been in the chat? */
static inline bool irc_is_stranger(const struct irc *s)
{
    return s->user.since == 0;
}

/* --- irc_send.c: lines to the client --- */

/* How many bytes may wait for it, by who it is: a stranger, a guest, an account, an operator. */
uint64_t irc_sendq(const struct irc *s);

/* Its name, as far as it has one. */
const char *irc_nick(const struct irc *s);
/* A line without its end, which is cut to what one may hold and freed, behind its tags ("": none).
 * All that is answered goes this way. */
void irc_send(struct irc *s, const char *tags, struct buf *line);
/* The same, of a batch within what is answered. */
void irc_send_inner(struct irc *s, const char *tags, struct buf *line);
/* A line without its end, behind tags that may be empty; inner: it is of a batch already. */
void irc_answer(struct irc *s, struct str tags, struct str line, bool inner);
/* Whole lines that all who see it alike share. */
void irc_share(struct irc *s, const struct chat_line *line);
enum { IRC_LABEL_MAX = 65 }; /* bytes of a label, with its NUL */
/* Begins what is answered to a command with that label, and ends it. Between, whatever is sent is
 * its answer; but not while it waits for something (irc_label_wait). */
void irc_label_begin(struct irc *s, const char *label);
void irc_label_wait(struct irc *s, bool waits);
void irc_label_end(struct irc *s);
bool irc_is_answering(const struct irc *s);
void irc_label_free(struct irc *s);
/* Something that a command has waited for, with its connection paused, is there: answers follow...
 */
void irc_go_on(struct irc *s);
/* ...and are over: the next command. */
void irc_gone_on(struct irc *s);

/* ":server 001 nick text". The text is cut to what one line can carry. */
__attribute__((format(printf, 3, 4))) void irc_reply(struct irc *s, enum irc_numeric n,
                                                     const char *fmt, ...);
/* A line as it is. */
__attribute__((format(printf, 2, 3))) void irc_line(struct irc *s, const char *fmt, ...);
/* ":server COMMAND ..." */
__attribute__((format(printf, 2, 3))) void irc_server_line(struct irc *s, const char *fmt, ...);
/* ":name!user@host COMMAND ..." */
__attribute__((format(printf, 3, 4))) void irc_line_from(struct irc *s, const struct user *from,
                                                         const char *fmt, ...);
/* "name!user@host" */
enum { IRC_FULL_NAME_MAX = NAME_BYTES_MAX + IDENT_BYTES_MAX + PEER_TEXT_MAX + 3 };
void irc_full_name(const struct user *u, char out[IRC_FULL_NAME_MAX]);
/* "FAIL COMMAND CODE context :text" (IRCv3 standard replies); the context may be empty. */
void irc_fail(struct irc *s, const char *command, const char *code, struct str context,
              const char *text);
/* The reply that says what came of a wish about `what` (a room's or a person's name). */
void irc_result(struct irc *s, enum chat_result result, struct str what);
/* Leaves the chat, says ERROR and closes. */
void irc_error(struct irc *s, const char *reason);
/* The same, with the code that WebSocket tells. */
void irc_end(struct irc *s, enum ws_code code, const char *reason);
/* Adds words to a reply of the form "lead :word word ...", as many lines as it takes. */
struct irc_words {
    struct irc *s;
    enum irc_numeric numeric;
    const char *lead; /* "= #room :" */
    size_t width;     /* of the words of a line; 0 = what it can carry */
    char between;     /* 0 = a blank */
    struct buf line;
};
void irc_words_add(struct irc_words *w, const char *prefix, const char *word);
void irc_words_end(struct irc_words *w);

/* --- irc_event.c: what happens in the chat --- */

extern const struct user_ops irc_user_ops;

enum { IRC_ID_MAX = 17 };
/* A message's id as clients see it, with its NUL; and back: false, and *id stays, when it is
 * none. */
void irc_id_text(char out[IRC_ID_MAX], uint64_t id);
bool irc_id_parse(struct str text, uint64_t *id);
/* How an event is written. */
struct irc_form {
    unsigned caps; /* of the client */
    const char *server;
    const char *batch; /* that it is part of; NULL: of none */
};
/* Those capabilities of the client that make a difference to how ev is written. */
unsigned irc_event_caps(const struct irc *s, const struct chat_event *ev);
/* Adds the lines that tell ev, each with its end. */
void irc_event_lines(struct buf *b, const struct chat_event *ev, const struct irc_form *form);
/* Sends such lines, which are freed, as part of what is answered. */
void irc_answer_lines(struct irc *s, struct buf *lines);

/* --- irc_lines.c: one message of several lines, as a client sends it (draft/multiline) --- */

void irc_batch(struct irc *s, const struct irc_msg *m);
/* Is m part of such a message? Then it is taken. */
bool irc_lines_take(struct irc *s, const struct irc_msg *m);
void irc_lines_free(struct irc *s);

/* --- irc_service.c: names that the server itself answers to --- */

/* Is that the name of one? Then it has taken what is said. */
bool irc_to_service(struct irc *s, const struct chat_saying *what, struct str target);
/* It answers; the line is cut to what one can carry. */
void irc_service_say(struct irc *s, const char *name, struct str line);

/* --- irc_files.c: the one that is called `files` --- */

void irc_files(struct irc *s, struct str line);
/* Ends what it is doing for s. */
void irc_files_end(struct irc *s);

/* --- handlers of commands, for the table in irc.c; m has as many parameters as its row says --- */

/* irc_caps.c */
void irc_cap(struct irc *s, const struct irc_msg *m);
/* irc_auth.c */
void irc_pass(struct irc *s, const struct irc_msg *m);
/* irc_sasl.c */
void irc_authenticate(struct irc *s, const struct irc_msg *m);
/* irc_register.c */
void irc_register(struct irc *s, const struct irc_msg *m);
void irc_verify(struct irc *s, const struct irc_msg *m);
/* irc_cmd.c */
/* Shows a client that has just come the rooms that it is in already: see model/absent. */
void irc_show_rooms(struct irc *s);
void irc_join(struct irc *s, const struct irc_msg *m);
void irc_part(struct irc *s, const struct irc_msg *m);
void irc_privmsg(struct irc *s, const struct irc_msg *m);
void irc_notice(struct irc *s, const struct irc_msg *m);
void irc_tagmsg(struct irc *s, const struct irc_msg *m);
/* Says it to each of the targets, as many as one may name. */
void irc_say(struct irc *s, const struct chat_saying *what, const char *command,
             struct str targets);
void irc_topic(struct irc *s, const struct irc_msg *m);
void irc_rename(struct irc *s, const struct irc_msg *m);
void irc_kick(struct irc *s, const struct irc_msg *m);
void irc_invite(struct irc *s, const struct irc_msg *m);
void irc_away(struct irc *s, const struct irc_msg *m);
/* irc_person.c: what is about oneself */
void irc_setname(struct irc *s, const struct irc_msg *m);
void irc_silence(struct irc *s, const struct irc_msg *m);
void irc_knock(struct irc *s, const struct irc_msg *m);
/* irc_monitor.c */
void irc_monitor(struct irc *s, const struct irc_msg *m);
/* irc_history.c */
void irc_chathistory(struct irc *s, const struct irc_msg *m);
void irc_search(struct irc *s, const struct irc_msg *m);
void irc_redact(struct irc *s, const struct irc_msg *m);
/* Is there a history? */
bool irc_history_there(const struct irc *s);
/* Gives up what is asked, if anything is. */
void irc_question_free(struct irc *s);
/* irc_marker.c */
void irc_markread(struct irc *s, const struct irc_msg *m);
/* Tells how far r was read, when the client has come in. */
void irc_send_marker(struct irc *s, const struct room *r);
/* irc_mode.c, irc_umode.c */
void irc_mode(struct irc *s, const struct irc_msg *m);
void irc_user_mode(struct irc *s, const struct irc_msg *m);
/* Tells the client how its modes differ from what they were. */
void irc_tell_umode(struct irc *s, unsigned was);
/* "+iw", into out (8 bytes). */
void irc_user_modes(const struct user *u, char out[8]);
/* irc_list.c */
void irc_names(struct irc *s, const struct irc_msg *m);
void irc_list(struct irc *s, const struct irc_msg *m);
/* Goes on with LIST once there is room for more. */
void irc_list_on(struct irc *s);
void irc_send_names(struct irc *s, const struct room *r);
void irc_send_topic(struct irc *s, const struct room *r);
/* irc_who.c, irc_whois.c */
void irc_who(struct irc *s, const struct irc_msg *m);
void irc_whois(struct irc *s, const struct irc_msg *m);
void irc_whowas(struct irc *s, const struct irc_msg *m);
void irc_userhost(struct irc *s, const struct irc_msg *m);
void irc_ison(struct irc *s, const struct irc_msg *m);
/* irc_info.c */
void irc_admin(struct irc *s, const struct irc_msg *m);
void irc_help(struct irc *s, const struct irc_msg *m);
void irc_info(struct irc *s, const struct irc_msg *m);
void irc_links(struct irc *s, const struct irc_msg *m);
void irc_lusers(struct irc *s, const struct irc_msg *m);
void irc_motd(struct irc *s, const struct irc_msg *m);
void irc_time(struct irc *s, const struct irc_msg *m);
void irc_version(struct irc *s, const struct irc_msg *m);
/* irc_oper.c */
void irc_oper(struct irc *s, const struct irc_msg *m);
void irc_kill(struct irc *s, const struct irc_msg *m);
void irc_wallops(struct irc *s, const struct irc_msg *m);
void irc_rehash(struct irc *s, const struct irc_msg *m);
void irc_stats(struct irc *s, const struct irc_msg *m);
/* irc.c */
void irc_nick_cmd(struct irc *s, const struct irc_msg *m);
void irc_user(struct irc *s, const struct irc_msg *m);
void irc_ping(struct irc *s, const struct irc_msg *m);
void irc_pong(struct irc *s, const struct irc_msg *m);
void irc_quit(struct irc *s, const struct irc_msg *m);

extern const struct frontend irc_frontend;

#endif
