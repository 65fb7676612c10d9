/* test_hmap.c: base/hmap. */
#include "base/hmap.h"
#include "check.h"

struct item {
    struct hnode node;
    char key[16];
    bool in;
};

static struct item *find(const struct hmap *m, const char *key)
{
    struct hnode *n = hmap_get(m, key, strlen(key));
    return n != NULL ? hmap_entry(n, struct item, node) : NULL;
}

/* SipHash-1-3 under a key of zeros, as Python 3.11 with PYTHONHASHSEED=0 gives it. */
static void hashes_as_siphash_1_3_does(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        uint64_t hash;
    } rows[] = {
        {"a", 1, 0x407448d2b89b1813},
        {"agentd", 6, 0x04991b59b9a77f85},
        {"12345678", 8, 0x3489982430560a87},
        {"123456789abcdef", 15, 0xf3543d992ba71328},
    };
    static const uint64_t seed[2] = {0, 0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].text, siphash13(seed, rows[i].text, rows[i].n) == rows[i].hash);
    char bytes[63];
    for (int i = 0; i < 63; i++)
        bytes[i] = (char)(i + 1);
    assert_true(siphash13(seed, bytes, 63) == 0x6bafe9f92616651b);
    assert_true(siphash13((const uint64_t[]){0, 1}, "a", 1) != rows[0].hash);
}

static void every_map_has_a_seed_of_its_own(void **state)
{
    struct hmap a, b;
    (void)state;
    hmap_init(&a);
    hmap_init(&b);
    assert_memory_not_equal(a.seed, b.seed, sizeof a.seed);
    hmap_free(&a);
    hmap_free(&b);
}

static void an_empty_map_has_nothing(void **state)
{
    struct hmap m;
    struct item it = {.key = "x"};
    (void)state;
    hmap_init(&m);
    assert_null(find(&m, "x"));
    assert_null(hmap_next(&m, NULL));
    hmap_del(&m, &it.node);
    assert_int_equal(m.count, 0);
    hmap_free(&m);
}

static void keys_are_bytes_with_their_length(void **state)
{
    struct hmap m;
    struct item a = {.key = "ab"}, b = {.key = "a"}, c = {0};
    (void)state;
    hmap_init(&m);
    assert_int_equal(hmap_put(&m, &a.node, "a\0b", 3), 0);
    assert_int_equal(hmap_put(&m, &b.node, "a", 1), 0);
    assert_int_equal(hmap_put(&m, &c.node, "", 0), 0);
    assert_ptr_equal(hmap_get(&m, "a\0b", 3), &a.node);
    assert_ptr_equal(hmap_get(&m, "a", 1), &b.node);
    assert_ptr_equal(hmap_get(&m, "", 0), &c.node);
    assert_null(hmap_get(&m, "a\0", 2));
    hmap_free(&m);
}

/* Puts and deletes by chance, beside a flag an item. */
static void holds_what_was_put_and_not_deleted(void **state)
{
    enum { ITEMS = 3000 };
    static struct item it[ITEMS];
    struct chance c = {3};
    struct hmap m;
    size_t count = 0;
    (void)state;
    hmap_init(&m);
    for (int i = 0; i < ITEMS; i++)
        snprintf(it[i].key, sizeof it[i].key, "key-%d", i);
    for (int i = 0; i < 60000; i++) {
        struct item *x = &it[chance_below(&c, ITEMS)];
        if (!x->in)
            assert_int_equal(hmap_put(&m, &x->node, x->key, strlen(x->key)), 0);
        else
            hmap_del(&m, &x->node);
        x->in = !x->in;
        count += x->in ? 1 : (size_t)-1;
        assert_int_equal(m.count, count);
    }
    for (int i = 0; i < ITEMS; i++)
        assert_row(it[i].key, find(&m, it[i].key) == (it[i].in ? &it[i] : NULL));
    hmap_free(&m);
}

static void a_walk_meets_each_once_and_may_delete_behind_itself(void **state)
{
    enum { ITEMS = 500 };
    static struct item it[ITEMS];
    struct hmap m;
    int met = 0;
    (void)state;
    hmap_init(&m);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(it[i].key, sizeof it[i].key, "%d", i);
        assert_int_equal(hmap_put(&m, &it[i].node, it[i].key, strlen(it[i].key)), 0);
    }
    for (struct hnode *n = hmap_next(&m, NULL); n != NULL; n = hmap_next(&m, n)) {
        struct item *x = hmap_entry(n, struct item, node);
        assert_false(x->in);
        x->in = true;
        met++;
    }
    assert_int_equal(met, ITEMS);
    for (struct hnode *n = hmap_next(&m, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&m, n);
        hmap_del(&m, n);
        hmap_del(&m, n); /* twice does no harm */
        met--;
    }
    assert_int_equal(met, 0);
    assert_int_equal(m.count, 0);
    hmap_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_siphash_1_3_does),
        cmocka_unit_test(every_map_has_a_seed_of_its_own),
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(keys_are_bytes_with_their_length),
        cmocka_unit_test(holds_what_was_put_and_not_deleted),
        cmocka_unit_test(a_walk_meets_each_once_and_may_delete_behind_itself),
    };
    return RUN(tests);
}
