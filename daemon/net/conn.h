/* conn.h: a buffered stream connection, which is what protocols see of the network.
 *
 * Callbacks never free a conn. They flag it, and the loop reaps it before it sleeps, with one last
 * call of closed(). Output is written once a turn, before the loop sleeps, so that a turn's lines
 * leave together; a write is waited for only after one came up short. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/buf.h"
#include "base/list.h"
#include "base/outq.h"
#include "base/rate.h"
#include "net/addr.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/tls.h"

enum close_reason {
    CLOSE_DONE,     /* we had said all */
    CLOSE_EOF,      /* the peer had */
    CLOSE_ERROR,    /* the connection broke */
    CLOSE_TIMEOUT,  /* a deadline passed */
    CLOSE_SLOW,     /* too much output waited */
    CLOSE_PROTOCOL, /* the peer broke a rule */
    CLOSE_KICKED,   /* an administrator's wish */
    CLOSE_STOP,     /* agentd stops */
    CLOSE_MEMORY,   /* there was none left */
};

struct conn;

/* One const instance per protocol. */
struct conn_ops {
    const char *name;
    size_t in_max; /* unconsumed input at which the peer breaks a rule */
    /* Bytes are in c->in, or c->eof is set; consume some. < 0 closes (CLOSE_PROTOCOL). */
    int (*data)(struct conn *c);
    /* The output that conn_await() named has left; a connection we opened is there. May be NULL. */
    void (*drain)(struct conn *c);
    /* The deadline passed. NULL: the conn is closed (CLOSE_TIMEOUT). */
    void (*timeout)(struct conn *c);
    /* The last call: free the session. Never from within another call for the same conn. */
    void (*closed)(struct conn *c, enum close_reason reason);
    /* See conn_pipe(): n bytes are in the pipe. Takes all of them, or returns false: then the rest
     * is lost. May be NULL. */
    bool (*piped)(struct conn *c, int pipe, size_t n);
};

struct conns;

struct conn {
    struct watch watch; /* watch.fd is the socket */
    struct conns *conns;
    struct loop *loop;
    const struct conn_ops *ops;
    void *session;    /* the protocol's */
    void *owner;      /* whoever keeps it in a list: the door */
    struct list link; /* in the owner's list */
    struct list dirty, again, more, held, dead;
    struct tls *tls; /* NULL: plain */
    struct buf in;
    struct outq out;
    struct timer timer;
    struct rate *rate; /* NULL: as fast as it goes */
    struct addr peer;
    uint64_t id;          /* never used twice; `sid` in the log */
    int64_t since;        /* when it came; ms, monotonic */
    int64_t last_rx;      /* when bytes last came */
    int64_t last_tx;      /* when bytes last went */
    uint64_t rx, tx;      /* bytes in all */
    uint64_t await;       /* drain() is due at so much output */
    uint64_t discard;     /* what lingering may still throw away */
    unsigned char reason; /* enum close_reason, once closing */
    unsigned char want;   /* LOOP_READ | LOOP_WRITE; beneath TLS watch.want may differ */
    bool awaiting;
    bool admitted; /* counted by net/admit */
    bool connecting;
    bool handshaking; /* TLS begins: nothing is delivered, and output waits */
    bool paused;      /* no data() for now */
    bool piping;      /* piped() gets what comes */
    bool eof;         /* the peer has ended its side */
    bool cut;         /* without close_notify, as TLS should: somebody else may have */
    bool finishing;   /* only what is queued still goes */
    bool linger;      /* then wait for the peer's end, too */
    bool lingering;
    bool closing; /* on its way to the reaper */
};

/* Every connection's shared ground. */
struct conns {
    struct loop_hook hook;
    struct loop *loop;
    struct list dirty, again, more, held, dead;
    struct timer holding; /* lets go of those that are held back by their rates */
    struct admit *admit;
    struct bans *bans;
    uint64_t last_id;
    size_t count;
    unsigned big_shares; /* that are left in this turn */
    char *scratch;       /* where bytes arrive; a conn that is idle owns no input memory */
    int pipe[2];         /* the same for those that nobody here looks at; -1: there is none */
    int reserve; /* a descriptor to give up when there are no more: listeners refuse with it */
};

/* bans may be NULL. */
int conns_init(struct conns *cs, struct loop *l, struct admit *admit, struct bans *bans);
/* Closes and reaps whatever is left. */
void conns_free(struct conns *cs);

/* Takes fd over, which must be non-blocking. NULL with errno (EBADF: see loop_watch), fd untouched.
 * connecting: fd is being connected; drain() tells when it is. */
struct conn *conn_open(struct conns *cs, int fd, const struct conn_ops *ops, void *session,
                       const struct addr *peer, bool connecting);

/* Begins TLS and takes t over; NULL closes (CLOSE_MEMORY). Until the handshake is done no data() is
 * called and output waits; conn_await() tells when it is. A deadline that passes before closes, and
 * so does conn_finish(). Whoever calls it has taken what was in c->in, and sent what was queued. */
void conn_start_tls(struct conn *c, struct tls *t);

void conn_write(struct conn *c, const void *p, size_t n);
void conn_puts(struct conn *c, const char *s);
__attribute__((format(printf, 2, 3))) void conn_printf(struct conn *c, const char *fmt, ...);
/* The content of b, which is emptied. */
void conn_write_buf(struct conn *c, struct buf *b);
void conn_share(struct conn *c, struct blk *b);
void conn_share_part(struct conn *c, struct blk *b, uint64_t off, uint64_t len);
void conn_file(struct conn *c, struct ofile *f, uint64_t off, uint64_t len);

/* Bounds how fast bytes come and go; NULL ends that. r must stay until then, or until c is closed.
 */
void conn_limit(struct conn *c, struct rate *r);
/* Sends at once what would leave at the end of the turn, as far as the socket takes it. */
void conn_send(struct conn *c);
/* How many bytes of what was sent the peer's system has, as far as it says; about, with TLS. */
uint64_t conn_arrived(const struct conn *c);
/* So much waits that a producer should stop and conn_await() instead. */
bool conn_full(const struct conn *c);
/* Asks for one call of drain() once at most `left` bytes wait to be sent. */
void conn_await(struct conn *c, uint64_t left);
/* What comes is for a file, and nobody needs to see it: from now on piped() gets it, in a pipe,
 * and it is not copied here. Where that cannot be (TLS), and for the end, there is data(), as ever.
 */
void conn_pipe(struct conn *c);
/* Stops reading and calls of data(); what has come stays. */
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);
/* The peer's first bytes are likely here already: reads them in this turn, rather than be told by
 * the next that they are. */
void conn_expect(struct conn *c);
/* Asks for another call of data() in the next turn, to give the others theirs first. */
void conn_again(struct conn *c);
/* Calls timeout() in ms from now; 0 = never. Replaces the deadline before. */
void conn_deadline(struct conn *c, int64_t ms);
/* Sends what is queued, then closes. With linger, waits a while for the peer to close first, so
 * that the last bytes are not lost to a reset (RFC 9112, 9.6). No more data() calls. */
void conn_finish(struct conn *c, bool linger);
/* Closes at the end of this turn. */
void conn_close(struct conn *c, enum close_reason reason);
const char *close_reason_name(enum close_reason reason);

#endif
