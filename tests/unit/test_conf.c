/* test_conf.c: base/conf: reading, faults by line, defaults, what a reload may change, what is
 * printed from the table. */
#include "base/conf.h"
#include "base/conf_value.h"
#include "check.h"

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    char *made = folder_new();
    folder = realpath(made, NULL);
    free(made);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static struct conf *load(const char *text, struct buf *why)
{
    file_write(in(folder, "a.conf"), text);
    return conf_load(in(folder, "a.conf"), why);
}

static struct conf *load_good(const char *text)
{
    struct buf why = {0};
    struct conf *c = load(text, &why);
    if (c == NULL)
        fail_msg("refused: %s", buf_str(&why));
    assert_int_equal(why.len, 0);
    buf_free(&why);
    return c;
}

static void assert_printed(const struct conf *c, const char *name, const char *want)
{
    struct buf b = {0};
    assert_row(name, conf_print(c, name, &b));
    assert_buf(&b, want);
}

/* --- what is read --- */

static void an_empty_file_gives_every_default(void **state)
{
    struct conf *c = load_good("");
    (void)state;
    assert_int_equal(c->agentd->event, EVENT_AUTO);
    assert_int_equal(c->agentd->workers, 2);
    assert_int_equal(c->agentd->drain, 5000);
    assert_int_equal(c->agentd->log_level, LOG_INFO);
    assert_int_equal(c->limits->connections, 6000);
    assert_int_equal(c->limits->sendq, 1 << 20);
    assert_true(c->files->sync);
    assert_string_equal(c->irc->lobby, "#lobby");
    assert_string_equal(c->irc->listen, "");
    assert_int_equal(c->echo->mode, ECHO_OK);
    for (size_t i = 0; i < conf_section_count; i++) {
        const struct conf_sect *s = conf_find(c, conf_sections[i].name, "");
        assert_row(conf_sections[i].name, s != NULL && s->line == 0);
        for (size_t k = 0; k < s->def->count; k++)
            assert_row(s->def->keys[k].name, s->key_line[k] == 0);
    }
    conf_free(c);
    conf_free(NULL);
}

static void every_kind_of_value_is_read(void **state)
{
    struct conf *c = load_good("; a comment\n"
                               "# and another\n"
                               "\n"
                               "[agentd]\n"
                               "  event   =   epoll   ; behind a value\n"
                               "drain = 0\r\n"
                               "log_level=debug\n"
                               "workers: 16\n"
                               "[limits]\n"
                               "rate = off\n"
                               "per_ip = 7\n"
                               "idle_timeout = 2h\n"
                               "request_timeout = 90\n"
                               "sendq = 64K\n"
                               "[files]\n"
                               "sync = no\n"
                               "[udp]\n"
                               "messages = en\n"
                               "idle = 7d\n"
                               "[http]\n"
                               "keepalive = 5M\n"
                               "access_log =\n"
                               "[echo]\n"
                               "mode = echo\n"
                               "web = yes");
    const struct conf_udp *udp = (const void *)conf_find(c, "udp", "");
    const struct conf_http *http = (const void *)conf_find(c, "http", "");
    (void)state;
    assert_int_equal(c->agentd->event, EVENT_EPOLL);
    assert_int_equal(c->agentd->drain, 0);
    assert_int_equal(c->agentd->log_level, LOG_DEBUG);
    assert_int_equal(c->agentd->workers, 16);
    assert_int_equal(c->limits->rate, 0);
    assert_int_equal(c->limits->per_ip, 7);
    assert_int_equal(c->limits->idle_timeout, 7200000);
    assert_int_equal(c->limits->request_timeout, 90000);
    assert_int_equal(c->limits->sendq, 65536);
    assert_false(c->files->sync);
    assert_int_equal(udp->messages, WORDS_EN);
    assert_int_equal(udp->idle, 604800000);
    assert_int_equal(http->keepalive, 300000);
    assert_string_equal(http->access_log, "");
    assert_int_equal(c->echo->mode, ECHO_BACK);
    assert_true(c->echo->web);
    conf_free(c);
}

