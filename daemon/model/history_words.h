/* history_words.h: text for the full-text index, and what is searched for. FTS5 parts words at
 * blanks and punctuation; what is written without blanks (Han, kana, Hangul, Thai and others) is
 * parted here, each character a word of its own, so that one or two of them are found, too. */
#ifndef MODEL_HISTORY_WORDS_H
#define MODEL_HISTORY_WORDS_H

#include "base/buf.h"
#include "base/text.h"

/* Adds the text with its characters parted. The same text gives the same always: the index forgets
 * by it. */
void history_part_words(struct buf *out, struct str text);
/* Adds a query of FTS5 for the column `text` with all of the words in it; false when it has none.
 */
bool history_match_words(struct buf *out, struct str text);

#endif
