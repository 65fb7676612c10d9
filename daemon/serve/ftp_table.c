/* ftp_table.c: the table of commands, and what each row asks for. */
#include "serve/ftp.h"

#include <stdlib.h>
#include <string.h>

enum { UNKNOWN_MAX = 10 }; /* commands, before login */

static void cmd_help(struct ftp *s, struct str arg);

/* --- the table --- */

enum {
    FREE = 1, /* may come before login */
    DATA = 2, /* needs a data connection */
    NOW = 4,  /* does not wait for the end of a transfer */
    ARG = 8,  /* has an argument */
    /* What its user needs the right to do to the file or folder that the argument names. Those
     * whose argument may be a pattern, or more than a name, ask by themselves. */
    READ = 16,
    WRITE = 32,
    OWN = 64, /* instead of READ the right to write will do: it tells of what he has sent himself */
    CHANGE = READ | WRITE,
    PART = 128, /* REST and RANG before it are for it, as for those with DATA */
};

struct ftp_command {
    const char *name;
    void (*run)(struct ftp *s, struct str arg); /* NULL: it is known, and not implemented */
    unsigned flags;
    const char *syntax; /* what stands behind the name */
};

static const struct ftp_command commands[] = {
    /* in order of names */
    {"ABOR", ftp_abor, NOW, ""},
    {"ACCT", ftp_acct, FREE | ARG, "account"},
    {"ADAT", NULL, FREE, "data"},
    {"ALLO", ftp_allo, 0, "bytes [R bytes]"},
    {"APPE", ftp_appe, ARG | WRITE | DATA, "file"},
    {"AUTH", ftp_auth, FREE | ARG, "TLS"},
    {"AVBL", ftp_avbl, WRITE, "[folder]"},
    {"CCC", ftp_ccc, FREE, ""},
    {"CDUP", ftp_cdup, 0, ""},
    {"CLNT", ftp_clnt, FREE | ARG, "name"},
    {"CONF", NULL, FREE, "data"},
    {"CSID", ftp_csid, FREE, "[Name=client; Version=...;]"},
    {"CWD", ftp_cwd_cmd, ARG, "folder"},
    {"DELE", ftp_dele, ARG | CHANGE, "file"},
    {"ENC", NULL, FREE, "data"},
    {"EPRT", ftp_eprt, ARG, "|1|address|port|"},
    {"EPSV", ftp_epsv, 0, "[1 | 2 | ALL]"},
    {"FEAT", ftp_feat, FREE, ""},
    {"HASH", ftp_hash, ARG | READ | PART, "file"},
    {"HELP", cmd_help, FREE, "[command | SITE]"},
    {"HOST", ftp_host, FREE | ARG, "name"},
    {"LANG", ftp_lang, FREE, "[tag]"},
    {"LIST", ftp_list, DATA, "[options] [path or pattern]"},
    {"LPRT", NULL, FREE, "numbers"},
    {"LPSV", NULL, FREE, ""},
    {"MD5", ftp_md5, ARG | READ, "file"},
    {"MDTM", ftp_mdtm, ARG, "[time] file"},
    {"MFCT", ftp_mfct, ARG, "time file"},
    {"MFF", ftp_mff, ARG, "facts file"},
    {"MFMT", ftp_mfmt, ARG, "time file"},
    {"MIC", NULL, FREE, "data"},
    {"MKD", ftp_mkd, ARG | WRITE, "folder"},
    {"MLSD", ftp_mlsd, DATA, "[folder]"},
    {"MLST", ftp_mlst, READ, "[path]"},
    {"MODE", ftp_mode, ARG, "S | Z"},
    {"NLST", ftp_nlst, DATA, "[options] [path or pattern]"},
    {"NOOP", ftp_noop, FREE, ""},
    {"OPTS", ftp_opts, FREE | ARG, "HASH algorithm | MLST facts | MODE Z LEVEL n | UTF8 ON"},
    {"PASS", ftp_pass, FREE, "password"},
    {"PASV", ftp_pasv, 0, ""},
    {"PBSZ", ftp_pbsz, FREE | ARG, "0"},
    {"PORT", ftp_port, ARG, "h1,h2,h3,h4,p1,p2"},
    {"PROT", ftp_prot, FREE | ARG, "C | P"},
    {"PWD", ftp_pwd, 0, ""},
    {"QUIT", ftp_quit, FREE, ""},
    {"RANG", ftp_rang, ARG, "first last"},
    {"REIN", ftp_rein, FREE, ""},
    {"REST", ftp_rest, ARG, "offset"},
    {"RETR", ftp_retr, ARG | READ | DATA, "file"},
    {"RMD", ftp_rmd, ARG | CHANGE, "folder"},
    {"RNFR", ftp_rnfr, ARG | CHANGE, "path"},
    {"RNTO", ftp_rnto, ARG | CHANGE, "path"},
    {"SITE", ftp_site, ARG, "verb [...]"},
    {"SIZE", ftp_size, ARG | READ | OWN, "file"},
    {"SMNT", NULL, FREE, "path"},
    {"STAT", ftp_stat, NOW, "[path or pattern]"},
    {"STOR", ftp_stor, ARG | WRITE | DATA, "file"},
    {"STOU", ftp_stou, WRITE | DATA, "[file]"},
    {"STRU", ftp_stru, ARG, "F"},
    {"SYST", ftp_syst, FREE, ""},
    {"TYPE", ftp_type, ARG, "A | I | L 8"},
    {"USER", ftp_user, FREE | ARG, "name"},
    /* The old names of RFC 775, which some clients still send, and digests, whose argument may be
     * more than a path: they ask for rights by themselves. */
    {"XCRC", ftp_xcrc, ARG, "file [start [end]]"},
    {"XCUP", ftp_cdup, 0, ""},
    {"XCWD", ftp_cwd_cmd, ARG, "folder"},
    {"XMD5", ftp_xmd5, ARG, "file [start [end]]"},
    {"XMKD", ftp_mkd, ARG | WRITE, "folder"},
    {"XPWD", ftp_pwd, 0, ""},
    {"XRMD", ftp_rmd, ARG | CHANGE, "folder"},
    {"XSHA", ftp_xsha1, ARG, "file [start [end]]"},
    {"XSHA1", ftp_xsha1, ARG, "file [start [end]]"},
    {"XSHA256", ftp_xsha256, ARG, "file [start [end]]"},
    {"XSHA512", ftp_xsha512, ARG, "file [start [end]]"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct ftp_command *)row)->name);
}

