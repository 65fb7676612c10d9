/* conf_keys.c: the table of every section and key. To add a key: one field in conf.h, one row here,
 * then `make docs`, which writes etc/agentd.conf and etc/agentd.conf.5 anew. */
#include "base/conf.h"

#define COUNT(A)        (sizeof(A) / sizeof(A)[0])
#define AT(SECT, FIELD) offsetof(struct conf_##SECT, FIELD)
#define SECTION(NAME, MANY, HELP, EXAMPLE)                                                      \
    {                                                                                           \
#NAME, sizeof(struct conf_##NAME), MANY, NAME##_keys, COUNT(NAME##_keys), HELP, EXAMPLE \
    }

static const struct conf_key agentd_keys[] = {
    {"user", CONF_STR, AT(agentd, user), "", NULL, NULL, 0, 0, true,
     "Who to become for good once the ports are open, when started as root. Empty: stay who "
     "started it."},
    {"group", CONF_STR, AT(agentd, group), "", NULL, NULL, 0, 0, true,
     "Which group to become with it. Empty: the user's own."},
    {"state", CONF_STR, AT(agentd, state), "", NULL, NULL, 0, 0, true,
     "Where everything lives that this file names without a leading slash. Empty: run/ of the "
     "checkout when this is a checkout's etc/agentd.conf, else /var/lib/agentd."},
    {"pidfile", CONF_PATH, AT(agentd, pidfile), "agentd.pid", NULL, NULL, 0, 0, true,
     "Locked for as long as agentd runs. The lock says that it runs, the number only who it is."},
    {"log", CONF_PATH, AT(agentd, log), "agentd.log", NULL, NULL, 0, 0, false,
     "Events: who came, what arrived. Opened anew on SIGUSR1, for log rotation."},
    {"errlog", CONF_PATH, AT(agentd, errlog), "agentd.err", NULL, NULL, 0, 0, false,
     "Warnings, errors, and what is left to say in a crash."},
    {"log_level", CONF_ENUM, AT(agentd, log_level), "info", NULL, "debug info warn error", 0, 0,
     false, "The least that is worth a line."},
    {"control", CONF_PATH, AT(agentd, control), "control.sock", NULL, NULL, 0, 0, true,
     "The socket that agentctl speaks to. Only the user that agentd runs as, and root, may."},
    {"event", CONF_ENUM, AT(agentd, event), "auto", NULL, "auto select poll epoll", 0, 0, true,
     "How the loop waits. auto serves by select() and moves on, live, when a descriptor would not "
     "fit into an fd_set; select refuses there."},
    {"workers", CONF_INT, AT(agentd, workers), "2", NULL, NULL, 1, 16, true,
     "Processes for what would hold the loop: fsync, copies."},
    {"drain", CONF_SPAN, AT(agentd, drain), "5s", NULL, NULL, 0, 3600000, false,
     "How long a stop waits for transfers that are under way."},
};

