/* irc_lines.c: one message of several lines, as a client sends it: BATCH +ref draft/multiline
 * target, its lines with the tag batch=ref, BATCH -ref. */
#include "serve/irc.h"

#include "parse/irc_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REF_MAX = 65 };

struct irc_lines {
    char ref[REF_MAX];
    char label[REF_MAX]; /* of its beginning: the answer to its end has it */
    char target[ROOM_BYTES_MAX + 2];
    enum chat_kind kind; /* CHAT_TAGS: not known yet */
    bool failed;         /* the client was told, and the rest is ignored */
    unsigned count;
    bool content; /* not all lines are blank */
    struct buf text, tags;
};

void irc_lines_free(struct irc *s)
{
    if (s->lines == NULL)
        return;
    buf_free(&s->lines->text);
    buf_free(&s->lines->tags);
    free(s->lines);
    s->lines = NULL;
}

static void fail(struct irc *s, const char *code, struct str context, const char *text)
{
    irc_fail(s, "BATCH", code, context, text);
    s->lines->failed = true;
}

static void too_long(struct irc *s, const char *code, int most)
{
    char limit[16];
    snprintf(limit, sizeof limit, "%d", most);
    fail(s, code, str_of(limit), "The message is too long");
}

/* --- its lines --- */

static void add_line(struct irc *s, struct str text, bool joined)
{
    struct irc_lines *l = s->lines;
    const bool more = l->count > 0 && !joined;
    if (l->text.len + text.n + more > LINES_BYTES_MAX) {
        too_long(s, "MULTILINE_MAX_BYTES", LINES_BYTES_MAX);
    } else if (++l->count > LINES_MAX) {
        too_long(s, "MULTILINE_MAX_LINES", LINES_MAX);
    } else {
        if (more)
            buf_addc(&l->text, '\n');
        buf_add(&l->text, text.p, text.n);
        l->content = l->content || text.n > 0;
    }
}

static void take(struct irc *s, const struct irc_msg *m)
{
    struct irc_lines *l = s->lines;
    char none[1];
    const bool notice = strcmp(m->command, "NOTICE") == 0;
    const enum chat_kind kind = notice ? CHAT_NOTICE : CHAT_SAY;
    if ((!notice && strcmp(m->command, "PRIVMSG") != 0) || m->params < 2 ||
        (l->count > 0 && l->kind != kind))
        fail(s, "MULTILINE_INVALID", STR(""), "Only lines of one PRIVMSG or NOTICE may be in it");
    else if (!str_eq(m->param[0], l->target))
        fail(s, "MULTILINE_INVALID_TARGET", str_of(l->target), "A line is for somebody else");
    else
        add_line(s, m->param[1], irc_tags_find(m->tags, "draft/multiline-concat", none, 1));
    l->kind = kind;
}

bool irc_lines_take(struct irc *s, const struct irc_msg *m)
{
    char ref[REF_MAX];
    if (!(s->caps & IRC_CAP_MULTILINE) || !irc_tags_find(m->tags, "batch", ref, sizeof ref))
        return false;
    if (s->lines == NULL || strcmp(ref, s->lines->ref) != 0)
        irc_fail(s, "BATCH", "INVALID_REFTAG", STR("*"), "There is no such batch");
    else if (!s->lines->failed)
        take(s, m);
    return true;
}

/* --- its beginning and end --- */

static void begin(struct irc *s, const struct irc_msg *m, struct str ref)
{
    if (m->params < 3 || !str_ieq(m->param[1], "draft/multiline") ||
        m->param[2].n >= sizeof s->lines->target) {
        irc_fail(s, "BATCH", "INVALID_TYPE", STR(""), "Say: BATCH +name draft/multiline target");
        return;
    }
    irc_lines_free(s);
    s->lines = calloc(1, sizeof *s->lines);
    if (s->lines == NULL) {
        conn_close(s->conn, CLOSE_MEMORY);
        return;
    }
    struct irc_lines *l = s->lines;
    (void)str_copy(l->ref, sizeof l->ref, ref);
    (void)str_copy(l->target, sizeof l->target, m->param[2]);
    l->kind = CHAT_TAGS;
    irc_tags_add_client(&l->tags, m->tags);
    if (irc_is_answering(s)) {
        (void)irc_tags_find(m->tags, "label", l->label, sizeof l->label);
        irc_label_free(s);
    }
}

static void end(struct irc *s, struct str ref)
{
    struct irc_lines *l = s->lines;
    if (l == NULL || !str_eq(ref, l->ref)) {
        irc_fail(s, "BATCH", "INVALID_REFTAG", STR("*"), "There is no such batch");
        return;
    }
    s->lines = NULL; /* what is said may have consequences */
    if (l->label[0] != '\0')
        irc_label_begin(s, l->label);
    if (!l->failed && !l->content) {
        irc_fail(s, "BATCH", "MULTILINE_INVALID", STR(""), "There is no text in it");
    } else if (!l->failed && !l->text.failed) {
        const struct chat_saying what = {.kind = l->kind,
                                         .lines = true,
                                         .text = {buf_data(&l->text), l->text.len},
                                         .tags = {buf_data(&l->tags), l->tags.len}};
        irc_say(s, &what, l->kind == CHAT_NOTICE ? "NOTICE" : "PRIVMSG", str_of(l->target));
    }
    buf_free(&l->text);
    buf_free(&l->tags);
    free(l);
}

void irc_batch(struct irc *s, const struct irc_msg *m)
{
    const struct str name = m->param[0];
    const struct str ref = {name.p + 1, name.n > 0 ? name.n - 1 : 0};
    if (ref.n == 0 || ref.n >= REF_MAX || (name.p[0] != '+' && name.p[0] != '-'))
        irc_fail(s, "BATCH", "INVALID_REFTAG", STR("*"), "A batch has a name behind + or -");
    else if (name.p[0] == '+')
        begin(s, m, ref);
    else
        end(s, ref);
}
