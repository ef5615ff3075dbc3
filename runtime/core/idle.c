/* Workers that find nothing to do sleep in the kernel, and are woken when there is something.
 *
 * A worker that is about to sleep says so first and then looks once more at all queues; whoever queues
 * something looks at the sleepers afterwards. Both in one order for all threads, so one of the two sees
 * the other. At most one worker at a time is woken to search: it wakes the next when it finds something
 * and more may be left. When the last worker goes to sleep, the program may have come to its end.
 */
#include "snow_scheduler.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t sleepers; /* one bit per worker */
static _Atomic uint32_t n_searching;
static _Atomic uint64_t n_wakings;

void snowi_idle_open(void) {
    atomic_store(&sleepers, 0);
    atomic_store(&n_searching, 0);
}

void snowi_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t ns) {
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, ns < 0 ? NULL : &t, NULL, 0);
}

void snowi_futex_wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

/* ---- waking ---- */

static void rouse(snowi_worker *worker) {
    atomic_store(&worker->is_woken, 1);
    snowi_futex_wake(&worker->is_woken);
}

static uint64_t bit_of(const snowi_worker *worker) { return (uint64_t)1 << worker->index; }

/* The right to search goes over to the worker that is woken. */
void snowi_wake_one(void) {
    uint32_t none = 0;
    if (atomic_load(&sleepers) == 0 || atomic_load(&n_searching) > 0) return;
    if (!atomic_compare_exchange_strong(&n_searching, &none, 1)) return;
    uint64_t set = atomic_load(&sleepers);
    while (set != 0 && !atomic_compare_exchange_weak(&sleepers, &set, set & (set - 1))) {}
    if (set == 0) {
        atomic_fetch_sub(&n_searching, 1);
        return;
    }
    rouse(&snowi_workers[__builtin_ctzl(set)]);
}

void snowi_wake_all(void) {
    uint64_t set = atomic_exchange(&sleepers, 0);
    for (; set != 0; set &= set - 1) {
        atomic_fetch_add(&n_searching, 1);
        rouse(&snowi_workers[__builtin_ctzl(set)]);
    }
}

bool snowi_some_sleep(void) { return atomic_load_explicit(&sleepers, memory_order_relaxed) != 0; }

/* ---- searching ---- */

/* No more than half of the workers search at a time. */
bool snowi_start_searching(snowi_worker *worker) {
    if (snowi_n_workers == 1) return false;
    if (worker->is_searching) return true;
    if (2 * atomic_load(&n_searching) >= snowi_n_workers) return false;
    atomic_fetch_add(&n_searching, 1);
    worker->is_searching = true;
    return true;
}

void snowi_stop_searching(snowi_worker *worker) {
    worker->is_searching = false;
    if (atomic_fetch_sub(&n_searching, 1) == 1) snowi_wake_one();
}

static bool work_is_left(void) {
    if (snowi_shared_length() > 0) return true;
    for (uint32_t i = 0; i < snowi_n_workers; i++)
        if (!snowi_ring_is_empty(&snowi_workers[i].ring)) return true;
    return false;
}

/* ---- sleeping ---- */

/* Whether nothing can ever happen again. All workers sleep during the whole look, or it does not count;
 * whatever could still wake one is counted somewhere. */
static bool is_still(void) {
    uint64_t all = snowi_n_workers == 64 ? UINT64_MAX : ((uint64_t)1 << snowi_n_workers) - 1;
    uint64_t before = atomic_load(&n_wakings);
    if (atomic_load(&sleepers) != all || snowi_host_pending() > 0) return false;
    for (uint32_t i = 0; i < snowi_n_workers; i++)
        if (snowi_workers[i].timers.n > 0) return false;
    return !work_is_left() && atomic_load(&sleepers) == all && atomic_load(&n_wakings) == before;
}

/* Takes back that the worker sleeps; otherwise somebody else did, and handed it the right to search. */
static void wake_up(snowi_worker *worker) {
    atomic_fetch_add(&n_wakings, 1);
    if (atomic_fetch_and(&sleepers, ~bit_of(worker)) & bit_of(worker)) return;
    while (atomic_load(&worker->is_woken) == 0) snowi_futex_wait(&worker->is_woken, 0, -1);
    worker->is_searching = true;
}

void snowi_sleep(snowi_worker *worker) {
    if (worker->is_searching) {
        worker->is_searching = false;
        atomic_fetch_sub(&n_searching, 1);
    }
    snowi_output_flush_idle();
    snowi_hand_over_now();
    atomic_store(&worker->is_woken, 0);
    atomic_fetch_or(&sleepers, bit_of(worker));
    if (!work_is_left() && !snowi_is_stopping()) {
        if (is_still()) snowi_program_is_still();
        int64_t deadline = snowi_timers_next(worker), now = deadline == INT64_MAX ? 0 : snowi_now();
        if (deadline > now) snowi_futex_wait(&worker->is_woken, 0, deadline == INT64_MAX ? -1 : deadline - now);
    }
    wake_up(worker);
}