static const struct conf_key limits_keys[] = {
    {"connections", CONF_INT, AT(limits, connections), "6000", NULL, NULL, 1, 1000000, false,
     "Connections at once, by all doors. Fewer when the system allows fewer descriptors."},
    {"per_ip", CONF_INT, AT(limits, per_ip), "2000", NULL, "off", 0, 1000000, false,
     "Connections at once from one address, so that nobody locks the others out."},
    {"per_account", CONF_INT, AT(limits, per_account), "100", NULL, "off", 0, 1000000, false,
     "Sessions at once, by FTP and IRC together, of one account."},
    {"transfer_rate", CONF_SIZE, AT(limits, transfer_rate), "off", NULL, "off", 1024, 1LL << 40,
     false,
     "Bytes a second that one account, or the guests from one address, may send and fetch, by all "
     "connections together."},
    {"login_delay", CONF_SPAN, AT(limits, login_delay), "1s", NULL, "off", 1, 60000, false,
     "How much later a failed login is answered; twice that for the next from the same address or "
     "to the same account, and so on, up to 30 s."},
    {"login_failures", CONF_INT, AT(limits, login_failures), "20", NULL, "off", 1, 1000000, false,
     "Failed logins from one address, by all doors together, behind which it is banned."},
    {"ban", CONF_SPAN, AT(limits, ban), "10m", NULL, NULL, 1000, 86400000, false,
     "How long such a ban lasts, and how long failed logins are remembered. See: agentctl ban."},
    {"idle_timeout", CONF_SPAN, AT(limits, idle_timeout), "5m", NULL, NULL, 1000, 86400000, false,
     "A session that is silent for this long is closed. Chat clients are asked first (PING). An "
     "HTTP client that takes an answer at less than 500 bytes a second has so long before it is "
     "closed."},
    {"request_timeout", CONF_SPAN, AT(limits, request_timeout), "20s", NULL, NULL, 1000, 86400000,
     false,
     "How long a client may take for a whole HTTP request head, for its login, or to open its data "
     "connection; and how long the body of a request may stand still, or come at less than 500 "
     "bytes a second."},
    {"rate", CONF_INT, AT(limits, rate), "5", NULL, "off", 0, 100000, false,
     "Flood control: chat messages a second that one person may go on sending."},
    {"burst", CONF_INT, AT(limits, burst), "30", NULL, NULL, 1, 100000, false,
     "Chat messages that may come at once before the rate counts."},
    {"sendq", CONF_SIZE, AT(limits, sendq), "1M", NULL, NULL, 4096, 1 << 30, false,
     "Bytes that may wait for one chat client. One that does not read is closed there: twice as "
     "late with an account, four times for an operator, at a sixteenth before it has come in."},
    {"compress_cache", CONF_SIZE, AT(limits, compress_cache), "32M", NULL, "off", 4 << 20, 1 << 30,
     false,
     "Memory for files that http has compressed, to send them again. off: it compresses none."},
};

static const struct conf_key files_keys[] = {
    {"root", CONF_PATH, AT(files, root), "files", NULL, NULL, 0, 0, true,
     "The store: what FTP, lgp and /files/ show. Made when it is missing and lies below state."},
    {"sync", CONF_BOOL, AT(files, sync), "yes", NULL, NULL, 0, 0, false,
     "Acknowledge an upload only once it is safe on the disk (fsync)."},
    {"partial_keep", CONF_SPAN, AT(files, partial_keep), "1d", NULL, "off", 1, 2592000000, false,
     "How long what has come of an upload that broke off is kept, so that it can go on, by FTP or "
     "HTTP. Nobody sees it; only to whoever sent it FTP's SIZE and MLST tell how much is there "
     "(one byte less, so that there is always an end to send). REST and STOR go on with it if it "
     "is so long, and newer than a file of that name; APPE, if there is no such file. "
     "off: nothing of it stays."},
    {"partial_max", CONF_SIZE, AT(files, partial_max), "100G", NULL, NULL, 0, 1LL << 50, false,
     "Bytes that those of one account may take, besides its quota; the oldest go first."},
    {"partial_guests", CONF_SIZE, AT(files, partial_guests), "1G", NULL, NULL, 0, 1LL << 50, false,
     "The same for all guests together."},
};

static const struct conf_key access_keys[] = {
    {"read", CONF_STR, AT(access_sect, read), "@all", NULL, NULL, 0, 0, false,
     "Who may list it and fetch from it."},
    {"write", CONF_STR, AT(access_sect, write), "@write @guests", NULL, NULL, 0, 0, false,
     "Who may put files into it. Who may also read it may replace, rename and delete there, too; "
     "without, it is a drop box: files go in, and nobody sees them."},
};

static const struct conf_key db_keys[] = {
    {"path", CONF_PATH, AT(db, path), "agentd.db", NULL, NULL, 0, 0, true,
     "What must outlive a restart: accounts, bans, the lobby's topic. SQLite."},
};

