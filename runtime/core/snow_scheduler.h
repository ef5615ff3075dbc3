/* The parts of the scheduler: process record, worker, and what its files ask of each other. */
#ifndef SNOW_SCHEDULER_H
#define SNOW_SCHEDULER_H

#include "snow_process.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct snowi_process snowi_process;
typedef struct snowi_worker snowi_worker;

/* ---- pool.c: blocks of a few sizes, cached by each worker ---- */

/* Blocks of 64 << class bytes; the last class is for process records, which stay records for ever. */
enum { SNOWI_POOL_SIZES = 7, SNOWI_POOL_RECORDS = SNOWI_POOL_SIZES, SNOWI_POOLS };
#define SNOWI_POOL_LARGEST ((size_t)64 << (SNOWI_POOL_SIZES - 1))

typedef struct snowi_block {
    struct snowi_block *next;
    struct snowi_block *next_batch;
} snowi_block;

typedef struct snowi_cache {
    snowi_block *blocks;
    uint32_t n;
} snowi_cache;

/* The smallest class with blocks of that size, which is not above SNOWI_POOL_LARGEST. */
static inline uint32_t snowi_pool_class(size_t bytes) {
    return bytes <= 64 ? 0 : 58 - (uint32_t)__builtin_clzl(bytes - 1);
}
/* `worker` is that of this thread, or NULL. */
void *snowi_pool_take(snowi_worker *worker, uint32_t pool);
void snowi_pool_give(snowi_worker *worker, uint32_t pool, void *block);
/* Gives all memory back; nothing that came from a pool may be used any more. */
void snowi_pool_close(void);

/* ---- stats.c: how much of everything there is ---- */

enum snowi_counter {
    SNOWI_RECORDS,
    SNOWI_STACKS,
    SNOWI_MESSAGES,
    SNOWI_SEGMENTS,
    SNOWI_CHUNKS,
    SNOWI_LARGES,
    SNOWI_COUNTERS,
};

/* ---- the process record ---- */

/* Why a process gives its worker back. */
enum snowi_want {
    SNOWI_YIELD,
    SNOWI_AWAIT_MESSAGE,
    SNOWI_REST, /* waits for a message without a stack */
    SNOWI_AWAIT_TIME,
    SNOWI_AWAIT_ANSWER,
    SNOWI_END,
};

/* Messages, oldest first. `last` means nothing without a first. */
typedef struct snowi_mail {
    snowi_message *first, *last;
} snowi_mail;

/* A record is never anything else, and another process may get it while somebody still holds a pointer
 * to it: whoever comes from outside compares the pid, and what it changes must do no harm to the next. */
struct snowi_process {
    snow_ctx ctx;
    _Atomic int64_t pid;
    _Atomic uintptr_t mailbox; /* see mailbox.c */
    snowi_mail inbox, answers; /* taken from the mailbox: what is no answer, and what is */
    snowi_message *taken;      /* found by snow_actor_receive */
    snowi_process *next;       /* in a queue of runnable processes */
    snowi_block link;          /* while the record is free */

    snowi_worker *worker; /* that it runs on, while it runs */
    void *sp;             /* saved stack pointer, while it does not */
    struct snowi_stack stack;
    uint64_t limit; /* the stack limit without a request to stop */
    enum snowi_want want;
    bool is_deep; /* has used more of its stack than is kept committed */
    bool is_main;
    bool has_crashed;
    bool is_nested; /* its actor was called by other code */

    int64_t deadline;                     /* of the wait under way, in ns; INT64_MAX for none */
    _Atomic(snowi_worker *) timer_worker; /* whose timers it stands in, or NULL */
    size_t timer_index;
    uint64_t timer_order;
    struct snowi_request *request; /* to be handed to a service once the stack is saved */

    snow_record *env; /* the closure to run; its own once it has begun, NULL once its actor has all of it */
    snowi_message *start; /* or that holds it */
    const snowi_native *native; /* or the body in C */
    void *argument;
    _Atomic(const snow_string *) name; /* immortal */
    _Atomic uint64_t accepts;          /* fingerprint of its messages, 0 for all */
    _Atomic(const snow_string *) accepts_name;
    _Atomic int64_t dropped;

