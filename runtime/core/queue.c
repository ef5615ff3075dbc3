/* Queues of runnable processes: a ring per worker, and one list that all workers share.
 *
 * Only the owner puts into a ring, at its tail; it and thieves take from its head, by raising the head
 * with a compare-and-exchange, so that each process is taken once. What does not fit goes to the shared
 * list, as does what other threads make runnable.
 */
#include "snow_scheduler.h"

#define MOST_TAKEN 64u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static snowi_process *shared_first, *shared_last;
static _Atomic size_t shared_n;

/* ---- rings ---- */

static uint32_t head_of(const snowi_ring *ring) { return atomic_load_explicit(&ring->head, memory_order_acquire); }

static snowi_process *slot(const snowi_ring *ring, uint32_t i) {
    return atomic_load_explicit(&ring->slots[i % SNOWI_RING], memory_order_relaxed);
}

/* The older half of a full ring goes to the shared list, unless a thief comes in between. */
static SNOWI_COLD void shed(snowi_ring *ring, uint32_t head) {
    uint32_t n = SNOWI_RING / 2;
    snowi_process *chain[SNOWI_RING / 2];
    for (uint32_t i = 0; i < n; i++) chain[i] = slot(ring, head + i);
    if (!atomic_compare_exchange_strong(&ring->head, &head, head + n)) return;
    for (uint32_t i = 0; i + 1 < n; i++) chain[i]->next = chain[i + 1];
    snowi_shared_put(chain[0], chain[n - 1], n);
}

void snowi_ring_push(snowi_worker *worker, snowi_process *p) {
    snowi_ring *ring = &worker->ring;
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    for (uint32_t head = head_of(ring); tail - head == SNOWI_RING; head = head_of(ring)) shed(ring, head);
    atomic_store_explicit(&ring->slots[tail % SNOWI_RING], p, memory_order_relaxed);
    /* With several workers in one order with what snowi_wake_one reads next. */
    atomic_store_explicit(&ring->tail, tail + 1, snowi_n_workers > 1 ? memory_order_seq_cst : memory_order_release);
}

snowi_process *snowi_ring_pop(snowi_worker *worker) {
    snowi_ring *ring = &worker->ring;
    uint32_t head = head_of(ring), tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    while (head != tail) {
        snowi_process *p = slot(ring, head);
        if (snowi_n_workers == 1) {
            atomic_store_explicit(&ring->head, head + 1, memory_order_release);
            return p;
        }
        if (atomic_compare_exchange_weak_explicit(&ring->head, &head, head + 1, memory_order_acq_rel,
                                                  memory_order_acquire))
            return p;
    }
    return NULL;
}

snowi_process *snowi_ring_steal(snowi_worker *thief, snowi_worker *victim) {
    snowi_ring *from = &victim->ring, *to = &thief->ring;
    uint32_t head = head_of(from);
    uint32_t n = atomic_load_explicit(&from->tail, memory_order_acquire) - head;
    if (n == 0 || n > SNOWI_RING) return NULL;
    n -= n / 2;
    snowi_process *first = slot(from, head);
    /* The thief's ring is empty, so there is room; nobody sees the slots before the tail moves. */
    uint32_t tail = atomic_load_explicit(&to->tail, memory_order_relaxed);
    for (uint32_t i = 1; i < n; i++)
        atomic_store_explicit(&to->slots[(tail + i - 1) % SNOWI_RING], slot(from, head + i), memory_order_relaxed);
    if (!atomic_compare_exchange_strong_explicit(&from->head, &head, head + n, memory_order_acq_rel,
                                                 memory_order_acquire))
        return NULL;
    if (n > 1) atomic_store(&to->tail, tail + n - 1);
    return first;
}

/* ---- the shared list ---- */

size_t snowi_shared_length(void) { return atomic_load(&shared_n); }

void snowi_shared_put(snowi_process *first, snowi_process *last, size_t n) {
    last->next = NULL;
    pthread_mutex_lock(&lock);
    if (shared_first == NULL) shared_first = first;
    else shared_last->next = first;
    shared_last = last;
    atomic_fetch_add(&shared_n, n);
    pthread_mutex_unlock(&lock);
}

/* Cuts off up to `most` from the front. */
static snowi_process *cut(size_t most, size_t *n) {
    pthread_mutex_lock(&lock);
    size_t share = atomic_load(&shared_n) / snowi_n_workers + 1;
    snowi_process *first = shared_first, *last = NULL;
    for (*n = 0; shared_first != NULL && *n < most && *n < share; ++*n) {
        last = shared_first;
        shared_first = last->next;
    }
    if (last != NULL) last->next = NULL;
    atomic_fetch_sub(&shared_n, *n);
    pthread_mutex_unlock(&lock);
    return first;
}

snowi_process *snowi_shared_take(snowi_worker *worker) {
    if (snowi_shared_length() == 0) return NULL;
    size_t n;
    snowi_process *first = cut(MOST_TAKEN, &n);
    if (n == 0) return NULL;
    for (snowi_process *p = first->next, *next; p != NULL; p = next) {
        next = p->next;
        snowi_ring_push(worker, p);
    }
    return first;
}

void snowi_queues_close(void) {
    shared_first = shared_last = NULL;
    atomic_store(&shared_n, 0);
}
