/* Messages: copies of values on their way from one heap to another.
 *
 * A copy lies in memory of no process. It is made breadth first without recursion or a list of work: the
 * objects lie one behind the other in the message's segments, and going over them in that order finds
 * the pointers that still lead to originals. A pointer to an object in a segment has its lowest bit set,
 * so that the receiver can tell it from one that is final, to an immortal or to a large object. Large
 * objects are allocated singly; the receiver adopts them as they are. The rest it moves into its own
 * cells: first all objects get a cell, whose address is left in the old place, then the contents follow.
 */
#include "snow_scheduler.h"

#include <stdlib.h>

#define FIRST_SEGMENT 168u
#define LARGEST_SEGMENT 65536u
#define POLL_EVERY 1000u
#define IS_MOVED 1

typedef struct segment {
    struct segment *next;
    uint32_t used, room;
    uint8_t objects[];
} segment;

/* Behind the message of every boxed value; the first segment follows. */
struct snowi_fragment {
    void *larges;       /* latest first */
    segment *last;
    size_t n_objects;   /* in segments */
    segment first;
};

static size_t rounded(size_t bytes) { return (bytes + 7) & ~(size_t)7; }

/* ---- message blocks ---- */

static void *new_block(size_t bytes, uint16_t *block) {
    snowi_worker *worker = snowi_worker_here();
    snowi_count(worker, SNOWI_MESSAGES, 1);
    if (SNOWI_LIKELY(bytes <= SNOWI_POOL_LARGEST)) {
        *block = (uint16_t)snowi_pool_class(bytes);
        return snowi_pool_take(worker, *block);
    }
    *block = UINT16_MAX;
    void *memory = malloc(bytes);
    if (memory == NULL) snowi_panic("out of memory", -1);
    return memory;
}

static snowi_message *new_message(uint32_t cls, int64_t payload, size_t fragment_bytes) {
    uint16_t block;
    snowi_message *m = new_block(sizeof *m + fragment_bytes, &block);
    *m = (snowi_message){.cls = (uint16_t)cls, .block = block, .payload = payload};
    return m;
}

/* With an empty fragment whose first segment has room for `bytes`. */
static snowi_message *new_boxed(size_t bytes) {
    bytes = rounded(bytes < FIRST_SEGMENT ? FIRST_SEGMENT : bytes);
    snowi_message *m = new_message(SNOW_PTR, 0, sizeof(struct snowi_fragment) + bytes);
    struct snowi_fragment *f = m->fragment = (struct snowi_fragment *)(m + 1);
    *f = (struct snowi_fragment){.last = &f->first, .first = {NULL, 0, (uint32_t)bytes}};
    return m;
}

void snowi_message_free(snowi_message *m) {
    snowi_worker *worker = snowi_worker_here();
    snowi_count(worker, SNOWI_MESSAGES, -1);
    if (m->fragment != NULL) {
        for (segment *s = m->fragment->first.next, *next; s != NULL; s = next) {
            next = s->next;
            free(s);
            snowi_count(worker, SNOWI_SEGMENTS, -1);
        }
        snowi_large_discard(m->fragment->larges);
    }
    if (SNOWI_LIKELY(m->block != UINT16_MAX))
        snowi_pool_give(worker, m->block, m);
    else
        free(m);
}

/* ---- copying out ---- */

typedef struct copier {
    struct snowi_fragment *fragment;
    snowi_sharing sharing;
} copier;

static SNOWI_COLD void add_segment(struct snowi_fragment *f, size_t bytes) {
    size_t room = 4 * (size_t)f->last->room;
    if (room > LARGEST_SEGMENT) room = LARGEST_SEGMENT;
    if (room < bytes) room = bytes;
    segment *s = malloc(sizeof *s + room);
    if (s == NULL) snowi_panic("out of memory", -1);
    *s = (segment){NULL, 0, (uint32_t)room};
    f->last->next = s;
    f->last = s;
    snowi_count(snowi_worker_here(), SNOWI_SEGMENTS, 1);
}

/* A copy of one object, as the word by which it is known. */
static int64_t copy_one(struct snowi_fragment *f, const snow_object *from) {
    size_t bytes = snowi_copy_bytes(from);
    if (bytes > SNOW_CELL_MAX) {
        snow_object *large = snowi_large_new(&f->larges, bytes);
        snowi_copy_object(large, from, bytes);
        return (int64_t)large;
    }
    if (f->last->room - f->last->used < rounded(bytes)) add_segment(f, rounded(bytes));
    snow_object *small = (snow_object *)(f->last->objects + f->last->used);
    f->last->used += (uint32_t)rounded(bytes);
    f->n_objects++;
    snowi_copy_object(small, from, bytes);
    return (int64_t)small | IS_MOVED;
}

static int64_t copy_of(copier *c, snow_object *from) {
    if (!snowi_is_mortal(from)) return (int64_t)from;
    if (SNOWI_LIKELY(from->count == 1)) return copy_one(c->fragment, from);
    int64_t known = snowi_sharing_find(&c->sharing, from);
    if (known != 0) {
        ((snow_object *)(known & ~(int64_t)IS_MOVED))->count++;
        return known;
    }
    known = copy_one(c->fragment, from);
    snowi_sharing_enter(&c->sharing, from, known);
    return known;
}

