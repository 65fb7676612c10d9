/* irc_table.c: the table of commands, and what each row asks for. HELP reads it, too. */
#include "serve/irc.h"

#include <stdlib.h>
#include <string.h>

static const struct irc_command commands[] = {
    /* in order of names */
    {"ADMIN", irc_admin, 0, 0, 1, "[server]", "Tells who runs this server."},
    {"AUTHENTICATE", irc_authenticate, 1, IRC_FREE, 1, "mechanism | data | *",
     "Logs in with SASL, behind CAP REQ :sasl."},
    {"AWAY", irc_away, 0, 0, 1, "[:why]",
     "Marks you as being away: who writes to you is told why.\nWithout words you are back."},
    {"BATCH", irc_batch, 1, 0, 1, "+ref type [parameters] | -ref",
     "Begins and ends a message of several lines (draft/multiline)."},
    {"CAP", irc_cap, 1, IRC_FREE, 1, "LS [302] | LIST | REQ :names | END",
     "Negotiates what goes beyond the protocol (IRCv3)."},
    {"CHATHISTORY", irc_chathistory, 0, 0, 2,
     "BEFORE | AFTER | AROUND | LATEST | BETWEEN | TARGETS target [reference] reference limit",
     "Tells what was said earlier (draft/chathistory)."},
    {"HELP", irc_help, 0, 0, 1, "[command]", "Tells what a command does, or which ones there are."},
    {"HELPOP", irc_help, 0, 0, 1, "[command]", "The same as HELP."},
    {"INFO", irc_info, 0, 0, 1, "[server]", "Tells about the program that runs here."},
    {"INVITE", irc_invite, 0, 0, 1, "[name #room]",
     "Invites somebody to a room that you are in; in a room of mode i only operators may.\n"
     "Without parameters: lists the rooms that you are invited to."},
    {"ISON", irc_ison, 1, 0, 1, "name [name ...]", "Tells which of these people are here."},
    {"JOIN", irc_join, 1, IRC_EACH, 1, "#room[,#room...] [key[,key...]] | 0",
     "Enters rooms; one that is not there begins, and you are its operator.\n"
     "0: leaves all rooms."},
    {"KICK", irc_kick, 2, 0, 1, "#room name[,name...] [:why]",
     "Throws people out of a room whose operator you are."},
    {"KILL", irc_kill, 2, IRC_OPER, 1, "name :why", "Ends somebody's session. For administrators."},
    {"KNOCK", irc_knock, 1, 0, 1, "#room [:words]",
     "Asks the operators of a room that you cannot enter for an invitation."},
    {"LINKS", irc_links, 0, 0, 1, "[[server] mask]", "Lists the servers: this one."},
    {"LIST", irc_list, 0, 0, 3, "[#room[,#room...] | condition[,condition...]]",
     "Lists rooms. Conditions: >5 and <5 (people), C>5 and C<5 (minutes since it began), T>5 and\n"
     "T<5 (since its topic was set), a pattern with * and ?, !pattern for all others."},
    {"LUSERS", irc_lusers, 0, 0, 1, "[mask [server]]", "Counts who is here."},
    {"MARKREAD", irc_markread, 0, 0, 1, "target [timestamp=time]",
     "Tells or sets how far you have read (draft/read-marker)."},
    {"MODE", irc_mode, 1, 0, 1, "#room [+-modes [parameters]] | name [+-modes]",
     "Shows or changes what holds for a room or for you.\n"
     "For rooms: b ban, e except from bans, I except from invitation (each with a mask: name, \n"
     "user@host, a network behind @, or ~a:account), i invitation only, k key, l limit, m "
     "moderated,\n"
     "n nobody speaks from outside, o operator, p private, s secret, t topic by operators, v voice."
     "\nFor you: B bot, i invisible, w hears WALLOPS; o only goes off here, see OPER."},
    {"MONITOR", irc_monitor, 1, 0, 1, "+ names | - names | C | L | S",
     "Has you told when people come and go: adds names (with commas), takes them off, all of "
     "them;\n"
     "lists them; tells who of them is here."},
    {"MOTD", irc_motd, 0, 0, 2, "[server]", "Shows the message of the day."},
    {"NAMES", irc_names, 0, 0, 2, "[#room[,#room...]]", "Lists who is in rooms."},
    {"NICK", irc_nick_cmd, 0, IRC_FREE, 2, "name", "Gives you another name."},
    {"NOTICE", irc_notice, 0, 0, 1, "target[,target...] :text",
     "Says something that programs never answer, as PRIVMSG does."},
    {"OPER", irc_oper, 1, 0, 1, "account password",
     "Makes you an operator of this server: with an administrator's account and its password;\n"
     "the account alone will do when you are logged in as it. MODE name -o ends it."},
    {"PART", irc_part, 1, IRC_EACH, 1, "#room[,#room...] [:why]", "Leaves rooms."},
    {"PASS", irc_pass, 1, IRC_FREE, 1, "password | account:password",
     "Logs in, before NICK and USER."},
    {"PING", irc_ping, 0, IRC_FREE, 1, "token", "Is answered by PONG with the same token."},
    {"PONG", irc_pong, 0, IRC_FREE, 0, "token", "Answers our PING."},
    {"PRIVMSG", irc_privmsg, 0, 0, 1, "target[,target...] :text",
     "Says something in a room or to a person."},
    {"QUIT", irc_quit, 0, IRC_FREE, 0, "[:why]", "Ends your session."},
    {"REDACT", irc_redact, 2, 0, 1, "target id [:why]",
     "Takes back what was said (draft/message-redaction)."},
    {"REGISTER", irc_register, 3, IRC_FREE, 5, "account | * email | * :password",
     "Makes an account for the name that you bear, where the administrator lets everybody."},
    {"REHASH", irc_rehash, 0, IRC_OPER, 1, "", "Reads the configuration anew. For administrators."},
    {"RENAME", irc_rename, 2, 0, 2, "#room #name [:why]",
     "Gives a room whose operator you are another name (draft/channel-rename)."},
    {"SEARCH", irc_search, 1, 0, 8, "conditions", "Finds what was said earlier (draft/search)."},
    {"SETNAME", irc_setname, 1, 0, 2, ":real name", "Gives you another real name."},
    {"SILENCE", irc_silence, 0, 0, 1, "[+mask | -mask]",
     "Keeps messages and invitations to you from people whom a mask fits: as in bans, see MODE.\n"
     "Without parameters: lists the masks."},
    {"STATS", irc_stats, 1, 0, 2, "letter [server]",
     "u: since when this runs; m: how often commands were given; o: who may OPER; l: connections\n"
     "(m, o and l for administrators)."},
    {"TAGMSG", irc_tagmsg, 1, 0, 1, "target[,target...]",
     "Sends tags without a text, such as +typing (message-tags)."},
    {"TIME", irc_time, 0, 0, 1, "[server]", "Tells the time."},
    {"TOPIC", irc_topic, 1, 0, 1, "#room [:text]",
     "Shows a room's topic, or sets it; with an empty text there is none."},
    {"USER", irc_user, 4, IRC_FREE, 1, "user 0 * :real name", "Comes with NICK, to register."},
    {"USERHOST", irc_userhost, 1, 0, 1, "name [name ...]",
     "Tells where these people (five at most) come from, and who is away or an operator."},
    {"VERIFY", irc_verify, 2, IRC_FREE, 2, "account code", "There is nothing to verify here."},
    {"VERSION", irc_version, 0, 0, 1, "[server]", "Tells which program runs here."},
    {"WALLOPS", irc_wallops, 1, IRC_OPER, 1, ":text",
     "Says something to all who want to hear it (mode w), and to all by datagrams. For "
     "administrators."},
    {"WHO", irc_who, 0, 0, 2, "[mask [o][%fields[,token]]]",
     "Lists people: those in a room, or whom a mask fits (name, user, host or account).\n"
     "o: operators of the server only. Fields (WHOX): t token, c room, u user, i address, h host,\n"
     "s server, n name, f flags, d hops, l idle, a account, o operator's level, r real name."},
    {"WHOIS", irc_whois, 0, 0, 2, "[server] name", "Tells about a person."},
    {"WHOWAS", irc_whowas, 0, 0, 2, "name [count [server]]",
     "Tells about people who have left or taken another name, the latest first."},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };
