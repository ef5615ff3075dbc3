/* Ending turns: a thread that looks at the workers again and again, while anybody waits for one.
 *
 * A turn lasts one to two ticks, about a millisecond. When a worker is still in the turn in which it was
 * seen at the last look, the stack limit of the process it runs is raised to the maximum. The next
 * comparison of the stack pointer with it fails and leads to snowi_stack_slow, which tells this case from
 * a stack that is really used up. The store may hit a process that has just stopped running, or another
 * that got its record: it then stops once too often, which is harmless.
 */
#include "snow_scheduler.h"

#include <time.h>

#define TICK_NS 700000
#define LAZY_TICKS 8
#define DOZE_NS 20000000

_Atomic uint32_t snowi_preempter_is_awake = 1;
static pthread_t thread;
static _Atomic bool is_ending;

void snowi_preempter_wake(void) {
    if (atomic_exchange(&snowi_preempter_is_awake, 1) == 0) snowi_futex_wake(&snowi_preempter_is_awake);
}

static bool is_kept_waiting(snowi_worker *w, int64_t now) {
    return !snowi_ring_is_empty(&w->ring) || atomic_load_explicit(&w->next, memory_order_relaxed) != NULL ||
           snowi_shared_length() > 0 || snowi_timers_next(w) <= now || snowi_is_stopping();
}

/* Whether the worker has to be looked at again. */
static bool inspect(snowi_worker *w, uint32_t *seen) {
    snowi_process *p = atomic_load_explicit(&w->current, memory_order_relaxed);
    if (p == NULL) return false;
    uint32_t turn = atomic_load_explicit(&w->turn, memory_order_relaxed);
    bool same = turn == *seen;
    *seen = turn;
    if (!is_kept_waiting(w, snowi_now())) return w->timers.n > 0;
    if (same) {
        atomic_store_explicit(&w->is_overdue, true, memory_order_relaxed);
        __atomic_store_n(&p->ctx.stack_limit, UINT64_MAX, __ATOMIC_RELAXED);
        if (snowi_some_sleep()) snowi_wake_one();
    }
    return true;
}

static bool inspect_all(uint32_t *seen) {
    bool useful = false;
    for (uint32_t i = 0; i < snowi_n_workers; i++) useful |= inspect(&snowi_workers[i], &seen[i]);
    return useful;
}

/* The last look comes some time after the announcement: a store that was on its way has arrived. */
static void doze(uint32_t *seen) {
    atomic_store(&snowi_preempter_is_awake, 0);
    snowi_futex_wait(&snowi_preempter_is_awake, 0, DOZE_NS);
    if (inspect_all(seen)) {
        atomic_store(&snowi_preempter_is_awake, 1);
        return;
    }
    while (atomic_load(&snowi_preempter_is_awake) == 0 && !atomic_load(&is_ending))
        snowi_futex_wait(&snowi_preempter_is_awake, 0, -1);
}

static void *watch(void *argument) {
    (void)argument;
    uint32_t seen[SNOWI_MOST_WORKERS] = {0}, idle_ticks = 0;
    while (!atomic_load(&is_ending)) {
        nanosleep(&(struct timespec){0, TICK_NS}, NULL);
        snowi_hand_over_now();
        idle_ticks = inspect_all(seen) ? 0 : idle_ticks + 1;
        if (idle_ticks < LAZY_TICKS) continue;
        doze(seen);
        idle_ticks = 0;
    }
    return NULL;
}

bool snowi_preempter_open(void) {
    atomic_store(&is_ending, false);
    atomic_store(&snowi_preempter_is_awake, 1);
    return snowi_start_thread(&thread, watch, NULL);
}

void snowi_preempter_close(void) {
    atomic_store(&is_ending, true);
    snowi_preempter_wake();
    pthread_join(thread, NULL);
}

/* ---- the slow path of the check ---- */

/* Reached from snowi_stack_slow, on the process's stack. */
void snowi_stack_hit(void *context, int64_t loc) {
    snowi_process *p = context;
    if (__atomic_exchange_n(&p->ctx.stack_limit, p->limit, __ATOMIC_RELAXED) == UINT64_MAX) {
        snowi_park(p, SNOWI_YIELD);
        return;
    }
    if (snowi_stack_extend(p)) return;
    snowi_panic("stack overflow", loc);
}