static const struct conf_key history_keys[] = {
    {"store", CONF_BOOL, AT(history, store), "yes", NULL, NULL, 0, 0, false,
     "Keep what is said, and show it to those who come later. no: nothing is kept, and what was "
     "kept is not shown; the file stays."},
    {"path", CONF_PATH, AT(history, path), "history.db", NULL, NULL, 0, 0, true,
     "Where it is kept. SQLite; a process of its own has it open, and may lose it without harm to "
     "anything else."},
    {"keep", CONF_SPAN, AT(history, keep), "90d", NULL, "off", 1000, 315360000000, false,
     "For how long. off: for ever."},
    {"max", CONF_INT, AT(history, max), "1000000", NULL, "off", 1, 1000000000, false,
     "How many messages in all; the oldest go first. One takes about 200 bytes. off: any number."},
    {"files", CONF_BOOL, AT(history, files), "no", NULL, NULL, 0, 0, false,
     "Write the lobby, and registered rooms that anybody may enter, to text files in the store as "
     "well, one a day: /rooms/lab/log/2026-11-29.txt, for those who may read the room's folder. "
     "These are kept for ever, with what was taken back later."},
};

static const struct conf_key tls_keys[] = {
    {"certificate", CONF_PATH, AT(tls, certificate), "tls.crt", NULL, NULL, 0, 0, false,
     "The certificate (PEM), with those that vouch for it behind it; `agentctl cert new` makes "
     "one. "
     "While this and the key are the default and neither file is there, TLS is off."},
    {"key", CONF_PATH, AT(tls, key), "tls.key", NULL, NULL, 0, 0, false,
     "Its private key (PEM, no passphrase). The user that agentd runs as must be able to read it."},
    {"require", CONF_ENUM, AT(tls, require), "no", NULL, "no login all", 0, 0, false,
     "What needs TLS. login: to send a password, which IRC's SCRAM-SHA-256 does not; then links "
     "begin with https, and FTP data travels in clear for plain sessions only. all: the same for "
     "guests."},
};

static const struct conf_key irc_keys[] = {
    {"listen", CONF_STR, AT(irc, listen), "", "0.0.0.0:6667 [::]:6667", NULL, 0, 0, false,
     "Where IRC clients come in: host:port, several with blanks between. Empty: off."},
    {"tls_listen", CONF_STR, AT(irc, tls_listen), "", "0.0.0.0:6697 [::]:6697", NULL, 0, 0, false,
     "The same with TLS; off while there is no certificate, see [tls]."},
    {"name", CONF_STR, AT(irc, name), "agentd", NULL, NULL, 0, 0, true,
     "What the server calls itself in chat. Nobody else may."},
    {"network", CONF_STR, AT(irc, network), "agentd", NULL, NULL, 0, 0, true,
     "The name that clients show for this server. No blanks."},
    {"motd", CONF_PATH, AT(irc, motd), "motd.txt", NULL, NULL, 0, 0, false,
     "A text file that greets those who come in; a few lines of our own when it is missing."},
    {"lobby", CONF_STR, AT(irc, lobby), "#lobby", NULL, NULL, 0, 0, true,
     "The room that is always there: datagram users are in it, uploads are told in it."},
    {"guests", CONF_BOOL, AT(irc, guests), "yes", NULL, NULL, 0, 0, false,
     "Let those in who have no account. A guest who takes the name of an account is told, and gets "
     "another one. no: only who logs in may chat; datagram users, who cannot, may not."},
    {"names", CONF_ENUM, AT(irc, names), "utf8", NULL, "utf8 ascii", 0, 0, true,
     "The letters that names of people and rooms are made of. utf8: those of any language, in one "
     "name those of one script. ascii: a to z only, for old clients."},
    {"admin", CONF_LINES, AT(irc, admin), "", NULL, NULL, 0, 0, false,
     "What ADMIN tells: who runs this server, where, and how to reach them; may be given several "
     "times, for several lines."},
    {"registration", CONF_ENUM, AT(irc, registration), "no", NULL, "no read write", 0, 0, false,
     "Let everybody make an account for the name that he bears (REGISTER), with that role, as the "
     "browser client and some others can. By TLS alone where [tls] require says so; a few an hour "
     "from one address. write: whoever comes may fill the store. no: accounts are made by agentctl "
     "user add."},
    {"sts", CONF_SPAN, AT(irc, sts), "off", NULL, "off", 1000, 31536000000, false,
     "Tell clients that come in clear to come by tls_listen instead, and those that did so to keep "
     "to it for this long (strict transport security). They then refuse a certificate that nobody "
     "vouches for. To take it back, set 1s for a while before off."},
};

