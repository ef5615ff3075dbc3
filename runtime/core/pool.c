/* Blocks of a few fixed sizes, for messages, small heaps and process records.
 *
 * Each worker keeps a list of free blocks per size; a block may be given back by another worker than
 * took it. When a list grows long, a batch of it goes to the depot of that size, and an empty list is
 * filled from there, so that what one worker always takes and another always gives comes round. Other
 * threads use the depots directly. Memory stays with the pools until the program has ended.
 */
#include "snow_scheduler.h"

#include <stdlib.h>

#include "fiber.h"

#define BATCH_BYTES 16384u
#define LARGEST_BATCH 64u
#define SMALLEST_BATCH 8u

typedef struct slab {
    struct slab *next;
    uint64_t padding[7];
    uint8_t blocks[];
} slab;

_Static_assert(sizeof(slab) == 64, "blocks begin at a cache line");

static struct depot {
    pthread_mutex_t lock;
    snowi_block *batches;
    slab *slabs;
} depots[SNOWI_POOLS] = {[0 ... SNOWI_POOLS - 1] = {PTHREAD_MUTEX_INITIALIZER, NULL, NULL}};

static size_t block_size(uint32_t pool) {
    return pool == SNOWI_POOL_RECORDS ? (sizeof(snowi_process) + 63) & ~(size_t)63 : (size_t)64 << pool;
}

/* A record that lies in a list may still be written to by who held it: its link is not at its beginning. */
static size_t link_offset(uint32_t pool) { return pool == SNOWI_POOL_RECORDS ? offsetof(snowi_process, link) : 0; }

static uint32_t batch_of(uint32_t pool) {
    size_t n = BATCH_BYTES / block_size(pool);
    return n > LARGEST_BATCH ? LARGEST_BATCH : n < SMALLEST_BATCH ? SMALLEST_BATCH : (uint32_t)n;
}

/* With the lock held: a batch cut out of new memory. */
static SNOWI_COLD snowi_block *new_batch(struct depot *depot, uint32_t pool) {
    size_t size = block_size(pool);
    uint32_t n = batch_of(pool);
    slab *s = aligned_alloc(64, sizeof(slab) + n * size);
    if (s == NULL) {
        pthread_mutex_unlock(&depot->lock);
        snowi_panic("out of memory", -1);
    }
    s->next = depot->slabs;
    depot->slabs = s;
    if (pool == SNOWI_POOL_RECORDS) memset(s->blocks, 0, n * size);
    snowi_block *first = NULL;
    for (uint32_t i = n; i-- > 0;) {
        snowi_block *b = (snowi_block *)(s->blocks + i * size + link_offset(pool));
        b->next = first;
        first = b;
    }
    return first;
}

static snowi_block *take_batch(uint32_t pool) {
    struct depot *depot = &depots[pool];
    pthread_mutex_lock(&depot->lock);
    snowi_block *batch = depot->batches;
    if (batch != NULL)
        depot->batches = batch->next_batch;
    else
        batch = new_batch(depot, pool);
    pthread_mutex_unlock(&depot->lock);
    return batch;
}

static void give_batch(uint32_t pool, snowi_block *batch) {
    struct depot *depot = &depots[pool];
    pthread_mutex_lock(&depot->lock);
    batch->next_batch = depot->batches;
    depot->batches = batch;
    pthread_mutex_unlock(&depot->lock);
}

static SNOWI_COLD void refill(snowi_cache *cache, uint32_t pool) {
    cache->blocks = take_batch(pool);
    cache->n = 0;
    for (snowi_block *b = cache->blocks; b != NULL; b = b->next) cache->n++;
}

static SNOWI_COLD void spill(snowi_cache *cache, uint32_t pool) {
    snowi_block *batch = cache->blocks, *last = batch;
    uint32_t n = batch_of(pool);
    for (uint32_t i = 1; i < n; i++) last = last->next;
    cache->blocks = last->next;
    cache->n -= n;
    last->next = NULL;
    give_batch(pool, batch);
}

/* Without a worker: one block of a batch, the rest goes back. */
static SNOWI_COLD void *take_single(uint32_t pool) {
    snowi_block *batch = take_batch(pool), *rest = batch->next;
    if (rest != NULL) give_batch(pool, rest);
    return batch;
}

void *snowi_pool_take(snowi_worker *worker, uint32_t pool) {
    snowi_block *block;
    if (SNOWI_LIKELY(worker != NULL)) {
        snowi_cache *cache = &worker->caches[pool];
        if (SNOWI_UNLIKELY(cache->blocks == NULL)) refill(cache, pool);
        block = cache->blocks;
        cache->blocks = block->next;
        cache->n--;
    } else {
        block = take_single(pool);
    }
    if (pool == SNOWI_POOL_RECORDS) return (uint8_t *)block - link_offset(pool);
    SNOWI_UNPOISON(block, block_size(pool));
    return block;
}

void snowi_pool_give(snowi_worker *worker, uint32_t pool, void *memory) {
    snowi_block *block = (snowi_block *)((uint8_t *)memory + link_offset(pool));
    if (pool != SNOWI_POOL_RECORDS) SNOWI_POISON(block + 1, block_size(pool) - sizeof *block);
    if (SNOWI_UNLIKELY(worker == NULL)) {
        block->next = NULL;
        give_batch(pool, block);
        return;
    }
    snowi_cache *cache = &worker->caches[pool];
    block->next = cache->blocks;
    cache->blocks = block;
    if (SNOWI_UNLIKELY(++cache->n > 2 * batch_of(pool))) spill(cache, pool);
}

void snowi_pool_close(void) {
    for (uint32_t pool = 0; pool < SNOWI_POOLS; pool++) {
        for (slab *s = depots[pool].slabs, *next; s != NULL; s = next) {
            next = s->next;
            SNOWI_UNPOISON(s->blocks, batch_of(pool) * block_size(pool));
            free(s);
        }
        depots[pool].slabs = NULL;
        depots[pool].batches = NULL;
    }
}
