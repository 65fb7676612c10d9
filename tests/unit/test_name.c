/* test_name.c: model/name: which names there may be, and which are the same. */
#include "check.h"
#include "model/name.h"

static void people_have_names_of_one_script(void **state)
{
    static const struct {
        const char *name;
        enum name_fault want;
    } rows[] = {
        {"alice", NAME_OK},
        {"Alice_2-x[y]{z}\\|^`", NAME_OK},
        {"7", NAME_OK},
        {"Ren\xc3\xa9", NAME_OK},     /* René */
        {"e\xcc\x81tienne", NAME_OK}, /* e with a combining acute */
        {"小明", NAME_OK},
        {"иван", NAME_OK},
        {"Ελένη", NAME_OK},
        {"مريم", NAME_OK},
        {"ไทย", NAME_OK},
        {"たろう", NAME_OK},     /* Hiragana */
        {"タロウ", NAME_OK},     /* Katakana */
        {"山田たろう", NAME_OK}, /* Japanese mixes three scripts */
        {"山田タロウくん", NAME_OK},
        {"金민수", NAME_OK}, /* Korean with Han */
        {"ㄅ小", NAME_OK},   /* Bopomofo with Han */
        {"小明2", NAME_OK},
        {"小_明", NAME_OK},
        {"", NAME_EMPTY},
        {"\xd0\xb0lice", NAME_SCRIPT}, /* Cyrillic а and Latin */
        {"p\xd0\xb0ypal", NAME_SCRIPT},
        {"\xce\xbf"
         "bama",
         NAME_SCRIPT}, /* Greek ο */
        {"a小明", NAME_SCRIPT},
        {"민수たろう", NAME_SCRIPT}, /* Korean and Japanese */
        {"ㄅた", NAME_SCRIPT},
        {"иванΕ", NAME_SCRIPT},
        {"two words", NAME_CHARS},
        {"a\tb", NAME_CHARS},
        {"a\nb", NAME_CHARS},
        {"a!b", NAME_CHARS},
        {"a@b", NAME_CHARS},
        {"#room", NAME_CHARS},
        {"a:b", NAME_CHARS},
        {"a,b", NAME_CHARS},
        {"a*", NAME_CHARS},
        {"a?", NAME_CHARS},
        {"a.b", NAME_CHARS},
        {"<b>", NAME_CHARS},
        {"\xff", NAME_CHARS},
        {"a\xe5\xb0", NAME_CHARS},
        {"a\xe2\x80\xae"
         "b",
         NAME_CHARS}, /* right-to-left override */
        {"a\xe2\x80\x8d"
         "b",
         NAME_CHARS}, /* zero-width joiner */
        {"a\xc2\xad"
         "b",
         NAME_CHARS}, /* soft hyphen */
        {"a\xc2\xa0"
         "b",
         NAME_CHARS}, /* no-break space */
        {"a\xe3\x80\x80"
         "b",
         NAME_CHARS},                      /* ideographic space */
        {"a\xf0\x9f\x98\x80", NAME_CHARS}, /* an emoji */
        {"\xcc\x81"
         "a",
         NAME_CHARS},                      /* a mark with nothing to stand on */
        {"a\xee\x80\x80", NAME_CHARS},     /* private use */
        {"a\xf3\xa0\x81\x81", NAME_CHARS}, /* a tag character */
        {"12345678901234567890123456789012", NAME_OK},
        {"123456789012345678901234567890123", NAME_LONG},
        {"小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小", NAME_OK},
        {"小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小小", NAME_LONG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].name);
        char *copy = tight_copy(rows[i].name, n);
        const enum name_fault got = name_check((struct str){copy, n});
        if (got != rows[i].want)
            fail_msg("<%s> gives %d, not %d", rows[i].name, (int)got, (int)rows[i].want);
        free(copy);
    }
    assert_int_equal(name_check((struct str){"a\0b", 3}), NAME_CHARS);
    assert_int_equal(name_check((struct str){"\0", 1}), NAME_CHARS);
}

/* Characters that show nothing (Unicode: default ignorable), though they count as letters or marks:
 * with one of them at its end a name looks the same as another's. */
static void nothing_unseen_hides_in_a_name(void **state)
{
    static const struct {
        const char *what, *name;
    } rows[] = {
        {"U+034F combining grapheme joiner", "alice\xcd\x8f"},
        {"U+FE00 variation selector", "alice\xef\xb8\x80"},
        {"U+FE0F variation selector", "alice\xef\xb8\x8f"},
        {"U+E0100 variation selector", "小\xf3\xa0\x84\x80"},
        {"U+180B Mongolian selector", "\xe1\xa0\xa0\xe1\xa0\x8b"},
        {"U+17B4 Khmer inherent vowel", "\xe1\x9e\x80\xe1\x9e\xb4"},
        {"U+115F Hangul filler", "\xe1\x85\x9f"},
        {"U+1160 Hangul filler", "김\xe1\x85\xa0"},
        {"U+3164 Hangul filler", "\xe3\x85\xa4"},
        {"U+3164 behind Han", "小\xe3\x85\xa4"},
        {"U+FFA0 halfwidth Hangul filler", "\xef\xbe\xa0"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].what, name_check(str_of(rows[i].name)) == NAME_CHARS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf room = {0};
        buf_addf(&room, "#%s", rows[i].name);
        assert_row(rows[i].what, room_name_check(str_of(buf_str(&room))) == NAME_CHARS);
        buf_free(&room);
    }
}

