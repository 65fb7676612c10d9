/* ftp.h: one FTP session, for the files of this front-end (ftp*.c). RFC 959, 2389, 2428, 3659. */
#ifndef SERVE_FTP_H
#define SERVE_FTP_H

#include "base/bucket.h"
#include "model/attr.h"
#include "model/upload.h"
#include "parse/ftp_cmd.h"
#include "parse/ftp_facts.h"
#include "parse/telnet.h"
#include "serve/serve.h"

/* How the next data connection comes about. */
enum ftp_channel {
    FTP_NO_CHANNEL,
    FTP_PASSIVE, /* we listen; the client may have connected already (data is set) */
    FTP_ACTIVE,  /* we shall connect to `target` */
};

enum ftp_transfer {
    FTP_NONE,
    FTP_RETR,
    FTP_STOR,
    FTP_LIST, /* ls -l lines */
    FTP_NLST, /* names */
    FTP_MLSD, /* facts */
    FTP_STAT, /* LIST over the control connection */
    FTP_SUM,  /* none at all, but as with one, commands wait: a digest is being computed */
};

struct ftp_listing;

/* What has gone whole, one way. */
struct ftp_total {
    uint64_t files, bytes;
};

struct ftp {
    struct conn *control;
    struct telnet telnet;
    struct buf line;     /* a command that is not whole yet */
    struct buf queued;   /* whole ones that wait for the end of a transfer, with their line ends */
    struct login *login; /* one that is under way: commands wait */
    struct account *account; /* who is logged in; NULL: a guest, or nobody */
    struct timer data_timer; /* ends the wait for a data connection */
    char *user;              /* as given with USER */
    char *cwd;               /* virtual; NULL = "/" */
    char *rename_from;       /* RNFR was answered with 350 */
    uint64_t rest;     /* the next transfer begins here; ftp_run() takes it back behind that */
    uint64_t till;     /* and ends before this byte (RANG); 0 = at the end of the file */
    uint64_t allo;     /* ALLO: so many bytes the next upload brings; 0 = not known */
    unsigned failures; /* logins that failed */
    unsigned unknown;  /* commands nobody knows, before login */
    unsigned facts;    /* of MLST: enum ftp_fact */
    unsigned idle;     /* seconds, by SITE IDLE; 0 = [limits] idle_timeout */
    struct ftp_total fetched, brought;
    bool logged_in, ascii, epsv_only;
    bool skipping;       /* inside a line that is too long */
    bool pbsz;           /* PBSZ was said, which PROT needs */
    bool prot_p;         /* data connections have TLS */
    bool mode_z;         /* what goes over them is deflated */
    unsigned char level; /* so much; 0 = nobody has asked for more or less */
    unsigned char hash;  /* enum digest_kind of HASH; DIGEST_NONE = nobody has chosen one */
    bool implicit;       /* the session began with TLS */
    bool no_resume_noted;
    bool stranger_noted; /* one came by this passive port */
    bool no_port_noted;

    enum ftp_channel channel;
    struct listener listener; /* FTP_PASSIVE */
    struct addr target;       /* FTP_ACTIVE */
    struct conn *data;

    enum ftp_transfer transfer;  /* FTP_NONE: none is asked for */
    bool connecting;             /* it waits for its data connection */
    bool running;                /* 150 was said */
    bool shaking;                /* TLS begins on the data connection */
    bool cut;                    /* it ended without close_notify */
    unsigned aborts;             /* by ABOR, each of which gets an answer of its own */
    bool sent;                   /* the last byte was handed to the data connection */
    bool unique;                 /* STOU: the reply tells the name */
    bool stray_cr;               /* ASCII upload: a CR may belong to a CRLF */
    struct store_file *file;     /* RETR */
    uint64_t offset, end;        /* RETR: how far it is read, and shall be */
    struct zpipe *z;             /* the stream of MODE Z; NULL: none */
    struct ftp_sum *sum;         /* FTP_SUM */
    uint64_t start;              /* of the file, so many bytes were there before */
    uint64_t expected;           /* and so many there will be, of an upload; 0 = not known */
    struct upload *upload;       /* STOR, APPE */
    struct ftp_listing *listing; /* LIST and its kind; see ftp_listing.c */
    int64_t began;
};

static inline struct serve *ftp_serve(const struct ftp *s)
{
    return door_of(s->control)->serve;
}

static inline const struct conf_ftp *ftp_conf(const struct ftp *s)
{
    return (const void *)door_of(s->control)->sect;
}

static inline struct store *ftp_store(const struct ftp *s)
{
    return ftp_serve(s)->files;
}

/* --- ftp.c --- */

