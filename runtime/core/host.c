/* Calls of services outside the core: see include/snow_host.h.
 *
 * A request lies on the stack of the process that makes the call, which is parked until the answer. It
 * is put into the queue by the worker, when that stack is saved. The answer is left in the request,
 * outside of the process's heap, and the process itself makes values of it.
 */
#include "snow_scheduler.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "include/snow_host.h"

enum outcome { WORD, TEXT, FAILURE };

struct snowi_request {
    snow_host_call call; /* first: services know the request by its address */
    struct snowi_request *next;
    snowi_process *caller;
    enum outcome outcome;
    int64_t word;
    snowi_message *text;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct snowi_request *first, *last;
static bool is_attached;
static _Atomic bool is_ending;
static _Atomic int64_t n_calls, n_holds;
static int calls_event = -1, stopped_event = -1;

static void signal_event(int event) {
    uint64_t one = 1;
    if (event >= 0) (void)!write(event, &one, sizeof one);
}

/* The events do not block. */
static void clear_event(int event) {
    uint64_t value;
    (void)!read(event, &value, sizeof value);
}

/* ---- the side of the process ---- */

void snowi_host_submit(struct snowi_request *request) {
    request->next = NULL;
    pthread_mutex_lock(&lock);
    bool was_empty = first == NULL;
    if (was_empty) first = request;
    else last->next = request;
    last = request;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
    if (was_empty) signal_event(calls_event);
}

int64_t snowi_host_call(const char *symbol, const char *name, const int64_t *args, int64_t n) {
    if (!is_attached) snowi_service_missing(name);
    snowi_process *p = snowi_this();
    struct snowi_request request = {
        .call = {symbol, atomic_load_explicit(&p->pid, memory_order_relaxed), n, args}, .caller = p};
    atomic_fetch_add(&n_calls, 1);
    p->request = &request;
    snowi_park(p, SNOWI_AWAIT_ANSWER);
    if (request.outcome == WORD) return request.word;
    int64_t text = snowi_message_take(&p->ctx, request.text);
    snowi_message_free(request.text);
    if (request.outcome == FAILURE) snowi_panic_string((void *)text, -1);
    return text;
}

int64_t snowi_host_pending(void) { return atomic_load(&n_calls) + atomic_load(&n_holds); }

/* ---- the side of the service ---- */

void snow_host_attach(void) {
    is_attached = true;
    atomic_store(&is_ending, false);
    if (calls_event < 0) calls_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stopped_event < 0) stopped_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int32_t snow_host_fd(void) { return calls_event; }

int8_t snow_host_ending(void) { return atomic_load(&is_ending); }

static struct timespec clock_after(int64_t ms) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

void *snow_host_next(int64_t ms) {
    struct timespec until = clock_after(ms < 0 ? 0 : ms);
    int error = 0;
    pthread_mutex_lock(&lock);
    while (first == NULL && !atomic_load(&is_ending) && error != ETIMEDOUT && ms != 0)
        error = ms < 0 ? pthread_cond_wait(&arrived, &lock) : pthread_cond_timedwait(&arrived, &lock, &until);
    struct snowi_request *request = atomic_load(&is_ending) ? NULL : first;
    if (request != NULL) first = request->next;
    /* Readable as long as there is something to do. */
    if (first == NULL && !atomic_load(&is_ending)) clear_event(calls_event);
    pthread_mutex_unlock(&lock);
    return request == NULL ? NULL : &request->call;
}

/* The request is gone as soon as its process runs. */
static void answer(struct snowi_request *request) {
    snowi_process *p = request->caller;
    snowi_ready_all(p, p, 1);
    if (atomic_fetch_sub(&n_calls, 1) == 1) snowi_wake_one();
}

void snow_host_done(void *call, int64_t word) {
    struct snowi_request *request = call;
    request->outcome = WORD;
    request->word = word;
    answer(request);
}

static void answer_text(struct snowi_request *request, enum outcome outcome, const void *bytes, int64_t len) {
    request->text = snowi_message_of_bytes(bytes == NULL ? "" : bytes, len > 0 ? (size_t)len : 0);
    request->outcome = outcome;
    answer(request);
}

void snow_host_done_string(void *call, void *bytes, int64_t len) { answer_text(call, TEXT, bytes, len); }

void snow_host_fail(void *call, void *text, int64_t len) { answer_text(call, FAILURE, text, len); }

/* ---- what services keep, and what keeps the program ---- */

void *snow_host_region(void) { return snowi_region_new(); }

void *snow_host_keep(void *region, void *value) { return snowi_region_copy(region, value); }

void snow_host_region_close(void *region) { snowi_region_free(region); }

void snow_host_hold(void) { atomic_fetch_add(&n_holds, 1); }

void snow_host_release(void) {
    if (atomic_fetch_sub(&n_holds, 1) == 1) snowi_wake_one();
}

/* ---- the end ---- */

void snow_host_stopped(void) { signal_event(stopped_event); }

int snowi_host_stopped_event(void) { return is_attached ? stopped_event : -1; }

void snowi_host_end(void) {
    pthread_mutex_lock(&lock);
    atomic_store(&is_ending, true);
    pthread_cond_broadcast(&arrived);
    pthread_mutex_unlock(&lock);
    signal_event(calls_event);
}

/* Requests of an earlier program in this process are forgotten; who is attached stays so. */
void snowi_host_open(void) {
    pthread_mutex_lock(&lock);
    first = last = NULL;
    atomic_store(&n_calls, 0);
    if (stopped_event >= 0) clear_event(stopped_event);
    pthread_mutex_unlock(&lock);
}
