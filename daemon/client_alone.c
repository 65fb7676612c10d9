/* client_alone.c: what agentctl does to the database itself, while no daemon has it open. */
#include "client.h"

#include "sys/privs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int work_on(const struct conf *conf, client_alone_fn *fn, struct str request,
                   struct log *log)
{
    struct buf why = {0}, out = {0};
    struct client_model m = {.conf = conf};
    struct event_bus bus;
    (void)mkdir(conf->agentd->state, 0755);
    m.db = db_open(conf->db->path, log, &why);
    if (m.db == NULL) {
        client_complain(buf_str(&why));
        buf_free(&why);
        return EXIT_FAILURE;
    }
    event_init(&bus, log);
    bool ok = accounts_init(&m.accounts, m.db, log->clock, &out) == 0;
    if (ok) {
        owners_init(&m.owners, m.db, &m.accounts, &bus);
        ok = shares_init(&m.shares, m.db, &m.accounts, &bus, &out) == 0 &&
             bearers_init(&m.bearers, &m.accounts, &out) == 0 && fn(&m, request, &out);
    }
    fprintf(ok ? stdout : stderr, "%s%s%s", ok ? "" : "agentctl: ", buf_str(&out), ok ? "" : "\n");
    bearers_free(&m.bearers);
    shares_free(&m.shares);
    owners_free(&m.owners);
    accounts_free(&m.accounts);
    db_close(m.db);
    buf_free(&out);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* As the user whose daemon will read it. */
int client_alone(const struct conf *conf, client_alone_fn *fn, struct str request)
{
    struct privs privs;
    struct buf why = {0};
    struct clock clock;
    struct log log;
    clock_update(&clock);
    log_init(&log, &clock);
    log.threshold = LOG_WARN; /* what was done is said */
    if (privs_lookup(&privs, conf->agentd->user, conf->agentd->group, &why) < 0 ||
        privs_borrow(&privs, &why) < 0) {
        client_complain(buf_str(&why));
        buf_free(&why);
        return EXIT_FAILURE;
    }
    const int status = work_on(conf, fn, request, &log);
    privs_regain(&privs);
    log_free(&log);
    return status;
}
