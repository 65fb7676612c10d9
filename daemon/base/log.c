#include "base/log.h"

#include "base/date.h"
#include "base/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PENDING_MAX = 64 << 10, /* bytes held for one file before they go out early */
    VALUE_MAX = 400,        /* bytes of one field */
    PATIENCE_MS = 20,       /* how long lines wait for others: a write costs what ten lines do */
};

static const char *level_name(enum log_level level)
{
    static const char *const name[] = {"DEBUG", "INFO", "WARN", "ERROR"};
    return name[level];
}

static void start_line(struct log *log, struct buf *b, enum log_level level)
{
    const time_t sec = clock_sec(log->clock);
    if (sec != log->stamp_sec) {
        char iso[DATE_TEXT_MAX];
        date_iso(iso, sec);
        iso[19] = '\0'; /* the Z comes behind the milliseconds */
        memcpy(log->stamp, iso, 20);
        log->stamp_sec = sec;
    }
    buf_addf(b, "%s.%03dZ %s", log->stamp, (int)(log->clock->wall % 1000), level_name(level));
}

/* --- files of lines --- */

static void look_at(struct logfile *f, int fd)
{
    struct stat st;
    f->fd = fd;
    f->torn = false;
    f->may_block = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode);
}

/* Never through a link, and never a device that blocks: the directory may belong to the service's
 * own user (CVE-2016-1247). */
static int open_lines(const char *path, struct buf *why)
{
    const int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0640);
    if (fd < 0)
        buf_addf(why, "log file %s: %s", path,
                 errno == ELOOP ? "is a symbolic link" : strerror(errno));
    return fd;
}

int logfile_open(struct log *log, struct logfile *f, const char *path, struct buf *why)
{
    *f = (struct logfile){.fd = -1};
    list_init(&f->link);
    const int fd = open_lines(path, why);
    if (fd < 0)
        return -1;
    f->path = strdup(path);
    look_at(f, fd);
    list_push(&log->files, &f->link);
    return 0;
}

/* False when the reader of a pipe or terminal does not keep up. */
static bool writable(const struct logfile *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLOUT};
    return !f->may_block || (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0);
}

static uint64_t count_lines(const char *p, size_t n)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

/* Ends a line that was cut short, and says how many lines are missing behind it. */
static void mend(struct log *log, struct logfile *f)
{
    struct buf note = {0};
    if (f->torn)
        buf_addc(&note, '\n');
    if (f->dropped > 0 && (f == &log->out || f == &log->err)) {
        start_line(log, &note, f == &log->out ? LOG_INFO : LOG_WARN);
        buf_addf(&note, " event=log-lost lines=%llu\n", (unsigned long long)f->dropped);
    }
    if (writable(f) && write(f->fd, buf_data(&note), note.len) == (ssize_t)note.len) {
        f->torn = false;
        f->dropped = 0;
    }
    buf_free(&note);
}

