#include "model/history_wire.h"

#include <stdio.h>

enum { QUERY_ROOMS_MAX = 256 * 1024 }; /* bytes */

/* --- frames --- */

size_t wire_begin(struct buf *b, enum wire_kind kind, uint64_t serial)
{
    const size_t at = b->len;
    pack_u32(b, 0);
    pack_u8(b, (uint8_t)kind);
    pack_u64(b, serial);
    return at;
}

void wire_end(struct buf *b, size_t at)
{
    struct buf length = {0};
    if (b->failed)
        return;
    pack_u32(&length, (uint32_t)(b->len - at - 4));
    memcpy(buf_data(b) + at, buf_data(&length), 4);
    buf_free(&length);
}

ssize_t wire_next(const char *p, size_t n, struct wire_frame *f)
{
    struct unpack head = {.p = p, .n = n};
    const size_t length = unpack_u32(&head);
    if (head.bad)
        return 0;
    if (length < WIRE_HEAD - 4 || length > WIRE_MAX)
        return -1;
    if (length > head.n)
        return 0;
    f->body = (struct unpack){.p = head.p, .n = length};
    f->kind = (enum wire_kind)unpack_u8(&f->body);
    f->serial = unpack_u64(&f->body);
    return f->kind < WIRE_KINDS ? (ssize_t)length + 4 : -1;
}

/* --- messages --- */

void wire_put_msg(struct buf *b, const struct history_msg *m)
{
    pack_u64(b, m->id);
    pack_u64(b, (uint64_t)m->at);
    pack_u8(b, (uint8_t)m->kind);
    pack_u8(b, m->open);
    pack_str(b, m->room);
    pack_str(b, m->name);
    pack_str(b, m->from);
    pack_str(b, m->user);
    pack_str(b, m->account);
    pack_str(b, m->target);
    pack_str(b, m->text);
    pack_str(b, m->tags);
}

bool wire_get_msg(struct unpack *u, struct history_msg *m)
{
    if (u->n == 0)
        return false;
    *m = (struct history_msg){.id = unpack_u64(u), .at = (int64_t)unpack_u64(u)};
    m->kind = (enum history_kind)unpack_u8(u);
    m->open = unpack_u8(u) == 1;
    m->room = unpack_str(u);
    m->name = unpack_str(u);
    m->from = unpack_str(u);
    m->user = unpack_str(u);
    m->account = unpack_str(u);
    m->target = unpack_str(u);
    m->text = unpack_str(u);
    m->tags = unpack_str(u);
    if (m->kind >= HISTORY_KINDS || m->id > INT64_MAX)
        u->bad = true;
    return !u->bad;
}

/* --- queries --- */

void history_add_room(struct buf *rooms, struct str key, int64_t since)
{
    pack_str(rooms, key);
    pack_u64(rooms, (uint64_t)since);
}

bool wire_get_room(struct unpack *rooms, struct str *key, int64_t *since)
{
    if (rooms->n == 0)
        return false;
    *key = unpack_str(rooms);
    *since = (int64_t)unpack_u64(rooms);
    return !rooms->bad;
}

void wire_put_query(struct buf *b, const struct history_query *q)
{
    pack_u8(b, (uint8_t)q->want);
    pack_u8(b, (uint8_t)(q->events | q->any << 1));
    pack_u32(b, q->limit);
    pack_u64(b, q->from.id);
    pack_u64(b, (uint64_t)q->from.at);
    pack_u64(b, q->to.id);
    pack_u64(b, (uint64_t)q->to.at);
    pack_u64(b, (uint64_t)q->since);
    pack_u64(b, q->account);
    pack_str(b, q->room);
    pack_str(b, q->rooms);
    pack_str(b, q->by);
    pack_str(b, q->name);
    pack_str(b, q->text);
}

static bool sound_rooms(struct str rooms)
{
    struct unpack u = {.p = rooms.p, .n = rooms.n};
    struct str key;
    int64_t since;
    while (wire_get_room(&u, &key, &since))
        ;
    return unpack_done(&u) && rooms.n <= QUERY_ROOMS_MAX;
}

bool wire_get_query(struct unpack *u, struct history_query *q)
{
    *q = (struct history_query){.want = (enum history_want)unpack_u8(u)};
    const uint8_t flags = unpack_u8(u);
    q->events = (flags & 1) != 0;
    q->any = (flags & 2) != 0;
    q->limit = unpack_u32(u);
    q->from.id = unpack_u64(u);
    q->from.at = (int64_t)unpack_u64(u);
    q->to.id = unpack_u64(u);
    q->to.at = (int64_t)unpack_u64(u);
    q->since = (int64_t)unpack_u64(u);
    q->account = unpack_u64(u);
    q->room = unpack_str(u);
    q->rooms = unpack_str(u);
    q->by = unpack_str(u);
    q->name = unpack_str(u);
    q->text = unpack_str(u);
    return unpack_done(u) && q->want < HISTORY_WANTS && sound_rooms(q->rooms);
}

/* --- what else there is --- */

void wire_put_settings(struct buf *b, const struct history_settings *s)
{
    pack_u8(b, s->store);
    pack_u8(b, s->files);
    pack_u64(b, (uint64_t)s->keep);
    pack_u64(b, s->max);
}

bool wire_get_settings(struct unpack *u, struct history_settings *s)
{
    s->store = unpack_u8(u) == 1;
    s->files = unpack_u8(u) == 1;
    s->keep = (int64_t)unpack_u64(u);
    s->max = unpack_u64(u);
    return unpack_done(u);
}

void wire_put_state(struct buf *b, const struct history_state *s)
{
    pack_u64(b, s->messages);
    pack_u64(b, s->bytes);
    pack_str(b, str_of(s->trouble));
}

bool wire_get_state(struct unpack *u, struct history_state *s)
{
    s->messages = unpack_u64(u);
    s->bytes = unpack_u64(u);
    (void)str_copy(s->trouble, sizeof s->trouble, unpack_str(u));
    return unpack_done(u);
}

void wire_put_answer(struct buf *b, const struct history_answer *a)
{
    pack_u8(b, (uint8_t)a->result);
    pack_u8(b, a->more);
    pack_u64(b, a->next);
    pack_str(b, str_of(a->why));
}

bool wire_get_answer(struct unpack *u, struct history_answer *a, char why[HISTORY_TROUBLE_MAX])
{
    a->result = (enum history_result)unpack_u8(u);
    a->more = unpack_u8(u) == 1;
    a->next = unpack_u64(u);
    (void)str_copy(why, HISTORY_TROUBLE_MAX, unpack_str(u));
    a->why = why;
    a->left = *u;
    return !u->bad && a->result <= HISTORY_FAILED;
}

bool history_next(struct history_answer *a, struct history_msg *m)
{
    return wire_get_msg(&a->left, m);
}

/* --- private talks --- */

void history_talk_key(char out[HISTORY_TALK_KEY_MAX], uint64_t a, uint64_t b)
{
    snprintf(out, HISTORY_TALK_KEY_MAX, "=%llu,%llu", (unsigned long long)(a < b ? a : b),
             (unsigned long long)(a < b ? b : a));
}

bool history_talk_parties(struct str key, uint64_t *a, uint64_t *b)
{
    struct str rest = key, first;
    if (key.n < 4 || key.p[0] != '=')
        return false;
    rest.p++;
    rest.n--;
    return str_split(&rest, ',', &first) && rest.p != NULL && text_number(first, INT64_MAX, a) &&
           text_number(rest, INT64_MAX, b);
}
