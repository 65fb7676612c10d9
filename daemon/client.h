/* client.h: the other end of the control socket: what agentctl asks of agentd (agentd -x). */
#ifndef CLIENT_H
#define CLIENT_H

#include "base/conf.h"
#include "model/bearer.h"
#include "model/owner.h"
#include "model/share_admin.h"

/* Does what argv[0..argc) says and prints what comes of it. The exit code: 0 done, 1 failed, 2
 * usage, 3 agentd does not run (LSB; 1 when its pidfile was left behind). */
int client_run(const struct conf *conf, int argc, char **argv);
/* Asks the daemon, and prints its answer. */
int client_ask(const struct conf *conf, int argc, char **argv);

/* --- client_alone.c --- */

/* What the database holds. */
struct client_model {
    const struct conf *conf;
    struct db *db;
    struct accounts accounts;
    struct owners owners;
    struct shares shares;
    struct bearers bearers;
};

/* Opens it, which no daemon may have done, lets fn do what is requested, and prints what it adds to
 * out. The exit code. */
typedef bool client_alone_fn(struct client_model *m, struct str request, struct buf *out);
int client_alone(const struct conf *conf, client_alone_fn *fn, struct str request);

/* --- client_user.c --- */

int client_user(const struct conf *conf, int argc, char **argv);
/* Prints why not: 1, as the exit code. */
int client_complain(const char *why);
/* The hash of a password from the terminal, or a line of stdin, and its verifier, if that is not
 * NULL. NULL, or why there is none. */
const char *client_read_hash(char hash[HASH_MAX], char verifier[VERIFIER_MAX]);

/* --- client_share.c --- */

int client_share(const struct conf *conf, int argc, char **argv);

/* --- client_history.c --- */

int client_history(const struct conf *conf, int argc, char **argv);

#endif
