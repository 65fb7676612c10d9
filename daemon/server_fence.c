/* server_fence.c: the paths that stay within reach once agentd serves. */
#include "server.h"
#include "sys/sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The fence while it is being put up: the paths that stay within reach. */
struct fence {
    unsigned n;
    struct sandbox_path *path;
};

static void keep_path(struct fence *f, const char *path, bool write)
{
    struct sandbox_path *more = realloc(f->path, (f->n + 1) * sizeof *more);
    char *copy = more != NULL ? strdup(path) : NULL;
    if (more != NULL)
        f->path = more;
    if (copy != NULL)
        f->path[f->n++] = (struct sandbox_path){copy, write};
}

static void keep_folder_of(struct fence *f, const char *path, bool write)
{
    char folder[PATH_BYTES_MAX];
    text_copy(folder, sizeof folder, path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return;
    slash[slash == folder ? 1 : 0] = '\0';
    keep_path(f, folder, write);
}

/* A certificate is read again at a reload; it is often a link to where the latest one lies. */
static void keep_tls(struct fence *f, const char *path)
{
    char *real = realpath(path, NULL);
    keep_folder_of(f, path, false);
    if (real != NULL)
        keep_folder_of(f, real, false);
    free(real);
}

/* What is reached by its path from now on: files to be opened later, or again. */
static void keep_ours(const struct server *s, struct fence *f)
{
    const struct conf_agentd *a = s->conf->agentd;
    keep_path(f, a->state, true);
    keep_path(f, s->conf->files->root, true);
    keep_path(f, "/dev/null", true);
    keep_path(f, "/proc/self", false);
    keep_folder_of(f, s->conf->db->path, true);
    keep_folder_of(f, s->conf->history->path, true);
    keep_folder_of(f, a->pidfile, true);
    keep_folder_of(f, a->control, true);
    keep_folder_of(f, s->conf->file, false);
    keep_folder_of(f, s->conf->irc->motd, false);
    list_each(n, &s->log.files)
    {
        const struct logfile *file = list_entry(n, struct logfile, link);
        if (file->path != NULL)
            keep_folder_of(f, file->path, true);
    }
    for (const struct conf_sect *sect = s->conf->sects; sect != NULL; sect = sect->next) {
        if (strcmp(sect->def->name, "http") == 0)
            keep_path(f, ((const struct conf_http *)(const void *)sect)->root, false);
        if (strcmp(sect->def->name, "tls") == 0) {
            keep_tls(f, ((const struct conf_tls *)(const void *)sect)->certificate);
            keep_tls(f, ((const struct conf_tls *)(const void *)sect)->key);
        }
    }
}

int server_fence_in(struct server *s, struct buf *why)
{
    struct fence f = {0};
    keep_ours(s, &f);
    tzset(); /* reads files that are out of reach behind this */
    const int result = sandbox_enter(f.path, f.n, why);
    if (result == 0)
        log_say(&s->log, LOG_INFO, "event=no-landlock this kernel cannot confine us to our files");
    if (result < 0)
        buf_addc(why, '\n');
    for (unsigned i = 0; i < f.n; i++)
        free((char *)(uintptr_t)f.path[i].path);
    free(f.path);
    return result;
}
