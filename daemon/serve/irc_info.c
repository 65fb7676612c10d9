/* irc_info.c: the commands that ask about the server. */
#include "serve/irc.h"

#include "base/date.h"
#include "base/glob.h"
#include "base/version.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOTD_BYTES_MAX = 16 << 10 };

void irc_version(struct irc *s, const struct irc_msg *m)
{
    if (!irc_for_us(s, irc_param(m, 0)))
        return;
    irc_reply(s, RPL_VERSION, "agentd-%s %s :one server, no others", AGENTD_VERSION,
              irc_chat(s)->server);
    irc_send_isupport(s);
}

void irc_info(struct irc *s, const struct irc_msg *m)
{
    char started[DATE_TEXT_MAX];
    if (!irc_for_us(s, irc_param(m, 0)))
        return;
    date_minute(started, (time_t)(irc_serve(s)->started / 1000));
    irc_reply(s, RPL_INFO, ":agentd %s: chat, files and web pages from one small daemon",
              AGENTD_VERSION);
    irc_reply(s, RPL_INFO, ":People come to the same rooms by IRC, by browser and by datagrams");
    irc_reply(s, RPL_INFO, ":Running since %s UTC", started);
    irc_reply(s, RPL_ENDOFINFO, ":End of /INFO list");
}

void irc_time(struct irc *s, const struct irc_msg *m)
{
    char text[DATE_TEXT_MAX];
    const int64_t now = irc_chat(s)->clock->wall / 1000;
    if (!irc_for_us(s, irc_param(m, 0)))
        return;
    date_http(text, (time_t)now);
    irc_reply(s, RPL_TIME, "%s %lld 0 :%s", irc_chat(s)->server, (long long)now, text);
}

void irc_links(struct irc *s, const struct irc_msg *m)
{
    const struct chat *chat = irc_chat(s);
    const struct str mask = m->params > 0 ? m->param[m->params > 1 ? 1 : 0] : STR("*");
    char fold[FOLD_BYTES_MAX];
    if (name_fold(mask, fold) && glob_match(str_of(fold), str_of(chat->server_fold)))
        irc_reply(s, RPL_LINKS, "%s %s :0 agentd", chat->server, chat->server);
    irc_reply(s, RPL_ENDOFLINKS, "%.*s :End of /LINKS list", (int)mask.n, mask.p);
}

void irc_admin(struct irc *s, const struct irc_msg *m)
{
    static const enum irc_numeric numerics[] = {RPL_ADMINLOC1, RPL_ADMINLOC2, RPL_ADMINEMAIL};
    const char *server = irc_chat(s)->server;
    struct str rest = str_of(irc_serve(s)->conf->irc->admin), line;
    if (!irc_for_us(s, irc_param(m, 0)))
        return;
    if (rest.n == 0) {
        irc_reply(s, ERR_NOADMININFO, "%s :No administrative info is available", server);
        return;
    }
    irc_reply(s, RPL_ADMINME, "%s :Administrative info", server);
    for (size_t i = 0; str_split(&rest, '\n', &line); i++)
        irc_reply(s, numerics[i < 2 ? i : 2], ":%.*s", (int)line.n, line.p);
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
    if (!irc_for_us(s, irc_param(m, 1)))
        return;
    irc_reply(s, RPL_LUSERCLIENT, ":There are %zu users and %u invisible on 1 servers",
              users - c->invisible, c->invisible);
    irc_reply(s, RPL_LUSEROP, "%u :operator(s) online", c->opers);
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
    if (!irc_for_us(s, irc_param(m, 0)))
        return;
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
