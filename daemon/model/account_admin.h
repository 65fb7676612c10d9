/* account_admin.h: what an administrator asks of the accounts, in words: for agentctl, with a
 * daemon that runs or without. */
#ifndef MODEL_ACCOUNT_ADMIN_H
#define MODEL_ACCOUNT_ADMIN_H

#include "model/bearer.h"
#include "model/owner.h"

/* "add NAME HASH[:VERIFIER] [ROLE [QUOTA]]", "passwd NAME HASH[:VERIFIER]", "del NAME", "list
 * [--json]", "show NAME", "enable NAME", "disable NAME", "role NAME ROLE", "quota NAME SIZE", "cert
 * NAME FINGERPRINT", "token NAME [add [WHAT-FOR]|list|revoke ID]". What there is to say goes to
 * out; false when that is why not. *ended gets a reference to an account whose sessions shall end
 * now, or NULL. */
bool account_admin(struct owners *o, struct bearers *bs, struct str line, struct buf *out,
                   struct account **ended);

#endif
