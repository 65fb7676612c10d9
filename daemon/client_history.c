/* client_history.c: agentd -x history: the words of agentctl become a request. */
#include "client.h"

#include "base/clock.h"
#include "base/conf_value.h"
#include "base/date.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static int usage(void)
{
    fprintf(stderr,
            "usage: agentctl history ROOM [--since TIME] [--grep TEXT] [--export] [--json]\n"
            "       TIME: 30m, 2h or 3d ago, 2026-11-29, 2026-11-29T10:00\n");
    return EXIT_USAGE;
}

/* ms since 1970, of a moment or of so long ago. */
static bool parse_since(const char *text, int64_t *out)
{
    struct clock now;
    time_t t;
    int64_t span;
    if (date_local_parse(str_of(text), &t)) {
        *out = (int64_t)t * 1000;
        return true;
    }
    clock_update(&now);
    if (!conf_parse_span(str_of(text), &span))
        return false;
    *out = now.wall > span ? now.wall - span : 0;
    return true;
}

static bool is_line(const char *text)
{
    return text[0] != '\0' && strpbrk(text, "\r\n") == NULL;
}

int client_history(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {
        {"since", required_argument, NULL, 's'},
        {"grep", required_argument, NULL, 'g'},
        {"export", no_argument, NULL, 'e'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    const char *part = "";
    int64_t since = 0;
    bool all = false, json = false;
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (c) {
        case 's':
            if (!parse_since(optarg, &since)) {
                fprintf(stderr, "agentctl: %s is no time\n", optarg);
                return usage();
            }
            break;
        case 'g': part = optarg; break;
        case 'e': all = true; break;
        case 'j': json = true; break;
        default: return usage();
        }
    if (argc - optind != 1 || !is_line(argv[optind]) || strchr(argv[optind], ' ') != NULL ||
        (part[0] != '\0' && !is_line(part)))
        return usage();
    struct buf request = {0};
    buf_addf(&request, "history %s %s %lld %s%s%s", all ? "export" : "last", json ? "json" : "text",
             (long long)since, argv[optind], part[0] != '\0' ? " " : "", part);
    char *words[] = {(char *)(uintptr_t)buf_str(&request)};
    const int status = client_ask(conf, 1, words);
    buf_free(&request);
    return status;
}
