/* scram.h: the messages of SCRAM (RFC 5802, 5 and 7) that a client sends, without channel binding.
 * Base 64 is off already. */
#ifndef PARSE_SCRAM_H
#define PARSE_SCRAM_H

#include "base/text.h"

enum scram_result {
    SCRAM_OK,
    SCRAM_BAD,       /* no such message, or one that is not UTF-8 */
    SCRAM_BINDING,   /* it wants a channel binding, which we do not offer */
    SCRAM_EXTENSION, /* a mandatory one, which we do not know */
};

/* "n,a=AUTHZID,n=NAME,r=NONCE". All of it points into the message. */
struct scram_first {
    struct str gs2;     /* "n,," or "y,,": what the last message must hold again */
    struct str authzid; /* as a name; p = NULL: none */
    struct str name;    /* see scram_name() */
    struct str nonce;
    struct str bare; /* "n=NAME,r=NONCE" */
};
enum scram_result scram_first_parse(struct str msg, struct scram_first *out);

/* "c=BINDING,r=NONCE,p=PROOF". */
struct scram_final {
    struct str binding;  /* base 64 of gs2 */
    struct str nonce;    /* the client's, and the server's behind it */
    struct str proof;    /* base 64 */
    struct str unproven; /* all before ",p=" */
};
enum scram_result scram_final_parse(struct str msg, struct scram_final *out);

/* The name that is meant: =2C is a comma, =3D a '='. False when it has another '=', or does not fit
 * into out (size bytes, with the NUL). */
bool scram_name(struct str name, char *out, size_t size);

#endif
