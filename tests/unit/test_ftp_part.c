/* test_ftp_part.c: parse/ftp_part: the arguments of RANG, and of XCRC and its like. */
#include "check.h"
#include "parse/ftp_part.h"

static void rang_is_the_first_and_the_last_byte(void **state)
{
    static const struct {
        const char *arg;
        uint64_t from, till;
    } good[] = {
        {"0 0", 0, 1},
        {"0 49", 0, 50},
        {"802816 1000000", 802816, 1000001},
        {"5 5", 5, 6},
        {"1 0", 0, UINT64_MAX}, /* the whole */
        {"01 00", 0, UINT64_MAX},
        {"0 9223372036854775807", 0, 9223372036854775808U},
        {"9223372036854775807 9223372036854775807", INT64_MAX, 9223372036854775808U},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct ftp_part part;
        const size_t n = strlen(good[i].arg);
        char *copy = tight_copy(good[i].arg, n);
        assert_row(good[i].arg, ftp_rang_parse(&part, (struct str){copy, n}));
        assert_row(good[i].arg, part.from == good[i].from && part.till == good[i].till);
        free(copy);
    }
}

static void what_is_no_range(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "1",
                                      "1 ",
                                      " 1 2",
                                      "1  2",
                                      "1 2 ",
                                      "1 2 3",
                                      "2 1",
                                      "2 0",
                                      "-1 2",
                                      "1 -2",
                                      "+1 2",
                                      "1 +2",
                                      "a b",
                                      "0x1 16",
                                      "1-2",
                                      "1\t2",
                                      "1,2",
                                      "1.0 2",
                                      "0 9223372036854775808",
                                      "18446744073709551616 5"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct ftp_part part;
        const size_t n = strlen(bad[i]);
        char *copy = tight_copy(bad[i], n);
        assert_row(bad[i], !ftp_rang_parse(&part, (struct str){copy, n}));
        free(copy);
    }
    struct ftp_part part;
    assert_false(ftp_rang_parse(&part, (struct str){NULL, 0}));
}

#define ALL UINT64_MAX

struct way {
    const char *name;
    uint64_t from, till;
};

static void a_name_and_perhaps_numbers(void **state)
{
    static const struct {
        const char *arg;
        unsigned ways;
        struct way way[FTP_PART_WAYS];
    } rows[] = {
        {"file", 1, {{"file", 0, ALL}}},
        {"two words", 1, {{"two words", 0, ALL}}},
        {"file 5", 2, {{"file 5", 0, ALL}, {"file", 5, ALL}}},
        {"file 5 10", 3, {{"file 5 10", 0, ALL}, {"file 5", 10, ALL}, {"file", 5, 10}}},
        {"a b 1 2", 3, {{"a b 1 2", 0, ALL}, {"a b 1", 2, ALL}, {"a b", 1, 2}}},
        {"1 2 3 4", 3, {{"1 2 3 4", 0, ALL}, {"1 2 3", 4, ALL}, {"1 2", 3, 4}}},
        {"7", 1, {{"7", 0, ALL}}},
        {"7 8", 2, {{"7 8", 0, ALL}, {"7", 8, ALL}}},
        {"f x 5", 2, {{"f x 5", 0, ALL}, {"f x", 5, ALL}}},
        {"f -5 9", 2, {{"f -5 9", 0, ALL}, {"f -5", 9, ALL}}},
        {"f 99999999999999999999", 1, {{"f 99999999999999999999", 0, ALL}}},
        {"f ", 1, {{"f ", 0, ALL}}},
        {" 5", 1, {{" 5", 0, ALL}}},
        {"\"two words\"", 1, {{"two words", 0, ALL}}},
        {"\"two words\" 5", 1, {{"two words", 5, ALL}}},
        {"\"two words\" 5 10", 1, {{"two words", 5, 10}}},
        {"\"file 5\" 10", 1, {{"file 5", 10, ALL}}},
        {"\"a\"b\" 1", 1, {{"a\"b", 1, ALL}}},
        {"\"\"q\"\"", 1, {{"\"q\"", 0, ALL}}},
        {"a\"b", 1, {{"a\"b", 0, ALL}}},
        {"\"open 5", 2, {{"\"open 5", 0, ALL}, {"\"open", 5, ALL}}},
        {"\"", 1, {{"\"", 0, ALL}}},
        {"", 0, {{0}}},
        {"\"\"", 0, {{0}}},
        {"\"\" 1 2", 0, {{0}}},
        {"\"f\" x", 0, {{0}}},
        {"\"f\" 1 x", 0, {{0}}},
        {"\"f\" 1 2 3", 0, {{0}}},
        {"\"f\"5", 0, {{0}}},
        {"\"f\" -1", 0, {{0}}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ftp_part way[FTP_PART_WAYS];
        const size_t n = strlen(rows[i].arg);
        char *copy = tight_copy(rows[i].arg, n);
        assert_row(rows[i].arg, ftp_part_parse(way, (struct str){copy, n}) == rows[i].ways);
        for (unsigned k = 0; k < rows[i].ways; k++) {
            const struct way *want = &rows[i].way[k];
            assert_row(rows[i].arg, str_eq(way[k].name, want->name));
            assert_row(rows[i].arg, way[k].from == want->from && way[k].till == want->till);
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rang_is_the_first_and_the_last_byte),
        cmocka_unit_test(what_is_no_range),
        cmocka_unit_test(a_name_and_perhaps_numbers),
    };
    return RUN(tests);
}
