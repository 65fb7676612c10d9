#include "sys/privs.h"

#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int privs_lookup(struct privs *p, const char *user, const char *group, struct buf *why)
{
    *p = (struct privs){.uid = geteuid(), .gid = getegid()};
    if (user[0] != '\0') {
        const struct passwd *pw = getpwnam(user);
        if (pw == NULL) {
            buf_addf(why, "user: no such user: %s", user);
            return -1;
        }
        p->uid = pw->pw_uid;
        p->gid = pw->pw_gid;
        text_copy(p->user, sizeof p->user, user);
    }
    if (group[0] != '\0') {
        const struct group *gr = getgrnam(group);
        if (gr == NULL) {
            buf_addf(why, "group: no such group: %s", group);
            return -1;
        }
        p->gid = gr->gr_gid;
    }
    p->change = p->uid != geteuid() || p->gid != getegid();
    if (p->change && geteuid() != 0) {
        const char *key = user[0] != '\0' ? "user" : "group";
        buf_addf(why, "%s: only root can become %s %s", key, key, user[0] != '\0' ? user : group);
        return -1;
    }
    return 0;
}

size_t privs_descriptors(size_t want)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) < 0)
        return 256;
    if (r.rlim_cur < want) {
        r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
        (void)setrlimit(RLIMIT_NOFILE, &r);
        (void)getrlimit(RLIMIT_NOFILE, &r);
    }
    return r.rlim_cur > 1 << 30 ? 1 << 30 : (size_t)r.rlim_cur;
}

void privs_limit(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}

void privs_own(const struct privs *p, int dirfd)
{
    if (p->change)
        (void)!fchown(dirfd, p->uid, p->gid);
}

int privs_borrow(const struct privs *p, struct buf *why)
{
    if (!p->change)
        return 0;
    if (setegid(p->gid) == 0 && seteuid(p->uid) == 0)
        return 0;
    buf_addf(why, "cannot act as user %s: %s", p->user, strerror(errno));
    return -1;
}

void privs_regain(const struct privs *p)
{
    if (p->change) {
        (void)!seteuid(0);
        (void)!setegid(0);
    }
}

/* What root keeps when no user is configured: root's way with files, and low ports for a reload. */
static const unsigned long kept_by_root[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                                             CAP_NET_BIND_SERVICE};

static bool keeps(const struct privs *p, unsigned long cap)
{
    for (size_t i = 0; !p->change && i < sizeof kept_by_root / sizeof kept_by_root[0]; i++)
        if (kept_by_root[i] == cap)
            return true;
    return false;
}

static void drop_bounding(const struct privs *p)
{
    for (unsigned long cap = 0; cap < 64; cap++)
        if (!keeps(p, cap))
            (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int drop_capabilities(const struct privs *p)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct set[2] = {{0}};
    for (unsigned cap = 0; cap < 64; cap++)
        if (keeps(p, cap))
            set[cap / 32].effective = set[cap / 32].permitted |= 1u << cap % 32;
    return (int)syscall(SYS_capset, &head, set);
}

static int become(const struct privs *p, struct buf *why)
{
    const int groups = p->user[0] != '\0' ? initgroups(p->user, p->gid) : setgroups(1, &p->gid);
    if (groups < 0 || setresgid(p->gid, p->gid, p->gid) < 0 ||
        setresuid(p->uid, p->uid, p->uid) < 0) {
        buf_addf(why, "cannot become user %s: %s", p->user, strerror(errno));
        return -1;
    }
    if (p->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) {
        buf_adds(why, "could become root again after giving that up");
        return -1;
    }
    return 0;
}

int privs_drop(const struct privs *p, struct buf *why)
{
    const bool root = geteuid() == 0;
    if (root)
        drop_bounding(p);
    if (p->change && become(p, why) < 0)
        return -1;
    if (root && drop_capabilities(p) < 0) {
        buf_addf(why, "cannot give up capabilities: %s", strerror(errno));
        return -1;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        buf_addf(why, "no_new_privs: %s", strerror(errno));
        return -1;
    }
    return 0;
}
