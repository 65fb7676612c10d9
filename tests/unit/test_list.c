/* test_list.c: base/list. */
#include "base/list.h"
#include "check.h"

struct item {
    int number;
    struct list link;
};

static int number_of(struct list *n)
{
    return list_entry(n, struct item, link)->number;
}

static void assert_order(struct list *head, const int *want, int count)
{
    int i = 0;
    list_each(n, head)
    {
        assert_true(i < count);
        assert_int_equal(number_of(n), want[i++]);
    }
    assert_int_equal(i, count);
}

static void keeps_the_order_of_pushing(void **state)
{
    struct list head;
    struct item it[4];
    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_shift(&head));
    for (int i = 0; i < 4; i++) {
        it[i].number = i;
        list_push(&head, &it[i].link);
    }
    assert_order(&head, (const int[]){0, 1, 2, 3}, 4);
    list_unlink(&it[2].link);
    list_unlink(&it[2].link); /* twice does no harm */
    assert_order(&head, (const int[]){0, 1, 3}, 3);
    assert_int_equal(number_of(list_shift(&head)), 0);
    list_push(&head, &it[2].link);
    assert_order(&head, (const int[]){1, 3, 2}, 3);
}

static void a_walk_may_unlink_where_it_stands(void **state)
{
    struct list head;
    struct item it[6];
    (void)state;
    list_init(&head);
    for (int i = 0; i < 6; i++) {
        it[i].number = i;
        list_push(&head, &it[i].link);
    }
    list_each(n, &head)
    {
        if (number_of(n) % 2 == 0)
            list_unlink(n);
    }
    assert_order(&head, (const int[]){1, 3, 5}, 3);
    list_each(n, &head) list_unlink(n);
    assert_true(list_empty(&head));
}

static void splicing_moves_everything_to_the_end(void **state)
{
    struct list a, b;
    struct item it[4];
    (void)state;
    list_init(&a);
    list_init(&b);
    list_splice(&a, &b);
    assert_true(list_empty(&a));
    for (int i = 0; i < 4; i++) {
        it[i].number = i;
        list_push(i < 2 ? &a : &b, &it[i].link);
    }
    list_splice(&a, &b);
    assert_true(list_empty(&b));
    assert_order(&a, (const int[]){0, 1, 2, 3}, 4);
    list_splice(&b, &a);
    assert_true(list_empty(&a));
    assert_order(&b, (const int[]){0, 1, 2, 3}, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_order_of_pushing),
        cmocka_unit_test(a_walk_may_unlink_where_it_stands),
        cmocka_unit_test(splicing_moves_everything_to_the_end),
    };
    return RUN(tests);
}
