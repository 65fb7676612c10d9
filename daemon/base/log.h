/* log.h: the event log, and any other file that lines are appended to. One line an event:
 *
 *   2026-11-21T02:30:00.123Z INFO event=login proto=ftp sid=12 peer=10.0.0.5:4711 who=alice
 *
 * DEBUG and INFO go to the process's stdout, WARN and ERROR to its stderr. Lines are kept until
 * log_flush_due(), which the loop calls before it sleeps; WARN and ERROR go out at once. A line
 * that cannot be written is dropped and counted: a full disk must not stop the service. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* A file of lines, and the lines that wait for it. */
struct logfile {
    struct list link; /* in log->files */
    int fd;
    bool may_block;   /* no regular file: ask poll() before writing */
    bool torn;        /* the last write ended inside a line */
    bool patient;     /* its lines may wait a moment, for others to go with them */
    int64_t since;    /* when the first that waits came, monotonic; 0 = none does */
    uint64_t dropped; /* lines lost since the last one that went through */
    struct buf pending;
    char *path; /* NULL: not opened by us, never reopened */
};

struct log {
    const struct clock *clock;
    enum log_level threshold;
    struct logfile out, err;
    struct list files; /* every open logfile, out and err included */
    uint64_t dropped;  /* lines lost in all */
    time_t stamp_sec;  /* `stamp` shows this second */
    char stamp[32];
};

/* Lines go to descriptor 2, as they are, until log_to_files(). */
void log_init(struct log *log, const struct clock *clock);
/* Makes stdout and stderr the files out and err. -1: nothing changed, the reason is in why. */
int log_to_files(struct log *log, const char *out, const char *err, struct buf *why);
/* Opens every file anew by its path, for log rotation. -1 when one could not be: it goes on with
 * the old one, and the reason is in why. */
int log_reopen(struct log *log, struct buf *why);
void log_flush(struct log *log);
/* The same, but for lines that may wait. In how many ms they may no longer; -1: there are none. */
int log_flush_due(struct log *log);
void log_free(struct log *log);

/* A sentence for people; control bytes in it are escaped. */
__attribute__((format(printf, 3, 4))) void log_say(struct log *log, enum log_level level,
                                                   const char *fmt, ...);
/* A line of fields: log_begin(), log_add()..., log_end(). log_begin gives the line to add to, or
 * NULL when the level is not wanted. */
struct buf *log_begin(struct log *log, enum log_level level);
void log_end(struct log *log, enum log_level level);
/* " key=value", quoted and escaped where need be. */
void log_add(struct buf *line, const char *key, struct str value);
void log_addu(struct buf *line, const char *key, uint64_t value);

/* A further file of lines: add them to f->pending, whole, and call logfile_added(). */
int logfile_open(struct log *log, struct logfile *f, const char *path, struct buf *why);
void logfile_added(struct log *log, struct logfile *f);
void logfile_close(struct log *log, struct logfile *f);

#endif
