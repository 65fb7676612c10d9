#include "base/conf.h"

#include "base/conf_value.h"
#include "base/text.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 4096,
    FAULTS_MAX = 20, /* lines of complaint; behind them the file is hopeless */
};

/* --- sections --- */

static const struct conf_section *find_def(struct str name)
{
    for (size_t i = 0; i < conf_section_count; i++)
        if (str_eq(name, conf_sections[i].name))
            return &conf_sections[i];
    return NULL;
}

static const struct conf_key *find_key(const struct conf_section *def, const char *name)
{
    for (size_t i = 0; i < def->count; i++)
        if (strcmp(def->keys[i].name, name) == 0)
            return &def->keys[i];
    return NULL;
}

static void free_sect(struct conf_sect *s)
{
    for (size_t i = 0; i < s->def->count; i++)
        if (conf_is_text(&s->def->keys[i]))
            free(*(char **)conf_field(s, &s->def->keys[i]));
    free(s->label);
    free(s->key_line);
    free(s);
}

/* A section with its defaults, at the end of the list; NULL when memory is out. */
static struct conf_sect *add_sect(struct conf *c, const struct conf_section *def, struct str label)
{
    struct conf_sect *s = calloc(1, def->size);
    if (s == NULL)
        return NULL;
    s->def = def;
    s->label = strndup(label.n > 0 ? label.p : "", label.n);
    s->key_line = calloc(def->count, sizeof(int));
    struct buf why = {0};
    bool ok = s->label != NULL && s->key_line != NULL;
    for (size_t i = 0; ok && i < def->count; i++)
        ok = conf_set(s, &def->keys[i], def->keys[i].def, &why);
    buf_free(&why);
    if (!ok) {
        free_sect(s);
        return NULL;
    }
    struct conf_sect **at = &c->sects;
    while (*at != NULL)
        at = &(*at)->next;
    *at = s;
    return s;
}

const struct conf_sect *conf_find(const struct conf *c, const char *name, const char *label)
{
    for (const struct conf_sect *s = c->sects; s != NULL; s = s->next)
        if (strcmp(s->def->name, name) == 0 && strcmp(s->label, label) == 0)
            return s;
    return NULL;
}

void conf_free(struct conf *c)
{
    if (c == NULL)
        return;
    for (struct conf_sect *s = c->sects, *next; s != NULL; s = next) {
        next = s->next;
        free_sect(s);
    }
    free(c->file);
    free(c);
}

bool conf_given(const struct conf_sect *s, const char *key)
{
    const struct conf_key *k = find_key(s->def, key);
    return k != NULL && s->key_line[k - s->def->keys] > 0;
}

void conf_where(struct buf *why, const struct conf *c, const struct conf_sect *s, const char *key)
{
    const struct conf_key *k = find_key(s->def, key);
    const int line = k != NULL ? s->key_line[k - s->def->keys] : 0;
    buf_addf(why, "%s:%d: ", c->file, line > 0 ? line : s->line);
    conf_title(why, s);
    buf_addf(why, " %s: ", key);
}

/* --- reading a file --- */

struct reader {
    struct conf *conf;
    FILE *file;
    struct buf *why;
    int line, faults;
    struct conf_sect *sect; /* where keys go now; NULL in a section that was refused */
    bool sect_refused;
};

/* Begins a complaint about the current line; false when there were enough. */
static bool fault(struct reader *r)
{
    if (r->faults++ >= FAULTS_MAX)
        return false;
    buf_addf(r->why, "%s:%d: ", r->conf->file, r->line);
    return true;
}

static void refuse_section(struct reader *r, struct str title, const char *reason)
{
    r->sect = NULL;
    r->sect_refused = true;
    if (fault(r))
        buf_addf(r->why, "[%.*s]: %s\n", (int)title.n, title.p, reason);
}

