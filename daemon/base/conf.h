/* conf.h: the configuration. One const table (conf_keys.c) says which sections and keys there are;
 * everything else is made from it: reading a file, the defaults, the sample etc/agentd.conf, the
 * key list of the man page, `agentctl config get`.
 *
 * A file is read into a fresh struct conf, and used only when all of it is valid. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- what the sections hold; each begins with a conf_sect --- */

struct conf_sect {
    const struct conf_section *def;
    struct conf_sect *next; /* in the order of the file */
    char *label;            /* [http "pictures"] has "pictures", [http] has "" */
    int line;               /* of its first appearance; 0 = not in the file */
    int *key_line;          /* of each key; 0 = the default */
};

enum conf_event { EVENT_AUTO, EVENT_SELECT, EVENT_POLL, EVENT_EPOLL };
enum conf_access { ACCESS_NO, ACCESS_READ, ACCESS_WRITE };
enum conf_words { WORDS_ZH, WORDS_EN };
enum conf_precompressed { PRECOMPRESSED_NO, PRECOMPRESSED_SITE, PRECOMPRESSED_ALL };
enum conf_echo_mode { ECHO_OK, ECHO_BACK };
enum conf_require { REQUIRE_NO, REQUIRE_LOGIN, REQUIRE_ALL };

struct conf_agentd {
    struct conf_sect head;
    char *user, *group, *state, *pidfile, *log, *errlog, *control;
    int64_t log_level; /* enum log_level */
    int64_t event;     /* enum conf_event */
    int64_t workers;
    int64_t drain; /* ms */
};

struct conf_limits {
    struct conf_sect head;
    int64_t connections, per_ip, per_account;
    int64_t transfer_rate;                 /* bytes a second; 0 = no limit */
    int64_t login_delay, ban;              /* ms */
    int64_t login_failures;                /* before a ban; 0 = none */
    int64_t idle_timeout, request_timeout; /* ms */
    int64_t rate, burst;                   /* messages a second; 0 = no flood control */
    int64_t sendq;                         /* bytes */
    int64_t compress_cache;                /* bytes; 0 = nothing is compressed */
};

struct conf_files {
    struct conf_sect head;
    char *root;
    bool sync;
    int64_t partial_keep;                /* ms; 0 = off */
    int64_t partial_max, partial_guests; /* bytes */
};

struct conf_db {
    struct conf_sect head;
    char *path;
};

struct conf_history {
    struct conf_sect head;
    char *path;
    bool store, files;
    int64_t keep; /* ms; 0 = for ever */
    int64_t max;  /* messages; 0 = any number */
};

struct conf_tls {
    struct conf_sect head;
    char *certificate, *key;
    int64_t require; /* enum conf_require */
};

/* [access "/folder"]: who may read and write there; see model/access. */
struct conf_access_sect {
    struct conf_sect head;
    char *read, *write;
};

enum conf_names { NAMES_UTF8, NAMES_ASCII };

struct conf_irc {
    struct conf_sect head;
    char *listen, *tls_listen, *name, *network, *motd, *lobby, *admin;
    bool guests;
    int64_t names;        /* enum conf_names */
    int64_t registration; /* enum conf_access */
    int64_t sts;          /* ms; 0 = off */
};

struct conf_udp {
    struct conf_sect head;
    char *listen, *allow;
    int64_t messages; /* enum conf_words */
    int64_t idle;     /* ms */
};

struct conf_ftp {
    struct conf_sect head;
    char *listen, *tls_listen, *host, *passive_ports, *passive_address, *active_ports, *banner,
        *transfer_log;
    int64_t anonymous; /* enum conf_access */
    bool tls_require_resume;
};

struct conf_lgp {
    struct conf_sect head;
    char *listen;
    int64_t access; /* enum conf_access */
};

