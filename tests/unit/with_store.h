/* with_store.h: a store in a folder of its own, for tests that need no more around them. */
#ifndef UNIT_WITH_STORE_H
#define UNIT_WITH_STORE_H

#include "check.h"
#include "model/store.h"

static struct clock clock_ = {.mono = 100000};
static struct store s;
static char *folder;

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    folder = folder_new();
    assert_int_equal(store_init(&s, folder, false, &clock_, &why), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_free(&s);
    folder_remove(folder);
    return 0;
}

#endif
