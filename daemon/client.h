/* client.h: the other end of the control socket: what agentctl asks of agentd (agentd -x). */
#ifndef CLIENT_H
#define CLIENT_H

#include "base/conf.h"

/* Does what argv[0..argc) says and prints what comes of it. The exit code: 0 done, 1 failed, 2
 * usage, 3 agentd does not run (LSB; 1 when its pidfile was left behind). */
int client_run(const struct conf *conf, int argc, char **argv);
/* Asks the daemon, and prints its answer. */
int client_ask(const struct conf *conf, int argc, char **argv);

/* --- client_user.c --- */

int client_user(const struct conf *conf, int argc, char **argv);

#endif