static void copy_children(copier *c, snow_object *object) {
    SNOWI_EACH_POINTER(object, slot) *slot = copy_of(c, (snow_object *)*slot);
}

/* Copies the children of all large objects in front of `seen`, which are later ones. */
static void *copy_larges(copier *c, void *seen) {
    void *newest = c->fragment->larges;
    for (void *large = newest; large != seen; large = snowi_large_next(large)) copy_children(c, large);
    return newest;
}

/* Until no copy leads to an original. `sender` may be NULL. */
static void copy_rest(copier *c, snowi_process *sender) {
    segment *s = &c->fragment->first;
    uint32_t at = 0, n = 0;
    void *seen = NULL;
    for (;;) {
        if (c->fragment->larges != seen) seen = copy_larges(c, seen);
        if (at == s->used && s->next != NULL) {
            s = s->next;
            at = 0;
        } else if (at == s->used) {
            if (c->fragment->larges == seen) return;
        } else {
            snow_object *object = (snow_object *)(s->objects + at);
            at += (uint32_t)rounded(snowi_copy_bytes(object));
            copy_children(c, object);
            if (++n % POLL_EVERY == 0 && sender != NULL) snowi_poll(sender);
        }
    }
}

snowi_message *snowi_message_of(snowi_process *sender, int64_t cls, int64_t word) {
    if (cls != SNOW_PTR) return new_message((uint32_t)cls, word, 0);
    snow_object *object = (snow_object *)word;
    if (!snowi_is_mortal(object)) return new_message(SNOW_PTR, word, 0);
    size_t bytes = snowi_copy_bytes(object);
    snowi_message *m = new_boxed(bytes > SNOW_CELL_MAX ? 0 : bytes);
    if (snowi_is_string(object)) {
        m->payload = copy_one(m->fragment, object);
        return m;
    }
    copier c = {.fragment = m->fragment};
    snowi_sharing_open(&c.sharing);
    m->payload = copy_of(&c, object);
    copy_rest(&c, sender);
    snowi_sharing_close(&c.sharing);
    return m;
}

snowi_message *snowi_message_of_bytes(const void *bytes, size_t len) {
    if (bytes == NULL) return new_message(SNOW_UNIT, 0, 0);
    size_t size = SNOWI_STRING_BYTES(len);
    snowi_message *m = new_boxed(size > SNOW_CELL_MAX ? 0 : size);
    struct snowi_fragment *f = m->fragment;
    snow_string *s;
    if (size > SNOW_CELL_MAX) {
        s = snowi_large_new(&f->larges, size);
        m->payload = (int64_t)s;
    } else {
        s = (snow_string *)f->first.objects;
        f->first.used = (uint32_t)rounded(size);
        f->n_objects = 1;
        m->payload = (int64_t)s | IS_MOVED;
    }
    s->header = (snow_object){1, SNOW_DESC_STRING};
    s->byte_len = len;
    memcpy(s->bytes, bytes, len);
    s->bytes[len] = 0;
    return m;
}

/* ---- copying in ---- */

static void set_moved(int64_t *slot) {
    if (*slot & IS_MOVED) *slot = *(int64_t *)(*slot - IS_MOVED);
}

/* The only object: nothing points at it. */
static int64_t move_single(snow_ctx *ctx, const segment *s) {
    const snow_object *from = (const snow_object *)s->objects;
    size_t bytes = snowi_copy_bytes(from);
    snow_object *to = snowi_alloc(ctx, bytes, from->desc);
    snowi_copy_object(to, from, bytes);
    return (int64_t)to;
}

static void reserve_cells(snow_ctx *ctx, segment *s) {
    for (; s != NULL; s = s->next) {
        for (uint32_t at = 0; at < s->used;) {
            snow_object *from = (snow_object *)(s->objects + at);
            size_t bytes = snowi_copy_bytes(from);
            snow_object *to = snowi_alloc(ctx, bytes, from->desc);
            snowi_copy_object(to, from, bytes);
            to->count = from->count;
            *(snow_object **)from = to;
            at += (uint32_t)rounded(bytes);
        }
    }
}

static void lead_to_cells(segment *s) {
    for (; s != NULL; s = s->next) {
        for (uint32_t at = 0; at < s->used;) {
            snow_object *to = *(snow_object **)(s->objects + at);
            SNOWI_EACH_POINTER(to, slot) set_moved(slot);
            at += (uint32_t)rounded(snowi_copy_bytes(to));
        }
    }
}

int64_t snowi_message_take(snow_ctx *ctx, snowi_message *m) {
    struct snowi_fragment *f = m->fragment;
    if (f == NULL) return m->payload;
    if (f->larges == NULL && f->n_objects == 1) return move_single(ctx, &f->first);
    reserve_cells(ctx, &f->first);
    lead_to_cells(&f->first);
    for (void *large = f->larges; large != NULL; large = snowi_large_next(large))
        SNOWI_EACH_POINTER(large, slot) set_moved(slot);
    snowi_large_adopt(ctx, f->larges);
    f->larges = NULL;
    set_moved(&m->payload);
    return m->payload;
}
