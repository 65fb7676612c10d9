#include "server.h"

#include "base/date.h"
#include "base/version.h"
#include "sys/pidfile.h"
#include "sys/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct server *of_serve(struct serve *s)
{
    return container_of(s, struct server, serve);
}

enum {
    SPARE_LEAST = 4, /* descriptors kept for files that are being sent, and the like */
    SPARE_MOST = 64,
    TICK_MS = 1000,
    CERTIFICATE_WARN_S = 14 * 86400,
};

/* --- running --- */

/* How many connections the descriptors are enough for, besides what is open already. */
static size_t affordable(const struct server *s)
{
    struct stat st;
    const size_t all = s->serve.descriptors;
    size_t used = 0, spare = all / 16;
    for (int fd = 0; fd < 256; fd++)
        used += fstat(fd, &st) == 0;
    used -= used > s->admit.count ? s->admit.count : 0;
    spare = spare < SPARE_LEAST ? SPARE_LEAST : spare > SPARE_MOST ? SPARE_MOST : spare;
    return all > used + spare ? all - used - spare : 1;
}

void server_set_limits(struct server *s)
{
    const struct conf_limits *limits = s->conf->limits;
    const size_t wanted = (size_t)limits->connections, most = affordable(s);
    if (wanted > most)
        log_say(&s->log, LOG_WARN,
                "event=few-descriptors connections are limited to %zu, not %zu: the system allows "
                "%zu descriptors",
                most, wanted, s->serve.descriptors);
    s->admit.max = wanted < most ? wanted : most;
    s->admit.per_ip = (size_t)limits->per_ip;
    s->log.threshold = (enum log_level)s->conf->agentd->log_level;
    s->files.sync = s->conf->files->sync;
    s->rooms.guests = s->conf->irc->guests;
    coded_limit(&s->coded, (uint64_t)limits->compress_cache);
    s->partials.account_max = (uint64_t)s->conf->files->partial_max;
    s->partials.guests_max = (uint64_t)s->conf->files->partial_guests;
    partials_keep(&s->partials, s->conf->files->partial_keep);
}

void server_note_tls(struct server *s)
{
    char date[DATE_TEXT_MAX];
    const int64_t now = clock_sec(&s->loop.clock);
    const int64_t until = s->serve.tls != NULL ? tls_set_until(s->serve.tls, now) : INT64_MAX;
    if (until - now > CERTIFICATE_WARN_S)
        return;
    date_minute(date, (time_t)until);
    log_say(&s->log, LOG_WARN, "event=certificate-ends a certificate %s %s UTC",
            until > now ? "runs out" : "ran out", date);
}

static void reopen(struct serve *serve)
{
    struct server *s = of_serve(serve);
    struct buf why = {0};
    if (log_reopen(&s->log, &why) < 0)
        log_say(&s->log, LOG_ERROR, "event=reopen-failed %s", buf_str(&why));
    else
        log_say(&s->log, LOG_INFO, "event=reopen");
    buf_free(&why);
}

/* --- stop --- */

/* Takes nothing new, lets what runs come to its end, within `drain`. */
static void stop(struct serve *serve)
{
    struct server *s = of_serve(serve);
    const struct event ev = {.kind = EVENT_STOP};
    if (serve->draining) /* asked twice: at once */
        s->loop.stop = true;
    if (serve->draining)
        return;
    serve->draining = true;
    event_emit(&s->bus, &ev);
    serve_flush_news(serve);
    chat_registry_stop(&s->registry);
    list_each(n, &serve->doors) door_shut(list_entry(n, struct door, link));
    if (timer_set(&s->loop.timers, &s->deadline, s->loop.clock.mono + s->conf->agentd->drain) < 0)
        s->loop.stop = true;
}

static void drain_over(struct timer *t)
{
    struct server *s = container_of(t, struct server, deadline);
    s->loop.stop = true;
}

