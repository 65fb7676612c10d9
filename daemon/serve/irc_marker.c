/* irc_marker.c: MARKREAD: how far the people of an account have read, the same in all their clients
 * (draft/read-marker). A guest's clients know nothing of each other, so there is nothing to keep.
 */
#include "serve/irc.h"

#include "base/date.h"

#include <string.h>

static void tell(struct irc *s, const char *target, int64_t at)
{
    char date[DATE_TEXT_MAX] = "";
    if (at > 0)
        date_iso_ms(date, at);
    irc_server_line(s, "MARKREAD %s %s%s", target, at > 0 ? "timestamp=" : "*", date);
}

static void tell_at_door(const struct door *d, const struct irc *s, const char *target, int64_t at)
{
    list_each(n, &d->conns)
    {
        struct irc *other = list_entry(n, struct conn, link)->session;
        if (other != s && other->registered && other->user.account == s->user.account &&
            (other->caps & IRC_CAP_MARKER))
            tell(other, target, at);
    }
}

/* All sessions of the account but s. */
static void tell_others(const struct irc *s, const char *target, int64_t at)
{
    list_each(n, &irc_serve(s)->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        if (d->fe == &irc_frontend)
            tell_at_door(d, s, target, at);
    }
}

static bool parse_moment(struct str text, int64_t *at)
{
    static const struct str key = STR("timestamp=");
    return text.n > key.n && memcmp(text.p, key.p, key.n) == 0 &&
           date_iso_ms_parse((struct str){text.p + key.n, text.n - key.n}, at);
}

void irc_send_marker(struct irc *s, const struct room *r)
{
    const struct account *a = s->user.account;
    if (s->caps & IRC_CAP_MARKER)
        tell(s, r->name, a != NULL ? marker_get(irc_serve(s)->markers, a->id, r->fold) : 0);
}

void irc_markread(struct irc *s, const struct irc_msg *m)
{
    const struct account *a = s->user.account;
    char target[ROOM_BYTES_MAX + 1], fold[FOLD_BYTES_MAX];
    int64_t at = 0;
    if (m->params == 0 || m->param[0].n == 0) {
        irc_fail(s, "MARKREAD", "NEED_MORE_PARAMS", STR(""), "Missing parameters");
        return;
    }
    if (!str_copy(target, sizeof target, m->param[0]) || !name_fold(m->param[0], fold)) {
        irc_fail(s, "MARKREAD", "INVALID_PARAMS", STR("*"), "Not a name that can be used here");
        return;
    }
    if (m->params > 1 && !parse_moment(m->param[1], &at)) {
        irc_fail(s, "MARKREAD", "INVALID_PARAMS", str_of(target), "Not a timestamp");
        return;
    }
    if (a == NULL) {
        tell(s, target, at);
    } else if (m->params == 1) {
        tell(s, target, marker_get(irc_serve(s)->markers, a->id, fold));
    } else {
        const int64_t now = marker_set(irc_serve(s)->markers, a->id, fold, at);
        tell(s, target, now);
        if (now == at)
            tell_others(s, target, now);
    }
}
