/* client_user.c: agentd -x user: passwords are read and hashed here, in agentctl's own process;
 * only the hash goes on, to the daemon that runs, or else into its database. */
#include "client.h"

#include "model/account_admin.h"
#include "sys/pidfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    INTERRUPT = 3, /* what ^C types while it makes no signal */
};

int client_complain(const char *why)
{
    fprintf(stderr, "agentctl: %s\n", why);
    return EXIT_FAILURE;
}

/* --- the password --- */

/* A line of stdin without its end; false at the end, or when it does not fit or has a NUL. */
static bool read_line(char *out, size_t size)
{
    size_t n = 0;
    int c;
    while ((c = getchar()) != EOF && c != '\n' && c != INTERRUPT)
        if (n + 1 < size && c != '\0')
            out[n++] = (char)c;
        else
            return false;
    if (n > 0 && out[n - 1] == '\r')
        n--;
    out[n] = '\0';
    return c != INTERRUPT && (c == '\n' || n > 0);
}

/* From the terminal, unseen; ^C must not leave it that way, so it is a character here. */
static bool ask_terminal(const char *prompt, char *out, size_t size)
{
    struct termios as_it_was, unseen;
    if (tcgetattr(STDIN_FILENO, &as_it_was) < 0)
        return false;
    unseen = as_it_was;
    unseen.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    unseen.c_cc[VEOL] = INTERRUPT; /* which is read at once, without Enter */
    fprintf(stderr, "%s", prompt);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    const bool ok = read_line(out, size);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
    fprintf(stderr, "\n");
    return ok;
}

/* NULL, or why it cannot be used. */
static const char *fault_of(const char *password)
{
    const struct str s = str_of(password);
    if (s.n == 0)
        return "the password is empty; nothing was changed";
    if (!utf8_valid(s.p, s.n))
        return "the password is not UTF-8; nothing was changed";
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return "the password has a control character; nothing was changed";
    return NULL;
}

/* From the terminal twice, or one line of stdin. NULL, or why there is none. */
static const char *read_password(char out[PASSWORD_MAX])
{
    char again[PASSWORD_MAX];
    if (!isatty(STDIN_FILENO))
        return read_line(out, PASSWORD_MAX) ? fault_of(out)
                                            : "no password on standard input (one line, at most "
                                              "255 bytes); nothing was changed";
    if (!ask_terminal("Password: ", out, PASSWORD_MAX) ||
        !ask_terminal("The same again: ", again, sizeof again))
        return "no password was given; nothing was changed";
    const bool same = strcmp(out, again) == 0;
    explicit_bzero(again, sizeof again);
    return same ? fault_of(out) : "the two differ; nothing was changed";
}

const char *client_read_hash(char hash[HASH_MAX], char verifier[VERIFIER_MAX])
{
    char password[PASSWORD_MAX];
    const char *why = read_password(password);
    if (why == NULL &&
        (!password_hash(password, hash) || (verifier != NULL && !verifier_new(password, verifier))))
        why = "the password cannot be hashed";
    explicit_bzero(password, sizeof password);
    return why;
}

/* --- the verb --- */

/* Behind the name of `add` and `passwd` stands what is kept of the password, for what reads the
 * request. */
static const char *build(struct buf *request, int argc, char **argv)
{
    char hash[HASH_MAX], verifier[VERIFIER_MAX];
    const bool needs_hash = strcmp(argv[1], "add") == 0 || strcmp(argv[1], "passwd") == 0;
    const char *why = NULL;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '\0' || strpbrk(argv[i], " \r\n\t") != NULL)
            return "an argument is empty or has blanks";
        buf_addf(request, "%s%s", i > 1 ? " " : "", argv[i]);
        if (needs_hash && i == 2) {
            why = client_read_hash(hash, verifier);
            if (why == NULL)
                buf_addf(request, " %s:%s", hash, verifier);
        }
    }
    explicit_bzero(hash, sizeof hash);
    explicit_bzero(verifier, sizeof verifier);
    return why;
}

static bool run_alone(struct client_model *m, struct str request, struct buf *out)
{
    struct account *ended = NULL;
    const bool ok = account_admin(&m->owners, &m->bearers, request, out, &ended);
    account_unref(ended);
    return ok;
}

int client_user(const struct conf *conf, int argc, char **argv)
{
    struct buf request = {0}, why = {0};
    if (argc < 2) {
        fprintf(stderr,
                "usage: agentctl user add|passwd|del|list|show|enable|disable|role|quota|cert|"
                "token|always-on ...\n");
        return EXIT_USAGE;
    }
    const char *fault = build(&request, argc, argv);
    int status;
    if (fault != NULL) {
        status = client_complain(fault);
    } else if (pidfile_holder(conf->agentd->pidfile, &why) == 0) {
        status = client_alone(conf, run_alone, str_of(buf_str(&request)));
    } else {
        char verb[] = "user", *words[] = {verb, (char *)(uintptr_t)buf_str(&request)};
        status = client_ask(conf, 2, words);
    }
    buf_free(&request);
    buf_free(&why);
    return status;
}
