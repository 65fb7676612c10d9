/* conf_write.c: what is printed from the table: values, the sample file, the man page's key list.
 */
#include "base/conf.h"
#include "base/conf_value.h"
#include "base/text.h"

#include <string.h>

/* The lines for a value: one, or as many as a CONF_LINES has. bare: without the key's name. */
static void add_value(const struct conf_sect *s, const struct conf_key *k, bool bare,
                      struct buf *out)
{
    struct buf value = {0};
    conf_value(s, k, &value);
    struct str rest = str_of(buf_str(&value)), line;
    while (str_split(&rest, '\n', &line)) {
        if (!bare)
            buf_addf(out, "%s%s%s.%s = ", s->def->name, s->label[0] != '\0' ? ":" : "", s->label,
                     k->name);
        buf_add(out, line.p, line.n);
        buf_addc(out, '\n');
    }
    buf_free(&value);
}

bool conf_print(const struct conf *c, const char *name, struct buf *out)
{
    struct str rest = str_of(name), title = {0}, label = {0};
    (void)str_split(&rest, '.', &title);
    struct str sect = title;
    (void)str_split(&sect, ':', &title);
    label = sect.p != NULL ? sect : (struct str){"", 0};
    bool found = false;
    for (const struct conf_sect *s = c->sects; s != NULL; s = s->next) {
        if (name[0] != '\0' && (!str_eq(title, s->def->name) || !str_eq(label, s->label)))
            continue;
        for (size_t i = 0; i < s->def->count; i++) {
            const struct conf_key *k = &s->def->keys[i];
            if (rest.p != NULL && !str_eq(rest, k->name))
                continue;
            found = true;
            add_value(s, k, rest.p != NULL, out);
        }
    }
    return found;
}

/* Adds text in lines of at most 100 columns, each behind lead. */
static void add_wrapped(struct buf *out, const char *lead, const char *text)
{
    struct str rest = str_of(text), word;
    size_t column = 0;
    while (str_split(&rest, ' ', &word)) {
        if (column > 0 && column + 1 + word.n > 100) {
            buf_addc(out, '\n');
            column = 0;
        }
        if (column == 0) {
            buf_adds(out, lead);
            column = strlen(lead);
        } else {
            buf_addc(out, ' ');
            column++;
        }
        buf_add(out, word.p, word.n);
        column += word.n;
    }
    buf_addc(out, '\n');
}

void conf_write_sample(struct buf *out)
{
    add_wrapped(
        out, "; ",
        "agentd.conf: every key of agentd, with its default and its reason. Lines that begin "
        "with ; are comments; a key that is commented out shows its default. "
        "agentd.conf(5) says the same. Check a change with: agentctl test");
    for (size_t i = 0; i < conf_section_count; i++) {
        const struct conf_section *def = &conf_sections[i];
        buf_addc(out, '\n');
        add_wrapped(out, "; ", def->help);
        buf_addf(out, "[%s]\n", def->name);
        for (size_t j = 0; j < def->count; j++) {
            const struct conf_key *k = &def->keys[j];
            buf_addc(out, '\n');
            add_wrapped(out, "; ", k->help);
            if (k->type == CONF_ENUM)
                buf_addf(out, "; One of: %s\n", k->words);
            if (k->type == CONF_LINES)
                buf_adds(out, "; May be given several times.\n");
            const char *value = k->sample != NULL ? k->sample : k->def;
            buf_addf(out, "%s%s =%s%s\n", k->sample != NULL ? "" : ";", k->name,
                     value[0] != '\0' ? " " : "", value);
        }
        if (def->example != NULL)
            buf_addf(out, "\n%s", def->example);
    }
}

/* mdoc wants each sentence on a line of its own. */
static void add_sentences(struct buf *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        const bool end = *p == '.' && p[1] == ' ';
        buf_addc(out, *p);
        if (end) {
            buf_addc(out, '\n');
            p++;
        }
    }
    buf_addc(out, '\n');
}

void conf_write_man(struct buf *out)
{
    for (size_t i = 0; i < conf_section_count; i++) {
        const struct conf_section *def = &conf_sections[i];
        buf_addf(out, ".Ss [%s]\n", def->name);
        add_sentences(out, def->help);
        buf_adds(out, ".Bl -tag -width Ds\n");
        for (size_t j = 0; j < def->count; j++) {
            const struct conf_key *k = &def->keys[j];
            buf_addf(out, ".It Ic %s\n", k->name);
            add_sentences(out, k->help);
            if (k->type == CONF_ENUM)
                buf_addf(out, "One of: %s.\n", k->words);
            if (k->type == CONF_LINES)
                buf_adds(out, "May be given several times.\n");
            if (k->def[0] != '\0')
                buf_addf(out, "Default: %s%s\n", k->def,
                         k->def[strlen(k->def) - 1] == '.' ? "" : ".");
            if (k->fixed)
                buf_adds(out, "Read at start only.\n");
        }
        buf_adds(out, ".El\n");
    }
}