    _Atomic(const snow_string *) service; /* what it serves, immortal; NULL for what is no service */
    int64_t asked_by, asked; /* who waits for its next reply, or 0, and that caller's reference */
    int64_t asking;          /* the reference of the last call that it has made itself */

    void *fiber; /* of the thread sanitizer */
    void *fake_stack; /* of the address sanitizer */
};

static inline snowi_process *snowi_process_of(snow_ctx *ctx) { return (snowi_process *)ctx; }

/* ---- stack.c ---- */

/* A stack for a process; the limits in its record are set. */
void snowi_stack_take(snowi_worker *worker, snowi_process *p);
void snowi_stack_give(snowi_worker *worker, snowi_process *p);
/* More of its stack for a process that has used the part it was given first; false if that was all. */
bool snowi_stack_extend(snowi_process *p);
/* For processes other than main; from the environment. */
void snowi_stacks_open(void);
void snowi_stacks_close(void);

/* ---- process.c ---- */

/* The running process, which must be one of the scheduler. */
static inline snowi_process *snowi_this(void) { return snowi_current(); }
/* A new record with a pid, not yet runnable. */
snowi_process *snowi_process_new(snowi_worker *worker);
/* Makes a new process known and runnable. */
int64_t snowi_process_start(snowi_worker *worker, snowi_process *p);
/* Where a new stack begins to execute. */
void snowi_process_boot(void);
/* Ends the process that runs. */
_Noreturn void snowi_process_end(snowi_process *p, bool crashed);
/* On the worker's stack: takes away the stack of a process that rests, and what its heap has grown by. */
void snowi_process_rest(snowi_worker *worker, snowi_process *p);
/* On the worker's stack, after the end: gives everything back. */
void snowi_process_release(snowi_worker *worker, snowi_process *p);
/* Frees what a process that has not ended holds, when no worker is left. */
void snowi_process_discard(snowi_process *p);
/* One line on standard error: `[snow-rt] actor <0.7> (name) crashed: PLACE MESSAGE`. */
void snowi_report_crash(const snowi_process *p, const char *place, const char *message, size_t len);
/* Whether one more line about a process that serves a peer is within the rate; counts it. */
bool snowi_crash_line_is_allowed(void);

/* ---- table.c: processes by pid ---- */

bool snowi_table_open(void);
void snowi_table_close(void);
int64_t snowi_table_next_pid(void);
void snowi_table_enter(int64_t pid, snowi_process *p);
void snowi_table_remove(int64_t pid);
/* NULL if there is no such process (any more). The record may become another's at once. */
snowi_process *snowi_table_find(int64_t pid);
int64_t snowi_table_count(void);
void snowi_table_each(void (*visit)(void *state, snowi_process *p), void *state);

/* ---- mailbox.c ---- */

void snowi_mailbox_open(snowi_process *p);
/* Puts a message in, of which it takes over everything; whether the process must be made runnable now. */
bool snowi_mailbox_put(snowi_process *p, snowi_message *message);
/* The oldest message that is of `kind`, or of any kind if that is negative: then replies and wake-ups (SNOWI_REPLY,
 * SNOWI_SYSTEM) come behind all others. NULL if there is none. */
snowi_message *snowi_mailbox_take(snowi_process *p, int32_t kind);
/* Whether nothing is there for a process that waits for no reply and no room: what comes too late for that is thrown
 * away. */
bool snowi_mailbox_is_empty(snowi_process *p);
/* On the worker's stack: declares that the process waits; false if a message is there. */
bool snowi_mailbox_wait(snowi_process *p);
/* The time of its wait is over: whether the process was still waiting and must be made runnable. */
bool snowi_mailbox_stop_waiting(snowi_process *p);
/* Refuses further messages and discards those that are there. */
void snowi_mailbox_close(snowi_process *p);

/* ---- message.c, copy.c ---- */

/* A message with a copy of a value of layout class `cls`. May yield on the way. */
snowi_message *snowi_message_of(snowi_process *sender, int64_t cls, int64_t word);
/* A message with a String of these bytes; of no value at all if `bytes` is NULL. From any thread. */
snowi_message *snowi_message_of_bytes(const void *bytes, size_t len);

/* ---- actor.c, service.c ---- */

