/* mime.h: media types by file name. */
#ifndef MODEL_MIME_H
#define MODEL_MIME_H

#include <stdbool.h>

/* The type, with its charset for text; application/octet-stream when the ending is not known. */
const char *mime_type(const char *name);
/* An ending for files of the type, without its dot; "bin" when there is none. */
const char *mime_ending(const char *type);
/* Would a browser run something in it? Such files, uploaded by anybody, must not be shown inline.
 */
bool mime_active(const char *type);
/* Does compression make it much smaller? */
bool mime_compresses(const char *type);
/* Would a page run it as a script, though nobody opens it? */
bool mime_script(const char *type);

/* What a person would call it. */
enum mime_kind {
    MIME_OTHER,
    MIME_PICTURE,
    MIME_TEXT,
    MIME_PDF,
    MIME_AUDIO,
    MIME_VIDEO,
    MIME_ARCHIVE,
};
enum mime_kind mime_kind(const char *type);

#endif
