/* Immortal copies: constants of the program, and what services keep.
 *
 * A frozen object lies outside every heap, in a region, so that processes may share it: nobody ever
 * counts it. The copy is made breadth first, without recursion. What was shared stays shared, and what
 * is immortal already is not copied.
 */
#include "snow_internal.h"

#include <pthread.h>
#include <stdlib.h>

#define PIECE_BYTES 65536u
#define FIRST_PIECE 1024u

typedef struct piece {
    struct piece *next;
    uint64_t padding;
} piece;

struct snowi_region {
    piece *pieces;
    uint8_t *free, *end;
    size_t piece_bytes;
};

snowi_region *snowi_region_new(void) {
    snowi_region *region = calloc(1, sizeof *region);
    if (region == NULL) snowi_panic("out of memory", -1);
    region->piece_bytes = FIRST_PIECE;
    return region;
}

static SNOWI_COLD void *more_room(snowi_region *region, size_t bytes) {
    size_t size = sizeof(piece) + (bytes > region->piece_bytes ? bytes : region->piece_bytes);
    piece *p = malloc(size);
    if (p == NULL) snowi_panic("out of memory", -1);
    if (region->piece_bytes < PIECE_BYTES) region->piece_bytes *= 4;
    p->next = region->pieces;
    region->pieces = p;
    region->free = (uint8_t *)(p + 1);
    region->end = (uint8_t *)p + size;
    return region->free;
}

static void *region_alloc(snowi_region *region, size_t bytes) {
    bytes = (bytes + 15) & ~(size_t)15;
    uint8_t *object = (size_t)(region->end - region->free) >= bytes ? region->free : more_room(region, bytes);
    region->free = object + bytes;
    return object;
}

void snowi_region_free(snowi_region *region) {
    if (region == NULL) return;
    for (piece *p = region->pieces, *next; p != NULL; p = next) {
        next = p->next;
        free(p);
    }
    free(region);
}

/* ---- the copy ---- */

typedef struct copier {
    snowi_region *region;
    snow_object **work; /* copies whose pointers still lead to the originals */
    size_t n_work, room;
    snowi_sharing sharing;
} copier;

static void remember(copier *c, snow_object *copy) {
    if (c->n_work == c->room) {
        c->room = c->room == 0 ? 64 : 2 * c->room;
        c->work = realloc(c->work, c->room * sizeof *c->work);
        if (c->work == NULL) snowi_panic("out of memory", -1);
    }
    c->work[c->n_work++] = copy;
}

static snow_object *copy_of(copier *c, snow_object *from) {
    if (!snowi_is_mortal(from)) return from;
    bool is_shared = from->count > 1;
    int64_t known = is_shared ? snowi_sharing_find(&c->sharing, from) : 0;
    if (known != 0) return (snow_object *)known;
    size_t bytes = snowi_copy_bytes(from);
    snow_object *to = region_alloc(c->region, bytes);
    snowi_copy_object(to, from, bytes);
    if (snowi_is_string(to)) snow_string_length(to); /* While it is mortal, this can leave a mark. */
    to->count = SNOW_IMMORTAL;
    if (is_shared) snowi_sharing_enter(&c->sharing, from, (int64_t)to);
    remember(c, to);
    return to;
}

void *snowi_region_copy(snowi_region *region, void *object) {
    copier c = {.region = region};
    snow_object *copy = copy_of(&c, object);
    while (c.n_work > 0) {
        snow_object *next = c.work[--c.n_work];
        SNOWI_EACH_POINTER(next, slot) *slot = (int64_t)copy_of(&c, (snow_object *)*slot);
    }
    free(c.work);
    snowi_sharing_close(&c.sharing);
    return copy;
}

/* ---- constants ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static snowi_region *constants;

void snowi_frozen_close(void) {
    snowi_region_free(constants);
    constants = NULL;
}

void *snowi_freeze(void *context, void *object) {
    pthread_mutex_lock(&lock);
    if (constants == NULL) constants = snowi_region_new();
    void *copy = snowi_region_copy(constants, object);
    pthread_mutex_unlock(&lock);
    snowi_drop(context, object);
    return copy;
}
