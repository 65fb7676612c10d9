/* irc_query.c: the commands that only ask. */
#include "serve/irc.h"

#include "base/glob.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOTD_BYTES_MAX = 16 << 10 };

/* The highest, or for a client that wants to know all of them. */
static const char *status_of(const struct irc *s, const struct member *m)
{
    if (m->op && m->voice && (s->caps & IRC_CAP_MULTI_PREFIX))
        return "@+";
    return m->op ? "@" : m->voice ? "+" : "";
}

/* --- NAMES, LIST --- */

static void add_name(struct irc_words *w, const struct member *m)
{
    char whole[NAME_BYTES_MAX + sizeof m->user->ident + PEER_TEXT_MAX + 3];
    const struct user *u = m->user;
    if (!(w->s->caps & IRC_CAP_USERHOST)) {
        irc_words_add(w, status_of(w->s, m), u->name);
        return;
    }
    snprintf(whole, sizeof whole, "%s!%s@%s", u->name, u->ident, u->host);
    irc_words_add(w, status_of(w->s, m), whole);
}

void irc_send_names(struct irc *s, const struct room *r)
{
    char lead[ROOM_BYTES_MAX + 8];
    snprintf(lead, sizeof lead, "= %s :", r->name);
    struct irc_words w = {.s = s, .numeric = RPL_NAMREPLY, .lead = lead};
    const bool inside = room_member(r, &s->user) != NULL;
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (inside || !m->user->invisible)
            add_name(&w, m);
    }
    irc_words_end(&w);
    irc_reply(s, RPL_ENDOFNAMES, "%s :End of /NAMES list", r->name);
}

void irc_names(struct irc *s, const struct irc_msg *m)
{
    struct str names = m->params > 0 ? m->param[0] : STR("*"), name;
    while (str_split(&names, ',', &name)) {
        const struct room *r = chat_room(irc_chat(s), name);
        if (r != NULL)
            irc_send_names(s, r);
        else
            irc_reply(s, RPL_ENDOFNAMES, "%.*s :End of /NAMES list", (int)name.n, name.p);
    }
}

static void list_one(struct irc *s, const struct room *r)
{
    irc_reply(s, RPL_LIST, "%s %u :%s", r->name, r->count, r->topic);
}

void irc_list(struct irc *s, const struct irc_msg *m)
{
    const struct chat *chat = irc_chat(s);
    const uint64_t enough = (uint64_t)irc_serve(s)->conf->limits->sendq / 2;
    irc_reply(s, RPL_LISTSTART, "Channel :Users  Name");
    if (m->params > 0 && m->param[0].n > 0 && m->param[0].p[0] == '#') {
        struct str names = m->param[0], name;
        while (str_split(&names, ',', &name)) {
            const struct room *r = chat_room(chat, name);
            if (r != NULL)
                list_one(s, r);
        }
    } else {
        for (struct hnode *n = hmap_next(&chat->rooms, NULL);
             n != NULL && s->conn->out.bytes < enough; n = hmap_next(&chat->rooms, n))
            list_one(s, hmap_entry(n, struct room, by_name));
    }
    irc_reply(s, RPL_LISTEND, ":End of /LIST");
}

/* --- WHO, WHOIS --- */

static void who_line(struct irc *s, const struct user *u, const char *room, const char *status)
{
    irc_reply(s, RPL_WHOREPLY, "%s %s %s %s %s %s%s :0 %s", room, u->ident, u->host,
              irc_chat(s)->server, u->name, u->away != NULL ? "G" : "H", status, u->real);
}

static void who_room(struct irc *s, const struct room *r)
{
    const bool inside = room_member(r, &s->user) != NULL;
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (inside || !m->user->invisible || m->user == &s->user)
            who_line(s, m->user, r->name, status_of(s, m));
    }
}

static bool share_room(const struct user *a, const struct user *b)
{
    list_each(n, &a->memberships) if (room_member(list_entry(n, struct member, in_user)->room, b) !=
                                      NULL) return true;
    return false;
}

static void who_mask(struct irc *s, struct str mask)
{
    const struct chat *chat = irc_chat(s);
    const uint64_t enough = (uint64_t)irc_serve(s)->conf->limits->sendq / 2;
    char fold[FOLD_BYTES_MAX];
    if (!name_fold(mask, fold))
        return;
    for (struct hnode *n = hmap_next(&chat->users, NULL); n != NULL && s->conn->out.bytes < enough;
         n = hmap_next(&chat->users, n)) {
        const struct user *u = hmap_entry(n, struct user, by_name);
        const bool exact = strcmp(fold, u->fold) == 0;
        if (!exact && !glob_match(str_of(fold), str_of(u->fold)))
            continue;
        if (exact || !u->invisible || u == &s->user || share_room(u, &s->user))
            who_line(s, u, "*", "");
    }
}

void irc_who(struct irc *s, const struct irc_msg *m)
{
    const struct str mask = m->params > 0 && m->param[0].n > 0 ? m->param[0] : STR("*");
    if (mask.p[0] == '#') {
        const struct room *r = chat_room(irc_chat(s), mask);
        if (r != NULL)
            who_room(s, r);
    } else {
        who_mask(s, str_eq(mask, "0") ? STR("*") : mask);
    }
    irc_reply(s, RPL_ENDOFWHO, "%.*s :End of /WHO list", (int)mask.n, mask.p);
}