_Static_assert((int)COMMANDS <= (int)IRC_COMMANDS_MAX, "IRC_COMMANDS_MAX is too small");

static int compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct irc_command *)row)->name);
}

const struct irc_command *irc_command(const char *name)
{
    return bsearch(name, commands, COMMANDS, sizeof commands[0], compare);
}

/* A browser that was led to this port (cross-protocol attacks; VU#476267). */
static bool is_http(const char *command)
{
    static const char *const verbs[] = {"GET",     "POST",    "PUT",    "HEAD",
                                        "OPTIONS", "CONNECT", "DELETE", "PATCH"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(command, verbs[i]) == 0)
            return true;
    return false;
}

static int unknown(struct irc *s, const struct irc_msg *m)
{
    if (!s->registered && (is_http(m->command) || ++s->unknown >= IRC_UNKNOWN_MAX))
        return -1;
    irc_reply(s, ERR_UNKNOWNCOMMAND, "%s :Unknown command", m->command);
    return 0;
}

static uint64_t *uses_of(const struct irc *s, const struct irc_command *row)
{
    return &((struct irc_door *)door_of(s->conn)->state)->uses[row - commands];
}

int irc_run(struct irc *s, const struct irc_msg *m, const struct irc_command *row)
{
    if (row == NULL)
        return unknown(s, m);
    ++*uses_of(s, row);
    if (!(row->flags & IRC_FREE) && !s->registered)
        irc_reply(s, ERR_NOTREGISTERED, ":You have not registered");
    else if (m->params < row->min)
        irc_reply(s, ERR_NEEDMOREPARAMS, "%s :Not enough parameters", row->name);
    else if ((row->flags & IRC_OPER) && !irc_is_oper(s))
        irc_reply(s, ERR_NOPRIVILEGES, ":Permission denied: you are no operator (see HELP OPER)");
    else if (!irc_lines_take(s, m))
        row->run(s, m);
    return 0;
}

