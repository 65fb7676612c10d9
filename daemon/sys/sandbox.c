#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Later than some kernel headers. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

enum { ABI_REFER = 2, ABI_TRUNCATE = 3 };

static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/* Everything that this version of Landlock knows about files. */
static uint64_t everything(long abi)
{
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (abi >= ABI_REFER)
        all |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= ABI_TRUNCATE)
        all |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return all;
}

/* What a rule about a file, not a folder, may hold. */
static const uint64_t of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

static int allow(int ruleset, const struct sandbox_path *p, uint64_t all)
{
    struct stat st;
    struct landlock_path_beneath_attr rule = {.parent_fd = open(p->path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return errno == ENOENT ? 0 : -1;
    /* Nothing that is served is ever run. */
    const uint64_t writing = all & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
    rule.allowed_access = p->write ? writing : reading;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= of_files;
    const int result =
        (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return result;
}

int sandbox_enter(const struct sandbox_path *paths, unsigned n, struct buf *why)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < ABI_REFER) /* without it nothing could be renamed from folder to folder */
        return 0;
    const uint64_t all = everything(abi);
    const struct landlock_ruleset_attr attr = {.handled_access_fs = all};
    const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    int result = ruleset < 0 ? -1 : 0;
    for (unsigned i = 0; result == 0 && i < n; i++)
        if (paths[i].path[0] != '\0')
            result = allow(ruleset, &paths[i], all);
    if (result == 0)
        result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    if (result < 0)
        buf_addf(why, "cannot set up Landlock: %s", strerror(errno));
    if (ruleset >= 0)
        close(ruleset);
    return result < 0 ? -1 : 1;
}