static const struct conf_key udp_keys[] = {
    {"listen", CONF_STR, AT(udp, listen), "", "0.0.0.0:8888 [::]:8888", NULL, 0, 0, false,
     "Where chat datagrams come in. Empty: off."},
    {"messages", CONF_ENUM, AT(udp, messages), "zh", NULL, "zh en", 0, 0, false,
     "The language of what datagram users are told. Clients of the old server expect zh."},
    {"idle", CONF_SPAN, AT(udp, idle), "30m", NULL, NULL, 1000, 604800000, false,
     "A datagram user who is silent for this long is logged out."},
    {"allow", CONF_STR, AT(udp, allow), "private", NULL, NULL, 0, 0, false,
     "Who may send: networks as 10.0.0.0/8, `private` (loopback, private and link-local ranges), "
     "`all`. A datagram's sender is easily forged; keep this to networks of your own."},
};

static const struct conf_key ftp_keys[] = {
    {"listen", CONF_STR, AT(ftp, listen), "", "0.0.0.0:2121 [::]:2121", NULL, 0, 0, false,
     "Where FTP clients come in; they may ask for TLS (AUTH TLS). Empty: off."},
    {"tls_listen", CONF_STR, AT(ftp, tls_listen), "", "0.0.0.0:2990 [::]:2990", NULL, 0, 0, false,
     "Where clients come in that begin with TLS (ftps://); off while there is no certificate."},
    {"host", CONF_STR, AT(ftp, host), "", NULL, NULL, 0, 0, false,
     "The names, with blanks between, that clients may say they mean (HOST): files.example, "
     "*.lab.example, 10.0.0.5, [::1]. Empty: any."},
    {"tls_require_resume", CONF_BOOL, AT(ftp, tls_require_resume), "no", NULL, NULL, 0, 0, false,
     "Data connections with TLS must go on with the session of their control connection, which "
     "proves that they are the same client's. Some clients cannot, such as Python's ftplib."},
    {"passive_ports", CONF_STR, AT(ftp, passive_ports), "", NULL, NULL, 0, 0, false,
     "The ports for passive data connections, 50000-50999 say, for a firewall to let in. Empty: "
     "any free one."},
    {"passive_address", CONF_STR, AT(ftp, passive_address), "", NULL, NULL, 0, 0, false,
     "The IPv4 address to tell passive clients, behind address translation. 10.0.0.0/8=10.0.0.5 is "
     "for the clients of one network, private=auto for all who come from private ones; the first "
     "word that fits a client counts, and a bare address fits all. auto, or empty: the one that "
     "the client came in by."},
    {"active_ports", CONF_STR, AT(ftp, active_ports), "", NULL, NULL, 0, 0, false,
     "The ports that active data connections come from, 20000-20999 say, for a firewall to let "
     "out; connections to several clients may share one. 20 is for root without [agentd] user. "
     "Empty: any free one."},
    {"anonymous", CONF_ENUM, AT(ftp, anonymous), "read", NULL, "no read write", 0, 0, false,
     "What the users anonymous and ftp may do, without a password. Who may write may also replace, "
     "rename and delete."},
    {"banner", CONF_LINES, AT(ftp, banner), "agentd FTP ready.", NULL, NULL, 0, 0, false,
     "The first line that a client is told; may be given several times, for several lines. What "
     "stands in a folder's file .message, up to 4 KiB and 50 lines, is shown to who comes into "
     "it, that of the root after the login."},
    {"transfer_log", CONF_PATH, AT(ftp, transfer_log), "xferlog", NULL, NULL, 0, 0, true,
     "A line for each upload, and each download by FTP or lgp, in the format of wu-ftpd's "
     "xferlog; those that ended early are marked i. Empty: none."},
};

static const struct conf_key lgp_keys[] = {
    {"listen", CONF_STR, AT(lgp, listen), "", "0.0.0.0:8080 [::]:8080", NULL, 0, 0, false,
     "Where clients of the four-letter file protocol come in. Empty: off."},
    {"access", CONF_ENUM, AT(lgp, access), "read", NULL, "no read write", 0, 0, false,
     "What they may do. The protocol has no login."},
};

