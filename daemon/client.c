#include "client.h"

#include "base/text.h"
#include "base/version.h"
#include "net/tls_cert.h"
#include "sys/pidfile.h"
#include "sys/privs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EXIT_STOPPED = 3,
    KILL_GRACE_MS = 2000, /* beyond the drain, before a stop becomes a kill */
};

static int complain(struct buf *why)
{
    fprintf(stderr, "agentctl: %s\n", buf_str(why));
    buf_free(why);
    return EXIT_FAILURE;
}

/* Says that nobody runs. A pidfile that is empty was left in good order, where it could not be
 * removed. */
static int say_stopped(const struct conf *conf)
{
    struct stat st;
    const bool left = stat(conf->agentd->pidfile, &st) == 0 && st.st_size > 0;
    printf("agentd is stopped%s\n", left ? "; it did not end by itself" : "");
    return left ? EXIT_FAILURE : EXIT_STOPPED;
}

/* --- asking the daemon --- */

static int connect_to(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (str_copy(un.sun_path, sizeof un.sun_path, str_of(path)) &&
        connect(fd, (const struct sockaddr *)&un, sizeof un) == 0)
        return fd;
    const int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        const ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Copies the answer: what follows "OK" to stdout, what follows "ERR " to stderr. */
static int print_answer(int fd)
{
    FILE *in = fdopen(fd, "r"), *out = stdout;
    char line[8192];
    int status = EXIT_FAILURE;
    bool first = true;
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        if (first && strcmp(line, "OK\n") == 0) {
            status = EXIT_SUCCESS;
        } else if (first) {
            out = stderr;
            fprintf(out, "agentctl: %s", strncmp(line, "ERR ", 4) == 0 ? line + 4 : line);
        } else if (fputs(line, out) == EOF || fflush(out) == EOF) {
            break; /* whoever reads us has gone */
        }
        first = false;
    }
    if (in != NULL)
        fclose(in);
    else
        close(fd);
    if (first)
        fprintf(stderr, "agentctl: agentd gave no answer\n");
    return status;
}

int client_ask(const struct conf *conf, int argc, char **argv)
{
    struct buf request = {0}, why = {0};
    const pid_t pid = pidfile_holder(conf->agentd->pidfile, &why);
    if (pid == 0)
        return say_stopped(conf);
    buf_free(&why); /* if the pidfile cannot be read, the socket may still answer */
    const int fd = connect_to(conf->agentd->control);
    if (fd < 0) {
        buf_addf(&why, "agentd%s does not answer: %s: %s", pid > 0 ? " runs, but" : "",
                 conf->agentd->control, strerror(errno));
        return complain(&why);
    }
    for (int i = 0; i < argc; i++)
        buf_addf(&request, "%s%s", i > 0 ? " " : "", argv[i]);
    for (size_t i = 0; i < request.len; i++) /* a request is one line */
        if (buf_data(&request)[i] == '\n' || buf_data(&request)[i] == '\r')
            buf_data(&request)[i] = ' ';
    buf_addc(&request, '\n');
    const bool sent = send_all(fd, buf_data(&request), request.len);
    buf_free(&request);
    if (!sent) {
        close(fd);
        buf_addf(&why, "agentd does not answer: %s", strerror(errno));
        return complain(&why);
    }
    return print_answer(fd);
}

/* --- what needs no daemon --- */

static int stop(const struct conf *conf)
{
    struct buf why = {0};
    const pid_t pid = pidfile_holder(conf->agentd->pidfile, &why);
    if (pid == 0) {
        printf("agentd is stopped already\n");
        return EXIT_SUCCESS;
    }
    if (pid < 0 ||
        pidfile_stop(conf->agentd->pidfile, (int)conf->agentd->drain + KILL_GRACE_MS, &why) < 0)
        return complain(&why);
    printf("agentd is stopped\n");
    return EXIT_SUCCESS;
}

static int print_pid(const struct conf *conf)
{
    struct buf why = {0};
    const pid_t pid = pidfile_holder(conf->agentd->pidfile, &why);
    if (pid < 0)
        return complain(&why);
    if (pid == 0)
        return EXIT_STOPPED;
    printf("%d\n", (int)pid);
    return EXIT_SUCCESS;
}