/* How long a session may be silent; ms. */
int64_t ftp_idle(const struct ftp *s);
/* "226 text\r\n" */
__attribute__((format(printf, 3, 4))) void ftp_reply(struct ftp *s, int code, const char *fmt, ...);
/* The reply for an errno about `path`. */
void ftp_error(struct ftp *s, int err, struct str path);
/* What is told of it: in a drop box, nobody learns what is there. */
int ftp_error_for(const struct ftp *s, int err, const char *path);
const char *ftp_cwd(const struct ftp *s);
/* What the user may do with path: a set of MAY_*. */
unsigned ftp_rights(const struct ftp *s, const char *path);
/* What arg names; false, with the reply given, when it names nothing. */
bool ftp_path(struct ftp *s, struct str arg, char out[PATH_BYTES_MAX]);
/* A transfer has ended and was answered: goes on with commands that waited. */
void ftp_continue(struct ftp *s);
extern const struct frontend ftp_frontend;

/* --- ftp_table.c: the commands --- */

struct ftp_command;
/* NULL: nobody knows that verb (upper case). */
const struct ftp_command *ftp_command(const char *verb);
/* Has the user these rights (MAY_*) to what arg names? Else the reply is given. */
bool ftp_permitted(struct ftp *s, unsigned may, struct str arg);
/* Does it wait for the end of a transfer, and for what came before it? */
bool ftp_command_waits(const struct ftp *s, const struct ftp_command *row, struct str arg);
/* Checks what the row asks for, so that no handler has to, and runs it; row may be NULL. -1 closes
 * the connection. */
int ftp_run(struct ftp *s, const struct ftp_command *row, const char *verb, struct str arg);

/* --- ftp_login.c --- */

void ftp_user(struct ftp *s, struct str arg);
void ftp_pass(struct ftp *s, struct str arg);

void ftp_acct(struct ftp *s, struct str arg);
void ftp_host(struct ftp *s, struct str arg);
void ftp_rein(struct ftp *s, struct str arg);
/* Nobody is logged in any more, and nothing is left of what was asked. */
void ftp_logout(struct ftp *s);

/* --- ftp_tls.c --- */

void ftp_auth(struct ftp *s, struct str arg);
void ftp_ccc(struct ftp *s, struct str arg);
void ftp_pbsz(struct ftp *s, struct str arg);
void ftp_prot(struct ftp *s, struct str arg);
/* Is the data connection to be in clear, though the configuration wants it protected? */
bool ftp_data_in_clear(const struct ftp *s);
/* Begins TLS on the data connection, if that is to have it and has not yet. */
void ftp_protect(struct ftp *s);
/* False when the data connection has not shown that it is the control connection's client's, and
 * has to. */
bool ftp_data_is_ours(struct ftp *s);

/* --- ftp_param.c: how transfers are made --- */

void ftp_feat(struct ftp *s, struct str arg);
void ftp_opts(struct ftp *s, struct str arg);
void ftp_type(struct ftp *s, struct str arg);
void ftp_stru(struct ftp *s, struct str arg);
void ftp_lang(struct ftp *s, struct str arg);
/* All of them are as they were when the session began. */
void ftp_reset_params(struct ftp *s);
void ftp_rest(struct ftp *s, struct str arg);
void ftp_rang(struct ftp *s, struct str arg);
/* False, with the reply given, when a transfer cannot begin where REST said. */
bool ftp_may_rest(struct ftp *s);

/* --- ftp_hash.c: digests of files --- */

struct ftp_sum;
void ftp_hash(struct ftp *s, struct str arg);
void ftp_md5(struct ftp *s, struct str arg);
void ftp_xcrc(struct ftp *s, struct str arg);
void ftp_xmd5(struct ftp *s, struct str arg);
void ftp_xsha1(struct ftp *s, struct str arg);
void ftp_xsha256(struct ftp *s, struct str arg);
void ftp_xsha512(struct ftp *s, struct str arg);
void ftp_opts_hash(struct ftp *s, struct str arg);
/* What FEAT says of HASH, behind that word. */
void ftp_hash_feat(struct ftp *s, struct buf *line);
/* The file's name, as the client has it. */
const char *ftp_sum_name(const struct ftp_sum *sum);
/* NULL is fine. */
void ftp_sum_drop(struct ftp_sum *sum);

/* --- ftp_space.c: what there is room for --- */

void ftp_allo(struct ftp *s, struct str arg);
void ftp_avbl(struct ftp *s, struct str arg);

/* --- ftp_info.c: what a client is told of us, and tells of itself --- */

void ftp_clnt(struct ftp *s, struct str arg);
void ftp_csid(struct ftp *s, struct str arg);
void ftp_noop(struct ftp *s, struct str arg);
void ftp_quit(struct ftp *s, struct str arg);
void ftp_stat(struct ftp *s, struct str arg);
void ftp_syst(struct ftp *s, struct str arg);
/* A reply of several lines, as the banner is: text has '\n' between them. */
void ftp_reply_lines(struct ftp *s, int code, const char *text);
/* What the folder's .message says, to one who may read there: the first lines of a reply that must
 * go on. */
