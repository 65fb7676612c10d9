/* irc_whois.c: what is known about a person: WHOIS, WHOWAS, USERHOST, ISON. */
#include "serve/irc.h"

#include "base/date.h"
#include "net/tls.h"

#include <stdio.h>
#include <string.h>

enum { USERHOSTS_MAX = 5 };

static const struct conn *conn_of(const struct user *u)
{
    return u->ops == &irc_user_ops ? ((const struct irc *)u->session)->conn : NULL;
}

static void tell_rooms(struct irc *s, const struct user *u)
{
    char lead[NAME_BYTES_MAX + 4];
    snprintf(lead, sizeof lead, "%s :", u->name);
    struct irc_words w = {.s = s, .numeric = RPL_WHOISCHANNELS, .lead = lead};
    list_each(n, &u->memberships)
    {
        const struct member *m = list_entry(n, struct member, in_user);
        if (irc_sees(s, m->room))
            irc_words_add(&w, irc_status(s, m), m->room->name);
    }
    irc_words_end(&w);
}

/* What is for the person and for operators only. */
static void tell_private(struct irc *s, const struct user *u)
{
    char modes[8], print[TLS_FINGERPRINT_MAX], ip[PEER_TEXT_MAX];
    const struct conn *c = conn_of(u);
    if (u != &s->user && !irc_is_oper(s))
        return;
    irc_user_modes(u, modes);
    irc_reply(s, RPL_WHOISMODES, "%s :is using modes %s", u->name, modes);
    if (c == NULL)
        return;
    addr_ip_text(&c->peer, ip);
    irc_reply(s, RPL_WHOISHOST, "%s :is connecting from %s@%s %s", u->name, u->ident, ip, ip);
    if (c->tls != NULL && tls_fingerprint(c->tls, print))
        irc_reply(s, RPL_WHOISCERTFP, "%s :has client certificate fingerprint %s", u->name, print);
}

/* By which other doors the same account is here. */
static void tell_presence(struct irc *s, const struct user *u)
{
    struct buf doors = {0};
    if (u->account != NULL)
        serve_presence(irc_serve(s), u->account, u->sid, &doors);
    if (doors.len > 0)
        irc_reply(s, RPL_WHOISSPECIAL, "%s :is also here by %s", u->name, buf_str(&doors));
    buf_free(&doors);
}

static void tell_person(struct irc *s, const struct user *u)
{
    const struct chat *chat = irc_chat(s);
    const struct conn *c = conn_of(u);
    irc_reply(s, RPL_WHOISUSER, "%s %s %s * :%s", u->name, u->ident, u->host, u->real);
    tell_rooms(s, u);
    irc_reply(s, RPL_WHOISSERVER, "%s %s :agentd", u->name, chat->server);
    if (u->modes & USER_OPER)
        irc_reply(s, RPL_WHOISOPERATOR, "%s :is an IRC operator", u->name);
    if (c != NULL && c->tls != NULL)
        irc_reply(s, RPL_WHOISSECURE, "%s :is using a secure connection", u->name);
    if (u->account != NULL)
        irc_reply(s, RPL_WHOISACCOUNT, "%s %s :is logged in as", u->name, u->account->name);
    if (u->modes & USER_BOT)
        irc_reply(s, RPL_WHOISBOT, "%s :is a bot", u->name);
    if (u->away != NULL)
        irc_reply(s, RPL_AWAY, "%s :%s", u->name, u->away);
    if (c == NULL)
        irc_reply(s, RPL_WHOISSPECIAL, "%s :came in by %s", u->name, u->ops->proto);
    tell_presence(s, u);
    tell_private(s, u);
    irc_reply(s, RPL_WHOISIDLE, "%s %lld %lld :seconds idle, signon time", u->name,
              (long long)((chat->clock->mono - u->last) / 1000), (long long)(u->since / 1000));
}

