#ifndef SERVE_ECHO_H
#define SERVE_ECHO_H

#include "serve/serve.h"

extern const struct frontend echo_frontend;

#endif