void ftp_show_message(struct ftp *s, int code, const char *folder);
/* One more file, of which so many bytes were there before. */
static inline void ftp_count(struct ftp_total *t, uint64_t size, uint64_t before)
{
    t->files++;
    t->bytes += size > before ? size - before : 0;
}

/* --- ftp_site.c: SITE --- */

void ftp_site(struct ftp *s, struct str arg);
/* Of one of its verbs, or of all when arg is empty. */
void ftp_site_help(struct ftp *s, struct str arg);

/* --- ftp_data.c: the data connection --- */

/* Takes over fd as the data connection; peer is its other end. connecting: we are at it still.
 * False with errno, fd untouched. */
bool ftp_open_data(struct ftp *s, int fd, const struct addr *peer, bool connecting);
/* Closes the channel: listener, data connection, address. */
void ftp_close_channel(struct ftp *s);
/* Ends the data connection, if there is one, but lets the client go on for a while: one that is
 * reset in the middle of sending may never read the reply. */
void ftp_let_go(struct ftp *s);
/* Gets the data connection going for s->transfer; ftp_transfer_begin() follows, or 425. */
void ftp_connect(struct ftp *s);
/* True, with the reply given, when EPSV ALL forbids all but EPSV. */
bool ftp_refused_by_epsv_all(struct ftp *s);

/* A range of ports of our own; count 0: any. */
struct ftp_ports {
    unsigned low, count;
};
/* "50000-50999", "50000" or "" (any). */
bool ftp_ports_parse(struct ftp_ports *ports, const char *text);
/* Where to begin in a range, so that nobody foresees which port comes next (RFC 2577, 8). */
unsigned ftp_ports_start(const struct ftp *s);
/* The i-th port behind that, round and round. */
unsigned ftp_ports_at(const struct ftp_ports *ports, unsigned start, unsigned i);

/* --- ftp_passive.c --- */

void ftp_pasv(struct ftp *s, struct str arg);
void ftp_epsv(struct ftp *s, struct str arg);

/* --- ftp_active.c --- */

void ftp_port(struct ftp *s, struct str arg);
void ftp_eprt(struct ftp *s, struct str arg);
/* Begins to connect to s->target, from the address that the client knows; false with errno. */
bool ftp_connect_to_client(struct ftp *s);

/* --- ftp_xfer.c: the life of a transfer --- */

enum { FTP_LOW_MARK = 16 << 10 }; /* output at which a step makes more */

/* The data connection is there. */
void ftp_transfer_begin(struct ftp *s);
/* TLS has begun on it. */
void ftp_transfer_protected(struct ftp *s);
/* There is room for more output. */
void ftp_transfer_step(struct ftp *s);
/* The data connection has gone (s->data is NULL already), or never came (reason CLOSE_TIMEOUT). */
void ftp_transfer_closed(struct ftp *s, enum close_reason reason);
void ftp_abor(struct ftp *s, struct str arg);
/* Ends it with this reply, answers the ABORs that did it, and goes on with commands that waited.
 * why, for the log, is what broke it; "" = it is complete. */
void ftp_transfer_end(struct ftp *s, int code, const char *text, const char *why);
/* The same for an errno about path. */
void ftp_transfer_fail(struct ftp *s, int err, const char *path);
/* Drops whatever runs, without a reply. */
void ftp_transfer_drop(struct ftp *s, const char *why);
/* Forgets what a transfer was to be, when it never began. */
void ftp_transfer_reset(struct ftp *s);
bool ftp_transferring(const struct ftp *s);
/* One whose bytes go over the data connection: all but STAT and FTP_SUM. */
bool ftp_uses_data(const struct ftp *s);
/* How far the one that runs, or waits for its data connection, is; false when none does that has a
 * file: RETR, STOR and the like. */
bool ftp_progress(const struct ftp *s, struct progress *out);
/* What the books are told of an upload of the session's. */
struct transfer ftp_uploading(const struct ftp *s, const struct upload *up);

/* --- ftp_modez.c: the bytes on their way to the data connection and from it --- */

void ftp_mode(struct ftp *s, struct str arg);
void ftp_opts_mode(struct ftp *s, struct str arg);
/* A transfer begins, in whatever mode; false when memory is out. */
bool ftp_begin_stream(struct ftp *s);
/* It is over. */
void ftp_drop_stream(struct ftp *s);
/* Are they those of the file, so that the kernel may move them by itself? */
bool ftp_raw(const struct ftp *s);
/* Sends the content of b, which is emptied. */
void ftp_out(struct ftp *s, struct buf *b);
/* That was all. */
void ftp_out_end(struct ftp *s);
/* Takes what has come for an upload: how much of it; the rest is for another turn. */
size_t ftp_in(struct ftp *s, const char *p, size_t n);
/* That was all; false when something is missing: the transfer is over then, and answered. */
bool ftp_in_end(struct ftp *s);

