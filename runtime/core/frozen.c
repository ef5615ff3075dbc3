/* Immortal copies, for the constants of a program.
 *
 * A frozen object lies outside every heap, so that processes may share it: nobody ever counts it. The
 * copy is made breadth first. Objects with several owners are entered into a table, so that what was
 * shared stays shared; objects that are immortal already are not copied.
 */
#include "snow_internal.h"

#include <stdlib.h>

#define REGION_BYTES 65536u

typedef struct region {
    struct region *next;
    uint64_t padding;
} region;

static region *regions;
static uint8_t *region_free, *region_end;

static SNOWI_COLD void *more_region(size_t bytes) {
    size_t size = sizeof(region) + (bytes > REGION_BYTES ? bytes : REGION_BYTES);
    region *r = malloc(size);
    if (r == NULL) snowi_panic("out of memory", -1);
    r->next = regions;
    regions = r;
    region_free = (uint8_t *)(r + 1);
    region_end = (uint8_t *)r + size;
    return region_free;
}

static void *frozen_alloc(size_t bytes) {
    bytes = (bytes + 15) & ~(size_t)15;
    uint8_t *object = (size_t)(region_end - region_free) >= bytes ? region_free : more_region(bytes);
    region_free = object + bytes;
    return object;
}

void snowi_frozen_close(void) {
    for (region *r = regions, *next; r != NULL; r = next) {
        next = r->next;
        free(r);
    }
    regions = NULL;
    region_free = region_end = NULL;
}

/* ---- the copy ---- */

typedef struct copier {
    snow_object **work; /* copies whose pointers still lead to the originals */
    size_t n_work, room;
    struct { const snow_object *from; snow_object *to; } *shared; /* open addressing, size a power of two */
    size_t n_shared, slots;
} copier;

static void *grown(void *array, size_t n, size_t size) {
    void *larger = realloc(array, n * size);
    if (larger == NULL) snowi_panic("out of memory", -1);
    return larger;
}

static size_t slot_for(const copier *c, const snow_object *from) {
    size_t i = ((uintptr_t)from >> 4) * 0x9E3779B97F4A7C15u >> 16;
    for (i &= c->slots - 1; c->shared[i].from != NULL && c->shared[i].from != from; i = (i + 1) & (c->slots - 1)) {}
    return i;
}

static void enlarge_shared(copier *c) {
    copier old = *c;
    c->slots = old.slots == 0 ? 64 : 2 * old.slots;
    c->shared = calloc(c->slots, sizeof *c->shared);
    if (c->shared == NULL) snowi_panic("out of memory", -1);
    for (size_t i = 0; i < old.slots; i++)
        if (old.shared[i].from != NULL) c->shared[slot_for(c, old.shared[i].from)] = old.shared[i];
    free(old.shared);
}

static snow_object *copy_list(const snow_list *xs) {
    snow_list *copy = frozen_alloc(SNOWI_LIST_BYTES(xs->len));
    copy->header.desc = SNOW_DESC_LIST + (uint32_t)snowi_list_class(xs);
    copy->len = copy->cap = xs->len;
    copy->data = copy->words;
    if (xs->len > 0) memcpy(copy->words, xs->data, 8 * (size_t)xs->len);
    return &copy->header;
}

static snow_object *copy_one(const snow_object *from) {
    uint32_t kind = snowi_desc(from->desc)->kind;
    snow_object *copy;
    if (kind == SNOW_LIST || kind == SNOW_SLICE) {
        copy = copy_list((const snow_list *)from);
    } else {
        size_t bytes = snowi_object_bytes(from);
        copy = memcpy(frozen_alloc(bytes), from, bytes);
    }
    copy->count = SNOW_IMMORTAL;
    return copy;
}

static snow_object *copy_of(copier *c, snow_object *from) {
    if (!snowi_is_mortal(from)) return from;
    size_t slot = 0;
    bool is_shared = from->count > 1;
    if (is_shared) {
        if (2 * c->n_shared >= c->slots) enlarge_shared(c);
        slot = slot_for(c, from);
        if (c->shared[slot].from != NULL) return c->shared[slot].to;
    }
    snow_object *to = copy_one(from);
    if (is_shared) {
        c->shared[slot].from = from;
        c->shared[slot].to = to;
        c->n_shared++;
    }
    if (c->n_work == c->room) {
        c->room = c->room == 0 ? 64 : 2 * c->room;
        c->work = grown(c->work, c->room, sizeof *c->work);
    }
    c->work[c->n_work++] = to;
    return to;
}

static void copy_children(copier *c, snow_object *object) {
    const snow_desc *desc = snowi_desc(object->desc);
    if (desc->kind == SNOW_LIST) {
        snow_list *xs = (snow_list *)object;
        if (desc->classes[0] != SNOW_PTR) return;
        for (int64_t i = 0; i < xs->len; i++) xs->data[i] = (int64_t)copy_of(c, (snow_object *)xs->data[i]);
        return;
    }
    int64_t *slots = ((snow_record *)object)->slots;
    for (uint32_t i = 0; i < desc->n_fields; i++)
        if (desc->classes[i] == SNOW_PTR) slots[i] = (int64_t)copy_of(c, (snow_object *)slots[i]);
}

void *snowi_freeze(void *context, void *object) {
    copier c = {0};
    snow_object *copy = copy_of(&c, object);
    while (c.n_work > 0) copy_children(&c, c.work[--c.n_work]);
    free(c.work);
    free(c.shared);
    snowi_drop(context, object);
    return copy;
}