static const struct conf_key http_keys[] = {
    {"listen", CONF_STR, AT(http, listen), "", "0.0.0.0:8000 [::]:8000", NULL, 0, 0, false,
     "Where browsers come in. Empty: off."},
    {"tls_listen", CONF_STR, AT(http, tls_listen), "", "0.0.0.0:8443 [::]:8443", NULL, 0, 0, false,
     "The same with TLS (https); off while there is no certificate, see [tls]."},
    {"host", CONF_STR, AT(http, host), "", NULL, NULL, 0, 0, false,
     "Names, with blanks between; *.lab.example is all that end so. With listen or tls_listen: "
     "those that this door answers to, and to no other (421), so that no page from outside can "
     "reach it by a name of its own (DNS rebinding); addresses and localhost count as names here. "
     "Without: a virtual host, that is what the other http doors show to those who ask for one of "
     "these names, be it by http or https. Empty: any name."},
    {"root", CONF_PATH, AT(http, root), "www", NULL, NULL, 0, 0, true,
     "The site at /. Made when it is missing and lies below state."},
    {"access_log", CONF_PATH, AT(http, access_log), "access.log", NULL, NULL, 0, 0, true,
     "A line for each request in the combined format. Empty: none."},
    {"listing", CONF_BOOL, AT(http, listing), "yes", NULL, NULL, 0, 0, false,
     "Show what is in a folder that has no index page."},
    {"index", CONF_STR, AT(http, index), "index.html", NULL, NULL, 0, 0, false,
     "The pages for a folder of the site, with blanks between: the first that is there."},
    {"error_pages", CONF_STR, AT(http, error_pages), "", NULL, NULL, 0, 0, false,
     "Pages below root for errors, up to 64 KiB each: 404=/errors/404.html 50x=/errors/50x.html, "
     "where an x is any digit and the first that fits counts. The status stays. Where one is "
     "missing, and to clients that ask for JSON or plain text, there is a short answer of our "
     "own."},
    {"header", CONF_LINES, AT(http, header), "", NULL, NULL, 0, 0, false,
     "A header line for every response of this section, errors included: Name: value. It takes "
     "the place of what agentd would send by that name (Server, Content-Security-Policy, "
     "Cache-Control and such), and without a value that is not sent at all. In addition to it, and "
     "not instead, go those that guard uploads and what is sent to somebody who has logged in, and "
     "Vary, Link and Set-Cookie."},
    {"cache", CONF_STR, AT(http, cache), "", NULL, NULL, 0, 0, false,
     "How long browsers may keep files, by type: text/css=1d image/*=7d text/html=0 *=1h. The "
     "first that fits counts; 0 is to ask each time (no-cache)."},
    {"cors", CONF_STR, AT(http, cors), "", NULL, NULL, 0, 0, false,
     "Other sites whose pages may use this one by script: https://app.example "
     "https://*.lab.example. Those that are named without a star may do so in the name of who has "
     "logged in. *: all sites, for what guests may."},
    {"chat_origins", CONF_STR, AT(http, chat_origins), "", NULL, NULL, 0, 0, false,
     "Other sites whose pages may chat here, by WebSocket at /chat/ws (and /echo), in the words of "
     "cors: those named without a star as who has logged in, all others as guests. Pages of our "
     "own, by the name that they were asked for or by url, may; so may programs that are no "
     "browser."},
    {"compress", CONF_BOOL, AT(http, compress), "yes", NULL, NULL, 0, 0, false,
     "Send text up to 4 MiB compressed (gzip, zstd) to clients that take it."},
    {"precompressed", CONF_ENUM, AT(http, precompressed), "site", NULL, "no site all", 0, 0, false,
     "Where a file that lies compressed beside another one, style.css.br, .zst or .gz, is sent in "
     "its place, unless it is older. all: at /files/, too; then whoever may add a file there says "
     "what others get."},
    {"files_access", CONF_ENUM, AT(http, files_access), "read", NULL, "no read write", 0, 0, false,
     "What those who have not logged in may do at /files/. no: where nobody can log in, there is "
     "no "
     "/files/ at all, and no home page that leads to it."},
    {"url", CONF_STR, AT(http, url), "", NULL, NULL, 0, 0, false,
     "How others reach this door, http://files.example:8000 say, for the links that the room is "
     "told. Empty: made from the first of host, or from the address."},
    {"status", CONF_STR, AT(http, status), "@all", NULL, NULL, 0, 0, false,
     "Who may see the page /status, in the words of [access]."},
    {"metrics", CONF_STR, AT(http, metrics), "@admin", NULL, NULL, 0, 0, false,
     "Who may fetch /metrics, for Prometheus."},
    {"keepalive", CONF_SPAN, AT(http, keepalive), "30s", NULL, NULL, 1000, 86400000, false,
     "How long a connection may wait for its next request."},
    {"session", CONF_SPAN, AT(http, session), "7d", NULL, NULL, 60000, 31536000000, false,
     "How long somebody who has logged in by the page /login stays so."},
};

