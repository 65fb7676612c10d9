#ifndef SERVE_UDP_H
#define SERVE_UDP_H

#include "serve/serve.h"

extern const struct frontend udp_frontend;

#endif