static void rooms_have_names_that_show(void **state)
{
    static const struct {
        const char *name;
        enum name_fault want;
    } rows[] = {
        {"#lobby", NAME_OK},
        {"#a.b/c!@+&", NAME_OK},
        {"##", NAME_OK},
        {"#小明の部屋-a\xd0\xb0", NAME_OK}, /* any scripts: its members vouch for it */
        {"#\xf0\x9f\x98\x80", NAME_OK},
        {"", NAME_EMPTY},
        {"#", NAME_EMPTY},
        {"lobby", NAME_EMPTY},
        {"&local", NAME_EMPTY},
        {"#a b", NAME_CHARS},
        {"#a,b", NAME_CHARS},
        {"#a:b", NAME_CHARS},
        {"#a*", NAME_CHARS},
        {"#a?", NAME_CHARS},
        {"#a\x07", NAME_CHARS},
        {"#a\r\n", NAME_CHARS},
        {"#\xff", NAME_CHARS},
        {"#a\xc2\xa0"
         "b",
         NAME_CHARS},
        {"#a\xe2\x80\x8b", NAME_CHARS},
        {"#a\xe2\x80\xa8", NAME_CHARS},
        {"#2345678901234567890123456789012345678901234567890", NAME_OK},
        {"#23456789012345678901234567890123456789012345678901", NAME_LONG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const enum name_fault got = room_name_check(str_of(rows[i].name));
        if (got != rows[i].want)
            fail_msg("<%s> gives %d, not %d", rows[i].name, (int)got, (int)rows[i].want);
    }
    assert_int_equal(room_name_check((struct str){"#a\0b", 4}), NAME_CHARS);
}

static void names_that_look_the_same_are_the_same(void **state)
{
    static const struct {
        const char *name, *fold;
    } rows[] = {
        {"alice", "alice"},
        {"ALICE", "alice"},
        {"\xc3\x89"
         "ric",
         "\xc3\xa9ric"},                 /* É and é */
        {"E\xcc\x81ric", "\xc3\xa9ric"}, /* composed and not */
        {"ИВАН", "иван"},
        {"ΣΊΣΥΦΟΣ", "σίσυφοσ"}, /* both small sigmas */
        {"σίσυφος", "σίσυφοσ"},
        {"\xef\xbc\xa1\xef\xbd\x82", "ab"}, /* full-width letters */
        {"stra\xc3\x9f"
         "e",
         "strasse"},
        {"ﬁn", "fin"},      /* a ligature */
        {"𝐀𝐥𝐢𝐜𝐞", "alice"}, /* letters of mathematics */
        {"ℐvan", "ivan"},
        {"ᴬlice", "alice"},
        {"小明", "小明"},
        {"タロウ", "タロウ"},
        {"ﾀﾛｳ", "タロウ"},    /* half-width Katakana */
        {"a[\\]^", "a[\\]^"}, /* not RFC 1459's {|}~ */
        {"#Lobby", "#lobby"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[FOLD_BYTES_MAX], again[FOLD_BYTES_MAX];
        assert_row(rows[i].name, name_fold(str_of(rows[i].name), out));
        assert_string_equal(out, rows[i].fold);
        assert_row(rows[i].name, name_fold(str_of(out), again));
        assert_string_equal(again, out);
    }
}

static void what_cannot_be_folded_is_refused(void **state)
{
    struct buf b = {0};
    char out[FOLD_BYTES_MAX];
    (void)state;
    assert_false(name_fold(STR("\xff"), out));
    assert_false(name_fold(STR("a\xe5\xb0"), out));
    for (int i = 0; i < 32; i++)
        buf_adds(&b, "\xef\xb7\xba"); /* U+FDFA folds to 18 letters */
    assert_false(name_fold((struct str){buf_data(&b), b.len}, out));
    buf_free(&b);
    for (int i = 0; i < 32; i++)
        buf_adds(&b, "\xf0\x90\x90\x80"); /* the longest there are: 32 of 4 bytes */
    assert_int_equal(name_check((struct str){buf_data(&b), b.len}), NAME_OK);
    assert_true(name_fold((struct str){buf_data(&b), b.len}, out));
    assert_int_equal(strlen(out), 128);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_have_names_of_one_script),
        cmocka_unit_test(nothing_unseen_hides_in_a_name),
        cmocka_unit_test(rooms_have_names_that_show),
        cmocka_unit_test(names_that_look_the_same_are_the_same),
        cmocka_unit_test(what_cannot_be_folded_is_refused),
    };
    return RUN(tests);
}
