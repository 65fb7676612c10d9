#include "sys/daemonize.h"

#include <fcntl.h>
#include <libdaemon/dfork.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { START_SECONDS = 60 }; /* more than any start takes: the database may be recovering */

void daemonize_stdio(void)
{
    for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR)) {
        if (fd > STDERR_FILENO) {
            close(fd);
            break;
        }
    }
}

void daemonize_clean(int keep_fds)
{
    (void)close_range((unsigned)(STDERR_FILENO + 1 + keep_fds), ~0u, 0);
    daemon_reset_sigs(-1);
    daemon_unblock_sigs(-1);
    umask(027);
}

bool daemonize(int *status)
{
    const int err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    *status = 1;
    if (err < 0 || daemon_retval_init() < 0) {
        perror("agentd: cannot start");
        return false;
    }
    const pid_t pid = daemon_fork();
    if (pid < 0) {
        perror("agentd: cannot fork");
        daemon_retval_done();
        return false;
    }
    if (pid > 0) {
        close(err);
        *status = daemon_retval_wait(START_SECONDS);
        if (*status < 0) {
            fprintf(stderr, "agentd: ended while it started; see its errlog\n");
            *status = 1;
        }
        return false;
    }
    umask(027);
    (void)dup2(err, STDERR_FILENO);
    close(err);
    *status = 0;
    return true;
}

void daemonize_ready(int status)
{
    (void)daemon_retval_send(status);
}

void daemonize_notify(void)
{
    static const char ready[] = "READY=1";
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof un.sun_path)
        return;
    memcpy(un.sun_path, path, strlen(path));
    if (un.sun_path[0] == '@')
        un.sun_path[0] = '\0';
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    const socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    (void)!sendto(fd, ready, sizeof ready - 1, MSG_NOSIGNAL, (struct sockaddr *)&un, len);
    close(fd);
}
