/* progress.c: how far a transfer is, in words and numbers. */
#include "serve/serve.h"

uint64_t progress_rate(const struct progress *p)
{
    return p->ms > 0 ? (uint64_t)((double)p->moved * 1000 / (double)p->ms) : 0;
}

int progress_percent(const struct progress *p)
{
    if (p->total == PROGRESS_UNKNOWN)
        return -1;
    if (p->done >= p->total)
        return 100;
    return (int)((double)p->done * 100 / (double)p->total);
}

int64_t progress_left(const struct progress *p)
{
    const uint64_t rate = progress_rate(p);
    if (p->total == PROGRESS_UNKNOWN || p->done > p->total || rate == 0)
        return -1;
    return (int64_t)((p->total - p->done + rate - 1) / rate);
}

void progress_text(const struct progress *p, struct buf *out)
{
    char text[32];
    const int percent = progress_percent(p);
    const int64_t left = progress_left(p);
    buf_adds(out, p->incoming ? "up, " : "down, ");
    if (percent >= 0)
        buf_addf(out, "%d%% of ", percent);
    text_size(text, sizeof text, percent >= 0 ? p->total : p->done);
    buf_adds(out, text);
    text_size(text, sizeof text, progress_rate(p));
    buf_addf(out, ", %s/s", text);
    if (left < 0)
        return;
    text_span(text, sizeof text, (uint64_t)left);
    buf_addf(out, ", %s left", text);
}