/* Before each sleep: is the last session gone? */
static bool end_when_empty(struct loop_hook *h)
{
    struct server *s = container_of(h, struct server, end);
    if (s->serve.draining && list_empty(&s->serve.doors))
        s->loop.stop = true;
    return s->loop.stop;
}

static const struct serve_admin admin = {.reload = server_reload, .reopen = reopen, .stop = stop};

/* --- what happens besides --- */

static void on_tick(struct timer *t)
{
    struct server *s = container_of(t, struct server, tick);
    list_each(n, &s->serve.doors)
    {
        struct door *d = list_entry(n, struct door, link);
        if (d->fe->tick != NULL)
            d->fe->tick(d);
    }
    store_tick(&s->files);
    coded_tick(&s->coded);
    partials_tick(&s->partials);
    markers_tick(&s->markers);
    absents_tick(&s->absents);
    bans_tick(&s->serve);
    shares_tick(&s->shares);
    chat_registry_tick(&s->registry);
    admit_tick(&s->admit, s->loop.clock.mono);
    server_free_retired(s);
    history_tick(&s->history);
    helper_tick(s->keeping, s->loop.clock.mono);
    (void)timer_set(&s->loop.timers, &s->tick, s->loop.clock.mono + TICK_MS);
}

static void reap_children(struct server *s)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        if (!workers_ended(s->workers, pid, status) &&
            !helper_ended(s->keeping, pid, status, s->loop.clock.mono))
            log_say(&s->log, LOG_WARN, "event=child-ended pid=%d status=%d", (int)pid, status);
}

static void on_signal(struct watch *w, unsigned events)
{
    struct server *s = container_of(w, struct server, signals);
    struct buf why = {0};
    (void)events;
    for (int sig; (sig = signals_take(w->fd)) != 0;) {
        switch (sig) {
        case SIGTERM:
        case SIGINT: stop(&s->serve); break;
        case SIGHUP: (void)server_reload(&s->serve, &why); break;
        case SIGUSR1: reopen(&s->serve); break;
        case SIGCHLD: reap_children(s); break;
        default: break;
        }
    }
    buf_free(&why);
}

static void on_worker(struct watch *w, unsigned events)
{
    const struct worker_slot *slot = container_of(w, struct worker_slot, watch);
    (void)events;
    workers_readable(slot->server->workers, (unsigned)(slot - slot->server->worker));
}

static void watch_worker(void *arg, unsigned index, int fd)
{
    struct server *s = arg;
    struct worker_slot *slot = &s->worker[index];
    if (slot->server != NULL)
        loop_unwatch(&s->loop, &slot->watch);
    *slot =
        (struct worker_slot){.watch = {.fd = fd, .fn = on_worker, .name = "worker"}, .server = s};
    if (fd >= 0 && loop_watch(&s->loop, &slot->watch, LOOP_READ) < 0)
        log_say(&s->log, LOG_ERROR, "event=worker-unheard %s", strerror(errno));
}

/* --- the steps of a start --- */

/* key: which one is wrong; NULL when the reason begins with it. */
static int fail(struct buf *why, const struct server *s, const struct conf_sect *sect,
                const char *key, struct buf *reason)
{
    if (key == NULL) {
        server_fault(why, s->conf, sect, reason);
        return -1;
    }
    conf_where(why, s->conf, sect, key);
    buf_addf(why, "%s\n", buf_str(reason));
    buf_free(reason);
    return -1;
}

/* Makes the folder and those above it; as the user, where it is new. */
static int make_state(struct server *s, struct buf *why)
{
    char path[PATH_BYTES_MAX];
    const char *state = s->conf->agentd->state;
    struct stat st;
    if (stat(state, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    if (!str_copy(path, sizeof path, str_of(state)))
        errno = ENAMETOOLONG;
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0755) == 0) /* whatever the umask */
            (void)chmod(path, 0755);
        *p = '/';
    }
    const int fd = mkdir(path, 0755) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fchmod(fd, 0755);
        privs_own(&s->privs, fd);
        close(fd);
        return 0;
    }
    struct buf reason = {0};
    buf_addf(&reason, "%s: cannot be made: %s", state, strerror(errno));
    return fail(why, s, &s->conf->agentd->head, "state", &reason);
}

