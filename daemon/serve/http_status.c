/* http_status.c: how the daemon is doing: /status for people, /metrics for Prometheus. */
#include "base/escape.h"
#include "base/version.h"
#include "serve/http.h"

#include <stdio.h>
#include <string.h>

/* May whoever asks see it, by the key's words? Else it is answered. */
static bool may_see(struct http_call *call, const char *words)
{
    const struct http *h = call->h;
    if (strcmp(call->path, "/") != 0) {
        http_error(call, 404, NULL);
        return false;
    }
    if (access_listed(words, h->account))
        return true;
    http_forbid(call);
    return false;
}

/* --- /status --- */

static void add_row(struct buf *rows, const char *title, const char *value)
{
    buf_addf(rows, "<tr><th>%s</th><td>%s</td></tr>\n", title, value);
}

static void add_count(struct buf *rows, const char *title, uint64_t value)
{
    buf_addf(rows, "<tr><th>%s</th><td>%llu</td></tr>\n", title, (unsigned long long)value);
}

static void add_rows(struct buf *rows, const struct serve *s)
{
    char up[32], size[24];
    text_span(up, sizeof up, (uint64_t)(s->loop->clock.mono - s->since) / 1000);
    text_size(size, sizeof size, s->metrics->upload_bytes);
    add_row(rows, "Version", "agentd " AGENTD_VERSION);
    add_row(rows, "Running for", up);
    buf_addf(rows, "<tr><th>Connections</th><td>%zu of %zu</td></tr>\n", s->conns->count,
             s->admit->max);
    add_count(rows, "People in chat", s->chat->users.count);
    add_count(rows, "Rooms", s->chat->rooms.count);
    add_count(rows, "Messages", s->metrics->chat_messages);
    buf_addf(rows, "<tr><th>Files that arrived</th><td>%llu (%s)</td></tr>\n",
             (unsigned long long)s->metrics->uploads, size);
    add_count(rows, "Requests answered", s->metrics->http_requests);
}

static void add_doors(struct buf *rows, const struct serve *s)
{
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        if (d->fe->datagrams || list_empty(&d->sockets))
            continue;
        buf_adds(rows, "<tr><th>");
        escape_html(rows, str_of(d->title));
        const size_t there = door_conns(d);
        buf_addf(rows, "</th><td>%zu session%s</td></tr>\n", there, there == 1 ? "" : "s");
    }
}

void http_get_status(struct http_call *call)
{
    const struct serve *s = http_serve(call->h);
    struct buf name = {0}, rows = {0}, person = {0};
    if (!may_see(call, http_conf(call->h)->status))
        return;
    add_rows(&rows, s);
    add_doors(&rows, s);
    http_add_person(&person, call->h);
    const struct fill fills[] = {
        {"NAME", http_html(&name, str_of(s->conf->irc->network))},
        {"ROWS", str_of(buf_str(&rows))},
        {"PERSON", str_of(buf_str(&person))},
        {NULL, {NULL, 0}},
    };
    http_send_filled(call, &web_status, fills);
    buf_free(&name);
    buf_free(&rows);
    buf_free(&person);
}

/* --- /metrics, in Prometheus' text format 0.0.4 --- */

static void add_metric(struct buf *b, const char *name, const char *kind, const char *help,
                       uint64_t value)
{
    buf_addf(b, "# HELP agentd_%s %s\n# TYPE agentd_%s %s\nagentd_%s %llu\n", name, help, name,
             kind, name, (unsigned long long)value);
}

static void add_sessions(struct buf *b, const struct serve *s)
{
    buf_adds(b, "# HELP agentd_sessions sessions by door\n# TYPE agentd_sessions gauge\n");
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        if (d->fe->datagrams || list_empty(&d->sockets))
            continue;
        buf_addf(b, "agentd_sessions{door=\"%s\",name=", d->fe->name);
        escape_json(b, str_of(d->sect->label)); /* a label's value is quoted alike */
        buf_addf(b, "} %zu\n", door_conns(d));
    }
}

/* Resident memory, in bytes; 0 when the system does not say. */
static uint64_t memory(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%*u %llu", &pages) != 1)
        pages = 0;
    (void)fclose(f);
    return pages * 4096;
}

void http_get_metrics(struct http_call *call)
{
    const struct serve *s = http_serve(call->h);
    char name[64];
    struct buf b = {0};
    if (!may_see(call, http_conf(call->h)->metrics))
        return;
    for (size_t i = 0; i < metric_count; i++) {
        snprintf(name, sizeof name, "%s_total", metric_rows[i].name);
        add_metric(&b, name, "counter", metric_rows[i].help,
                   metric_value(s->metrics, &metric_rows[i]));
    }
    add_metric(&b, "log_lost_total", "counter", "log lines lost", s->log->dropped);
    add_metric(&b, "uptime_seconds", "gauge", "seconds since the start",
               (uint64_t)(s->loop->clock.mono - s->since) / 1000);
    add_metric(&b, "connections", "gauge", "connections that are open", s->conns->count);
    add_metric(&b, "connections_max", "gauge", "how many there may be", s->admit->max);
    add_metric(&b, "people", "gauge", "people in chat", s->chat->users.count);
    add_metric(&b, "rooms", "gauge", "rooms", s->chat->rooms.count);
    add_metric(&b, "resident_memory_bytes", "gauge", "memory of the main process", memory());
    add_sessions(&b, s);
    buf_adds(&b, "# HELP agentd_info the version\n# TYPE agentd_info gauge\n"
                 "agentd_info{version=\"" AGENTD_VERSION "\"} 1\n");
    if (b.failed)
        http_error(call, 503, NULL);
    else
        http_send(call, 200, "text/plain; version=0.0.4; charset=utf-8",
                  (struct str){buf_data(&b), b.len});
    buf_free(&b);
}