/* --- ftp_send.c --- */

void ftp_retr(struct ftp *s, struct str arg);
/* The next bytes of the file. */
void ftp_send_step(struct ftp *s);
/* All is queued: closes the data connection behind it. */
void ftp_finish_sending(struct ftp *s);

/* --- ftp_recv.c --- */

void ftp_stor(struct ftp *s, struct str arg);
void ftp_appe(struct ftp *s, struct str arg);
void ftp_stou(struct ftp *s, struct str arg);
/* Bytes of an upload, as the client meant them. */
void ftp_transfer_take(struct ftp *s, const char *p, size_t n);
/* The same for n bytes in a pipe; false when some are left there. */
bool ftp_transfer_splice(struct ftp *s, int pipe, size_t n);
/* The last one is here. */
void ftp_finish_receiving(struct ftp *s);
/* They cannot be stored: the reply goes at once, and what still comes of them goes nowhere. */
void ftp_refuse_rest(struct ftp *s, int err);
/* How STOU tells its file: by its name, where that is in the current directory. */
const char *ftp_unique_name(const struct ftp *s, const char *path);

/* --- ftp_resume.c: uploads that broke off --- */

/* What SIZE may tell of a file that is not there, but of which the user has left a part: its stat.
 * False when there is no such part. */
bool ftp_partial_stat(struct ftp *s, const char *path, struct stat *st);
/* The part that an upload to path goes on with, which nobody uses any more, when `keep` bytes are
 * to come first (UPLOAD_KEEP_ALL: for APPE); *keep is then how many of it. NULL: there is none, or
 * the file that is there is what counts. */
struct partial *ftp_resume(struct ftp *s, const char *path, uint64_t *keep);

/* --- ftp_listing.c: what is in a folder --- */

void ftp_list(struct ftp *s, struct str arg);
void ftp_nlst(struct ftp *s, struct str arg);
void ftp_mlsd(struct ftp *s, struct str arg);
/* STAT of a path: its listing over the control connection. */
void ftp_stat_path(struct ftp *s, struct str arg);
/* Some more lines. */
void ftp_listing_step(struct ftp *s);
/* What is said of one that is done. */
const char *ftp_listing_done(const struct ftp *s);
/* NULL is none. */
void ftp_listing_free(struct ftp_listing *l);

/* --- ftp_list.c: lines of listings --- */

struct ftp_entry {
    const char *name;
    struct stat st;
    int64_t born;     /* see attr.h */
    const char *type; /* NULL: "dir" or "file" (RFC 3659, 7.5.1) */
    unsigned rights;  /* of the user: MAY_* */
    bool stays;       /* he may not move it: rules that hold beneath it would not go along */
    bool top;         /* nor remove it: the root */
};

/* "drwxr-xr-x   2 ftp      ftp              4096 Feb  3  2001 " */
void ftp_list_line(struct buf *out, const struct stat *st, time_t now);
/* "type=file;size=3; name" with its line end. */
void ftp_fact_line(struct buf *out, unsigned facts, const struct ftp_entry *e);
/* What the user may do with the thing at path, into e. */
void ftp_entry_rights(const struct ftp *s, const char *path, struct ftp_entry *e);

/* --- ftp_attr.c: what is known of a file, told and changed --- */

/* Changes what c says, where the user may; *e is how it is then, as a file system may know no such
 * time. False, with the reply given, when that cannot be. */
bool ftp_change(struct ftp *s, const struct ftp_change *c, struct ftp_entry *e);
void ftp_mlst(struct ftp *s, struct str arg);
void ftp_mdtm(struct ftp *s, struct str arg);
void ftp_mfmt(struct ftp *s, struct str arg);
void ftp_mfct(struct ftp *s, struct str arg);
void ftp_mff(struct ftp *s, struct str arg);

/* --- ftp_file.c: commands about files that need no data connection --- */

void ftp_cwd_cmd(struct ftp *s, struct str arg);
void ftp_cdup(struct ftp *s, struct str arg);
void ftp_pwd(struct ftp *s, struct str arg);
void ftp_size(struct ftp *s, struct str arg);
void ftp_dele(struct ftp *s, struct str arg);
void ftp_mkd(struct ftp *s, struct str arg);
void ftp_rmd(struct ftp *s, struct str arg);
void ftp_rnfr(struct ftp *s, struct str arg);
void ftp_rnto(struct ftp *s, struct str arg);

#endif