/* name, or name "label" */
static void open_section(struct reader *r, struct str title)
{
    struct str name = title, label = {"", 0};
    const char *quote = memchr(title.p, '"', title.n);
    r->sect_refused = false;
    if (quote != NULL) {
        name = str_trim((struct str){title.p, (size_t)(quote - title.p)});
        label = (struct str){quote + 1, (size_t)(title.p + title.n - quote - 1)};
        if (label.n < 2 || label.p[label.n - 1] != '"') {
            refuse_section(r, title, "the name must stand in quotes");
            return;
        }
        label.n--;
    }
    const struct conf_section *def = find_def(name);
    if (def == NULL) {
        refuse_section(r, title, "no such section");
        return;
    }
    if (label.n > 0 && !def->many) {
        refuse_section(r, title, "there is one of these only; it takes no name");
        return;
    }
    for (r->sect = r->conf->sects; r->sect != NULL; r->sect = r->sect->next)
        if (r->sect->def == def && str_eq(label, r->sect->label))
            break;
    if (r->sect == NULL)
        r->sect = add_sect(r->conf, def, label);
    if (r->sect == NULL)
        refuse_section(r, title, "out of memory");
    else if (r->sect->line == 0)
        r->sect->line = r->line;
}

/* ini_reader: one line, counted. A section is opened here, so that an empty one exists too. */
static char *read_line(char *out, int size, void *user)
{
    struct reader *r = user;
    if (fgets(out, size, r->file) == NULL)
        return NULL;
    r->line++;
    struct str s = str_of(out);
    if (s.n > 0 && s.p[s.n - 1] != '\n' && !feof(r->file)) {
        if (fault(r))
            buf_addf(r->why, "longer than %d bytes\n", size - 2);
        for (int c = 0; c != EOF && c != '\n';)
            c = fgetc(r->file);
    }
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    if (r->line == 1 && str_istarts(s, "\xef\xbb\xbf"))
        s = (struct str){s.p + 3, s.n - 3};
    s = str_trim(s);
    const char *end = s.n > 0 && s.p[0] == '[' ? memchr(s.p, ']', s.n) : NULL;
    if (end != NULL)
        open_section(r, str_trim((struct str){s.p + 1, (size_t)(end - s.p - 1)}));
    return out;
}

static void unknown_key(struct reader *r, const char *key)
{
    const struct conf_section *def = r->sect->def;
    if (!fault(r))
        return;
    conf_title(r->why, r->sect);
    buf_addf(r->why, " %s: no such key; there are", key);
    for (size_t i = 0; i < def->count; i++)
        buf_addf(r->why, "%s %s", i > 0 ? "," : "", def->keys[i].name);
    buf_addc(r->why, '\n');
}

/* ini_handler: never stops the parser; complaints are counted in the reader. */
static int take_key(void *user, const char *section, const char *key, const char *value)
{
    struct reader *r = user;
    (void)section; /* open_section() has seen it */
    if (r->sect == NULL) {
        if (!r->sect_refused && fault(r))
            buf_addf(r->why, "%s: stands before the first [section]\n", key);
        return 1;
    }
    const struct conf_key *k = find_key(r->sect->def, key);
    if (k == NULL) {
        unknown_key(r, key);
        return 1;
    }
    int *line = &r->sect->key_line[k - r->sect->def->keys];
    struct buf reason = {0};
    if (*line == 0 && k->type == CONF_LINES) /* the first line takes the default's place */
        **(char **)conf_field(r->sect, k) = '\0';
    if (*line != 0 && k->type != CONF_LINES)
        buf_addf(&reason, "given twice, first in line %d", *line);
    else if (conf_set(r->sect, k, value, &reason) && *line == 0)
        *line = r->line;
    if (reason.len > 0 && fault(r)) {
        conf_title(r->why, r->sect);
        buf_addf(r->why, " %s: %s\n", key, buf_str(&reason));
    }
    buf_free(&reason);
    return 1;
}

/* --- paths --- */

/* dir/name, or a copy of name when that is absolute. */
static char *join(const char *dir, const char *name)
{
    char *path = NULL;
    if (name[0] == '/')
        return strdup(name);
    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static void cut_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        slash[slash == path ? 1 : 0] = '\0';
}

/* Where relative paths begin: `state`, or run/ of a checkout, or /var/lib/agentd. */
static char *state_dir(const struct conf *c, const char *state)
{
    char *dir = strdup(c->file);
    if (dir == NULL)
        return NULL;
    cut_name(dir);
    char *found = NULL;
    if (state[0] != '\0') {
        found = join(dir, state);
    } else {
        cut_name(dir);
        char *mark = join(dir, "ctl/agentctl");
        const bool checkout = mark != NULL && access(mark, F_OK) == 0;
        free(mark);
        found = checkout ? join(dir, "run") : strdup(STATE_DIR);
    }
    free(dir);
    return found;
}

bool conf_in_state(const struct conf *c, const char *path)
{
    const size_t n = strlen(c->agentd->state);
    return strncmp(path, c->agentd->state, n) == 0 && path[n] == '/';
}

