#include "base/hmap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t rotl(uint64_t x, int n)
{
    return (x << n) | (x >> (64 - n));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

uint64_t siphash13(const uint64_t seed[2], const void *p, size_t n)
{
    uint64_t v[4] = {
        seed[0] ^ 0x736f6d6570736575ULL,
        seed[1] ^ 0x646f72616e646f6dULL,
        seed[0] ^ 0x6c7967656e657261ULL,
        seed[1] ^ 0x7465646279746573ULL,
    };
    const unsigned char *in = p;
    size_t left = n;
    for (; left >= 8; in += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, in, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)n << 56;
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)in[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hmap_init(struct hmap *m)
{
    *m = (struct hmap){0};
    /* Short only before the kernel's pool is ready; then the addresses of this process must do. */
    if (getrandom(m->seed, sizeof m->seed, GRND_NONBLOCK) != (ssize_t)sizeof m->seed)
        m->seed[0] = (uint64_t)(uintptr_t)m ^ 0x9e3779b97f4a7c15ULL;
}

void hmap_free(struct hmap *m)
{
    free(m->slot);
    m->slot = NULL;
    m->slots = m->count = 0;
}

/* Failure to grow is no failure to put: the chains get longer. */
static int grow(struct hmap *m)
{
    const size_t slots = m->slots == 0 ? 16 : m->slots * 2;
    struct hnode **slot = calloc(slots, sizeof(struct hnode *));
    if (slot == NULL)
        return m->slots == 0 ? -1 : 0;
    for (size_t i = 0; i < m->slots; i++) {
        for (struct hnode *n = m->slot[i], *next; n != NULL; n = next) {
            next = n->next;
            struct hnode **head = &slot[n->hash & (slots - 1)];
            n->next = *head;
            *head = n;
        }
    }
    free(m->slot);
    m->slot = slot;
    m->slots = slots;
    return 0;
}

int hmap_put(struct hmap *m, struct hnode *n, const void *key, size_t len)
{
    if (m->count >= m->slots && grow(m) < 0)
        return -1;
    n->hash = siphash13(m->seed, key, len);
    n->key = key;
    n->key_len = len;
    struct hnode **head = &m->slot[n->hash & (m->slots - 1)];
    n->next = *head;
    *head = n;
    m->count++;
    return 0;
}

struct hnode *hmap_get(const struct hmap *m, const void *key, size_t len)
{
    if (m->count == 0)
        return NULL;
    const uint64_t hash = siphash13(m->seed, key, len);
    struct hnode *n = m->slot[hash & (m->slots - 1)];
    while (n != NULL && (n->hash != hash || n->key_len != len || memcmp(n->key, key, len) != 0))
        n = n->next;
    return n;
}

void hmap_del(struct hmap *m, struct hnode *n)
{
    if (m->count == 0)
        return;
    struct hnode **at = &m->slot[n->hash & (m->slots - 1)];
    while (*at != NULL && *at != n)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = n->next;
    m->count--;
}

struct hnode *hmap_next(const struct hmap *m, const struct hnode *n)
{
    if (n != NULL && n->next != NULL)
        return n->next;
    size_t i = n == NULL ? 0 : (size_t)(n->hash & (m->slots - 1)) + 1;
    for (; i < m->slots; i++)
        if (m->slot[i] != NULL)
            return m->slot[i];
    return NULL;
}