void irc_whois(struct irc *s, const struct irc_msg *m)
{
    /* WHOIS server nick: there is one server. */
    const struct str name = m->param[m->params > 1 ? 1 : 0];
    const struct chat *chat = irc_chat(s);
    const struct user *u = chat_user(chat, name);
    if (u == NULL) {
        irc_result(s, CHAT_NO_USER, name);
        irc_reply(s, RPL_ENDOFWHOIS, "%.*s :End of /WHOIS list", (int)name.n, name.p);
        return;
    }
    irc_reply(s, RPL_WHOISUSER, "%s %s %s * :%s", u->name, u->ident, u->host, u->real);
    char lead[NAME_BYTES_MAX + 4];
    snprintf(lead, sizeof lead, "%s :", u->name);
    struct irc_words w = {.s = s, .numeric = RPL_WHOISCHANNELS, .lead = lead};
    list_each(n, &u->memberships)
    {
        const struct member *mb = list_entry(n, struct member, in_user);
        irc_words_add(&w, status_of(s, mb), mb->room->name);
    }
    irc_words_end(&w);
    irc_reply(s, RPL_WHOISSERVER, "%s %s :agentd", u->name, chat->server);
    if (u->ops == &irc_user_ops && ((const struct irc *)u->session)->conn->tls != NULL)
        irc_reply(s, RPL_WHOISSECURE, "%s :is using a secure connection", u->name);
    if (u->account != NULL)
        irc_reply(s, RPL_WHOISACCOUNT, "%s %s :is logged in as", u->name, u->account->name);
    if (u->away != NULL)
        irc_reply(s, RPL_AWAY, "%s :%s", u->name, u->away);
    if (u->ops != &irc_user_ops)
        irc_reply(s, RPL_WHOISSPECIAL, "%s :came in by %s", u->name, u->ops->proto);
    irc_reply(s, RPL_WHOISIDLE, "%s %lld %lld :seconds idle, signon time", u->name,
              (long long)((chat->clock->mono - u->last) / 1000), (long long)(u->since / 1000));
    irc_reply(s, RPL_ENDOFWHOIS, "%s :End of /WHOIS list", u->name);
}

/* --- LUSERS, MOTD --- */

static size_t count_unregistered(const struct irc *s)
{
    size_t n = 0;
    list_each(k, &door_of(s->conn)->conns)
    {
        const struct conn *c = list_entry(k, struct conn, link);
        n += !((const struct irc *)c->session)->registered && !c->finishing && !c->closing;
    }
    return n;
}

void irc_lusers(struct irc *s, const struct irc_msg *m)
{
    const struct chat *c = irc_chat(s);
    const size_t users = c->users.count;
    (void)m;
    irc_reply(s, RPL_LUSERCLIENT, ":There are %zu users and %u invisible on 1 servers",
              users - c->invisible, c->invisible);
    irc_reply(s, RPL_LUSEROP, "0 :operator(s) online");
    irc_reply(s, RPL_LUSERUNKNOWN, "%zu :unknown connection(s)", count_unregistered(s));
    irc_reply(s, RPL_LUSERCHANNELS, "%zu :channels formed", c->rooms.count);
    irc_reply(s, RPL_LUSERME, ":I have %zu clients and 0 servers", users);
    irc_reply(s, RPL_LOCALUSERS, "%zu %zu :Current local users %zu, max %zu", users, c->most_users,
              users, c->most_users);
    irc_reply(s, RPL_GLOBALUSERS, "%zu %zu :Current global users %zu, max %zu", users,
              c->most_users, users, c->most_users);
}

/* The file's text, or false when there is none that can be read. */
static bool read_motd(const char *path, struct buf *text)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    char *at =
        fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? buf_reserve(text, MOTD_BYTES_MAX) : NULL;
    const ssize_t n = at != NULL ? read(fd, at, MOTD_BYTES_MAX) : -1;
    close(fd);
    if (n <= 0 || !utf8_valid(at, utf8_cut(at, (size_t)n, (size_t)n)))
        return false;
    buf_grew(text, (size_t)n);
    return true;
}

void irc_motd(struct irc *s, const struct irc_msg *m)
{
    const struct conf_irc *cf = irc_serve(s)->conf->irc;
    struct buf text = {0};
    (void)m;
    if (cf->motd[0] == '\0' || !read_motd(cf->motd, &text))
        buf_addf(&text,
                 "Welcome. Everybody meets in %s: /join %s\nFiles that arrive are told there.\n",
                 cf->lobby, cf->lobby);
    irc_reply(s, RPL_MOTDSTART, ":- %s Message of the day -", irc_chat(s)->server);
    struct str rest = {buf_data(&text), text.len}, line;
    while (str_split(&rest, '\n', &line)) {
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > 0 || rest.p != NULL)
            irc_reply(s, RPL_MOTD, ":- %.*s", (int)line.n, line.p);
    }
    irc_reply(s, RPL_ENDOFMOTD, ":End of /MOTD command");
    buf_free(&text);
}
