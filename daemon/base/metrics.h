/* metrics.h: what agentd counts. One row a counter; `stats` prints them all. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#define METRICS(X)                                                                \
    X(accepted, "connections accepted")                                           \
    X(refused, "connections refused because of a limit")                          \
    X(closed_slow, "connections closed because they did not read")                \
    X(closed_timeout, "connections closed at a deadline")                         \
    X(bytes_in, "bytes received over connections")                                \
    X(bytes_out, "bytes sent over connections")                                   \
    X(logins, "logins with a password or a certificate")                          \
    X(logins_denied, "logins refused")                                            \
    X(tls_handshakes, "TLS handshakes done")                                      \
    X(tls_failed, "TLS handshakes that failed or were given up")                  \
    X(tls_resumed, "TLS sessions resumed")                                        \
    X(http_requests, "HTTP requests answered")                                    \
    X(http_refused, "HTTP requests that could not be parsed")                     \
    X(coded_hits, "responses sent compressed out of the cache")                   \
    X(coded_misses, "files compressed for it")                                    \
    X(ws_upgraded, "HTTP connections that went over to WebSocket")                \
    X(ws_refused, "WebSocket connections ended because of what came")             \
    X(ftp_logins, "FTP logins")                                                   \
    X(ftp_denied, "FTP logins refused")                                           \
    X(ftp_strangers, "data connections that came from another address")           \
    X(irc_registered, "IRC registrations")                                        \
    X(irc_accounts, "accounts made by IRC")                                       \
    X(irc_refused, "IRC lines that were no message or not UTF-8")                 \
    X(udp_datagrams, "datagrams received")                                        \
    X(udp_ignored, "datagrams ignored: malformed, or by nobody who is logged in") \
    X(udp_denied, "datagrams from sources that are not allowed")                  \
    X(udp_flooded, "datagrams dropped by flood control")                          \
    X(udp_unsent, "datagrams that could not be sent")                             \
    X(lgp_requests, "lgp requests")                                               \
    X(chat_messages, "chat messages said")                                        \
    X(chat_delivered, "chat lines delivered")                                     \
    X(history_lines, "lines given to the history")                                \
    X(history_lost, "lines that the history could not keep")                      \
    X(history_questions, "questions to the history")                              \
    X(history_failed, "of them failed")                                           \
    X(uploads, "files that arrived whole")                                        \
    X(upload_bytes, "bytes in them")                                              \
    X(uploads_aborted, "uploads that ended early")                                \
    X(downloads_aborted, "downloads by FTP that ended early")                     \
    X(downloads, "files sent by FTP and lgp")                                     \
    X(jobs, "jobs done by the worker processes")                                  \
    X(stalls, "callbacks that held the loop for more than 20 ms")

struct metrics {
#define METRICS_FIELD(NAME, HELP) uint64_t NAME;
    METRICS(METRICS_FIELD)
#undef METRICS_FIELD
};

struct metric_row {
    const char *name, *help;
    size_t offset; /* of the uint64_t in struct metrics */
};

extern const struct metric_row metric_rows[];
extern const size_t metric_count;

static inline uint64_t metric_value(const struct metrics *m, const struct metric_row *row)
{
    return *(const uint64_t *)(const void *)((const char *)m + row->offset);
}

#endif
