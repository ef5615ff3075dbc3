/* Workers: native threads that run processes by turns.
 *
 * A worker takes a process, switches to its stack, and gets its thread back when the process parks.
 * Only then, with the stack saved, it carries out what the process asked for: from that moment another
 * worker may run it. A process that was woken by the one that runs is taken next and continues its turn,
 * so that two processes in conversation stay together but cannot keep others waiting for longer than a
 * turn.
 */
#include "snow_scheduler.h"

#include <signal.h>
#include <stdlib.h>

#include "fiber.h"

#define SHARED_EVERY 61u
#define TIMERS_EVERY 32u

uint32_t snowi_n_workers;
snowi_worker snowi_workers[SNOWI_MOST_WORKERS];
static _Atomic bool is_stopping;
_Atomic(snowi_hand_over_fn) snowi_hand_over;

/* See process.c on the model. */
static __thread snowi_worker *here __attribute__((tls_model("initial-exec")));

__attribute__((noinline)) snowi_worker *snowi_worker_here(void) { return here; }

bool snowi_is_stopping(void) { return atomic_load_explicit(&is_stopping, memory_order_relaxed); }

/* ---- switching ---- */

void snowi_park(snowi_process *p, enum snowi_want want) {
    snowi_worker *worker = p->worker;
    p->want = want;
    bool comes_back = want != SNOWI_END && want != SNOWI_REST;
    SNOWI_ASAN_LEAVE(comes_back ? &p->fake_stack : NULL, worker->stack_bottom, worker->stack_size);
    SNOWI_TSAN_SWITCH(worker->fiber);
    snowi_switch(&p->sp, worker->sp);
    SNOWI_ASAN_ARRIVE(p->fake_stack, &p->worker->stack_bottom, &p->worker->stack_size);
}

static void run(snowi_worker *worker, snowi_process *p) {
    p->worker = worker;
    atomic_store_explicit(&worker->current, p, memory_order_relaxed);
    snowi_set_current(&p->ctx);
    SNOWI_ASAN_LEAVE(&worker->fake_stack, p->stack.base, p->stack.size);
    SNOWI_TSAN_SWITCH(p->fiber);
    snowi_switch(&worker->sp, p->sp);
    SNOWI_ASAN_ARRIVE(worker->fake_stack, NULL, NULL);
    snowi_set_current(NULL);
    atomic_store_explicit(&worker->current, NULL, memory_order_relaxed);
}

/* A stack, at the first turn of a process. */
static void give_stack(snowi_worker *worker, snowi_process *p) {
    snowi_stack_take(worker, p);
    p->sp = snowi_switch_prepare((uint8_t *)p->stack.base + p->stack.size, snowi_process_boot);
    p->fiber = SNOWI_TSAN_CREATE();
}

/* To the very end of the queue, which is in the shared list when a ring has overflowed. */
static void yielded(snowi_worker *worker, snowi_process *p) {
    if (snowi_shared_length() > 0) snowi_ready_all(p, p, 1);
    else snowi_ready(worker, p, false);
}

/* What the process wanted when it parked. */
static void settle(snowi_worker *worker, snowi_process *p) {
    switch (p->want) {
    case SNOWI_YIELD:
        yielded(worker, p);
        return;
    case SNOWI_AWAIT_MESSAGE:
        if (p->deadline != INT64_MAX) snowi_timer_start(worker, p);
        if (!snowi_mailbox_wait(p)) snowi_ready(worker, p, true);
        return;
    case SNOWI_REST:
        snowi_process_rest(worker, p);
        if (!snowi_mailbox_wait(p)) snowi_ready(worker, p, true);
        return;
    case SNOWI_AWAIT_TIME:
        snowi_timer_start(worker, p);
        return;
    case SNOWI_AWAIT_ANSWER:
        snowi_host_submit(p->request);
        return;
    case SNOWI_END:
        snowi_process_release(worker, p);
        return;
    }
}

/* ---- finding work ---- */

void snowi_ready(snowi_worker *worker, snowi_process *p, bool soon) {
    if (soon) {
        p = atomic_exchange_explicit(&worker->next, p, memory_order_acq_rel);
        if (p == NULL) {
            snowi_preempter_need();
            return;
        }
    }
    snowi_ring_push(worker, p);
    snowi_preempter_need();
    if (snowi_n_workers > 1) snowi_wake_one();
}

void snowi_ready_all(snowi_process *first, snowi_process *last, size_t n) {
    snowi_shared_put(first, last, n);
    snowi_preempter_need();
    snowi_wake_one();
}

static snowi_process *take_next(snowi_worker *worker) {
    if (atomic_load_explicit(&worker->next, memory_order_relaxed) == NULL) return NULL;
    return atomic_exchange_explicit(&worker->next, NULL, memory_order_acq_rel);
}

