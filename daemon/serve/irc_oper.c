/* irc_oper.c: operators of the server: administrators who have said so by OPER, and what they may.
 * In rooms they see what others do not, and may nothing that others may not. */
#include "serve/irc.h"

#include "model/chat_text.h"

#include <stdio.h>
#include <string.h>

/* --- becoming one --- */

static bool may_be_oper(const struct account *a)
{
    return account_usable(a) && a->role == ROLE_ADMIN;
}

void irc_deop(struct irc *s)
{
    const unsigned was = s->user.modes;
    chat_set_mode(irc_chat(s), &s->user, USER_OPER, false);
    account_unref(s->oper);
    s->oper = NULL;
    irc_tell_umode(s, was);
}

bool irc_is_oper(struct irc *s)
{
    if (!(s->user.modes & USER_OPER))
        return false;
    if (s->oper != NULL && may_be_oper(s->oper))
        return true;
    irc_deop(s); /* the account is no administrator's any more */
    return false;
}

static void emit(const struct irc *s, enum event_kind kind, const char *to, const char *text)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = {
        .kind = kind, .who = s->user.name, .account = s->oper, .to = to, .text = text};
    serve_event_from(&ev, s->conn, peer);
    event_emit(irc_serve(s)->bus, &ev);
}

static void become(struct irc *s, struct account *a)
{
    const unsigned was = s->user.modes;
    if (!may_be_oper(a)) {
        irc_reply(s, ERR_NOOPERHOST, ":This account is no administrator's");
        return;
    }
    account_unref(s->oper);
    s->oper = account_ref(a);
    chat_set_mode(irc_chat(s), &s->user, USER_OPER, true);
    emit(s, EVENT_OPER, a->name, NULL);
    irc_tell_umode(s, was);
    irc_reply(s, RPL_YOUREOPER, ":You are now an IRC operator");
}

static void checked(void *arg, enum login_result result, struct account *a)
{
    struct irc *s = arg;
    s->login = NULL;
    if (s->conn->finishing || s->conn->closing)
        return; /* thrown out meanwhile */
    irc_go_on(s);
    if (result == LOGIN_OK)
        become(s, a);
    else if (result == LOGIN_DENIED)
        irc_reply(s, ERR_PASSWDMISMATCH, ":Password incorrect");
    else
        irc_reply(s, ERR_NOOPERHOST, ":Too many logins or sessions; try again later");
    irc_gone_on(s);
}

void irc_oper(struct irc *s, const struct irc_msg *m)
{
    struct account *own = s->user.account;
    if (m->params == 1) {
        if (own != NULL && account_find(irc_serve(s)->accounts, m->param[0]) == own)
            become(s, own);
        else
            irc_reply(s, ERR_NEEDMOREPARAMS, "OPER :Not enough parameters");
        return;
    }
    if (serve_needs_tls(s->conn, true)) {
        irc_reply(s, ERR_NOOPERHOST, ":Use TLS: a password must not travel in clear here");
        return;
    }
    s->login = login_begin(s->conn, m->param[0], m->param[1], checked, s);
    if (s->login != NULL)
        conn_pause(s->conn);
    else
        irc_reply(s, ERR_NOOPERHOST, ":Too many logins or sessions; try again later");
}

/* --- what they may --- */

void irc_kill(struct irc *s, const struct irc_msg *m)
{
    struct user *u = chat_user(irc_chat(s), m->param[0]);
    char said[REASON_BYTES_MAX + 1], why[REASON_BYTES_MAX + NAME_BYTES_MAX + 16];
    if (u == NULL) {
        irc_result(s, CHAT_NO_USER, m->param[0]);
        return;
    }
    (void)chat_text_clean(said, sizeof said, m->param[1]);
    snprintf(why, sizeof why, "Killed (%s (%s))", s->user.name, said);
    emit(s, EVENT_KICK, u->name, why);
    if (u->ops != &irc_user_ops) {
        u->ops->kick(u, why);
        return;
    }
    struct irc *other = u->session;
    irc_line_from(other, &s->user, "KILL %s :%s", u->name, said);
    irc_error(other, why);
}

void irc_wallops(struct irc *s, const struct irc_msg *m)
{
    if (m->param[0].n == 0)
        irc_reply(s, ERR_NEEDMOREPARAMS, "WALLOPS :Not enough parameters");
    else
        chat_wallops(irc_chat(s), &s->user, m->param[0]);
}

void irc_rehash(struct irc *s, const struct irc_msg *m)
{
    struct serve *serve = irc_serve(s);
    struct buf why = {0};
    (void)m;
    irc_reply(s, RPL_REHASHING, "%s :Rehashing", serve->conf->file);
    if (serve->admin->reload(serve, &why) < 0)
        irc_server_line(s, "NOTICE %s :The configuration stays as it was: %s", s->user.name,
                        buf_str(&why));
    else
        irc_server_line(s, "NOTICE %s :The configuration was read anew", s->user.name);
    buf_free(&why);
}

/* --- STATS --- */

static void stats_opers(struct irc *s)
{
    const struct accounts *as = irc_serve(s)->accounts;
    for (struct hnode *n = hmap_next(&as->by_name, NULL); n != NULL;
         n = hmap_next(&as->by_name, n)) {
        const struct account *a = hmap_entry(n, struct account, by_name);
        if (may_be_oper(a))
            irc_reply(s, RPL_STATSOLINE, "O * * %s 0 0", a->name);
    }
}

static void stats_links(struct irc *s)
{
    list_each(n, &door_of(s->conn)->conns)
    {
        const struct conn *c = list_entry(n, struct conn, link);
        const struct irc *other = c->session;
        if (other->registered)
            irc_reply(s, RPL_STATSLINKINFO, "%s %llu 0 %llu 0 %llu :%lld", other->user.name,
                      (unsigned long long)c->out.bytes, (unsigned long long)(c->tx >> 10),
                      (unsigned long long)(c->rx >> 10),
                      (long long)((c->loop->clock.mono - c->since) / 1000));
    }
}

static void stats_uptime(struct irc *s)
{
    const int64_t up = (irc_chat(s)->clock->mono - irc_serve(s)->since) / 1000;
    irc_reply(s, RPL_STATSUPTIME, ":Server Up %lld days %lld:%02lld:%02lld",
              (long long)(up / 86400), (long long)(up / 3600 % 24), (long long)(up / 60 % 60),
              (long long)(up % 60));
}

void irc_stats(struct irc *s, const struct irc_msg *m)
{
    static const struct {
        char letter;
        bool oper;
        void (*send)(struct irc *s);
    } rows[] = {{'l', true, stats_links},
                {'m', true, irc_send_uses},
                {'o', true, stats_opers},
                {'u', false, stats_uptime}};
    const struct str letter = {m->param[0].p, utf8_cut(m->param[0].p, m->param[0].n, 4)};
    if (!irc_for_us(s, irc_param(m, 1)))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (letter.n == 0 || rows[i].letter != text_lower(letter.p[0]))
            continue;
        if (rows[i].oper && !irc_is_oper(s))
            irc_reply(s, ERR_NOPRIVILEGES, ":Permission denied: you are no operator");
        else
            rows[i].send(s);
    }
    irc_reply(s, RPL_ENDOFSTATS, "%.*s :End of /STATS report", (int)(letter.n > 0 ? letter.n : 1),
              letter.n > 0 ? letter.p : "*");
}