static int take_pidfile(struct server *s, struct buf *why)
{
    s->pidfile = pidfile_take(s->conf->agentd->pidfile, why);
    if (s->pidfile < 0)
        buf_addc(why, '\n');
    return s->pidfile < 0 ? -1 : 0;
}

static int open_logs(struct server *s, struct buf *why)
{
    struct buf reason = {0};
    const struct conf_agentd *cf = s->conf->agentd;
    const struct conf_ftp *ftp = (const void *)conf_find(s->conf, "ftp", "");
    s->log.threshold = (enum log_level)cf->log_level;
    if (!s->foreground && log_to_files(&s->log, cf->log, cf->errlog, &reason) < 0)
        return fail(why, s, &cf->head, NULL, &reason);
    if (ftp->transfer_log[0] == '\0')
        return 0;
    if (logfile_open(&s->log, &s->transfers, ftp->transfer_log, &reason) < 0)
        return fail(why, s, &ftp->head, "transfer_log", &reason);
    s->serve.transfers = &s->transfers;
    return 0;
}

static int open_loop(struct server *s, struct buf *why)
{
    const enum conf_event event = (enum conf_event)s->conf->agentd->event;
    s->signals = (struct watch){.fd = signals_open(), .fn = on_signal, .name = "signal"};
    if (s->signals.fd < 0 || loop_init(&s->loop, event, &s->log, &s->metrics) < 0 ||
        conns_init(&s->conns, &s->loop, &s->admit, &s->bans) < 0 ||
        loop_watch(&s->loop, &s->signals, LOOP_READ) < 0) {
        buf_addf(why, "cannot set up the event loop: %s\n", strerror(errno));
        return -1;
    }
    s->log.clock = &s->loop.clock;
    s->tick.fn = on_tick;
    s->deadline.fn = drain_over;
    s->end.fn = end_when_empty;
    loop_add_hook(&s->loop, &s->end);
    (void)timer_set(&s->loop.timers, &s->tick, s->loop.clock.mono + TICK_MS);
    return 0;
}

static int open_model(struct server *s, struct buf *why)
{
    struct buf reason = {0};
    const struct conf_files *files = s->conf->files;
    const struct conf_irc *irc = s->conf->irc;
    if (store_init(&s->files, files->root, conf_in_state(s->conf, files->root), &s->loop.clock,
                   &reason) < 0)
        return fail(why, s, &files->head, "root", &reason);
    if (chat_init(&s->chat, irc->name, irc->lobby, &s->loop.clock, &s->bus, &s->metrics, &reason) <
        0)
        return fail(why, s, &irc->head, NULL, &reason);
    s->chat.ascii_names = irc->names == NAMES_ASCII;
    return 0;
}

static int open_tls(struct server *s, struct buf *why)
{
    tls_init();
    if (server_load_tls(s->conf, &s->serve.tls, why) < 0)
        return -1;
    s->tls_wanted = s->serve.tls != NULL;
    return 0;
}

static int open_control(struct server *s, struct buf *why)
{
    struct buf reason = {0};
    s->control = control_open(&s->serve, s->conf->agentd->control, &reason);
    return s->control != NULL ? 0 : fail(why, s, &s->conf->agentd->head, "control", &reason);
}

static void keep_inherited(struct server *s, int n)
{
    for (int i = 0; i < n && i < INHERITED_MAX; i++) {
        s->inherited[s->inherited_count++] = STDERR_FILENO + 1 + i;
        (void)fcntl(STDERR_FILENO + 1 + i, F_SETFD, FD_CLOEXEC);
        (void)fcntl(STDERR_FILENO + 1 + i, F_SETFL, O_NONBLOCK);
    }
}