static void paths_begin_at_the_state_folder(void **state)
{
    struct conf *c;
    struct buf want = {0};
    (void)state;
    c = load_good("[agentd]\nstate = st\nlog = /var/log/x.log\n[files]\nroot = a/b\n");
    buf_addf(&want, "%s/st", folder);
    assert_string_equal(c->agentd->state, buf_str(&want));
    buf_adds(&want, "/a/b");
    assert_string_equal(c->files->root, buf_str(&want));
    assert_string_equal(c->agentd->log, "/var/log/x.log");
    assert_true(conf_in_state(c, c->files->root));
    assert_false(conf_in_state(c, c->agentd->log));
    assert_false(conf_in_state(c, c->agentd->state));
    buf_clear(&want);
    buf_addf(&want, "%s/stranger", folder);
    assert_false(conf_in_state(c, buf_str(&want)));
    conf_free(c);
    buf_free(&want);

    c = load_good("");
    assert_string_equal(c->agentd->state, "/var/lib/agentd");
    assert_string_equal(c->agentd->pidfile, "/var/lib/agentd/agentd.pid");
    conf_free(c);
}

static void a_checkout_keeps_its_state_in_run(void **state)
{
    struct buf why = {0}, want = {0};
    (void)state;
    assert_int_equal(mkdir(in(folder, "co"), 0755), 0);
    assert_int_equal(mkdir(in(folder, "co/etc"), 0755), 0);
    assert_int_equal(mkdir(in(folder, "co/ctl"), 0755), 0);
    file_write(in(folder, "co/ctl/agentctl"), "");
    file_write(in(folder, "co/etc/agentd.conf"), "[agentd]\n");
    struct conf *c = conf_load(in(folder, "co/etc/agentd.conf"), &why);
    assert_non_null(c);
    buf_addf(&want, "%s/co/run", folder);
    assert_string_equal(c->agentd->state, buf_str(&want));
    conf_free(c);
    buf_free(&want);
}

static void sections_with_a_name_are_sections_of_their_own(void **state)
{
    struct conf *c = load_good("[http]\nlisten = a:1\n"
                               "[http \"pictures\"]\nlisten = b:2\nroot = /pics\n"
                               "[http \"empty\"]\n"
                               "[http]\nkeepalive = 9s\n"
                               "[ ftp \"two words\" ]\nbanner = hi there\n");
    const struct conf_http *plain = (const void *)conf_find(c, "http", "");
    const struct conf_http *pics = (const void *)conf_find(c, "http", "pictures");
    const struct conf_ftp *ftp = (const void *)conf_find(c, "ftp", "two words");
    (void)state;
    assert_string_equal(plain->listen, "a:1");
    assert_int_equal(plain->keepalive, 9000); /* opened again: the same section */
    assert_int_equal(plain->head.line, 1);
    assert_string_equal(pics->listen, "b:2");
    assert_string_equal(pics->root, "/pics");
    assert_int_equal(pics->keepalive, 30000);
    assert_int_equal(pics->head.line, 3);
    assert_non_null(conf_find(c, "http", "empty"));
    assert_null(conf_find(c, "http", "none"));
    assert_string_equal(ftp->banner, "hi there");
    assert_printed(c, "http:pictures.listen", "b:2\n");
    conf_free(c);
}

static void a_key_may_have_several_lines(void **state)
{
    struct conf *c = load_good("[http]\nheader = A: 1\nlisten = x:1\nheader = B: 2; c\n"
                               "header =\nheader = C: 3 ; said\n[http \"p\"]\nheader = D: 4\n");
    const struct conf_http *http = (const void *)conf_find(c, "http", "");
    struct conf *one = load_good("[http]\nheader = A: 1\n[ftp]\nbanner = first\nbanner = second\n"
                                 "[ftp \"p\"]\n[ftp \"q\"]\nbanner =\n");
    struct buf why = {0}, want = {0};
    (void)state;
    assert_string_equal(http->header, "A: 1\nB: 2; c\n\nC: 3");
    assert_printed(c, "http.header", "A: 1\nB: 2; c\n\nC: 3\n");
    assert_printed(c, "http:p.header", "D: 4\n");
    /* The first takes the default's place. */
    assert_printed(one, "ftp.banner", "first\nsecond\n");
    assert_printed(one, "ftp:p.banner", "agentd FTP ready.\n");
    assert_printed(one, "ftp:q.banner", "\n");
    conf_where(&why, c, &http->head, "header");
    buf_addf(&want, "%s/a.conf:2: [http] header: ", folder);
    assert_buf(&why, buf_str(&want));
    buf_free(&want);
    assert_true(conf_may_replace(c, one, &why));
    assert_true(conf_print(c, "http", &want));
    assert_non_null(strstr(buf_str(&want), "\nhttp.header = A: 1\nhttp.header = B: 2; c\n"));
    buf_free(&want);
    conf_free(one);
    conf_free(c);
}