static const struct conf_key echo_keys[] = {
    {"listen", CONF_STR, AT(echo, listen), "", NULL, NULL, 0, 0, false,
     "Where probes come in. Empty: off."},
    {"mode", CONF_ENUM, AT(echo, mode), "ok", NULL, "ok echo", 0, 0, false,
     "ok: every segment is answered OK. echo: the bytes come back (RFC 862)."},
    {"web", CONF_BOOL, AT(echo, web), "no", NULL, NULL, 0, 0, false,
     "http's /echo answers POST and PUT with the request's body, and sends WebSocket messages "
     "back."},
};

static const char access_example[] = "; A drop box: everybody may put files in, some may look.\n"
                                     ";   [access \"/inbox\"]\n"
                                     ";   read = @admin alice\n"
                                     ";   write = @all\n";
static const char tls_example[] =
    "; A further certificate, for clients that ask for a name in it.\n"
    "; [tls \"chat\"]\n"
    "; certificate = /etc/agentd/chat.crt\n"
    "; key = /etc/agentd/chat.key\n";

static const char http_example[] =
    "; Another site at the same ports, for those who ask for its name.\n"
    "; [http \"lab\"]\n"
    "; host = lab.example *.lab.example\n"
    "; root = lab\n"
    "; header = Referrer-Policy: no-referrer\n"
    "; header = Server:\n"
    "\n"
    "; A folder of pictures at a port of its own.\n"
    "[http \"pictures\"]\n"
    "listen = 0.0.0.0:9085 [::]:9085\n"
    "root = pictures\n"
    "files_access = no\n";

const struct conf_section conf_sections[] = {
    SECTION(agentd, false, "The process itself.", NULL),
    SECTION(limits, false, "What anybody may use up.", NULL),
    SECTION(files, false, "The store: the same files by every door.", NULL),
    {"access", sizeof(struct conf_access_sect), true, access_keys, COUNT(access_keys),
     "Who may do what in the store, folder by folder: names of accounts, @read, @write, @admin "
     "(the "
     "roles; each may what those before it may), @users (every account), @guests (who has not "
     "logged in, as far as the door lets them), @all. The longest folder that covers a path holds; "
     "without one, this section does. What lies in /rooms is ruled by the rooms instead, unless a "
     "section is about /rooms or something in it. Administrators may everything.",
     access_example},
    SECTION(db, false, "The database.", NULL),
    SECTION(history, false, "What was said in the chat.", NULL),
    SECTION(tls, true, "Encryption: the certificate that TLS doors show.", tls_example),
    SECTION(irc, true, "Chat for IRC clients.", NULL),
    SECTION(udp, true, "Chat by datagrams, for scripts and microcontrollers.", NULL),
    SECTION(ftp, true, "The store for FTP clients.", NULL),
    SECTION(lgp, true, "The store by the four-letter file protocol.", NULL),
    SECTION(http, true, "The site, and the store for browsers.", http_example),
    SECTION(echo, true, "Answers, for probes.", NULL),
};
const size_t conf_section_count = COUNT(conf_sections);
