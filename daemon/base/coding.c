#include "base/coding.h"

const struct coding_row coding_rows[CODINGS] = {
    [CODING_IDENTITY] = {"identity", ""},
    [CODING_GZIP] = {"gzip", ".gz"},
    [CODING_ZSTD] = {"zstd", ".zst"},
    [CODING_BR] = {"br", ".br"},
};
