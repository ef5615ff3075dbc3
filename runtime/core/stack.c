/* Stacks of processes.
 *
 * A stack is a large piece of address space of which only the touched pages cost memory. Stacks are cut
 * out of slabs, without guard pages between them, because the number of mappings is limited: generated
 * code compares its stack pointer with a limit instead, which lies above the true end by a headroom for C
 * functions. A process is first given the upper part only; when it runs past that it gets all of it, and
 * is remembered as deep, so that only the pages of deep stacks are given back when a stack is reused.
 * Each worker keeps a list of free stacks, the rest is in a list of all. The stack of main is a mapping of
 * its own, with a page below that must not be touched.
 */
#include "snow_scheduler.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "fiber.h"

#define MAIN_BYTES ((size_t)8 << 20)
#define DEFAULT_BYTES ((size_t)1 << 20)
#define SMALLEST_BYTES ((size_t)64 << 10)
#define FIRST_PART ((size_t)64 << 10)
#define SLAB_STACKS 64u
#define CACHED 64u

typedef struct slab {
    struct slab *next;
    uint8_t *base;
    size_t bytes;
    uint32_t n_used;
} slab;

/* Lies at the upper end of a free stack. */
typedef struct free_stack {
    struct free_stack *next;
    void *base;
} free_stack;

static size_t stack_bytes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static slab *slabs;
static free_stack *free_stacks;

static uint64_t limit_above(const void *end) { return (uint64_t)end + SNOWI_STACK_HEADROOM; }

static void *map(size_t bytes) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED) return NULL;
    madvise(base, bytes, MADV_NOHUGEPAGE);
    return base;
}

void snowi_stacks_open(void) {
    const char *wish = getenv("SNOW_ACTOR_STACK");
    long long bytes = wish == NULL ? 0 : atoll(wish);
    stack_bytes = bytes <= 0 ? DEFAULT_BYTES : (size_t)bytes < SMALLEST_BYTES ? SMALLEST_BYTES : (size_t)bytes;
    stack_bytes = (stack_bytes + 4095) & ~(size_t)4095;
}

void snowi_stacks_close(void) {
    for (slab *s = slabs, *next; s != NULL; s = next) {
        next = s->next;
        munmap(s->base, s->bytes);
        free(s);
    }
    slabs = NULL;
    free_stacks = NULL;
}

/* ---- where they come from ---- */

/* With the lock held. */
static SNOWI_COLD bool add_slab(void) {
    slab *s = malloc(sizeof *s);
    size_t bytes = SLAB_STACKS * stack_bytes;
    uint8_t *base = s == NULL ? NULL : map(bytes);
    if (base == NULL) {
        free(s);
        return false;
    }
    *s = (slab){slabs, base, bytes, 0};
    slabs = s;
    return true;
}

static SNOWI_COLD void *shared_stack(void) {
    void *base = NULL;
    pthread_mutex_lock(&lock);
    if (free_stacks != NULL) {
        base = free_stacks->base;
        free_stacks = free_stacks->next;
    } else if ((slabs != NULL && slabs->n_used < SLAB_STACKS) || add_slab()) {
        base = slabs->base + slabs->n_used++ * stack_bytes;
    }
    pthread_mutex_unlock(&lock);
    return base;
}

static free_stack *link_of(void *base) { return (free_stack *)((uint8_t *)base + stack_bytes) - 1; }

static void give_shared(void *base) {
    pthread_mutex_lock(&lock);
    *link_of(base) = (free_stack){free_stacks, base};
    free_stacks = link_of(base);
    pthread_mutex_unlock(&lock);
}

static void *new_stack(snowi_worker *worker) {
    free_stack *cached = worker->stacks.free;
    if (cached == NULL) return shared_stack();
    worker->stacks.free = cached->next;
    worker->stacks.n--;
    return cached->base;
}

/* ---- one process ---- */

static void set_limit(snowi_process *p, const void *end) {
    p->limit = limit_above(end);
    __atomic_store_n(&p->ctx.stack_limit, p->limit, __ATOMIC_RELAXED);
}

static void take_main(snowi_process *p) {
    void *base = map(MAIN_BYTES);
    if (base == NULL) snowi_panic("out of memory", -1);
    mprotect(base, SNOWI_STACK_GUARD, PROT_NONE);
    p->stack = (struct snowi_stack){base, MAIN_BYTES};
    set_limit(p, (uint8_t *)base + SNOWI_STACK_GUARD);
}

void snowi_stack_take(snowi_worker *worker, snowi_process *p) {
    snowi_count(worker, SNOWI_STACKS, 1);
    if (SNOWI_UNLIKELY(p->is_main)) {
        take_main(p);
        return;
    }
    void *base = new_stack(worker);
    if (base == NULL) snowi_panic("out of memory", -1);
    p->stack = (struct snowi_stack){base, stack_bytes};
    p->is_deep = false;
    set_limit(p, (uint8_t *)base + stack_bytes - FIRST_PART);
}

bool snowi_stack_extend(snowi_process *p) {
    if (p->is_deep || p->is_main) return false;
    p->is_deep = true;
    set_limit(p, p->stack.base);
    return true;
}

void snowi_stack_give(snowi_worker *worker, snowi_process *p) {
    uint8_t *base = p->stack.base;
    size_t used = p->is_deep ? p->stack.size : FIRST_PART;
    SNOWI_UNPOISON(base + p->stack.size - used, used);
    p->stack.base = NULL;
    snowi_count(worker, SNOWI_STACKS, -1);
    if (SNOWI_UNLIKELY(p->is_main)) {
        munmap(base, p->stack.size);
        return;
    }
    if (p->is_deep) madvise(base, p->stack.size - FIRST_PART, MADV_DONTNEED);
    if (worker->stacks.n >= CACHED) {
        give_shared(base);
        return;
    }
    *link_of(base) = (free_stack){worker->stacks.free, base};
    worker->stacks.free = link_of(base);
    worker->stacks.n++;
}
