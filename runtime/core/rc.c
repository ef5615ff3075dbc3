/* Freeing an object and everything that only it holds, in constant space.
 *
 * The walk goes depth first and reverses pointers: while it is inside a child, the slot of the parent
 * that held the child holds the parent's own parent, and the dead parent's count holds the number of
 * that slot. The last pointer of an object is followed after its memory was given back, so that a chain
 * of any length is walked forward only. A list is emptied from its end, its length being the cursor.
 *
 * The walk is not bounded: freeing a structure of n objects takes n steps at once. Its whole state is
 * the pair (object, parent), so that it can be made to stop and continue later.
 */
#include "snow_internal.h"

static bool is_list(uint32_t kind) { return kind == SNOW_LIST; }

/* Takes one unit from a child; whether it must be freed. Strings are freed at once. */
static bool gives_last_unit(snow_ctx *ctx, snow_object *child) {
    if (!snowi_is_mortal(child)) return false;
    if (child->count > 1) {
        child->count--;
        return false;
    }
    if (snowi_is_string(child)) {
        snowi_release(ctx, child, snowi_object_bytes(child));
        return false;
    }
    return true;
}

/* The slot of the child to visit next, starting at the cursor; NULL when there is none. Moves the
 * cursor behind it and says whether another pointer can follow. */
static int64_t *next_pointer(snow_object *object, const snow_desc *desc, bool *more) {
    if (is_list(desc->kind)) {
        snow_list *xs = (snow_list *)object;
        if (desc->classes[0] != SNOW_PTR || xs->len == 0) return NULL;
        xs->len--;
        *more = xs->len > 0;
        return &xs->data[xs->len];
    }
    snow_record *record = (snow_record *)object;
    uint32_t i = object->count;
    while (i < desc->n_fields && desc->classes[i] != SNOW_PTR) i++;
    if (i == desc->n_fields) return NULL;
    object->count = i + 1;
    *more = false;
    for (uint32_t k = i + 1; k < desc->n_fields && !*more; k++) *more = desc->classes[k] == SNOW_PTR;
    return &record->slots[i];
}

/* The slot that was handed out last, where the parent's parent is kept. */
static int64_t *visited_slot(snow_object *object, const snow_desc *desc) {
    if (is_list(desc->kind)) return &((snow_list *)object)->data[((snow_list *)object)->len];
    return &((snow_record *)object)->slots[object->count - 1];
}

static void free_graph(snow_ctx *ctx, snow_object *object) {
    snow_object *parent = NULL;
    object->count = 0;
    for (;;) {
        const snow_desc *desc = snowi_desc(object->desc);
        bool more = false;
        int64_t *slot = next_pointer(object, desc, &more);
        if (slot != NULL) {
            snow_object *child = (snow_object *)*slot;
            bool last = gives_last_unit(ctx, child);
            if (!last && more) continue;
            if (last && more) {
                *slot = (int64_t)parent;
                parent = object;
                object = child;
                object->count = 0;
                continue;
            }
            snowi_release(ctx, object, snowi_object_bytes(object));
            if (last) {
                object = child;
                object->count = 0;
                continue;
            }
        } else {
            snowi_release(ctx, object, snowi_object_bytes(object));
        }
        if (parent == NULL) return;
        object = parent;
        parent = (snow_object *)*visited_slot(object, snowi_desc(object->desc));
    }
}

void snowi_free(void *context, void *p) {
    snow_ctx *ctx = context;
    snow_object *object = p;
    if (snowi_is_string(object))
        snowi_release(ctx, object, snowi_object_bytes(object));
    else
        free_graph(ctx, object);
}
