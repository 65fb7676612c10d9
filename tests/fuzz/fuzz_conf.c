/* fuzz_conf.c: any file is either read, and then prints and may replace itself, or refused with
 * lines that say why. The file lies in memory where there is /dev/shm, and goes away with the
 * process. */
#include "base/conf.h"
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

static char file[4096];

static void remove_file(void)
{
    (void)unlink(file);
}

static void write_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0) {
        const char *folder = getenv("TMPDIR");
        snprintf(file, sizeof file, "%s/agentd-fuzz.XXXXXX", folder != NULL ? folder : "/tmp");
        fd = mkstemp(file);
        CHECK(fd >= 0);
        atexit(remove_file);
    }
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
}

static void check_refusal(struct buf *why)
{
    const char *text = buf_str(why);
    CHECK(why->len > 0 && text[why->len - 1] == '\n');
    CHECK(strstr(text, "agentd-fuzz.") != NULL);
}

static void check_use(const struct conf *c)
{
    struct buf out = {0}, why = {0};
    CHECK(conf_print(c, "", &out) && out.len > 0);
    CHECK(c->agentd->workers >= 1 && c->agentd->workers <= 16);
    CHECK(c->limits->idle_timeout >= 1000 && c->limits->sendq >= 4096);
    CHECK(c->agentd->state[0] == '/');
    CHECK(c->files->root[0] == '\0' || c->files->root[0] == '/');
    CHECK(conf_may_replace(c, c, &why) && why.len == 0);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf why = {0};
    write_file(data, size);
    struct conf *c = conf_load(file, &why);
    if (c == NULL)
        check_refusal(&why);
    else
        check_use(c);
    conf_free(c);
    buf_free(&why);
    return 0;
}
