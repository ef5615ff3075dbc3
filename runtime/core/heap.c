/* The heap of one process: cells of 32 size classes, large objects, and giving all of it back at once.
 *
 * Cells are cut out of pages, all of one class, and pages out of chunks; a chunk remembers the class of
 * each page, so that the heap can be walked. Objects over 512 bytes come from malloc, behind a prefix
 * that links them. Nothing is given back to the system before the process ends.
 */
#include "snow_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 4096u
#define FIRST_CHUNK_PAGES 16u
#define LAST_CHUNK_PAGES 1024u

/* The first page of a chunk holds this and then cells like any other page. */
typedef struct chunk {
    struct chunk *next;
    uint32_t n_pages;
    uint32_t used_pages;
    uint8_t page_class[];
} chunk;

typedef struct large {
    struct large *next;
    struct large *prev;
    size_t room;
    uint64_t padding;
} large;

_Static_assert(sizeof(large) % 16 == 0, "objects stay aligned behind their prefix");

struct snowi_heap {
    chunk *chunks;
    large *larges;
};

static SNOWI_COLD _Noreturn void out_of_memory(void) { snowi_panic("out of memory", -1); }

void snowi_heap_open(snow_ctx *ctx) {
    memset(ctx, 0, sizeof *ctx);
    ctx->heap = calloc(1, sizeof *ctx->heap);
    if (ctx->heap == NULL) out_of_memory();
}

void snowi_heap_close(snow_ctx *ctx) {
    for (chunk *c = ctx->heap->chunks, *next; c != NULL; c = next) {
        next = c->next;
        munmap(c, (size_t)c->n_pages * PAGE);
    }
    for (large *l = ctx->heap->larges, *next; l != NULL; l = next) {
        next = l->next;
        free(l);
    }
    free(ctx->heap);
    memset(ctx, 0, sizeof *ctx);
}

/* ---- cells ---- */

static chunk *new_chunk(struct snowi_heap *heap) {
    uint32_t n_pages = FIRST_CHUNK_PAGES;
    if (heap->chunks != NULL && heap->chunks->n_pages < LAST_CHUNK_PAGES) n_pages = heap->chunks->n_pages * 2;
    else if (heap->chunks != NULL) n_pages = LAST_CHUNK_PAGES;
    chunk *c = mmap(NULL, (size_t)n_pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (c == MAP_FAILED) out_of_memory();
    c->next = heap->chunks;
    c->n_pages = n_pages;
    c->used_pages = 0;
    heap->chunks = c;
    return c;
}

static size_t header_bytes(const chunk *c) { return (sizeof(chunk) + c->n_pages + 15) & ~(size_t)15; }

/* The cells of a page: where the first begins, and how many there are. */
static size_t cells_of_page(const chunk *c, uint32_t page, uint8_t **first) {
    size_t skip = page == 0 ? header_bytes(c) : 0;
    *first = (uint8_t *)c + (size_t)page * PAGE + skip;
    return (PAGE - skip) / ((c->page_class[page] + 1u) * SNOW_CELL_STEP);
}

SNOWI_COLD void *snowi_alloc_slow(void *context, int64_t size_class) {
    snow_ctx *ctx = context;
    chunk *c = ctx->heap->chunks;
    if (c == NULL || c->used_pages == c->n_pages) c = new_chunk(ctx->heap);
    uint32_t page = c->used_pages++;
    c->page_class[page] = (uint8_t)size_class;
    uint8_t *cell;
    size_t n = cells_of_page(c, page, &cell), step = ((size_t)size_class + 1) * SNOW_CELL_STEP;
    void *first = cell;
    for (size_t i = 1; i < n; i++, cell += step) {
        *(uint64_t *)cell = 0;
        ((void **)cell)[1] = cell + step;
    }
    *(uint64_t *)cell = 0;
    ((void **)cell)[1] = NULL;
    ctx->free[size_class] = ((void **)first)[1];
    return first;
}

/* ---- large objects ---- */

static large *prefix_of(const void *object) { return (large *)object - 1; }

/* Also after realloc has moved the prefix: its neighbours learn the new address. */
static void relink(struct snowi_heap *heap, large *l) {
    if (l->next != NULL) l->next->prev = l;
    if (l->prev != NULL) l->prev->next = l;
    else heap->larges = l;
}

void *snowi_alloc_large(void *context, int64_t bytes) {
    snow_ctx *ctx = context;
    large *l = malloc(sizeof(large) + (size_t)bytes);
    if (l == NULL) out_of_memory();
    l->room = (size_t)bytes;
    l->prev = NULL;
    l->next = ctx->heap->larges;
    relink(ctx->heap, l);
    return l + 1;
}

void *snowi_grow_large(snow_ctx *ctx, void *object, size_t bytes) {
    large *l = prefix_of(object);
    if (bytes <= l->room) return object;
    size_t room = bytes > 2 * l->room ? bytes : 2 * l->room;
    l = realloc(l, sizeof(large) + room);
    if (l == NULL) out_of_memory();
    l->room = room;
    relink(ctx->heap, l);
    return l + 1;
}

size_t snowi_large_room(const void *object) { return prefix_of(object)->room; }

void snowi_free_large(snow_ctx *ctx, void *object) {
    large *l = prefix_of(object);
    if (l->next != NULL) l->next->prev = l->prev;
    if (l->prev != NULL) l->prev->next = l->next;
    else ctx->heap->larges = l->next;
    free(l);
}

/* ---- the walk ---- */

void snowi_heap_walk(const snow_ctx *ctx, snowi_visitor visit, void *state) {
    for (const chunk *c = ctx->heap->chunks; c != NULL; c = c->next) {
        for (uint32_t page = 0; page < c->used_pages; page++) {
            uint8_t *cell;
            size_t n = cells_of_page(c, page, &cell), step = (c->page_class[page] + 1u) * SNOW_CELL_STEP;
            for (size_t i = 0; i < n; i++, cell += step)
                if (*(uint64_t *)cell != 0) visit(state, (snow_object *)cell);
        }
    }
    for (const large *l = ctx->heap->larges; l != NULL; l = l->next) visit(state, (const snow_object *)(l + 1));
}

#define LEAK_NAMES 16

struct tally {
    int64_t total;
    size_t n_names;
    uint32_t desc[LEAK_NAMES];
    int64_t count[LEAK_NAMES];
};

static void count_leak(void *state, const snow_object *object) {
    struct tally *t = state;
    t->total++;
    size_t i = 0;
    while (i < t->n_names && t->desc[i] != object->desc) i++;
    if (i == t->n_names) {
        if (i == LEAK_NAMES) return;
        t->desc[i] = object->desc;
        t->n_names++;
    }
    t->count[i]++;
}

SNOWI_COLD int64_t snowi_report_leaks(const snow_ctx *ctx) {
    struct tally t = {0};
    snowi_heap_walk(ctx, count_leak, &t);
    if (t.total == 0) return 0;
    char text[64];
    snowi_complain(text, (size_t)snprintf(text, sizeof text, "leak: %lld object(s):", (long long)t.total));
    for (size_t i = 0; i < t.n_names; i++) {
        const char *name = snowi_desc(t.desc[i])->name;
        snowi_complain(text, (size_t)snprintf(text, sizeof text, " %lld ", (long long)t.count[i]));
        snowi_complain(name, strlen(name));
    }
    snowi_complain("\n", 1);
    return t.total;
}