/* An empty path stays empty: it means off. */
static bool resolve_paths(struct conf *c)
{
    struct conf_agentd *agentd = (void *)(uintptr_t)conf_find(c, "agentd", "");
    char *state = state_dir(c, agentd->state);
    if (state == NULL)
        return false;
    free(agentd->state);
    agentd->state = state;
    for (struct conf_sect *s = c->sects; s != NULL; s = s->next)
        for (size_t i = 0; i < s->def->count; i++) {
            char **at = conf_field(s, &s->def->keys[i]);
            if (s->def->keys[i].type != CONF_PATH || **at == '\0')
                continue;
            char *path = join(state, *at);
            if (path == NULL)
                return false;
            free(*at);
            *at = path;
        }
    return true;
}

static void set_shortcuts(struct conf *c)
{
    c->agentd = (const void *)conf_find(c, "agentd", "");
    c->limits = (const void *)conf_find(c, "limits", "");
    c->files = (const void *)conf_find(c, "files", "");
    c->db = (const void *)conf_find(c, "db", "");
    c->history = (const void *)conf_find(c, "history", "");
    c->tls = (const void *)conf_find(c, "tls", "");
    c->irc = (const void *)conf_find(c, "irc", "");
    c->echo = (const void *)conf_find(c, "echo", "");
}

static bool read_file(struct conf *c, struct buf *why)
{
    struct reader r = {.conf = c, .why = why, .file = fopen(c->file, "re")};
    if (r.file == NULL) {
        buf_addf(why, "%s: %s\n", c->file, strerror(errno));
        return false;
    }
    ini_use_stack = false;
    ini_max_line = ini_initial_alloc = LINE_MAX_BYTES;
    ini_allow_multiline = false; /* else an indented key would belong to the one before it */
    const int bad = ini_parse_stream(read_line, &r, take_key, &r);
    const bool broken = ferror(r.file) != 0;
    fclose(r.file);
    if (broken)
        buf_addf(why, "%s: cannot be read\n", c->file);
    else if (bad > 0)
        buf_addf(why, "%s:%d: neither a [section] nor key = value\n", c->file, bad);
    else if (bad < 0)
        buf_addf(why, "%s: out of memory\n", c->file);
    return !broken && bad == 0 && r.faults == 0;
}

struct conf *conf_read(const char *file, bool *sound, struct buf *why)
{
    struct conf *c = calloc(1, sizeof *c);
    bool ok = c != NULL;
    *sound = false;
    if (ok) {
        c->file = realpath(file, NULL);
        ok = c->file != NULL;
        if (!ok)
            buf_addf(why, "%s: %s\n", file, strerror(errno));
    }
    for (size_t i = 0; ok && i < conf_section_count; i++)
        ok = add_sect(c, &conf_sections[i], STR("")) != NULL;
    *sound = ok && read_file(c, why);
    ok = ok && resolve_paths(c);
    if (!ok) {
        if (why->len == 0)
            buf_adds(why, "out of memory\n");
        conf_free(c);
        return NULL;
    }
    set_shortcuts(c);
    return c;
}

struct conf *conf_load(const char *file, struct buf *why)
{
    bool sound;
    struct conf *c = conf_read(file, &sound, why);
    if (c == NULL || sound)
        return c;
    conf_free(c);
    return NULL;
}

/* --- comparing --- */

static bool same_value(const struct conf_sect *a, const struct conf_sect *b,
                       const struct conf_key *k)
{
    struct buf x = {0}, y = {0};
    conf_value(a, k, &x);
    conf_value(b, k, &y);
    const bool same = strcmp(buf_str(&x), buf_str(&y)) == 0;
    buf_free(&x);
    buf_free(&y);
    return same;
}

bool conf_may_replace(const struct conf *old, const struct conf *fresh, struct buf *why)
{
    const size_t before = why->len;
    for (const struct conf_sect *s = fresh->sects; s != NULL; s = s->next) {
        const struct conf_sect *was = conf_find(old, s->def->name, s->label);
        for (size_t i = 0; was != NULL && i < s->def->count; i++) {
            const struct conf_key *k = &s->def->keys[i];
            if (!k->fixed || same_value(was, s, k))
                continue;
            conf_where(why, fresh, s, k->name);
            buf_adds(why, "cannot change while agentd runs; restart it\n");
        }
    }
    return why->len == before;
}