struct conf_http {
    struct conf_sect head;
    char *listen, *tls_listen, *host, *root, *access_log, *index, *url;
    char *error_pages, *header, *cache, *cors, *chat_origins;
    char *status, *metrics; /* who may see them */
    bool listing, compress;
    int64_t precompressed; /* enum conf_precompressed */
    int64_t files_access;  /* enum conf_access */
    int64_t keepalive;     /* ms */
    int64_t session;       /* ms */
};

struct conf_echo {
    struct conf_sect head;
    char *listen;
    int64_t mode; /* enum conf_echo_mode */
    bool web;
};

struct conf {
    struct conf *next;       /* for a list of its owner's */
    char *file;              /* absolute */
    struct conf_sect *sects; /* all of them; a section that the file lacks has its defaults */
    const struct conf_agentd *agentd;
    const struct conf_limits *limits;
    const struct conf_files *files;
    const struct conf_db *db;
    const struct conf_history *history;
    const struct conf_tls *tls;
    const struct conf_irc *irc;
    const struct conf_echo *echo;
};

/* --- the table --- */

enum conf_type {
    CONF_STR,   /* char * */
    CONF_LINES, /* char *: may be given several times; the values with '\n' between */
    CONF_PATH,  /* char *, made absolute: relative ones begin at `state` */
    CONF_INT,   /* int64_t within min..max */
    CONF_SPAN,  /* int64_t, ms: "90", "30s", "5m", "2h", "1d" */
    CONF_SIZE,  /* int64_t, bytes: "512", "64K", "10M", "2G" */
    CONF_BOOL,  /* bool: yes | no */
    CONF_ENUM,  /* int64_t: the index of a word in `words` */
};

struct conf_key {
    const char *name;
    enum conf_type type;
    size_t offset;
    const char *def;    /* what it is when the file does not say */
    const char *sample; /* what the sample file says; NULL = the default */
    const char *words;  /* CONF_ENUM: "no read write"; for numbers a word that means 0 */
    int64_t min, max;
    bool fixed;       /* cannot change while the daemon runs */
    const char *help; /* sentences for the sample file and the man page */
};

struct conf_section {
    const char *name;
    size_t size; /* of its struct */
    bool many;   /* may carry a label and appear several times */
    const struct conf_key *keys;
    size_t count;
    const char *help;
    const char *example; /* lines that the sample file shows behind the section, or NULL */
};

extern const struct conf_section conf_sections[];
extern const size_t conf_section_count;

/* --- its use --- */

/* Reads file. NULL on any error, with one line a fault, "file:line: [section] key: reason", in why.
 */
struct conf *conf_load(const char *file, struct buf *why);
/* The same, but what is sound of a file with faults is there, with defaults for the rest: for
 * finding a daemon that runs. *sound tells whether there were none. NULL when there is no such file
 * or memory. */
struct conf *conf_read(const char *file, bool *sound, struct buf *why);
void conf_free(struct conf *c);
/* Does path lie beneath `state`? Such folders are made when they are missing. */
bool conf_in_state(const struct conf *c, const char *path);
/* The section with this name and label, or NULL. */
const struct conf_sect *conf_find(const struct conf *c, const char *name, const char *label);
/* Does the file set the key, in this section? */
bool conf_given(const struct conf_sect *s, const char *key);
/* Adds "file:line: [section] key: " for a fault that is found later, such as an address in use. */
void conf_where(struct buf *why, const struct conf *c, const struct conf_sect *s, const char *key);
/* False, with a line in why, when a key that is fixed while the daemon runs differs. */
bool conf_may_replace(const struct conf *old, const struct conf *fresh, struct buf *why);
/* "section.key = value" lines: of all keys, of one section ("http"), of one key ("http.root");
 * `[http "pictures"]` is "http:pictures". False when nothing has that name. */
bool conf_print(const struct conf *c, const char *name, struct buf *out);
/* The sample file, and the key list for agentd.conf(5) in mdoc. */
void conf_write_sample(struct buf *out);
void conf_write_man(struct buf *out);

#endif
