/* privs.h: what the process may do, and giving it up for good. */
#ifndef SYS_PRIVS_H
#define SYS_PRIVS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who to become. `change` is false when nothing is to change. */
struct privs {
    bool change;
    uid_t uid;
    gid_t gid;
    char user[64];
};

/* Looks user and group up by name; both may be empty. -1 with "key: reason" in why. */
int privs_lookup(struct privs *p, const char *user, const char *group, struct buf *why);
/* Raises the soft limit of open descriptors towards want; returns what it is then. */
size_t privs_descriptors(size_t want);
/* No core dumps: they would hold what clients sent. */
void privs_limit(void);
/* Gives dir to the user, if there is one. For directories that were just made. */
void privs_own(const struct privs *p, int dirfd);
/* Acts as the user for what follows; privs_regain() ends that. For opening logs in his directory.
 */
int privs_borrow(const struct privs *p, struct buf *why);
void privs_regain(const struct privs *p);
/* Becomes the user for good, without capabilities, and proves that there is no way back; root that
 * stays root keeps only what files and low ports take. no_new_privs is set in any case. -1 with the
 * reason in why. */
int privs_drop(const struct privs *p, struct buf *why);

#endif
