#include "model/name.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

/* Scripts that are written together, as one (UTS #39, 5.1: Japanese, Korean, Chinese). */
enum {
    SET_HAN = 1,
    SET_JAPANESE = 2,
    SET_KOREAN = 4,
    SET_BOPOMOFO = 8,
    SET_OTHER = 16,
};

static unsigned set_of(const char *script)
{
    if (strcmp(script, "Han") == 0)
        return SET_HAN;
    if (strcmp(script, "Hiragana") == 0 || strcmp(script, "Katakana") == 0)
        return SET_JAPANESE;
    if (strcmp(script, "Hangul") == 0)
        return SET_KOREAN;
    return strcmp(script, "Bopomofo") == 0 ? SET_BOPOMOFO : SET_OTHER;
}

/* Do these sets make one script, Han going with each of the three? */
static bool one_script(unsigned sets)
{
    const unsigned beside_han = sets & ~(unsigned)SET_HAN;
    if (sets & SET_OTHER)
        return sets == SET_OTHER;
    return (beside_han & (beside_han - 1)) == 0;
}

static bool is_name_char(ucs4_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c != 0 && strchr("-_[]{}\\|^`", (int)c) != NULL);
    return !utf8_unseen(c) && uc_is_general_category_withtable(
                                  c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_Nd);
}

enum name_fault name_check(struct str name)
{
    const char *other = NULL;
    unsigned sets = 0;
    if (name.n == 0)
        return NAME_EMPTY;
    if (name.n > NAME_BYTES_MAX || utf8_count(name.p, name.n) > NAME_CHARS_MAX)
        return NAME_LONG;
    for (size_t i = 0, len; i < name.n; i += len) {
        uint32_t c;
        len = utf8_next(name.p + i, name.n - i, &c);
        if (len == 0 || !is_name_char(c) ||
            (i == 0 && uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M)))
            return NAME_CHARS;
        const uc_script_t *script = uc_script(c);
        if (script == NULL || strcmp(script->name, "Common") == 0 ||
            strcmp(script->name, "Inherited") == 0)
            continue;
        const unsigned set = set_of(script->name);
        if (set == SET_OTHER && other != NULL && strcmp(other, script->name) != 0)
            return NAME_SCRIPT;
        if (set == SET_OTHER)
            other = script->name;
        sets |= set;
    }
    return one_script(sets) ? NAME_OK : NAME_SCRIPT;
}

enum name_fault room_name_check(struct str name)
{
    if (name.n < 2 || name.p[0] != '#')
        return NAME_EMPTY;
    if (name.n > ROOM_BYTES_MAX || utf8_count(name.p, name.n) > ROOM_CHARS_MAX)
        return NAME_LONG;
    for (size_t i = 1, len; i < name.n; i += len) {
        uint32_t c;
        len = utf8_next(name.p + i, name.n - i, &c);
        if (len == 0 || utf8_unseen(c) || (c < 0x80 && strchr(" ,:*?", (int)c) != NULL) ||
            uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Z))
            return NAME_CHARS;
    }
    return NAME_OK;
}

bool name_fold(struct str name, char out[FOLD_BYTES_MAX])
{
    uint8_t place[FOLD_BYTES_MAX];
    size_t n = sizeof place;
    if (name.n < FOLD_BYTES_MAX && text_plain(name.p, name.n) == name.n) { /* as most names are */
        for (size_t i = 0; i < name.n; i++)
            out[i] = text_lower(name.p[i]);
        out[name.n] = '\0';
        return memchr(name.p, ' ', name.n) == NULL;
    }
    if (!utf8_valid(name.p, name.n))
        return false;
    uint8_t *folded = u8_casefold((const uint8_t *)name.p, name.n, NULL, UNINORM_NFKC, place, &n);
    if (folded == NULL)
        return false;
    const bool fits = str_copy(out, FOLD_BYTES_MAX, (struct str){(const char *)folded, n});
    if (folded != place)
        free(folded);
    return fits && strchr(out, ' ') == NULL; /* U+FDFA, one letter, is four words */
}
