/* chat_text.h: what people say, made harmless for those who read it. */
#ifndef MODEL_CHAT_TEXT_H
#define MODEL_CHAT_TEXT_H

#include "base/text.h"

/* Copies s, which is valid UTF-8, to out (size bytes, NUL-terminated) and returns the length. Taken
 * out: controls but tab and IRC's formatting codes, C1, line separators, overrides of the writing
 * direction; embeddings and isolates are closed again at the end. What does not fit is cut between
 * two characters. */
size_t chat_text_clean(char *out, size_t size, struct str s);

#endif
