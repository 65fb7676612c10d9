/* test_multipart.c: parse/multipart, whole and in pieces of every size. */
#include "check.h"
#include "parse/multipart.h"

static const char type[] = "multipart/form-data; boundary=XYZ";

/* What came of a body: "part(name,file)", "data", "end", "done" or "error", in a row. */
static void parse(const char *content_type, const char *body, size_t len, size_t step,
                  struct buf *out)
{
    struct multipart m;
    struct buf in = {0};
    enum multipart_event ev = MULTIPART_MORE;
    bool data_before = false;
    assert_true(multipart_begin(&m, str_of(content_type)));
    for (size_t at = 0; at < len && ev != MULTIPART_ERROR;) {
        const size_t n = step < len - at ? step : len - at;
        buf_add(&in, body + at, n);
        at += n;
        for (size_t used = 1;;) {
            struct str data = {0};
            char *tight = tight_copy(buf_data(&in), in.len);
            ev = multipart_next(&m, tight, in.len, &used, &data);
            assert_true(used <= in.len);
            if (ev == MULTIPART_DATA && !data_before)
                buf_adds(out, " data:");
            data_before = ev == MULTIPART_DATA || (ev == MULTIPART_MORE && data_before);
            if (ev == MULTIPART_DATA)
                buf_add(out, data.p, data.n);
            if (ev == MULTIPART_PART)
                buf_addf(out, " part(%s%s%s)", m.name, m.is_file ? "," : "", m.file_name);
            if (ev == MULTIPART_END)
                buf_adds(out, " end");
            free(tight);
            buf_consume(&in, used);
            if (ev == MULTIPART_ERROR || ev == MULTIPART_DONE ||
                (ev == MULTIPART_MORE && used == 0))
                break;
        }
    }
    buf_adds(out, ev == MULTIPART_ERROR ? " error" : ev == MULTIPART_DONE ? " done" : " more");
    buf_free(&in);
}

static void assert_parsed(const char *body, const char *want)
{
    const size_t steps[] = {1, 2, 3, 5, 7, 16, 1000};
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct buf out = {0};
        parse(type, body, strlen(body), steps[i], &out);
        if (strcmp(buf_str(&out), want) != 0)
            fail_msg("in pieces of %zu: <%s> instead of <%s>", steps[i], buf_str(&out), want);
        buf_free(&out);
    }
}

#define HEAD "--XYZ\r\nContent-Disposition: form-data; "

static void parts_come_one_behind_the_other(void **state)
{
    (void)state;
    assert_parsed(HEAD "name=\"a\"\r\n\r\nvalue\r\n" HEAD
                       "name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nline\r\n"
                       "--XY\r\n--XYZ--\r\n",
                  " part(a) data:value end part(f,x.txt) data:line\r\n--XY end done");
    assert_parsed(HEAD "name=f; filename=\"\"\r\n\r\n\r\n--XYZ--", " part(f,) end done");
    assert_parsed(HEAD "name=\"f\"; filename=\"e\"\r\n\r\n\r\n--XYZ--anything",
                  " part(f,e) end done");
}

static void names_are_as_they_were_on_the_client_s_disk(void **state)
{
    (void)state;
    static const struct {
        const char *given, *name;
    } rows[] = {
        {"小明.txt", "小明.txt"},
        {"a%22b", "a\"b"},
        {"a\\\"b", "a\"b"},
        {"dir/sub/x", "x"},
        {"../../etc/passwd", "passwd"},
        {"a;b=c", "a;b=c"},
        {"100%", "100%"},
        {"C:\\\\x", "C:\\x"},
        {"dir/", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf body = {0}, want = {0};
        buf_addf(&body, HEAD "name=\"f\"; filename=\"%s\"\r\n\r\nx\r\n--XYZ--", rows[i].given);
        buf_addf(&want, " part(f,%s) data:x end done", rows[i].name);
        assert_parsed(buf_str(&body), buf_str(&want));
        buf_free(&body);
        buf_free(&want);
    }
}

static void what_is_no_form_is_an_error(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "hello",
        "--XYQ\r\n",
        "--XYZ\n\n",
        "--XYZxx",
        "--XYZ\r\n\r\n\r\n\r\nx",
        "--XYZ\r\nContent-Type: text/plain\r\n\r\nx",
        HEAD "filename=\"x\"\r\n\r\nx",
        HEAD "name=\"x\r\n\r\nx",
        HEAD "name=\"x\"; filename=\"\xff\"\r\n\r\nx",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = {0};
        parse(type, rows[i], strlen(rows[i]), 1000, &out);
        assert_row(rows[i], strstr(buf_str(&out), "error") != NULL);
        buf_free(&out);
    }
    struct buf body = {0}, out = {0};
    buf_adds(&body, HEAD "name=\"x\"; y=");
    for (int i = 0; i < MULTIPART_HEAD_MAX; i++)
        buf_addc(&body, 'y');
    parse(type, buf_data(&body), body.len, 100, &out);
    assert_string_equal(buf_str(&out), " error");
    buf_free(&body);
    buf_free(&out);
}

static void what_is_not_whole_waits(void **state)
{
    (void)state;
    assert_parsed(HEAD "name=\"f\"; filename=\"x\"\r\n\r\nabc", " part(f,x) more");
    assert_parsed("--XY", " more");
    assert_parsed(HEAD "name=\"f\"\r\n", " more");
}

static void boundaries_are_taken_from_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *field, *boundary;
    } rows[] = {
        {"multipart/form-data; boundary=abc", "abc"},
        {"Multipart/Form-Data; charset=x; BOUNDARY=\"a b\"", "a b"},
        {"multipart/form-data;boundary=abc; x=y", "abc"},
        {"multipart/form-data", NULL},
        {"multipart/form-data; boundary=", NULL},
        {"multipart/form-data; boundary=\"\"", NULL},
        {"multipart/form-data; boundary=\"abc", NULL},
        {"multipart/mixed; boundary=abc", NULL},
        {"text/plain; boundary=abc", NULL},
        {"", NULL},
        {"multipart/form-data; boundary="
         "12345678901234567890123456789012345678901234567890123456789012345678901",
         NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct multipart m;
        const bool ok = multipart_begin(&m, str_of(rows[i].field));
        assert_row(rows[i].field, ok == (rows[i].boundary != NULL));
        if (ok)
            assert_row(rows[i].field, strcmp(m.delimiter + 4, rows[i].boundary) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_one_behind_the_other),
        cmocka_unit_test(names_are_as_they_were_on_the_client_s_disk),
        cmocka_unit_test(what_is_no_form_is_an_error),
        cmocka_unit_test(what_is_not_whole_waits),
        cmocka_unit_test(boundaries_are_taken_from_the_field),
    };
    return RUN(tests);
}
