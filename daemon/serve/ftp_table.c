/* ftp_table.c: the table of commands, and what each row asks for. */
#include "base/version.h"
#include "serve/ftp.h"

#include <stdlib.h>
#include <string.h>

enum { UNKNOWN_MAX = 10 }; /* commands, before login */

/* --- small ones --- */

static void cmd_quit(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 221, "Good bye.");
    conn_finish(s->control, true);
}

static void cmd_noop(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 200, "OK.");
}

static void cmd_syst(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_reply(s, 215, "UNIX Type: L8");
}

static void cmd_stat(struct ftp *s, struct str arg)
{
    if (arg.n > 0) {
        ftp_stat_path(s, arg);
        return;
    }
    char peer[PEER_TEXT_MAX];
    addr_ip_text(&s->control->peer, peer);
    conn_printf(s->control,
                "211-agentd %s\r\n You are %s from %s.\r\n The directory is %s, the type %s.\r\n"
                " %s\r\n211 End of status\r\n",
                AGENTD_VERSION, s->logged_in ? s->user : "not logged in", peer, ftp_cwd(s),
                s->ascii ? "ASCII" : "binary",
                ftp_transferring(s) ? "A transfer is running." : "No transfer is running.");
}

static void cmd_help(struct ftp *s, struct str arg);

/* --- the table --- */

enum {
    FREE = 1, /* may come before login */
    DATA = 2, /* needs a data connection */
    NOW = 4,  /* does not wait for the end of a transfer */
    ARG = 8,  /* has an argument */
    /* What its user needs the right to do to the file or folder that the argument names. Listings,
     * whose argument may be a pattern, ask by themselves. */
    READ = 16,
    WRITE = 32,
    OWN = 64, /* instead of READ the right to write will do: it tells of what he has sent himself */
    CHANGE = READ | WRITE,
};

struct ftp_command {
    const char *name;
    void (*run)(struct ftp *s, struct str arg);
    unsigned flags;
};

static const struct ftp_command commands[] = {
    /* in order of names */
    {"ABOR", ftp_abor, NOW},
    {"ALLO", ftp_allo, 0},
    {"APPE", ftp_appe, ARG | WRITE | DATA},
    {"AUTH", ftp_auth, FREE | ARG},
    {"CCC", ftp_ccc, FREE},
    {"CDUP", ftp_cdup, 0},
    {"CWD", ftp_cwd_cmd, ARG},
    {"DELE", ftp_dele, ARG | CHANGE},
    {"EPRT", ftp_eprt, ARG},
    {"EPSV", ftp_epsv, 0},
    {"FEAT", ftp_feat, FREE},
    {"HASH", ftp_hash, ARG | READ},
    {"HELP", cmd_help, FREE},
    {"LIST", ftp_list, DATA},
    {"MD5", ftp_md5, ARG | READ},
    {"MDTM", ftp_mdtm, ARG | READ},
    {"MKD", ftp_mkd, ARG | WRITE},
    {"MLSD", ftp_mlsd, DATA},
    {"MLST", ftp_mlst, READ},
    {"MODE", ftp_mode, ARG},
    {"NLST", ftp_nlst, DATA},
    {"NOOP", cmd_noop, FREE},
    {"OPTS", ftp_opts, FREE | ARG},
    {"PASS", ftp_pass, FREE},
    {"PASV", ftp_pasv, 0},
    {"PBSZ", ftp_pbsz, FREE | ARG},
    {"PORT", ftp_port, ARG},
    {"PROT", ftp_prot, FREE | ARG},
    {"PWD", ftp_pwd, 0},
    {"QUIT", cmd_quit, FREE},
    {"RANG", ftp_rang, ARG},
    {"REST", ftp_rest, ARG},
    {"RETR", ftp_retr, ARG | READ | DATA},
    {"RMD", ftp_rmd, ARG | CHANGE},
    {"RNFR", ftp_rnfr, ARG | CHANGE},
    {"RNTO", ftp_rnto, ARG | CHANGE},
    {"SIZE", ftp_size, ARG | READ | OWN},
    {"STAT", cmd_stat, NOW},
    {"STOR", ftp_stor, ARG | WRITE | DATA},
    {"STOU", ftp_stou, WRITE | DATA},
    {"STRU", ftp_stru, ARG},
    {"SYST", cmd_syst, FREE},
    {"TYPE", ftp_type, ARG},
    {"USER", ftp_user, FREE | ARG},
    /* The old names of RFC 775, which some clients still send, and digests, whose argument may be
     * more than a path: they ask for rights by themselves. */
    {"XCRC", ftp_xcrc, ARG},
    {"XCUP", ftp_cdup, 0},
    {"XCWD", ftp_cwd_cmd, ARG},
    {"XMD5", ftp_xmd5, ARG},
    {"XMKD", ftp_mkd, ARG | WRITE},
    {"XPWD", ftp_pwd, 0},
    {"XRMD", ftp_rmd, ARG | CHANGE},
    {"XSHA", ftp_xsha1, ARG},
    {"XSHA1", ftp_xsha1, ARG},
    {"XSHA256", ftp_xsha256, ARG},
    {"XSHA512", ftp_xsha512, ARG},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void cmd_help(struct ftp *s, struct str arg)
{
    struct buf b = {0};
    (void)arg;
    buf_adds(&b, "214-These commands are known:");
    for (int i = 0; i < COMMANDS; i++)
        buf_addf(&b, "%s%-5s", i % 12 == 0 ? "\r\n " : "", commands[i].name);
    buf_adds(&b, "\r\n214 End of help\r\n");
    conn_write_buf(s->control, &b);
    buf_free(&b);
}

static int compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct ftp_command *)row)->name);
}