void irc_whois(struct irc *s, const struct irc_msg *m)
{
    /* WHOIS server nick: there is one server. */
    struct irc_targets t = {.s = s, .rest = irc_param(m, m->params > 1 ? 1 : 0), .most = 1};
    struct str name;
    if (t.rest.n == 0) {
        irc_reply(s, ERR_NONICKNAMEGIVEN, ":No nickname given");
        return;
    }
    if (m->params > 1 && !irc_for_us(s, m->param[0]))
        return;
    while (irc_next_target(&t, &name)) {
        const struct user *u = chat_user(irc_chat(s), name);
        if (u != NULL) {
            tell_person(s, u);
            name = str_of(u->name);
        } else {
            irc_result(s, CHAT_NO_USER, name);
        }
        irc_reply(s, RPL_ENDOFWHOIS, "%.*s :End of /WHOIS list", (int)name.n, name.p);
    }
}

static void tell_was(struct irc *s, const struct was *w)
{
    char when[DATE_TEXT_MAX];
    date_http(when, (time_t)(w->at / 1000));
    irc_reply(s, RPL_WHOWASUSER, "%s %s %s * :%s", w->name, w->ident, w->host, w->real);
    irc_reply(s, RPL_WHOISSERVER, "%s %s :%s", w->name, irc_chat(s)->server, when);
    if (w->account[0] != '\0')
        irc_reply(s, RPL_WHOISACCOUNT, "%s %s :was logged in as", w->name, w->account);
}

void irc_whowas(struct irc *s, const struct irc_msg *m)
{
    struct irc_targets t = {.s = s, .rest = irc_param(m, 0), .most = 1};
    const struct str count = irc_param(m, 1);
    struct str name;
    uint64_t most = WHOWAS_MAX;
    if (t.rest.n == 0) {
        irc_reply(s, ERR_NONICKNAMEGIVEN, ":No nickname given");
        return;
    }
    if (!irc_for_us(s, irc_param(m, 2)))
        return;
    if (!text_number(count, WHOWAS_MAX, &most) || most == 0)
        most = WHOWAS_MAX; /* what is no positive number is no bound */
    while (irc_next_target(&t, &name)) {
        char fold[FOLD_BYTES_MAX] = "";
        const struct was *w = NULL;
        uint64_t told = 0;
        (void)name_fold(name, fold);
        while (told < most && (w = whowas_next(&irc_chat(s)->whowas, fold, w)) != NULL) {
            tell_was(s, w);
            told++;
        }
        if (told == 0)
            irc_reply(s, ERR_WASNOSUCHNICK, "%.*s :There was no such nickname", (int)name.n,
                      name.p);
        irc_reply(s, RPL_ENDOFWHOWAS, "%.*s :End of WHOWAS", (int)name.n, name.p);
    }
}

void irc_userhost(struct irc *s, const struct irc_msg *m)
{
    struct irc_words w = {.s = s, .numeric = RPL_USERHOST, .lead = ":"};
    unsigned told = 0;
    for (unsigned i = 0; i < m->params && i < USERHOSTS_MAX; i++) {
        const struct user *u = chat_user(irc_chat(s), m->param[i]);
        char word[NAME_BYTES_MAX + IDENT_BYTES_MAX + PEER_TEXT_MAX + 8];
        if (u == NULL)
            continue;
        snprintf(word, sizeof word, "%s%s=%c%s@%s", u->name, u->modes & USER_OPER ? "*" : "",
                 u->away != NULL ? '-' : '+', u->ident, u->host);
        irc_words_add(&w, "", word);
        told++;
    }
    irc_words_end(&w);
    if (told == 0)
        irc_reply(s, RPL_USERHOST, ":");
}

void irc_ison(struct irc *s, const struct irc_msg *m)
{
    struct irc_words w = {.s = s, .numeric = RPL_ISON, .lead = ":"};
    unsigned told = 0;
    for (unsigned i = 0; i < m->params; i++) {
        struct str names = m->param[i], name; /* one parameter may hold several */
        while (str_split(&names, ' ', &name)) {
            const struct user *u = chat_user(irc_chat(s), name);
            if (u == NULL)
                continue;
            irc_words_add(&w, "", u->name);
            told++;
        }
    }
    irc_words_end(&w);
    if (told == 0)
        irc_reply(s, RPL_ISON, ":");
}