/* A process that will run a copy of the closure; not yet started. */
snowi_process *snowi_actor_new(snowi_process *self, void *closure, void *name);
/* In the place of the fingerprint of a message type: no message will do. */
enum { SNOWI_ACCEPTS_NOTHING = 1 };
/* Answers a call that will not be served. The message itself remains the caller's to free. */
void snowi_call_refuse(snowi_message *m);
/* Before a service that has panicked ends, and after one has ended: answers who waits for it. */
void snowi_service_crashed(snowi_process *p, const char *message, size_t len);
void snowi_service_ended(snowi_process *p);

/* ---- timer.c ---- */

typedef struct snowi_timers {
    pthread_mutex_t lock;
    snowi_process **heap;
    _Atomic size_t n;
    size_t room;
    uint64_t order;
} snowi_timers;

int64_t snowi_now(void); /* ns of a monotonic clock */
void snowi_timers_open(snowi_timers *timers);
void snowi_timers_close(snowi_timers *timers);
/* The process is made runnable by this worker at its deadline. */
void snowi_timer_start(snowi_worker *worker, snowi_process *p);
void snowi_timer_stop(snowi_process *p);
/* Makes runnable whose time has come. */
void snowi_timers_fire(snowi_worker *worker);
/* When the next one is due, INT64_MAX if none is. */
int64_t snowi_timers_next(snowi_worker *worker);

/* ---- queue.c: runnable processes ---- */

#define SNOWI_RING 256u

typedef struct snowi_ring {
    _Alignas(64) _Atomic uint32_t head;
    _Alignas(64) _Atomic uint32_t tail;
    _Atomic(snowi_process *) slots[SNOWI_RING];
} snowi_ring;

/* By the owner: at the end; half of a full ring goes to the queue of all. */
void snowi_ring_push(snowi_worker *worker, snowi_process *p);
snowi_process *snowi_ring_pop(snowi_worker *worker);
static inline bool snowi_ring_is_empty(const snowi_ring *ring) {
    return atomic_load(&ring->head) == atomic_load(&ring->tail);
}
/* Moves half of another worker's ring into the own one; the first of them. */
snowi_process *snowi_ring_steal(snowi_worker *thief, snowi_worker *victim);

/* The queue that all workers share. A chain is linked by `next`, from first to last. */
void snowi_shared_put(snowi_process *first, snowi_process *last, size_t n);
/* The first; some more go to the worker's ring. */
snowi_process *snowi_shared_take(snowi_worker *worker);
size_t snowi_shared_length(void);
void snowi_queues_close(void);

/* ---- scheduler.c: workers ---- */

struct snowi_worker {
    void *sp; /* saved stack pointer of the worker itself, while a process runs */
    uint32_t index;
    uint32_t tick;
    bool is_searching;
    uint32_t random;
    _Atomic(snowi_process *) current;
    _Atomic(snowi_process *) next; /* runs before the ring: what was woken last */
    _Atomic uint32_t turn;         /* counts turns; `next` continues the turn of its waker */
    _Atomic bool is_overdue;       /* the turn has lasted long enough */
    _Atomic uint32_t is_woken;     /* the word that an idle worker sleeps on */
    _Atomic int64_t counts[SNOWI_COUNTERS]; /* see snowi_count */
    snowi_cache caches[SNOWI_POOLS];
    struct snowi_stack_cache {
        void *free;
        uint32_t n;
    } stacks;
    pthread_t thread;
    void *fiber;
    void *fake_stack;
    const void *stack_bottom; /* of its own stack, for the address sanitizer */
    size_t stack_size;
    snowi_timers timers;
    snowi_ring ring;
};

#define SNOWI_MOST_WORKERS 64u
extern uint32_t snowi_n_workers;
extern snowi_worker snowi_workers[SNOWI_MOST_WORKERS];

/* Counts of threads that are no workers. */
extern _Atomic int64_t snowi_counts_outside[SNOWI_COUNTERS];
/* Notes that there are so many more, for stats.c. `worker` is that of this thread, or NULL. */
static inline void snowi_count(snowi_worker *worker, enum snowi_counter what, int64_t by) {
    if (SNOWI_UNLIKELY(worker == NULL)) {
        atomic_fetch_add_explicit(&snowi_counts_outside[what], by, memory_order_relaxed);
        return;
    }
    int64_t before = atomic_load_explicit(&worker->counts[what], memory_order_relaxed);
    atomic_store_explicit(&worker->counts[what], before + by, memory_order_relaxed);
}
/* Before the worker's record is used for another program: what its counts say is not forgotten. */
void snowi_counts_carry_over(snowi_worker *worker);
/* What stats.c knows, row by row: the name of the i-th and its value; NULL behind the last. For tests. */
SNOW_API const char *snow_stats_row(int64_t i, int64_t *value);

