/* The heap of one process: cells of 32 size classes, large objects, and giving all of it back at once.
 *
 * Cells are cut out of pages, all of one class, and pages out of chunks; a chunk remembers the class of
 * each page, so that the heap can be walked. A heap begins with nothing; its first chunks and their pages
 * are small, because most processes need little. Objects over 512 bytes come from malloc, behind a prefix
 * that links them. Nothing is given back to the system before the process ends.
 */
#include "snow_scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define FIRST_CHUNK 1024u
#define LAST_CHUNK ((size_t)4 << 20)
#define MAPPED_CHUNK ((size_t)128 << 10)
#define CONTINUED 0xFF

/* The first page of a chunk holds this and then cells like any other page. A page of class CONTINUED
 * belongs to the one before it: the cells of large classes need several small pages. */
typedef struct chunk {
    struct chunk *next;
    uint32_t n_pages;
    uint32_t used_pages;
    uint32_t page_bytes;
    uint8_t page_class[];
} chunk;

typedef struct large {
    struct large *next;
    struct large *prev;
    size_t room;
    uint64_t padding;
} large;

_Static_assert(sizeof(large) % 16 == 0, "objects stay aligned behind their prefix");

static SNOWI_COLD _Noreturn void out_of_memory(void) { snowi_panic("out of memory", -1); }

void snowi_heap_open(snow_ctx *ctx) { memset(ctx, 0, sizeof *ctx); }

static void discard_larges(large *l);

/* ---- chunks ---- */

static size_t chunk_bytes(const chunk *c) { return (size_t)c->n_pages * c->page_bytes; }