void irc_send_uses(struct irc *s)
{
    for (int i = 0; i < COMMANDS; i++)
        if (*uses_of(s, &commands[i]) > 0)
            irc_reply(s, RPL_STATSCOMMANDS, "%s %llu", commands[i].name,
                      (unsigned long long)*uses_of(s, &commands[i]));
}

/* --- HELP --- */

static void help_all(struct irc *s)
{
    struct irc_words w = {.s = s, .numeric = RPL_HELPTXT, .lead = "* :", .width = 70};
    irc_reply(s, RPL_HELPSTART, "* :These commands are known; HELP with one of them tells more");
    for (int i = 0; i < COMMANDS; i++)
        irc_words_add(&w, "", commands[i].name);
    irc_words_end(&w);
    irc_reply(s, RPL_ENDOFHELP, "* :End of /HELP");
}

void irc_help(struct irc *s, const struct irc_msg *m)
{
    const struct str subject = irc_param(m, 0);
    char name[IRC_COMMAND_MAX + 1];
    if (subject.n == 0) {
        help_all(s);
        return;
    }
    const bool fits = str_copy(name, sizeof name, subject);
    for (char *p = name; *p != '\0'; p++)
        *p = text_upper(*p);
    const struct irc_command *row = fits ? irc_command(name) : NULL;
    if (row == NULL) {
        irc_reply(s, ERR_HELPNOTFOUND, "%.*s :There is no help on this; HELP lists the commands",
                  (int)utf8_cut(subject.p, subject.n, 100), subject.p);
        return;
    }
    irc_reply(s, RPL_HELPSTART, "%s :%s%s%s", row->name, row->name,
              row->syntax[0] != '\0' ? " " : "", row->syntax);
    struct str rest = str_of(row->help), line;
    while (str_split(&rest, '\n', &line))
        irc_reply(s, RPL_HELPTXT, "%s :%.*s", row->name, (int)line.n, line.p);
    irc_reply(s, RPL_ENDOFHELP, "%s :End of /HELP", row->name);
}
