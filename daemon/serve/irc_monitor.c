/* irc_monitor.c: MONITOR (IRCv3): being told when people come and go. */
#include "serve/irc.h"

#include <string.h>

/* Full names of those that are here, as given of those that are not. */
static void tell_state(struct irc_words *on, struct irc_words *off, struct str name)
{
    const struct user *u = chat_user(irc_chat(on->s), name);
    char word[IRC_FULL_NAME_MAX];
    if (u == NULL) {
        (void)str_copy(word, sizeof word, name);
        irc_words_add(off, "", word);
        return;
    }
    irc_full_name(u, word);
    irc_words_add(on, "", word);
}

static void add(struct irc *s, struct str names)
{
    struct irc_words on = {.s = s, .numeric = RPL_MONONLINE, .lead = ":", .between = ','};
    struct irc_words off = {.s = s, .numeric = RPL_MONOFFLINE, .lead = ":", .between = ','};
    struct str name;
    while (str_split(&names, ',', &name)) {
        const struct str rest = {name.p, name.n + (names.p != NULL ? names.n + 1 : 0)};
        const enum monitor_result result =
            name.n > 0 ? monitor_add(&irc_chat(s)->monitor, &s->user, name) : MONITOR_NAME_BAD;
        if (result == MONITOR_OK || result == MONITOR_UNCHANGED) {
            tell_state(&on, &off, name);
        } else if (result != MONITOR_NAME_BAD) {
            irc_reply(s, ERR_MONLISTFULL, "%d %.*s :Monitor list is full", MONITOR_NAMES_MAX,
                      (int)rest.n, rest.p);
            break;
        }
    }
    irc_words_end(&on);
    irc_words_end(&off);
}

static void show_list(struct irc *s)
{
    struct irc_words w = {.s = s, .numeric = RPL_MONLIST, .lead = ":", .between = ','};
    list_each(n, &s->user.watches)
        irc_words_add(&w, "", list_entry(n, struct watch_of, in_user)->watched->name);
    irc_words_end(&w);
    irc_reply(s, RPL_ENDOFMONLIST, ":End of MONITOR list");
}

static void show_state(struct irc *s)
{
    struct irc_words on = {.s = s, .numeric = RPL_MONONLINE, .lead = ":", .between = ','};
    struct irc_words off = {.s = s, .numeric = RPL_MONOFFLINE, .lead = ":", .between = ','};
    list_each(n, &s->user.watches)
        tell_state(&on, &off, str_of(list_entry(n, struct watch_of, in_user)->watched->name));
    irc_words_end(&on);
    irc_words_end(&off);
}

void irc_monitor(struct irc *s, const struct irc_msg *m)
{
    struct str names = irc_param(m, 1), name;
    const char what = m->param[0].n == 1 ? text_upper(m->param[0].p[0]) : '\0';
    if ((what == '+' || what == '-') && names.n == 0) {
        irc_reply(s, ERR_NEEDMOREPARAMS, "MONITOR :Not enough parameters");
        return;
    }
    switch (what) {
    case '+': add(s, names); break;
    case '-':
        while (str_split(&names, ',', &name))
            monitor_remove(&irc_chat(s)->monitor, &s->user, name);
        break;
    case 'C': monitor_clear(&irc_chat(s)->monitor, &s->user); break;
    case 'L': show_list(s); break;
    case 'S': show_state(s); break;
    default: irc_reply(s, ERR_NEEDMOREPARAMS, "MONITOR :It takes one of + - C L S"); break;
    }
}
