/* Waits that end at a time: one heap of deadlines per worker.
 *
 * A process stands in at most one heap, that of the worker on which it began to wait. It is taken out
 * by that worker when its time has come, or by itself when something else has ended the wait, on
 * whatever worker it runs then: hence the lock. What decides a race between the time and a message
 * happens under the lock too, so a process that has left the heap hears no more of that wait.
 */
#include "snow_scheduler.h"

#include <stdlib.h>
#include <time.h>

#define ARITY 4

int64_t snowi_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void snowi_timers_open(snowi_timers *timers) {
    pthread_mutex_init(&timers->lock, NULL);
    timers->heap = NULL;
    timers->n = timers->room = 0;
    timers->order = 0;
}

void snowi_timers_close(snowi_timers *timers) {
    pthread_mutex_destroy(&timers->lock);
    free(timers->heap);
}

/* ---- the heap; the lock is held ---- */

static bool comes_before(const snowi_process *a, const snowi_process *b) {
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->timer_order < b->timer_order;
}

static void place(snowi_timers *t, size_t i, snowi_process *p) {
    t->heap[i] = p;
    p->timer_index = i;
}

static void move_up(snowi_timers *t, size_t i, snowi_process *p) {
    while (i > 0 && comes_before(p, t->heap[(i - 1) / ARITY])) {
        place(t, i, t->heap[(i - 1) / ARITY]);
        i = (i - 1) / ARITY;
    }
    place(t, i, p);
}

static void move_down(snowi_timers *t, size_t i, snowi_process *p) {
    for (;;) {
        size_t first = ARITY * i + 1, least = first;
        if (first >= t->n) break;
        for (size_t k = first + 1; k < t->n && k < first + ARITY; k++)
            if (comes_before(t->heap[k], t->heap[least])) least = k;
        if (!comes_before(t->heap[least], p)) break;
        place(t, i, t->heap[least]);
        i = least;
    }
    place(t, i, p);
}

static void remove_at(snowi_timers *t, size_t i) {
    snowi_process *gone = t->heap[i], *last = t->heap[--t->n];
    atomic_store(&gone->timer_worker, NULL);
    if (last == gone) return;
    if (i > 0 && comes_before(last, t->heap[(i - 1) / ARITY])) move_up(t, i, last);
    else move_down(t, i, last);
}

static bool make_room(snowi_timers *t) {
    if (t->n < t->room) return true;
    size_t room = t->room == 0 ? 64 : 2 * t->room;
    snowi_process **heap = realloc(t->heap, room * sizeof *heap);
    if (heap == NULL) return false;
    t->heap = heap;
    t->room = room;
    return true;
}

/* ---- waits ---- */

void snowi_timer_start(snowi_worker *worker, snowi_process *p) {
    snowi_timers *t = &worker->timers;
    pthread_mutex_lock(&t->lock);
    bool fits = make_room(t);
    if (fits) {
        p->timer_order = t->order++;
        atomic_store(&p->timer_worker, worker);
        move_up(t, t->n++, p);
    }
    pthread_mutex_unlock(&t->lock);
    if (!fits) snowi_panic("out of memory", -1);
}

void snowi_timer_stop(snowi_process *p) {
    snowi_worker *worker = atomic_load(&p->timer_worker);
    if (worker == NULL) return;
    pthread_mutex_lock(&worker->timers.lock);
    if (atomic_load(&p->timer_worker) != NULL) remove_at(&worker->timers, p->timer_index);
    pthread_mutex_unlock(&worker->timers.lock);
}

/* Whether the end of its time makes the process runnable: not if a message has just done so. */
static bool ends_its_wait(snowi_process *p) {
    return p->want == SNOWI_AWAIT_TIME || snowi_mailbox_stop_waiting(p);
}

void snowi_timers_fire(snowi_worker *worker) {
    snowi_timers *t = &worker->timers;
    if (t->n == 0) return;
    int64_t now = snowi_now();
    snowi_process *first = NULL, **end = &first;
    pthread_mutex_lock(&t->lock);
    while (t->n > 0 && t->heap[0]->deadline <= now) {
        snowi_process *p = t->heap[0];
        /* Decided while it stands in the heap: afterwards it may run on, and wait for something else. */
        bool is_over = ends_its_wait(p);
        remove_at(t, 0);
        if (!is_over) continue;
        *end = p;
        p->next = NULL;
        end = &p->next;
    }
    pthread_mutex_unlock(&t->lock);
    /* The first one runs next: it has waited long enough. The others keep their order behind the rest. */
    bool soon = atomic_load_explicit(&worker->next, memory_order_relaxed) == NULL;
    for (snowi_process *p = first, *next; p != NULL; p = next, soon = false) {
        next = p->next;
        snowi_ready(worker, p, soon);
    }
}

int64_t snowi_timers_next(snowi_worker *worker) {
    snowi_timers *t = &worker->timers;
    if (t->n == 0) return INT64_MAX;
    pthread_mutex_lock(&t->lock);
    int64_t deadline = t->n > 0 ? t->heap[0]->deadline : INT64_MAX;
    pthread_mutex_unlock(&t->lock);
    return deadline;
}