static void a_key_knows_its_line(void **state)
{
    struct conf *c = load_good("\n[irc]\n\nlisten = x:1\n");
    const struct conf_sect *s = conf_find(c, "irc", "");
    struct buf why = {0}, want = {0};
    (void)state;
    conf_where(&why, c, s, "listen");
    buf_addf(&want, "%s/a.conf:4: [irc] listen: ", folder);
    assert_buf(&why, buf_str(&want));
    conf_where(&why, c, s, "name"); /* a default: the section's line */
    buf_clear(&want);
    buf_addf(&want, "%s/a.conf:2: [irc] name: ", folder);
    assert_buf(&why, buf_str(&want));
    buf_free(&want);
    conf_free(c);
}

/* --- faults --- */

static void each_fault_is_told_with_its_line(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *want;
    } rows[] = {
        {"[nosuch]\n", 1, "[nosuch]: no such section"},
        {"[agentd]\n[Agentd]\n", 2, "[Agentd]: no such section"},
        {"[agentd \"two\"]\n", 1, "takes no name"},
        {"[http \"open]\n", 1, "must stand in quotes"},
        {"[http \"\"]\n", 1, "must stand in quotes"},
        {"x = 1\n[agentd]\n", 1, "x: stands before the first [section]"},
        {"[agentd]\nnosuch = 1\n", 2, "[agentd] nosuch: no such key; there are user, group,"},
        {"[http \"a\"]\nnosuch = 1\n", 2, "[http \"a\"] nosuch: no such key"},
        {"[agentd]\nthis is no line\n", 2, "neither a [section] nor key = value"},
        {"[agentd\nuser = x\n", 1, "neither a [section] nor key = value"},
        {"[agentd]\nworkers = 2\nworkers = 3\n", 3,
         "[agentd] workers: given twice, first in line 2"},
        {"[agentd]\nevent = kqueue\n", 2, "event: must be one of: auto select poll epoll"},
        {"[agentd]\nevent =\n", 2, "event: must be one of"},
        {"[agentd]\nevent = AUTO\n", 2, "event: must be one of"},
        {"[agentd]\nworkers = 0\n", 2, "workers: must be a number from 1 to 16"},
        {"[agentd]\nworkers = 17\n", 2, "workers: must be"},
        {"[agentd]\nworkers = -1\n", 2, "workers: must be"},
        {"[agentd]\nworkers = two\n", 2, "workers: must be"},
        {"[agentd]\nworkers = 2s\n", 2, "workers: must be"},
        {"[agentd]\nworkers =\n", 2, "workers: must be"},
        {"[agentd]\nworkers = 99999999999999999999\n", 2, "workers: must be"},
        {"[limits]\nper_ip = on\n", 2, "per_ip: must be a number from 0 to 1000000, or off"},
        {"[limits]\nsendq = 1K\n", 2, "sendq: must be a size from 4K to 1G"},
        {"[limits]\nsendq = 99999999999G\n", 2, "sendq: must be a size"},
        {"[limits]\nidle_timeout = 0\n", 2, "idle_timeout: must be a time from 1s to 1d"},
        {"[limits]\nidle_timeout = 5x\n", 2, "idle_timeout: must be a time"},
        {"[limits]\nidle_timeout = s\n", 2, "idle_timeout: must be a time"},
        {"[limits]\nidle_timeout = 5ms\n", 2, "idle_timeout: must be a time"},
        {"[files]\nsync = maybe\n", 2, "sync: must be one of: no yes"},
        {"[ftp]\nanonymous = full\n", 2, "anonymous: must be one of: no read write"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf why = {0}, where = {0};
        struct conf *c = load(rows[i].text, &why);
        assert_row(rows[i].text, c == NULL);
        buf_addf(&where, "%s/a.conf:%d: ", folder, rows[i].line);
        const char *at = strstr(buf_str(&why), buf_str(&where));
        if (at == NULL || strstr(at, rows[i].want) == NULL)
            fail_msg("<%s> gave: %s", rows[i].text, buf_str(&why));
        assert_int_equal(buf_data(&why)[why.len - 1], '\n');
        buf_free(&why);
        buf_free(&where);
    }
}

