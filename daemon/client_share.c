/* client_share.c: agentd -x share: the words of agentctl become a request; a password is read and
 * hashed here. */
#include "client.h"

#include "sys/pidfile.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static int usage(void)
{
    fprintf(stderr, "usage: agentctl share PATH [--expires TIME|never] [--password] [--uploads]"
                    " [--as NAME]\n"
                    "       agentctl share list [--json]\n"
                    "       agentctl share revoke ID|URL\n");
    return EXIT_USAGE;
}

/* A word of a request; NULL: it must not be. */
static const char *word(const char *text)
{
    return text[0] == '\0' || strpbrk(text, " \r\n\t") != NULL ? NULL : text;
}

/* "share add LASTS HASH UPLOADS ACCOUNT PATH" from options in any order; 0 or an exit code. */
static int build_add(struct buf *request, int argc, char **argv)
{
    static const struct option options[] = {
        {"expires", required_argument, NULL, 'e'},
        {"password", no_argument, NULL, 'p'},
        {"uploads", no_argument, NULL, 'u'},
        {"as", required_argument, NULL, 'a'},
        {NULL, 0, NULL, 0},
    };
    const char *lasts = "-", *account = "-", *why = NULL;
    bool password = false, uploads = false;
    char hash[HASH_MAX] = "-";
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (c) {
        case 'e': lasts = word(optarg); break;
        case 'p': password = true; break;
        case 'u': uploads = true; break;
        case 'a': account = word(optarg); break;
        default: return usage();
        }
    if (argc - optind != 1 || argv[optind][0] == '\0' || lasts == NULL || account == NULL)
        return usage();
    if (strpbrk(argv[optind], "\r\n") != NULL)
        why = "a path with a line end cannot be asked for";
    else if (password)
        why = client_read_hash(hash, NULL);
    buf_addf(request, "share add %s %s %s %s %s", lasts, hash, uploads ? "uploads" : "-", account,
             argv[optind]);
    explicit_bzero(hash, sizeof hash);
    return why != NULL ? client_complain(why) : EXIT_SUCCESS;
}

static int build(struct buf *request, int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "list") == 0) {
        if (argc > 3 || (argc == 3 && strcmp(argv[2], "--json") != 0))
            return usage();
        buf_addf(request, "share list%s", argc == 3 ? " --json" : "");
        return EXIT_SUCCESS;
    }
    if (strcmp(verb, "revoke") == 0) {
        if (argc != 3 || word(argv[2]) == NULL)
            return usage();
        buf_addf(request, "share revoke %s", argv[2]);
        return EXIT_SUCCESS;
    }
    return build_add(request, argc, argv);
}

static bool run_alone(struct client_model *m, struct str request, struct buf *out)
{
    struct str verb;
    const struct share_desk desk = {.shares = &m->shares, .conf = m->conf};
    (void)str_split(&request, ' ', &verb); /* "share" */
    return share_admin(&desk, request, out);
}

int client_share(const struct conf *conf, int argc, char **argv)
{
    struct buf request = {0}, why = {0};
    int status = build(&request, argc, argv);
    if (status == EXIT_SUCCESS && pidfile_holder(conf->agentd->pidfile, &why) == 0) {
        status = client_alone(conf, run_alone, str_of(buf_str(&request)));
    } else if (status == EXIT_SUCCESS) {
        char *words[] = {(char *)(uintptr_t)buf_str(&request)};
        status = client_ask(conf, 1, words);
    }
    buf_free(&request);
    buf_free(&why);
    return status;
}