static void begin_turn(snowi_worker *worker) {
    uint32_t turn = atomic_load_explicit(&worker->turn, memory_order_relaxed);
    atomic_store_explicit(&worker->turn, turn + 1, memory_order_relaxed);
    atomic_store_explicit(&worker->is_overdue, false, memory_order_relaxed);
}

/* From the own queues: what was woken last, as long as the turn is not over. */
static snowi_process *own_work(snowi_worker *worker) {
    snowi_process *p = take_next(worker);
    if (p != NULL && !atomic_load_explicit(&worker->is_overdue, memory_order_relaxed)) return p;
    if (p != NULL) snowi_ring_push(worker, p);
    begin_turn(worker);
    return snowi_ring_pop(worker);
}

static snowi_process *shared_work(snowi_worker *worker) {
    begin_turn(worker);
    return snowi_shared_take(worker);
}

/* From another worker: half of its ring, or what it would run next if its turn has lasted too long. */
static snowi_process *stolen_work(snowi_worker *worker) {
    worker->random = worker->random * 1664525 + 1013904223;
    for (uint32_t i = 0; i < snowi_n_workers; i++) {
        snowi_worker *victim = &snowi_workers[(worker->random / 65536 + i) % snowi_n_workers];
        if (victim == worker) continue;
        snowi_process *p = snowi_ring_steal(worker, victim);
        if (p == NULL && atomic_load_explicit(&victim->is_overdue, memory_order_relaxed)) p = take_next(victim);
        if (p != NULL) {
            begin_turn(worker);
            return p;
        }
    }
    return NULL;
}

static snowi_process *look(snowi_worker *worker) {
    snowi_process *p = NULL;
    if (worker->tick % TIMERS_EVERY == 0) {
        snowi_timers_fire(worker);
        snowi_hand_over_now();
    }
    if (worker->tick++ % SHARED_EVERY == 0) p = shared_work(worker);
    if (p == NULL) p = own_work(worker);
    if (p == NULL) p = shared_work(worker);
    if (p == NULL) {
        snowi_timers_fire(worker);
        p = own_work(worker);
    }
    return p;
}

/* The next process to run; NULL when the worker has to end. */
static snowi_process *find(snowi_worker *worker) {
    while (!snowi_is_stopping()) {
        snowi_process *p = look(worker);
        if (p == NULL && snowi_start_searching(worker)) p = stolen_work(worker);
        if (p != NULL) {
            if (worker->is_searching) snowi_stop_searching(worker);
            return p;
        }
        snowi_sleep(worker);
    }
    return NULL;
}

static bool others_wait(snowi_worker *worker) {
    return !snowi_ring_is_empty(&worker->ring) || worker->timers.n > 0 || snowi_shared_length() > 0;
}

static void *work(void *argument) {
    snowi_worker *worker = argument;
    here = worker;
    worker->fiber = SNOWI_TSAN_HERE();
    void *handler_stack = snowi_faults_catch_here();
    for (snowi_process *p; (p = find(worker)) != NULL;) {
        if (p->sp == NULL) give_stack(worker, p);
        if (others_wait(worker)) snowi_preempter_need();
        run(worker, p);
        if (p->want == SNOWI_YIELD) {
            begin_turn(worker);
            snowi_timers_fire(worker);
        }
        settle(worker, p);
    }
    snowi_faults_release_here(handler_stack);
    return NULL;
}

/* ---- all workers ---- */

/* Threads of the core take no signals but the faults that they cause themselves. */
bool snowi_start_thread(pthread_t *thread, void *(*body)(void *), void *argument) {
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

bool snowi_scheduler_open(uint32_t n) {
    atomic_store(&is_stopping, false);
    snowi_idle_open();
    snowi_n_workers = n;
    for (uint32_t i = 0; i < n; i++) {
        snowi_worker *w = &snowi_workers[i];
        snowi_counts_carry_over(w);
        memset(w, 0, sizeof *w);
        w->index = i;
        w->random = 2 * i + 1;
        snowi_timers_open(&w->timers);
    }
    if (!snowi_preempter_open()) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!snowi_start_thread(&snowi_workers[i].thread, work, &snowi_workers[i])) return false;
    return true;
}

void snowi_scheduler_stop(void) {
    atomic_store(&is_stopping, true);
    snowi_preempter_need();
    snowi_wake_all();
}

static void free_process(void *state, snowi_process *p) {
    (void)state;
    snowi_process_discard(p);
}

void snowi_scheduler_close(void) {
    for (uint32_t i = 0; i < snowi_n_workers; i++) pthread_join(snowi_workers[i].thread, NULL);
    snowi_preempter_close();
    snowi_table_each(free_process, NULL);
    for (uint32_t i = 0; i < snowi_n_workers; i++) snowi_timers_close(&snowi_workers[i].timers);
    snowi_queues_close();
    snowi_stacks_close();
    snowi_pool_close();
}
