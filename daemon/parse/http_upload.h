/* http_upload.h: the fields of requests that bring a file, or a part of one: Content-Range (RFC
 * 9110, 14.4), those of "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload), and
 * digests (RFC 9530; Content-MD5 of RFC 2616). They are structured fields (RFC 9651). */
#ifndef PARSE_HTTP_UPLOAD_H
#define PARSE_HTTP_UPLOAD_H

#include "base/digest.h"
#include "base/text.h"

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* An Item that is a Boolean, an Integer >= 0; parameters are of no account. False for all else. */
bool sf_boolean(struct str value, bool *out);
bool sf_length(struct str value, uint64_t *out);

/* "bytes 0-499/1000", "bytes 500-999" of "*": bytes from..from + len - 1 of total (or
 * HTTP_LENGTH_UNKNOWN). False for all else, "bytes *" too. */
bool http_upload_range(struct str value, uint64_t *from, uint64_t *len, uint64_t *total);

/* The strongest digest that we know in the Dictionary of a Repr-Digest or Content-Digest field;
 * DIGEST_NONE when there is none. False when the field cannot be understood. */
bool http_digest_field(struct str value, struct digest *out);
bool http_content_md5(struct str value, struct digest *out);

#endif
