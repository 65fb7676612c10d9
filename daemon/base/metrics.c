#include "base/metrics.h"

const struct metric_row metric_rows[] = {
#define METRICS_ROW(NAME, HELP) {#NAME, HELP, offsetof(struct metrics, NAME)},
    METRICS(METRICS_ROW)
#undef METRICS_ROW
};
const size_t metric_count = sizeof metric_rows / sizeof metric_rows[0];
