/* control_report.h: what agentctl prints: a table for people, or JSON for programs. */
#ifndef SERVE_CONTROL_REPORT_H
#define SERVE_CONTROL_REPORT_H

#include "serve/serve.h"

void control_report_status(const struct serve *s, bool json, struct buf *out);
void control_report_stats(const struct serve *s, bool json, struct buf *out);
void control_report_who(const struct serve *s, bool json, struct buf *out);
void control_report_rooms(const struct serve *s, bool json, struct buf *out);
void control_report_version(struct buf *out);
/* The bans in force. */
void control_report_bans(const struct serve *s, bool json, struct buf *out);

#endif
