/* test_whowas.c: model/whowas: a ring of those who were here. */
#include "check.h"
#include "model/whowas.h"

static void note(struct whowas *w, const char *name, int64_t at)
{
    struct user u = {0};
    text_copy(u.name, sizeof u.name, name);
    assert_true(name_fold(str_of(name), u.fold));
    whowas_note(w, &u, at);
}

/* The times of all of that name, as they come. */
static void assert_times(const struct whowas *w, const char *fold, const char *want)
{
    struct buf b = {0};
    for (const struct was *was = whowas_next(w, fold, NULL); was != NULL;
         was = whowas_next(w, fold, was))
        buf_addf(&b, "%lld ", (long long)was->at);
    assert_buf(&b, want);
    buf_free(&b);
}

static void the_latest_come_first(void **state)
{
    struct whowas w = {0};
    (void)state;
    assert_times(&w, "bob", "");
    note(&w, "Bob", 1);
    note(&w, "eve", 2);
    note(&w, "bob", 3);
    assert_times(&w, "bob", "3 1 ");
    assert_times(&w, "eve", "2 ");
    assert_times(&w, "", "");
    whowas_free(&w);
}

static void the_oldest_give_way(void **state)
{
    struct whowas w = {0};
    (void)state;
    note(&w, "bob", 1);
    for (int i = 0; i < WHOWAS_MAX - 1; i++)
        note(&w, "eve", 2);
    assert_times(&w, "bob", "1 ");
    note(&w, "bob", 3);
    assert_times(&w, "bob", "3 ");
    for (int i = 0; i < WHOWAS_MAX - 1; i++)
        note(&w, "eve", 4);
    assert_times(&w, "bob", "3 ");
    note(&w, "bob", 5);
    note(&w, "bob", 6);
    assert_times(&w, "bob", "6 5 ");
    whowas_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_come_first),
        cmocka_unit_test(the_oldest_give_way),
    };
    return RUN(tests);
}
