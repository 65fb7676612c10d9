#ifndef SERVE_LGP_H
#define SERVE_LGP_H

#include "serve/serve.h"

extern const struct frontend lgp_frontend;

#endif
