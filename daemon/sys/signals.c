#include "sys/signals.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { CAUGHT = sizeof caught / sizeof caught[0], DEADLY = sizeof deadly / sizeof deadly[0] };

/* A handler is handed nothing, so these are the one exception from "no globals". */
static volatile sig_atomic_t pending[CAUGHT];
static volatile sig_atomic_t pipe_read = -1, pipe_write = -1;

static void note(int sig)
{
    const int saved = errno;
    for (int i = 0; i < CAUGHT; i++)
        if (caught[i] == sig)
            pending[i] = 1;
    /* Full: then it is readable already, which is all that matters. */
    (void)!write(pipe_write, "", 1);
    errno = saved;
}

static void set_handler(int sig, void (*fn)(int), int flags)
{
    struct sigaction sa = {.sa_handler = fn, .sa_flags = flags};
    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

#ifdef __SANITIZE_ADDRESS__
static void catch_crashes(void)
{
    /* The sanitizer tells more by itself. */
}
#else
/* Only what signal-safety(7) allows; backtrace() was called once before, so that it needs no
 * memory. */
static void crash(int sig)
{
    static const char head[] = "agentd: crashed; trace:\n";
    void *frames[64];
    (void)!write(STDERR_FILENO, head, sizeof head - 1);
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
    signal(sig, SIG_DFL);
    raise(sig);
}

static void catch_crashes(void)
{
    void *frames[2];
    (void)backtrace(frames, 2);
    for (int i = 0; i < DEADLY; i++)
        set_handler(deadly[i], crash, (int)SA_RESETHAND);
}
#endif

int signals_open(void)
{
    int p[2];
    if (pipe2(p, O_NONBLOCK | O_CLOEXEC) < 0)
        return -1;
    pipe_read = p[0];
    pipe_write = p[1];
    for (int i = 0; i < CAUGHT; i++)
        set_handler(caught[i], note, SA_RESTART);
    set_handler(SIGPIPE, SIG_IGN, 0);
    set_handler(SIGXFSZ, SIG_IGN, 0); /* a file too large is EFBIG */
    catch_crashes();
    return p[0];
}

int signals_take(int fd)
{
    char drain[64];
    while (read(fd, drain, sizeof drain) > 0)
        ;
    for (int i = 0; i < CAUGHT; i++)
        if (pending[i]) {
            pending[i] = 0;
            return caught[i];
        }
    return 0;
}

void signals_reset(void)
{
    for (int i = 0; i < CAUGHT; i++)
        signal(caught[i], SIG_DFL);
    for (int i = 0; i < DEADLY; i++)
        signal(deadly[i], SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    close(pipe_read);
    close(pipe_write);
    pipe_read = pipe_write = -1;
}
