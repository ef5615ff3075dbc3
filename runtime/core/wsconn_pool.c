/* Buffers for bytes on their way, in sizes of powers of two.
 *
 * Without it the allocator gives memory back to the kernel and asks for it again with every batch, which
 * doubles the cost of a message of some KiB. Nobody ever waits: a list that another thread is using counts as
 * empty. What the lists keep is bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "wsconn_internal.h"

enum { SMALLEST = 8, LARGEST = 20, CLASSES = LARGEST - SMALLEST + 1, KEPT_BYTES = 1 << 20, KEPT_LEAST = 4 };

typedef struct list {
    atomic_flag busy;
    uint8_t *first; /* linked through their first bytes */
    size_t count;
    char padding[64 - sizeof(atomic_flag) - sizeof(uint8_t *) - sizeof(size_t)]; /* a cache line each */
} list;

static list lists[CLASSES];

static unsigned class_of(size_t size) {
    unsigned c = 0;
    while ((size_t)1 << (SMALLEST + c) < size) c++;
    return c;
}

static size_t most(unsigned c) {
    size_t fit = KEPT_BYTES >> (SMALLEST + c);
    return fit < KEPT_LEAST ? KEPT_LEAST : fit;
}

static uint8_t *take(list *l) {
    if (atomic_flag_test_and_set_explicit(&l->busy, memory_order_acquire)) return NULL;
    uint8_t *buffer = l->first;
    if (buffer != NULL) {
        memcpy(&l->first, buffer, sizeof l->first);
        l->count--;
    }
    atomic_flag_clear_explicit(&l->busy, memory_order_release);
    return buffer;
}

static bool keep(list *l, uint8_t *buffer, size_t limit) {
    if (atomic_flag_test_and_set_explicit(&l->busy, memory_order_acquire)) return false;
    bool kept = l->count < limit;
    if (kept) {
        memcpy(buffer, &l->first, sizeof l->first);
        l->first = buffer;
        l->count++;
    }
    atomic_flag_clear_explicit(&l->busy, memory_order_release);
    return kept;
}

uint8_t *snowi_ws_buffer(size_t size, size_t *cap) {
    if (size > (size_t)1 << LARGEST) {
        *cap = size;
        return malloc(size);
    }
    unsigned c = class_of(size);
    *cap = (size_t)1 << (SMALLEST + c);
    uint8_t *buffer = take(&lists[c]);
    return buffer != NULL ? buffer : malloc(*cap);
}

void snowi_ws_give(uint8_t *buffer, size_t cap) {
    if (buffer == NULL) return;
    if (cap <= (size_t)1 << LARGEST) {
        unsigned c = class_of(cap);
        if (keep(&lists[c], buffer, most(c))) return;
    }
    free(buffer);
}