static void *chunk_memory(size_t bytes) {
    snowi_worker *worker = snowi_worker_here();
    snowi_count(worker, SNOWI_CHUNKS, 1);
    if (bytes <= SNOWI_POOL_LARGEST) return snowi_pool_take(worker, snowi_pool_class(bytes));
    if (bytes < MAPPED_CHUNK) return malloc(bytes);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void free_chunk(chunk *c) {
    size_t bytes = chunk_bytes(c);
    snowi_worker *worker = snowi_worker_here();
    snowi_count(worker, SNOWI_CHUNKS, -1);
    if (bytes <= SNOWI_POOL_LARGEST) snowi_pool_give(worker, snowi_pool_class(bytes), c);
    else if (bytes < MAPPED_CHUNK) free(c);
    else munmap(c, bytes);
}

static chunk *new_chunk(snow_ctx *ctx) {
    chunk *last = ctx->chunks;
    size_t bytes = last == NULL ? FIRST_CHUNK : chunk_bytes(last) < LAST_CHUNK ? 4 * chunk_bytes(last) : LAST_CHUNK;
    chunk *c = chunk_memory(bytes);
    if (c == NULL) out_of_memory();
    c->page_bytes = bytes <= 4096 ? 256 : bytes <= 16384 ? 1024 : 4096;
    c->n_pages = (uint32_t)(bytes / c->page_bytes);
    c->used_pages = 0;
    c->next = last;
    ctx->chunks = c;
    return c;
}

/* A heap without chunks has no free cells either; its lists need not be touched. */
void snowi_heap_close(snow_ctx *ctx) {
    discard_larges(ctx->larges);
    ctx->larges = NULL;
    if (ctx->chunks == NULL) return;
    for (chunk *c = ctx->chunks, *next; c != NULL; c = next) {
        next = c->next;
        free_chunk(c);
    }
    memset(ctx->free, 0, sizeof ctx->free);
    ctx->chunks = NULL;
}

/* The first chunk alone is kept: a heap that needs no more is as fast as it was. */
void snowi_heap_trim(snow_ctx *ctx) {
    const chunk *last = ctx->chunks;
    if (last != NULL && last->next != NULL) snowi_heap_close(ctx);
}

/* ---- cells ---- */

static size_t header_bytes(const chunk *c) { return (sizeof(chunk) + c->n_pages + 15) & ~(size_t)15; }

static size_t cell_bytes(uint32_t size_class) { return (size_t)(size_class + 1) * SNOW_CELL_STEP; }

/* The cells of a page and those that continue it: where the first begins, and how many there are. */
static size_t cells_of_page(const chunk *c, uint32_t page, uint8_t **first) {
    size_t skip = page == 0 ? header_bytes(c) : 0;
    uint32_t end = page + 1;
    while (end < c->used_pages && c->page_class[end] == CONTINUED) end++;
    *first = (uint8_t *)c + (size_t)page * c->page_bytes + skip;
    return ((end - page) * c->page_bytes - skip) / cell_bytes(c->page_class[page]);
}

/* How many pages hold at least one cell, if `page` is the first of them. */
static uint32_t pages_for(const chunk *c, uint32_t page, uint32_t size_class) {
    size_t bytes = cell_bytes(size_class) + (page == 0 ? header_bytes(c) : 0);
    return (uint32_t)((bytes + c->page_bytes - 1) / c->page_bytes);
}

static bool has_pages(const chunk *c, uint32_t size_class) {
    return c != NULL && c->used_pages + pages_for(c, c->used_pages, size_class) <= c->n_pages;
}

SNOWI_COLD void *snowi_alloc_slow(void *context, int64_t wanted) {
    snow_ctx *ctx = context;
    uint32_t size_class = (uint32_t)wanted;
    chunk *c = ctx->chunks;
    while (!has_pages(c, size_class)) c = new_chunk(ctx);
    uint32_t page = c->used_pages, n_pages = pages_for(c, page, size_class);
    c->used_pages += n_pages;
    c->page_class[page] = (uint8_t)size_class;
    for (uint32_t i = 1; i < n_pages; i++) c->page_class[page + i] = CONTINUED;
    uint8_t *cell;
    size_t n = cells_of_page(c, page, &cell), step = cell_bytes(size_class);
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
static void relink(snow_ctx *ctx, large *l) {
    if (l->next != NULL) l->next->prev = l;
    if (l->prev != NULL) l->prev->next = l;
    else ctx->larges = l;
}

static large *new_large(size_t bytes, void *next) {
    large *l = malloc(sizeof(large) + bytes);
    if (l == NULL) out_of_memory();
    *l = (large){.next = next, .room = bytes};
    snowi_count(snowi_worker_here(), SNOWI_LARGES, 1);
    return l;
}

void *snowi_alloc_large(void *context, int64_t bytes) {
    snow_ctx *ctx = context;
    large *l = new_large((size_t)bytes, ctx->larges);
    relink(ctx, l);
    return l + 1;
}

void *snowi_grow_large(snow_ctx *ctx, void *object, size_t bytes) {
    large *l = prefix_of(object);
    if (bytes <= l->room) return object;
    size_t room = bytes > 2 * l->room ? bytes : 2 * l->room;
    l = realloc(l, sizeof(large) + room);
    if (l == NULL) out_of_memory();
    l->room = room;
    relink(ctx, l);
    return l + 1;
}

size_t snowi_large_room(const void *object) { return prefix_of(object)->room; }

void snowi_free_large(snow_ctx *ctx, void *object) {
    large *l = prefix_of(object);
    if (l->next != NULL) l->next->prev = l->prev;
    if (l->prev != NULL) l->prev->next = l->next;
    else ctx->larges = l->next;
    snowi_count(snowi_worker_here(), SNOWI_LARGES, -1);
    free(l);
}

/* A chain is linked from object to object, forwards only. */
void *snowi_large_new(void **chain, size_t bytes) {
    large *l = new_large(bytes, *chain == NULL ? NULL : prefix_of(*chain));
    *chain = l + 1;
    return l + 1;
}

void *snowi_large_next(void *object) {
    large *next = prefix_of(object)->next;
    return next == NULL ? NULL : next + 1;
}

void snowi_large_adopt(snow_ctx *ctx, void *chain) {
    if (chain == NULL) return;
    large *first = prefix_of(chain), *last = first;
    for (; last->next != NULL; last = last->next) last->next->prev = last;
    last->next = ctx->larges;
    if (last->next != NULL) last->next->prev = last;
    ctx->larges = first;
}

static void discard_larges(large *l) {
    for (large *next; l != NULL; l = next) {
        next = l->next;
        snowi_count(snowi_worker_here(), SNOWI_LARGES, -1);
        free(l);
    }
}

void snowi_large_discard(void *chain) {
    if (chain != NULL) discard_larges(prefix_of(chain));
}

/* ---- the walk ---- */

void snowi_heap_walk(const snow_ctx *ctx, snowi_visitor visit, void *state) {
    for (const chunk *c = ctx->chunks; c != NULL; c = c->next) {
        for (uint32_t page = 0; page < c->used_pages; page++) {
            if (c->page_class[page] == CONTINUED) continue;
            uint8_t *cell;
            size_t n = cells_of_page(c, page, &cell), step = cell_bytes(c->page_class[page]);
            for (size_t i = 0; i < n; i++, cell += step)
                if (*(uint64_t *)cell != 0) visit(state, (snow_object *)cell);
        }
    }
    for (const large *l = ctx->larges; l != NULL; l = l->next) visit(state, (const snow_object *)(l + 1));
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
