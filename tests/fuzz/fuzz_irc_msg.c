/* fuzz_irc_msg.c: a message's parts lie in its line, and written out again they are the same. */
#include "fuzz.h"
#include "parse/irc_msg.h"

static bool same(struct str a, struct str b)
{
    return (a.p == NULL) == (b.p == NULL) && a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static void write_again(const struct irc_msg *m, struct buf *out)
{
    if (m->tags.p != NULL) {
        buf_addc(out, '@');
        buf_add(out, m->tags.p, m->tags.n);
        buf_addc(out, ' ');
    }
    if (m->source.p != NULL) {
        buf_addc(out, ':');
        buf_add(out, m->source.p, m->source.n);
        buf_addc(out, ' ');
    }
    buf_adds(out, m->command);
    for (unsigned i = 0; i < m->params; i++) {
        buf_adds(out, m->trailing && i + 1 == m->params ? " :" : " ");
        buf_add(out, m->param[i].p, m->param[i].n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct irc_msg m, again;
    struct buf b = {0};
    const char *p = (const char *)data;
    if (irc_msg_parse(&m, (struct str){p, size}) != IRC_MSG_OK)
        return 0;
    CHECK(m.command[0] != '\0' && m.params <= IRC_PARAMS_MAX);
    CHECK(lies_within(m.tags, p, size) && lies_within(m.source, p, size));
    for (unsigned i = 0; i < m.params; i++)
        CHECK(lies_within(m.param[i], p, size));
    write_again(&m, &b);
    /* It may have become longer by the ':' of a fifteenth parameter. */
    const enum irc_msg_result result = irc_msg_parse(&again, (struct str){buf_data(&b), b.len});
    CHECK(result == IRC_MSG_OK || (result == IRC_MSG_LONG && m.params == IRC_PARAMS_MAX));
    if (result == IRC_MSG_OK) {
        CHECK(strcmp(m.command, again.command) == 0 && m.params == again.params);
        CHECK(same(m.tags, again.tags) && same(m.source, again.source));
        for (unsigned i = 0; i < m.params; i++)
            CHECK(same(m.param[i], again.param[i]));
    }
    buf_free(&b);
    return 0;
}