/* Writes what is pending; what does not go is lost and counted. */
static void flush(struct log *log, struct logfile *f)
{
    struct buf *b = &f->pending;
    f->since = 0;
    if ((f->torn || f->dropped > 0) && b->len > 0)
        mend(log, f);
    while (b->len > 0 && writable(f)) {
        const ssize_t n = write(f->fd, buf_data(b), b->len);
        if (n > 0) {
            f->torn = buf_data(b)[n - 1] != '\n';
            buf_consume(b, (size_t)n);
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    if (b->len > 0 || b->failed) {
        const uint64_t lost = count_lines(buf_data(b), b->len) + (b->failed ? 1 : 0);
        f->dropped += lost;
        log->dropped += lost;
        buf_free(b);
    }
}

void logfile_added(struct log *log, struct logfile *f)
{
    if (f->since == 0)
        f->since = log->clock->mono;
    if (f->pending.len > PENDING_MAX || f->pending.failed)
        flush(log, f);
}

void logfile_close(struct log *log, struct logfile *f)
{
    if (f->fd < 0)
        return;
    flush(log, f);
    list_unlink(&f->link);
    buf_free(&f->pending);
    free(f->path);
    close(f->fd);
    f->fd = -1;
}

/* --- the event log --- */

void log_init(struct log *log, const struct clock *clock)
{
    *log = (struct log){.clock = clock, .threshold = LOG_INFO, .stamp_sec = -1};
    list_init(&log->files);
    look_at(&log->out, STDERR_FILENO);
    look_at(&log->err, STDERR_FILENO);
    list_push(&log->files, &log->out.link);
    list_push(&log->files, &log->err.link);
}

/* Puts fd in the place of descriptor `place`, for good. */
static void settle(struct logfile *f, int fd, int place)
{
    if (fd != place) {
        (void)dup3(fd, place, place > STDERR_FILENO ? O_CLOEXEC : 0);
        close(fd);
    }
    look_at(f, place);
}

int log_to_files(struct log *log, const char *out, const char *err, struct buf *why)
{
    struct buf reason = {0};
    const int fd_out = open_lines(out, &reason);
    const int fd_err = fd_out < 0 ? -1 : open_lines(err, &reason);
    if (fd_err < 0) {
        buf_addf(why, "%s: %s", fd_out < 0 ? "log" : "errlog", buf_str(&reason));
        buf_free(&reason);
        if (fd_out >= 0)
            close(fd_out);
        return -1;
    }
    log_flush(log);
    settle(&log->out, fd_out, STDOUT_FILENO);
    settle(&log->err, fd_err, STDERR_FILENO);
    free(log->out.path);
    free(log->err.path);
    log->out.path = strdup(out);
    log->err.path = strdup(err);
    return 0;
}

int log_reopen(struct log *log, struct buf *why)
{
    int result = 0;
    log_flush(log);
    list_each(n, &log->files)
    {
        struct logfile *f = list_entry(n, struct logfile, link);
        if (f->path == NULL)
            continue;
        const int fd = open_lines(f->path, why);
        if (fd < 0)
            result = -1;
        else
            settle(f, fd, f->fd);
    }
    return result;
}

void log_flush(struct log *log)
{
    list_each(n, &log->files)
    {
        struct logfile *f = list_entry(n, struct logfile, link);
        if (f->pending.len > 0)
            flush(log, f);
    }
}

int log_flush_due(struct log *log)
{
    int64_t wait = -1;
    list_each(n, &log->files)
    {
        struct logfile *f = list_entry(n, struct logfile, link);
        if (f->pending.len == 0)
            continue;
        const int64_t left = f->patient ? f->since + PATIENCE_MS - log->clock->mono : 0;
        if (left <= 0)
            flush(log, f);
        else if (wait < 0 || left < wait)
            wait = left;
    }
    return (int)wait;
}

void log_free(struct log *log)
{
    log_flush(log);
    buf_free(&log->out.pending);
    buf_free(&log->err.pending);
    free(log->out.path);
    free(log->err.path);
    log->out.path = log->err.path = NULL;
}

static struct logfile *file_for(struct log *log, enum log_level level)
{
    return level >= LOG_WARN ? &log->err : &log->out;
}

struct buf *log_begin(struct log *log, enum log_level level)
{
    if (level < log->threshold)
        return NULL;
    struct buf *line = &file_for(log, level)->pending;
    start_line(log, line, level);
    return line;
}

void log_end(struct log *log, enum log_level level)
{
    struct logfile *f = file_for(log, level);
    buf_addc(&f->pending, '\n');
    if (level >= LOG_WARN) {
        if (log->out.fd == log->err.fd)
            flush(log, &log->out); /* one file: keep the order */
        flush(log, f);
    } else {
        logfile_added(log, f);
    }
}

void log_add(struct buf *line, const char *key, struct str value)
{
    const bool quote = value.n == 0 || memchr(value.p, ' ', value.n) != NULL;
    buf_addc(line, ' ');
    buf_adds(line, key);
    buf_adds(line, quote ? "=\"" : "=");
    escape_log(line, value, VALUE_MAX);
    if (quote)
        buf_addc(line, '"');
}

void log_addu(struct buf *line, const char *key, uint64_t value)
{
    buf_addf(line, " %s=%llu", key, (unsigned long long)value);
}

void log_say(struct log *log, enum log_level level, const char *fmt, ...)
{
    struct buf *line = log_begin(log, level);
    if (line == NULL)
        return;
    struct buf text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&text, fmt, ap);
    va_end(ap);
    buf_addc(line, ' ');
    if (text.len > 0)
        escape_log(line, (struct str){buf_data(&text), text.len}, 2 * VALUE_MAX);
    buf_free(&text);
    log_end(log, level);
}
