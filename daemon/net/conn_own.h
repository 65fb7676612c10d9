/* conn_own.h: what the files of conn ask of one another; nobody else's business. */
#ifndef NET_CONN_OWN_H
#define NET_CONN_OWN_H

#include "net/conn.h"

/* --- conn.c --- */

/* Asks for events, for which others may stand beneath TLS. False when it cannot be. */
bool conn_want(struct conn *c, unsigned events);
/* Asks for input, unless something speaks against it. */
void conn_watch_reading(struct conn *c);
/* Takes the input of one turn. */
void conn_read_turn(struct conn *c);
/* Sends the turn's share. */
void conn_flush(struct conn *c);
/* There is something to send, at the end of the turn. */
void conn_dirty(struct conn *c);

/* What came of a read: bytes, which are counted, or else the end, an error, or nothing there. */
bool conn_got(struct conn *c, ssize_t n);

/* --- conn_pipe.c --- */

/* The pipe, if there can be one. */
void conns_open_pipe(struct conns *cs);
void conns_close_pipe(struct conns *cs);
/* Is what comes next to go through it? */
bool conn_pipes(const struct conn *c);
/* One read, which is a turn's share. */
void conn_read_piped(struct conn *c);

/* --- conn_tls.c --- */

/* Goes on with the handshake. */
void conn_shake_hands(struct conn *c);
/* Gives it up. */
void conn_handshake_failed(struct conn *c, const char *reason, enum close_reason close);

/* --- conn_rate.c --- */

/* Has the conn to wait because of its rate? Then it is woken when that is over. */
bool conn_held_back(struct conn *c);
/* conns->holding: those that are held back go on. */
void conn_let_go(struct timer *t);

#endif