const struct ftp_command *ftp_command(const char *verb)
{
    return bsearch(verb, commands, COMMANDS, sizeof commands[0], compare);
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

/* Has the user the rights that the row asks for? Else the reply is given. */
static bool permitted(struct ftp *s, unsigned flags, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (!ftp_path(s, arg, path))
        return false;
    const unsigned rights = ftp_rights(s, path);
    if ((flags & READ) && !(rights & (flags & OWN ? MAY_READ | MAY_WRITE : MAY_READ)))
        ftp_reply(s, 550, "Permission denied.");
    else if ((flags & WRITE) && !(rights & MAY_WRITE))
        ftp_reply(s, 550, "Permission denied: you may only read.");
    else
        return true;
    return false;
}

bool ftp_command_waits(const struct ftp *s, const struct ftp_command *row, struct str arg)
{
    if (row == NULL || !(row->flags & NOW))
        return true;
    /* STAT of a path is a transfer itself, whose lines no other reply may come between; and ABOR is
     * answered before what came behind it. */
    return row->run == cmd_stat && (arg.n > 0 || s->transfer == FTP_STAT || s->aborts > 0);
}

int ftp_run(struct ftp *s, const struct ftp_command *row, const char *verb, struct str arg)
{
    if (row == NULL)
        return unknown(s, verb);
    const unsigned flags = row->flags;
    if (!(flags & FREE) && !s->logged_in)
        ftp_reply(s, 530, "Log in with USER and PASS.");
    else if ((flags & ARG) && arg.n == 0)
        ftp_reply(s, 501, "%s takes an argument.", row->name);
    else if ((flags & CHANGE) && !permitted(s, flags, arg))
        return 0;
    else if ((flags & DATA) && ftp_data_in_clear(s))
        ftp_reply(s, 522, "Data connections have to be protected: PROT P.");
    else if ((flags & DATA) && s->channel == FTP_NO_CHANNEL && s->data == NULL)
        ftp_reply(s, 425, "Use PASV, EPSV, PORT or EPRT first.");
    else
        row->run(s, arg);
    return 0;
}
