/* fuzz_history_query.c: whatever comes as a frame is a frame or none; a query that is one is the
 * same when it is written again, and the tables answer it: no text to search for makes SQL or FTS5
 * fail. */
#include "fuzz.h"
#include "model/history_db.h"
#include "model/history_wire.h"

#include <unistd.h>

static struct history_db tables;

/* A few messages, in a file that has no name any more. */
static void open_tables(void)
{
    char folder[] = "/tmp/agentd-fuzz.XXXXXX", path[64];
    static const char *const texts[] = {"hello world", "小明 见", "a\nb", ""};
    struct buf why = {0};
    enum db_fault fault;
    bool fresh;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/h.db", folder);
    CHECK(history_db_open(&tables, path, &why, &fault) == 0);
    CHECK(history_db_begin(&tables));
    for (unsigned i = 0; i < 40; i++) {
        const struct history_msg m = {.id = (1000ull + i) << 16,
                                      .at = 1000 + i,
                                      .kind = i % HISTORY_KINDS,
                                      .room = i % 3 == 0 ? STR("=1,2") : STR("#a"),
                                      .account = STR("x"),
                                      .text = str_of(texts[i % 4])};
        CHECK(history_db_add(&tables, &m, &fresh) && fresh);
    }
    CHECK(history_db_commit(&tables));
    const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    (void)rmdir(folder);
}

/* What it changes is undone. */
static void answer(const struct history_query *q)
{
    struct history_answer a;
    struct history_msg m;
    struct buf rows = {0};
    unsigned n = 0;
    CHECK(history_db_begin(&tables));
    history_db_ask(&tables, q, &a, &rows);
    CHECK(a.result != HISTORY_FAILED || q->want == HISTORY_RENAME);
    a.left = (struct unpack){.p = buf_data(&rows), .n = rows.len};
    while (history_next(&a, &m))
        n++;
    CHECK(!a.left.bad && n <= HISTORY_ROWS_MAX);
    history_db_rollback(&tables);
    buf_free(&rows);
}

static void try_query(struct wire_frame *f)
{
    struct history_query q, again;
    struct buf b = {0};
    if (!wire_get_query(&f->body, &q))
        return;
    wire_put_query(&b, &q);
    struct unpack u = {.p = buf_data(&b), .n = b.len};
    CHECK(wire_get_query(&u, &again));
    CHECK(again.want == q.want && again.limit == q.limit && again.from.id == q.from.id);
    CHECK(again.text.n == q.text.n && again.rooms.n == q.rooms.n && again.since == q.since);
    buf_free(&b);
    answer(&q);
}

static void try_lines(struct wire_frame *f)
{
    struct history_msg m, again;
    while (wire_get_msg(&f->body, &m)) {
        struct buf b = {0};
        wire_put_msg(&b, &m);
        struct unpack u = {.p = buf_data(&b), .n = b.len};
        CHECK(wire_get_msg(&u, &again) && unpack_done(&u));
        CHECK(again.id == m.id && again.at == m.at && again.tags.n == m.tags.n);
        buf_free(&b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf in = {0};
    struct wire_frame f;
    uint32_t seed = 1;
    if (tables.db == NULL)
        open_tables();
    for (size_t at = 0; at < size;) {
        const size_t piece = next_piece(&seed, size - at);
        buf_add(&in, data + at, piece);
        at += piece;
        ssize_t n;
        while ((n = wire_next(buf_data(&in), in.len, &f)) > 0) {
            CHECK((size_t)n <= in.len);
            if (f.kind == WIRE_ASK)
                try_query(&f);
            else if (f.kind == WIRE_LINES)
                try_lines(&f);
            buf_consume(&in, (size_t)n);
        }
        if (n < 0)
            break;
    }
    buf_free(&in);
    return 0;
}