const struct ftp_command *ftp_command(const char *verb)
{
    return bsearch(verb, commands, COMMANDS, sizeof commands[0], compare);
}

/* HELP with a command. */
static void help_with(struct ftp *s, struct str arg)
{
    struct ftp_cmd cmd;
    const struct ftp_command *row = ftp_cmd_parse(&cmd, arg) ? ftp_command(cmd.verb) : NULL;
    if (row != NULL && row->run == ftp_site)
        ftp_site_help(s, cmd.arg);
    else if (row == NULL)
        ftp_reply(s, 501, "There is no such command.");
    else
        ftp_reply(s, 214, "Syntax: %s%s%s%s", row->name, row->syntax[0] != '\0' ? " " : "",
                  row->syntax, row->run == NULL ? " (not implemented)" : "");
}

static void cmd_help(struct ftp *s, struct str arg)
{
    struct buf b = {0};
    if (arg.n > 0) {
        help_with(s, arg);
        return;
    }
    buf_adds(&b, "214-These commands are known (*: not implemented):");
    for (int i = 0; i < COMMANDS; i++)
        buf_addf(&b, "%s%s%s", i % 12 == 0 ? "\r\n " : " ", commands[i].name,
                 commands[i].run == NULL ? "*" : "");
    buf_adds(&b, "\r\n214 HELP with one of them tells its syntax.\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

/* What no FTP client says: an HTTP request that was led to this port. */
static bool is_http(const char *verb)
{
    static const char *const verbs[] = {"GET",     "POST",    "PUT",    "HEAD",
                                        "OPTIONS", "CONNECT", "DELETE", "PATCH"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verb, verbs[i]) == 0)
            return true;
    return false;
}

static int unknown(struct ftp *s, const char *verb)
{
    if (!s->logged_in && (is_http(verb) || ++s->unknown >= UNKNOWN_MAX))
        return -1;
    ftp_reply(s, 500, "Unknown command.");
    return 0;
}

/* False, with the reply given, when any of MAY_* is missing. */
static bool has_all(struct ftp *s, unsigned missing)
{
    if ((missing & MAY_READ) || missing == MAY_REPLACE)
        ftp_reply(s, 550, "Permission denied.");
    else if (missing != 0)
        ftp_reply(s, 550, "Permission denied: you may only read.");
    return missing == 0;
}

bool ftp_permitted(struct ftp *s, unsigned may, struct str arg)
{
    char path[PATH_BYTES_MAX];
    return ftp_path(s, arg, path) && has_all(s, may & ~ftp_rights(s, path));
}

/* The same for what a row asks for. */
static bool permitted(struct ftp *s, unsigned flags, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (!ftp_path(s, arg, path))
        return false;
    const unsigned rights = ftp_rights(s, path);
    const bool read = (flags & READ) && !((flags & OWN) && (rights & MAY_WRITE));
    const unsigned may = (read ? MAY_READ : 0) | (flags & WRITE ? MAY_WRITE : 0u) |
                         ((flags & CHANGE) == CHANGE ? MAY_REPLACE : 0u);
    if (rights != 0)
        serve_room_folder(ftp_serve(s), path);
    return has_all(s, may & ~rights);
}

bool ftp_command_waits(const struct ftp *s, const struct ftp_command *row, struct str arg)
{
    if (row == NULL || !(row->flags & NOW))
        return true;
    /* STAT of a path is a transfer itself, whose lines no other reply may come between; and ABOR is
     * answered before what came behind it. */
    return row->run == ftp_stat && (arg.n > 0 || s->transfer == FTP_STAT || s->aborts > 0);
}

int ftp_run(struct ftp *s, const struct ftp_command *row, const char *verb, struct str arg)
{
    if (row == NULL)
        return unknown(s, verb);
    const unsigned flags = row->flags;
    if (row->run == NULL)
        ftp_reply(s, 502, "%s is not implemented.", row->name);
    else if (!(flags & FREE) && !s->logged_in)
        ftp_reply(s, 530, "Log in with USER and PASS.");
    else if ((flags & ARG) && arg.n == 0)
        ftp_reply(s, 501, "%s takes an argument.", row->name);
    else if ((flags & CHANGE) && !permitted(s, flags, arg))
        ; /* that was answered */
    else if ((flags & DATA) && ftp_data_in_clear(s))
        ftp_reply(s, 522, "Data connections have to be protected: PROT P.");
    else if ((flags & DATA) && s->channel == FTP_NO_CHANNEL && s->data == NULL)
        ftp_reply(s, 425, "Use PASV, EPSV, PORT or EPRT first.");
    else
        row->run(s, arg);
    if (flags & (DATA | PART)) /* whatever came of it */
        s->rest = s->till = 0;
    return 0;
}