/* The worker of this thread, or NULL. Never kept across a park. */
snowi_worker *snowi_worker_here(void);
/* Starts `n` workers. */
bool snowi_scheduler_open(uint32_t n);
/* Workers end as soon as their processes stop for a moment. */
void snowi_scheduler_stop(void);
/* After the stop: waits for the workers, frees all processes. */
void snowi_scheduler_close(void);
bool snowi_is_stopping(void);
bool snowi_start_thread(pthread_t *thread, void *(*body)(void *), void *argument);

/* Gives the worker back until the scheduler runs the process again. */
void snowi_park(snowi_process *p, enum snowi_want want);
/* Makes a process runnable, from a worker. `soon`: next, at the cost of the turn under way. */
void snowi_ready(snowi_worker *worker, snowi_process *p, bool soon);
/* The same for a chain of processes, from any thread. */
void snowi_ready_all(snowi_process *first, snowi_process *last, size_t n);

/* Hands on what processes have left for services, if anything; NULL without services. Called now and then
 * by workers, before they sleep, and by the preempter. */
typedef void (*snowi_hand_over_fn)(void);
extern _Atomic(snowi_hand_over_fn) snowi_hand_over;
static inline void snowi_hand_over_now(void) {
    snowi_hand_over_fn hand_over = atomic_load_explicit(&snowi_hand_over, memory_order_relaxed);
    if (hand_over != NULL) hand_over();
}

/* ---- idle.c: workers without work ---- */

/* Something was queued: sees to it that a worker looks. */
void snowi_wake_one(void);
void snowi_wake_all(void);
/* Whether another worker, this one not counted, is asleep. */
bool snowi_some_sleep(void);
bool snowi_start_searching(snowi_worker *worker);
void snowi_stop_searching(snowi_worker *worker);
/* Sleeps until there may be work. */
void snowi_sleep(snowi_worker *worker);
void snowi_idle_open(void);
/* Waits while the word has this value, for `ns` (below 0: for ever) at most. */
void snowi_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t ns);
void snowi_futex_wake(_Atomic uint32_t *word);

/* ---- preempt.c ---- */

/* What snowi_stack_slow saves the registers for: the end of a turn, or the end of the stack. */
void snowi_stack_hit(void *ctx, int64_t loc);

bool snowi_preempter_open(void);
void snowi_preempter_close(void);
extern _Atomic uint32_t snowi_preempter_is_awake;
void snowi_preempter_wake(void);
static inline void snowi_preempter_need(void) {
    if (SNOWI_UNLIKELY(atomic_load_explicit(&snowi_preempter_is_awake, memory_order_relaxed) == 0))
        snowi_preempter_wake();
}
/* Loops of the core call this now and then. */
static inline bool snowi_is_asked_to_stop(const snowi_process *p) {
    return __atomic_load_n(&p->ctx.stack_limit, __ATOMIC_RELAXED) == UINT64_MAX;
}
static inline void snowi_poll(snowi_process *p) {
    if (SNOWI_UNLIKELY(snowi_is_asked_to_stop(p))) snowi_park(p, SNOWI_YIELD);
}

/* ---- host.c ---- */

/* Hands over the request of a process that waits for the answer. */
struct snowi_request;
void snowi_host_submit(struct snowi_request *request);
/* Calls under way, and reasons to go on. */
int64_t snowi_host_pending(void);
/* Tells the services that the program ends. */
void snowi_host_end(void);
/* A descriptor that becomes readable when they have stopped; -1 if there are none. */
int snowi_host_stopped_event(void);
void snowi_host_open(void);

/* ---- program.c ---- */

/* No process can ever run again. */
void snowi_program_is_still(void);
bool snowi_leak_check_wanted(void);
void snowi_program_has_leaked(void);

#endif