static int print_buf(struct buf *b)
{
    const bool ok = !b->failed && (b->len == 0 || fwrite(buf_data(b), 1, b->len, stdout) == b->len);
    buf_free(b);
    return ok && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* config get: what runs, or else what the file says. config sample, config man: from the table. */
static int config(const struct conf *conf, int argc, char **argv)
{
    struct buf out = {0}, why = {0};
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "sample") == 0) {
        conf_write_sample(&out);
    } else if (strcmp(what, "man") == 0) {
        conf_write_man(&out);
    } else if (strcmp(what, "get") != 0 || argc > 3) {
        fprintf(stderr, "usage: agentctl config get [section[.key]]\n");
        return EXIT_USAGE;
    } else if (pidfile_holder(conf->agentd->pidfile, &why) > 0) {
        buf_free(&why);
        return client_ask(conf, argc, argv);
    } else if (!conf_print(conf, argc > 2 ? argv[2] : "", &out)) {
        fprintf(stderr, "agentctl: there is no such section or key\n");
        return EXIT_FAILURE;
    }
    buf_free(&why);
    return print_buf(&out);
}

/* The state folder may be where the certificate goes, and no start may have made it yet. */
static int make_state(const struct conf *conf, const struct privs *privs, struct buf *why)
{
    const char *state = conf->agentd->state;
    struct stat st;
    if (stat(state, &st) == 0)
        return 0;
    if (mkdir(state, 0755) < 0) {
        buf_addf(why, "%s: cannot be made: %s", state, strerror(errno));
        return -1;
    }
    const int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        privs_own(privs, fd);
        close(fd);
    }
    return 0;
}

/* cert new [NAME ...]: as the user that agentd runs as, who has to read them. */
static int cert(const struct conf *conf, int argc, char **argv)
{
    enum { NAMES = 32, OWN = 4 };
    char host[256] = "";
    const char *names[OWN + NAMES] = {host, "localhost", "127.0.0.1", "::1"};
    struct privs privs;
    struct buf why = {0}, fingerprint = {0};
    const struct conf_tls *tls = conf->tls;
    if (argc < 2 || strcmp(argv[1], "new") != 0 || argc - 2 > NAMES) {
        fprintf(stderr, "usage: agentctl cert new [NAME ...]\n");
        return EXIT_USAGE;
    }
    if (gethostname(host, sizeof host - 1) < 0 || host[0] == '\0')
        text_copy(host, sizeof host, "agentd");
    for (int i = 2; i < argc; i++)
        names[OWN + i - 2] = argv[i];
    if (tls->certificate[0] == '\0' || tls->key[0] == '\0')
        buf_adds(&why, "[tls] certificate and key name no files");
    if (why.len > 0 || privs_lookup(&privs, conf->agentd->user, conf->agentd->group, &why) < 0 ||
        make_state(conf, &privs, &why) < 0 || privs_borrow(&privs, &why) < 0)
        return complain(&why);
    const int result =
        tls_cert_new(tls->certificate, tls->key, names, OWN + argc - 2, &fingerprint, &why);
    privs_regain(&privs);
    if (result < 0)
        return complain(&why);
    printf("certificate  %s\nkey          %s\nSHA-256      %s\n", tls->certificate, tls->key,
           buf_str(&fingerprint));
    if (pidfile_holder(conf->agentd->pidfile, &why) > 0)
        printf("\nagentctl reload puts it to use.\n");
    buf_free(&fingerprint);
    buf_free(&why);
    return EXIT_SUCCESS;
}

int client_run(const struct conf *conf, int argc, char **argv)
{
    if (argc == 0) {
        fprintf(stderr, "usage: agentd -x verb [argument ...]\n");
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "stop") == 0)
        return stop(conf);
    if (strcmp(argv[0], "pid") == 0)
        return print_pid(conf);
    if (strcmp(argv[0], "config") == 0)
        return config(conf, argc, argv);
    if (strcmp(argv[0], "user") == 0)
        return client_user(conf, argc, argv);
    if (strcmp(argv[0], "share") == 0)
        return client_share(conf, argc, argv);
    if (strcmp(argv[0], "history") == 0)
        return client_history(conf, argc, argv);
    if (strcmp(argv[0], "cert") == 0)
        return cert(conf, argc, argv);
    return client_ask(conf, argc, argv);
}