static void all_faults_are_told_at_once_but_not_endlessly(void **state)
{
    struct buf text = {0}, why = {0};
    (void)state;
    assert_null(load("[agentd]\na = 1\n[nosuch]\nb = 2\nc = 3\n[limits]\nrate = x\n", &why));
    assert_non_null(strstr(buf_str(&why), ":2: [agentd] a: no such key"));
    assert_non_null(strstr(buf_str(&why), ":3: [nosuch]: no such section"));
    assert_non_null(strstr(buf_str(&why), ":7: [limits] rate: must be"));
    assert_null(strstr(buf_str(&why), " b:")); /* keys of a section that is none are no fault */
    buf_free(&why);

    buf_adds(&text, "[agentd]\n");
    for (int i = 0; i < 1000; i++)
        buf_adds(&text, "nosuch = 1\n");
    assert_null(load(buf_str(&text), &why));
    unsigned lines = 0;
    for (const char *p = buf_str(&why); *p != '\0'; p++)
        lines += *p == '\n';
    assert_in_range(lines, 10, 30);
    buf_free(&why);
    buf_free(&text);
}

static void a_line_too_long_is_a_fault_of_that_line_only(void **state)
{
    struct buf text = {0}, why = {0};
    (void)state;
    buf_adds(&text, "[ftp]\nbanner = ");
    for (int i = 0; i < 9000; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\nanonymous = full\n");
    assert_null(load(buf_str(&text), &why));
    assert_non_null(strstr(buf_str(&why), ":2: longer than"));
    assert_non_null(strstr(buf_str(&why), ":3: [ftp] anonymous: must be"));
    buf_free(&why);
    buf_free(&text);
    buf_adds(&text, "[ftp]\nbanner = ");
    for (int i = 0; i < 4000; i++)
        buf_addc(&text, 'x');
    struct conf *c = load_good(buf_str(&text));
    assert_int_equal(
        strlen(((const struct conf_ftp *)(const void *)conf_find(c, "ftp", ""))->banner), 4000);
    conf_free(c);
    buf_free(&text);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    struct buf why = {0};
    (void)state;
    assert_null(conf_load(in(folder, "missing.conf"), &why));
    assert_non_null(strstr(buf_str(&why), "missing.conf: No such file"));
    buf_free(&why);
    assert_null(conf_load(folder, &why));
    assert_non_null(strstr(buf_str(&why), folder));
    buf_free(&why);
}

/* Editors of other systems put one there. */
static void a_byte_order_mark_is_no_fault(void **state)
{
    struct conf *c = load_good("\xef\xbb\xbf[agentd]\nworkers = 3\n");
    (void)state;
    assert_int_equal(c->agentd->workers, 3);
    conf_free(c);
}

/* --- reload --- */

static void a_reload_may_change_what_is_not_fixed(void **state)
{
    static const struct {
        const char *before, *after, *fault;
    } rows[] = {
        {"", "", NULL},
        {"[limits]\nrate = 5\n", "[limits]\nrate = off\n", NULL},
        {"[irc]\nlisten = a:1\n", "[irc]\nlisten = b:2\n", NULL},
        {"[http]\nroot = www\n", "[http]\n", NULL}, /* the default, said or not */
        {"[agentd]\ndrain = 60\n", "[agentd]\ndrain = 1m\n", NULL},
        {"", "[http \"new\"]\nroot = elsewhere\n",
         NULL}, /* a new door may have a root of its own */
        {"[http \"old\"]\nroot = a\n", "", NULL},
        {"", "[agentd]\n\nworkers = 4\n", ":3: [agentd] workers: cannot change"},
        {"", "[agentd]\nevent = poll\n", ":2: [agentd] event: cannot change"},
        {"[files]\nroot = a\n", "[files]\nroot = b\n", ":2: [files] root: cannot change"},
        {"[http \"x\"]\nroot = a\n", "[http \"x\"]\nroot = b\n",
         ":2: [http \"x\"] root: cannot change"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conf *old = load_good(rows[i].before), *fresh = load_good(rows[i].after);
        struct buf why = {0};
        assert_row(rows[i].after, conf_may_replace(old, fresh, &why) == (rows[i].fault == NULL));
        if (rows[i].fault == NULL)
            assert_int_equal(why.len, 0);
        else if (strstr(buf_str(&why), rows[i].fault) == NULL)
            fail_msg("<%s> gave: %s", rows[i].after, buf_str(&why));
        buf_free(&why);
        conf_free(old);
        conf_free(fresh);
    }
}

static void all_of_a_reload_s_faults_are_told(void **state)
{
    struct conf *old = load_good(""), *fresh = load_good("[agentd]\nworkers = 4\n[db]\npath = x\n");
    struct buf why = {0};
    (void)state;
    assert_false(conf_may_replace(old, fresh, &why));
    assert_non_null(strstr(buf_str(&why), "[agentd] workers"));
    assert_non_null(strstr(buf_str(&why), "[db] path"));
    buf_free(&why);
    conf_free(old);
    conf_free(fresh);
}

/* --- what is written --- */

static void prints_what_was_asked_for(void **state)
{
    struct conf *c = load_good("[limits]\nsendq = 3M\nidle_timeout = 90s\nper_ip = off\n"
                               "[http \"p\"]\nlisten = x:1\n");
    struct buf b = {0};
    (void)state;
    assert_printed(c, "limits.sendq", "3M\n");
    assert_printed(c, "limits.idle_timeout", "90s\n");
    assert_printed(c, "limits.per_ip", "off\n");
    assert_printed(c, "agentd.event", "auto\n");
    assert_printed(c, "files.sync", "yes\n");
    assert_printed(c, "http.listen", "\n");
    assert_printed(c, "echo", "echo.listen = \necho.mode = ok\necho.web = no\n");
    assert_true(conf_print(c, "", &b));
    assert_non_null(strstr(buf_str(&b), "\nhttp:p.listen = x:1\n"));
    assert_non_null(strstr(buf_str(&b), "\nlimits.rate = 5\n"));
    buf_free(&b);
    static const char *const none[] = {"nosuch",         "limits.nosuch", "http:q",
                                       "http:q.listen",  "limits.",       ".",
                                       "limits.sendq.x", "LIMITS"};
    for (size_t i = 0; i < COUNT(none); i++)
        assert_row(none[i], !conf_print(c, none[i], &b));
    buf_free(&b);
    conf_free(c);
}

static void assert_same(const struct conf *a, const struct conf *b)
{
    struct buf x = {0}, y = {0};
    assert_true(conf_print(a, "", &x));
    assert_true(conf_print(b, "", &y));
    assert_string_equal(buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
}

static void the_sample_loads_and_names_every_key(void **state)
{
    struct buf sample = {0};
    (void)state;
    conf_write_sample(&sample);
    struct conf *c = load_good(buf_str(&sample));
    assert_string_equal(c->irc->listen, "0.0.0.0:6667 [::]:6667");
    assert_string_equal(c->echo->listen, "");
    assert_non_null(conf_find(c, "http", "pictures"));
    for (size_t i = 0; i < conf_section_count; i++)
        for (size_t k = 0; k < conf_sections[i].count; k++) {
            struct buf line = {0};
            buf_addf(&line, "\n%s =", conf_sections[i].keys[k].name);
            const bool set = strstr(buf_str(&sample), buf_str(&line)) != NULL;
            buf_clear(&line);
            buf_addf(&line, "\n;%s =", conf_sections[i].keys[k].name);
            assert_row(buf_str(&line), set || strstr(buf_str(&sample), buf_str(&line)) != NULL);
            buf_free(&line);
        }
    unsigned column = 0;
    for (const char *p = buf_str(&sample); *p != '\0'; p++) {
        column = *p == '\n' ? 0 : column + 1;
        assert_true(column <= 100);
    }
    conf_free(c);
    buf_free(&sample);
}

/* A key that is commented out shows its default: so saying it changes nothing. */
static void the_sample_s_comments_are_the_defaults(void **state)
{
    struct buf sample = {0}, said = {0};
    struct str rest, line;
    (void)state;
    conf_write_sample(&sample);
    struct conf *c = load_good(buf_str(&sample));
    rest = str_of(buf_str(&sample));
    while (str_split(&rest, '\n', &line)) {
        const bool key = line.n > 1 && line.p[0] == ';' && line.p[1] != ' ';
        buf_add(&said, line.p + key, line.n - key);
        buf_addc(&said, '\n');
    }
    struct conf *d = load_good(buf_str(&said));
    assert_int_not_equal(d->agentd->head.key_line[1], 0);
    /* But `state =` said is the same as not said, so all must agree. */
    assert_same(c, d);
    conf_free(c);
    conf_free(d);
    buf_free(&sample);
    buf_free(&said);
}

/* What `config get` prints is what the file could say. */
static void what_is_printed_reads_back_as_the_same(void **state)
{
    struct conf *c =
        load_good("[agentd]\nstate = /s\ndrain = 61s\nworkers = 3\n[limits]\n"
                  "sendq = 5000\nidle_timeout = 3601s\nrate = off\n[udp]\nidle = 2d\n");
    struct buf text = {0};
    (void)state;
    for (const struct conf_sect *s = c->sects; s != NULL; s = s->next) {
        conf_title(&text, s);
        buf_addc(&text, '\n');
        for (size_t i = 0; i < s->def->count; i++) {
            buf_addf(&text, "%s = ", s->def->keys[i].name);
            conf_value(s, &s->def->keys[i], &text);
            buf_addc(&text, '\n');
        }
    }
    struct conf *d = load_good(buf_str(&text));
    assert_same(c, d);
    struct buf why = {0};
    assert_true(conf_may_replace(c, d, &why));
    conf_free(c);
    conf_free(d);
    buf_free(&text);
}

static void the_man_page_has_every_key(void **state)
{
    struct buf man = {0};
    (void)state;
    conf_write_man(&man);
    for (size_t i = 0; i < conf_section_count; i++)
        for (size_t k = 0; k < conf_sections[i].count; k++) {
            struct buf line = {0};
            buf_addf(&line, "\n.It Ic %s\n", conf_sections[i].keys[k].name);
            assert_row(buf_str(&line), strstr(buf_str(&man), buf_str(&line)) != NULL);
            buf_free(&line);
        }
    buf_free(&man);
}

/* The table itself: each default lies within its own bounds, and each key's help is a sentence. */
static void the_table_holds_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < conf_section_count; i++) {
        const struct conf_section *def = &conf_sections[i];
        for (size_t k = 0; k < def->count; k++) {
            const struct conf_key *key = &def->keys[k];
            const size_t n = strlen(key->help);
            assert_row(key->name, key->offset >= sizeof(struct conf_sect));
            assert_row(key->name, key->offset < def->size);
            assert_row(key->name, n > 0 && key->help[n - 1] == '.');
            assert_row(key->name, (key->type == CONF_ENUM) <= (key->words != NULL));
            for (size_t j = 0; j < k; j++) {
                assert_row(key->name, strcmp(key->name, def->keys[j].name) != 0);
                assert_row(key->name, key->offset != def->keys[j].offset);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_gives_every_default),
        cmocka_unit_test(every_kind_of_value_is_read),
        cmocka_unit_test(paths_begin_at_the_state_folder),
        cmocka_unit_test(a_checkout_keeps_its_state_in_run),
        cmocka_unit_test(sections_with_a_name_are_sections_of_their_own),
        cmocka_unit_test(a_key_may_have_several_lines),
        cmocka_unit_test(a_key_knows_its_line),
        cmocka_unit_test(each_fault_is_told_with_its_line),
        cmocka_unit_test(all_faults_are_told_at_once_but_not_endlessly),
        cmocka_unit_test(a_line_too_long_is_a_fault_of_that_line_only),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
        cmocka_unit_test(a_byte_order_mark_is_no_fault),
        cmocka_unit_test(a_reload_may_change_what_is_not_fixed),
        cmocka_unit_test(all_of_a_reload_s_faults_are_told),
        cmocka_unit_test(prints_what_was_asked_for),
        cmocka_unit_test(the_sample_loads_and_names_every_key),
        cmocka_unit_test(the_sample_s_comments_are_the_defaults),
        cmocka_unit_test(what_is_printed_reads_back_as_the_same),
        cmocka_unit_test(the_man_page_has_every_key),
        cmocka_unit_test(the_table_holds_together),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
