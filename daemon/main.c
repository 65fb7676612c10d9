/* main.c: the command line. What a start consists of is server_start()'s list. */
#include "base/version.h"
#include "client.h"
#include "server.h"
#include "sys/daemonize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

static const char usage[] = "usage: agentd [-c FILE] [-f] [-t] [-V]\n"
                            "  -c FILE  the configuration; without it that of the checkout, or\n"
                            "           " CONFIG_FILE "\n"
                            "  -f       stay in the foreground and log to stderr\n"
                            "  -t       test the configuration and exit\n"
                            "  -V       print the version\n"
                            "Use agentctl to start, stop and steer it.\n";

struct options {
    const char *file;
    bool foreground, test, version, client;
    int rest; /* of argv: behind -x */
};

static bool parse_options(int argc, char **argv, struct options *o)
{
    int c;
    while ((c = getopt(argc, argv, "+c:fhtVx")) != -1) {
        switch (c) {
        case 'c': o->file = optarg; break;
        case 'f': o->foreground = true; break;
        case 't': o->test = true; break;
        case 'V': o->version = true; break;
        case 'x': o->client = true; break; /* agentctl's: ask the daemon */
        case 'h': fputs(usage, stdout); exit(EXIT_SUCCESS);
        default: return false;
        }
        if (c == 'x')
            break;
    }
    o->rest = optind;
    return o->client || optind == argc;
}

/* Beside a binary in build/ of a checkout stands the checkout's own etc/agentd.conf. */
static void default_file(char out[PATH_BYTES_MAX])
{
    char self[PATH_BYTES_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    text_copy(out, PATH_BYTES_MAX, CONFIG_FILE);
    if (n <= 0)
        return;
    self[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
    char mark[PATH_BYTES_MAX + 32];
    snprintf(mark, sizeof mark, "%s/ctl/agentctl", self);
    if (access(mark, F_OK) == 0)
        snprintf(out, PATH_BYTES_MAX, "%.4000s/etc/agentd.conf", self);
}

/* How many sockets systemd's socket activation has left us. */
static int count_inherited(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    uint64_t n = 0;
    if (pid == NULL || fds == NULL || strtol(pid, NULL, 10) != (long)getpid() ||
        !text_number(str_of(fds), INHERITED_MAX, &n))
        return 0;
    return (int)n;
}

static int test(const struct conf *conf)
{
    struct privs privs;
    struct buf why = {0};
    struct tls_set *tls = NULL;
    bool ok = server_check_user(conf, &privs, &why) == 0 && server_check(conf, &why) == 0;
    if (ok && (ok = privs_borrow(&privs, &why) == 0)) {
        ok = server_load_tls(conf, &tls, &why) == 0;
        privs_regain(&privs);
    }
    tls_set_unref(tls);
    if (ok)
        printf("%s: OK\n", conf->file);
    else
        fputs(buf_str(&why), stderr);
    buf_free(&why);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int serve(struct conf *conf, bool foreground)
{
    struct server *s = malloc(sizeof *s);
    struct buf why = {0};
    const int inherited = count_inherited();
    int status = EXIT_SUCCESS;
    daemonize_clean(inherited);
    if (!foreground && !daemonize(&status)) {
        conf_free(conf);
        free(s);
        return status;
    }
    const int err = dup(STDERR_FILENO); /* the log takes its place */
    if (s == NULL || server_start(s, conf, foreground, inherited, &why) < 0) {
        dprintf(err, "agentd: %s", why.len > 0 ? buf_str(&why) : "out of memory\n");
        status = EXIT_FAILURE;
    }
    close(err);
    if (!foreground)
        daemonize_ready(status);
    if (status == EXIT_SUCCESS) {
        daemonize_notify();
        server_run(s);
    }
    if (s != NULL)
        server_free(s);
    buf_free(&why);
    free(s);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    char file[PATH_BYTES_MAX];
    struct buf why = {0};
    daemonize_stdio();
    if (!parse_options(argc, argv, &o)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (o.version) {
        printf("agentd %s\n", AGENTD_VERSION);
        return EXIT_SUCCESS;
    }
    default_file(file);
    bool sound;
    struct conf *conf = conf_read(o.file != NULL ? o.file : file, &sound, &why);
    if (!sound)
        fprintf(stderr, "agentd: %s", buf_str(&why));
    buf_free(&why);
    /* A daemon that runs is steered, and stopped, whatever became of its file. */
    if (conf == NULL || (!sound && !o.client)) {
        conf_free(conf);
        return EXIT_FAILURE;
    }
    if (!o.test && !o.client)
        return serve(conf, o.foreground);
    const int status = o.test ? test(conf) : client_run(conf, argc - o.rest, argv + o.rest);
    conf_free(conf);
    return status;
}
