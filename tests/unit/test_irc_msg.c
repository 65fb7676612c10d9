/* test_irc_msg.c: parse/irc_msg. */
#include "check.h"
#include "parse/irc_msg.h"

/* "COMMAND|param|param", with "@tags|" and ":source|" before and ":" at a trailing parameter. */
static void describe(const struct irc_msg *m, struct buf *out)
{
    if (m->tags.p != NULL)
        buf_addf(out, "@%.*s|", (int)m->tags.n, m->tags.p);
    if (m->source.p != NULL)
        buf_addf(out, ":%.*s|", (int)m->source.n, m->source.p);
    buf_adds(out, m->command);
    for (unsigned i = 0; i < m->params; i++)
        buf_addf(out, "|%s%.*s", m->trailing && i + 1 == m->params ? ":" : "", (int)m->param[i].n,
                 m->param[i].p);
}

static void lines_are_taken_apart(void **state)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        {"PING", "PING"},
        {"ping x", "PING|x"},
        {"PING :", "PING|:"},
        {"PRIVMSG #lobby :hello world", "PRIVMSG|#lobby|:hello world"},
        {"PRIVMSG #lobby ::)", "PRIVMSG|#lobby|::)"},
        {"PRIVMSG #lobby : lead", "PRIVMSG|#lobby|: lead"},
        {"PRIVMSG #lobby hello", "PRIVMSG|#lobby|hello"},
        {"PRIVMSG   #lobby    x  ", "PRIVMSG|#lobby|x"},
        {"TOPIC #a a:b", "TOPIC|#a|a:b"},
        {"  NICK bob", "NICK|bob"},
        {":bob!b@h NICK eve", ":bob!b@h|NICK|eve"},
        {":a  NICK  eve", ":a|NICK|eve"},
        {": NICK eve", ":|NICK|eve"},
        {"@a=b;c NICK eve", "@a=b;c|NICK|eve"},
        {"@a=b :x NICK eve", "@a=b|:x|NICK|eve"},
        {"@ NICK eve", "@|NICK|eve"},
        {"001 x", "001|x"},
        {"A 1 2 3 4 5 6 7 8 9 10 11 12 13 14", "A|1|2|3|4|5|6|7|8|9|10|11|12|13|14"},
        {"A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "A|1|2|3|4|5|6|7|8|9|10|11|12|13|14|:15 16"},
        {"A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16", "A|1|2|3|4|5|6|7|8|9|10|11|12|13|14|:15 16"},
        {"PRIVMSG \xe5\xb0\x8f :\xff", "PRIVMSG|\xe5\xb0\x8f|:\xff"},
        {"PRIVMSG a\tb c", "PRIVMSG|a\tb|c"},
        {"abcdefghijklmnopqrstuvwxyz012345 x", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345|x"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].line);
        char *copy = tight_copy(rows[i].line, n);
        struct irc_msg m;
        struct buf b = {0};
        assert_row(rows[i].line, irc_msg_parse(&m, (struct str){copy, n}) == IRC_MSG_OK);
        describe(&m, &b);
        assert_buf(&b, rows[i].want);
        free(copy);
    }
}

static void what_is_no_message_is_refused(void **state)
{
    static const struct {
        struct str line;
        enum irc_msg_result want;
    } rows[] = {
        {{"", 0}, IRC_MSG_EMPTY},
        {{"   ", 3}, IRC_MSG_EMPTY},
        {{"@", 1}, IRC_MSG_BAD},
        {{"@a=b", 4}, IRC_MSG_BAD},
        {{"@a=b ", 5}, IRC_MSG_BAD},
        {{":", 1}, IRC_MSG_BAD},
        {{":bob", 4}, IRC_MSG_BAD},
        {{":bob ", 5}, IRC_MSG_BAD},
        {{"PRIV-MSG x", 10}, IRC_MSG_BAD},
        {{"PR\xc3\xa9 x", 6}, IRC_MSG_BAD},
        {{"\tPING", 5}, IRC_MSG_BAD},
        {{"abcdefghijklmnopqrstuvwxyz0123456", 33}, IRC_MSG_BAD},
        {{"PRIVMSG a :x\0y", 14}, IRC_MSG_BAD},
        {{"PRIVMSG a :x\ry", 14}, IRC_MSG_BAD},
        {{"\0", 1}, IRC_MSG_BAD},
        {{"@a\r PING", 8}, IRC_MSG_BAD},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *copy = tight_copy(rows[i].line.p, rows[i].line.n);
        struct irc_msg m;
        assert_row(rows[i].line.p,
                   irc_msg_parse(&m, (struct str){copy, rows[i].line.n}) == rows[i].want);
        free(copy);
    }
    struct irc_msg m;
    assert_int_equal(irc_msg_parse(&m, (struct str){0}), IRC_MSG_EMPTY);
}

static enum irc_msg_result parse_of(size_t tags, size_t rest)
{
    struct buf b = {0};
    struct irc_msg m;
    if (tags > 0) {
        buf_addc(&b, '@');
        for (size_t i = 0; i < tags; i++)
            buf_addc(&b, 't');
        buf_addc(&b, ' ');
    }
    buf_adds(&b, "PING ");
    for (size_t i = 5; i < rest; i++)
        buf_addc(&b, 'x');
    const enum irc_msg_result result = irc_msg_parse(&m, (struct str){buf_data(&b), b.len});
    buf_free(&b);
    return result;
}

static void lines_and_tags_have_bounds_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(parse_of(0, IRC_LINE_MAX), IRC_MSG_OK);
    assert_int_equal(parse_of(0, IRC_LINE_MAX + 1), IRC_MSG_LONG);
    assert_int_equal(parse_of(IRC_TAGS_MAX, IRC_LINE_MAX), IRC_MSG_OK);
    assert_int_equal(parse_of(IRC_TAGS_MAX + 1, 10), IRC_MSG_LONG);
    assert_int_equal(parse_of(10, IRC_LINE_MAX + 1), IRC_MSG_LONG);
}

/* Whatever comes: the parts lie within the line, and no parameter but the last holds a blank. */
static void any_line_keeps_the_form(void **state)
{
    static const char alphabet[] = "aB1 :@!\t\x01\xc3\xa9";
    struct chance c = {23};
    unsigned good = 0;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        char text[40];
        const size_t n = chance_below(&c, sizeof text);
        for (size_t k = 0; k < n; k++)
            text[k] = alphabet[chance_below(&c, sizeof alphabet - 1)];
        char *copy = tight_copy(text, n);
        struct irc_msg m;
        if (irc_msg_parse(&m, (struct str){copy, n}) == IRC_MSG_OK) {
            good++;
            assert_true(m.command[0] != '\0' && m.params <= IRC_PARAMS_MAX);
            for (unsigned k = 0; k < m.params; k++) {
                const struct str p = m.param[k];
                assert_true(p.p >= copy && p.p + p.n <= copy + n);
                const bool last = m.trailing && k + 1 == m.params;
                assert_true(last || (p.n > 0 && p.p[0] != ':' && memchr(p.p, ' ', p.n) == NULL));
            }
        }
        free(copy);
    }
    assert_true(good > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_apart),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(lines_and_tags_have_bounds_of_their_own),
        cmocka_unit_test(any_line_keeps_the_form),
    };
    return RUN(tests);
}
