/* workers.h: a pool of processes for what would hold the loop (base/job.h). Each does one job at a
 * time; the others wait in a bounded queue. A worker that dies is replaced, at once or when that is
 * possible again, and its job fails with EIO. */
#ifndef SYS_WORKERS_H
#define SYS_WORKERS_H

#include "base/job.h"
#include "base/log.h"
#include "base/metrics.h"

#include <sys/types.h>

struct workers;

/* Told whenever worker `index` has a new descriptor to watch for reading; -1 when the old one is
 * gone and about to be closed. */
typedef void workers_watch_fn(void *arg, unsigned index, int fd);

/* Forks n workers. NULL when that fails. Call before threads, databases or secrets exist. */
struct workers *workers_start(unsigned n, struct log *log, struct metrics *metrics,
                              workers_watch_fn *watch, void *arg);
struct job_runner *workers_runner(struct workers *w);
/* The descriptor of worker `index` is readable: its answer, or its end. Calls done(). */
void workers_readable(struct workers *w, unsigned index);
/* A child has ended; true when it was a worker. */
bool workers_ended(struct workers *w, pid_t pid, int status);
/* Lets the workers finish what they do and end; waits for them. */
void workers_stop(struct workers *w);

#endif