static void drop_inherited(struct server *s)
{
    for (int i = 0; i < s->inherited_count; i++)
        if (s->inherited[i] >= 0) {
            log_say(&s->log, LOG_WARN, "event=socket-unused an inherited socket fits no `listen`");
            close(s->inherited[i]);
        }
    s->inherited_count = 0;
}

static int start_workers(struct server *s, struct buf *why)
{
    s->workers =
        workers_start((unsigned)s->conf->agentd->workers, &s->log, &s->metrics, watch_worker, s);
    if (s->workers == NULL) {
        buf_addf(why, "cannot fork the workers: %s\n", strerror(errno));
        return -1;
    }
    s->files.jobs = s->coded.jobs = workers_runner(s->workers);
    return 0;
}

/* Behind the last fork. */
static int open_database(struct server *s, struct buf *why)
{
    struct buf reason = {0};
    s->db = db_open(s->conf->db->path, &s->log, &reason);
    if (s->db == NULL)
        return fail(why, s, &s->conf->db->head, "path", &reason);
    s->serve.db = s->db;
    if (accounts_init(&s->accounts, s->db, &s->loop.clock, &reason) < 0)
        return fail(why, s, &s->conf->db->head, "path", &reason);
    owners_init(&s->owners, s->db, &s->accounts, &s->bus);
    s->owners.store = &s->files;
    if (shares_init(&s->shares, s->db, &s->accounts, &s->bus, &reason) < 0)
        return fail(why, s, &s->conf->db->head, "path", &reason);
    if (bearers_init(&s->bearers, &s->accounts, &reason) < 0)
        return fail(why, s, &s->conf->db->head, "path", &reason);
    props_init(&s->props, s->db, &s->bus);
    partials_init(&s->partials, &s->files, s->db, &s->accounts);
    markers_init(&s->markers, s->db, &s->bus);
    bans_load(&s->serve);
    s->chat.accounts = &s->accounts;
    if (chat_registry_init(&s->registry, &s->chat, s->db, &reason) < 0)
        return fail(why, s, &s->conf->db->head, "path", &reason);
    if (absents_init(&s->absents, &s->chat, &s->accounts, s->db, &reason) < 0)
        return fail(why, s, &s->conf->db->head, "path", &reason);
    return 0;
}

static void wire(struct server *s, struct conf *conf, bool foreground)
{
    s->conf = conf;
    s->foreground = foreground;
    s->pidfile = s->signals.fd = s->files.root = s->transfers.fd = -1;
    clock_update(&s->loop.clock);
    log_init(&s->log, &s->loop.clock);
    event_init(&s->bus, &s->log);
    admit_init(&s->admit);
    bans_init(&s->bans);
    coded_init(&s->coded, &s->loop.clock, &s->metrics);
    history_init(&s->history, &s->loop.clock, &s->log, &s->metrics);
    s->serve = (struct serve){
        .conf = conf,
        .loop = &s->loop,
        .conns = &s->conns,
        .admit = &s->admit,
        .log = &s->log,
        .metrics = &s->metrics,
        .bus = &s->bus,
        .chat = &s->chat,
        .rooms = &s->rooms.rooms,
        .history = &s->history,
        .files = &s->files,
        .coded = &s->coded,
        .accounts = &s->accounts,
        .owners = &s->owners,
        .bearers = &s->bearers,
        .shares = &s->shares,
        .locks = &s->locks,
        .props = &s->props,
        .markers = &s->markers,
        .absents = &s->absents,
        .bans = &s->bans,
        .admin = &admin,
        .started = s->loop.clock.wall,
        .since = s->loop.clock.mono,
    };
    list_init(&s->serve.doors);
    list_init(&s->serve.hosts);
    list_init(&s->serve.news);
    hmap_init(&s->serve.drops);
    list_init(&s->serve.dropping);
    list_init(&s->serve.logins);
    tries_init(&s->serve.tries);
    tries_init(&s->serve.made);
    tokens_init(&s->serve.tokens);
    paces_init(&s->serve.paces);
    locks_init(&s->locks, &s->loop.clock, &s->bus);
    room_access_init(&s->rooms, &s->chat);
}

int server_start(struct server *s, struct conf *conf, bool foreground, int inherited,
                 struct buf *why)
{
    *s = (struct server){0};
    wire(s, conf, foreground);
    keep_inherited(s, inherited);
    if (server_check_user(conf, &s->privs, why) < 0 || server_check(conf, why) < 0)
        return -1;
    privs_limit();
    s->serve.descriptors = privs_descriptors((size_t)conf->limits->connections * 2 + 256);
    if (make_state(s, why) < 0 || take_pidfile(s, why) < 0)
        return -1;
    /* What lies in the user's own folders is opened as the user. */
    if (privs_borrow(&s->privs, why) < 0)
        return -1;
    const bool opened = open_logs(s, why) == 0 && open_loop(s, why) == 0 &&
                        open_model(s, why) == 0 && open_tls(s, why) == 0 &&
                        open_control(s, why) == 0 && server_make_doors(s, conf, why) == 0;
    privs_regain(&s->privs);
    if (!opened || server_open_sockets(s, conf, why) < 0)
        return -1;
    drop_inherited(s);
    if (privs_drop(&s->privs, why) < 0 || server_fence_in(s, why) < 0)
        return -1;
    if (start_workers(s, why) < 0 || server_start_history(s, why) < 0 || open_database(s, why) < 0)
        return -1;
    server_set_limits(s);
    server_note_tls(s);
    if (geteuid() == 0)
        log_say(&s->log, LOG_WARN, "event=root agentd runs as root; set [agentd] user");
    char pid[32];
    snprintf(pid, sizeof pid, "agentd %s pid %d", AGENTD_VERSION, (int)getpid());
    const struct event ev = {.kind = EVENT_START, .text = pid};
    event_emit(&s->bus, &ev);
    log_flush(&s->log);
    s->started = true;
    return 0;
}

void server_run(struct server *s)
{
    loop_run(&s->loop);
}

void server_free(struct server *s)
{
    s->serve.draining = true;
    chat_registry_stop(&s->registry);
    if (s->loop.backend != NULL) {
        list_each(n, &s->serve.doors)
        {
            struct door *d = list_entry(n, struct door, link);
            d->closing = true;
            list_each(k, &d->conns) conn_close(list_entry(k, struct conn, link), CLOSE_STOP);
            if (door_unused(d))
                door_free(d);
        }
        serve_flush_news(&s->serve);
        control_close(s->control);
        conns_free(&s->conns);
        logins_free(&s->serve);
        server_stop_history(s);
        workers_stop(s->workers);
        s->files.jobs = s->coded.jobs = NULL;
        loop_free(&s->loop);
    }
    tokens_free(&s->serve.tokens);
    paces_free(&s->serve.paces);
    bearers_free(&s->bearers);
    shares_free(&s->shares);
    locks_free(&s->locks);
    props_free(&s->props);
    owners_free(&s->owners);
    partials_free(&s->partials);
    markers_free(&s->markers);
    absents_free(&s->absents);
    accounts_free(&s->accounts);
    tries_free(&s->serve.tries);
    tries_free(&s->serve.made);
    bans_free(&s->bans);
    hmap_free(&s->serve.drops);
    chat_free(&s->chat);
    chat_registry_free(&s->registry);
    history_free(&s->history);
    coded_free(&s->coded);
    store_free(&s->files);
    db_close(s->db);
    admit_free(&s->admit);
    tls_set_unref(s->serve.tls);
    if (s->started)
        log_say(&s->log, LOG_INFO, "event=stopped");
    if (s->pidfile >= 0)
        pidfile_drop(s->pidfile, s->conf->agentd->pidfile);
    logfile_close(&s->log, &s->transfers);
    log_free(&s->log);
    server_free_retired(s);
    conf_free(s->conf);
}
