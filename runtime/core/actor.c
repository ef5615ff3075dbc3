/* Processes, messages and time as Snow programs ask for them. */
#include "snow_scheduler.h"

#include <stdio.h>

/* ---- spawn ---- */

snowi_process *snowi_actor_new(snowi_process *self, void *closure, void *name) {
    snow_record *env = closure;
    snowi_message *start = snowi_is_mortal(&env->header) ? snowi_message_of(self, SNOW_PTR, (int64_t)env) : NULL;
    snowi_process *p = snowi_process_new(self->worker);
    p->env = env;
    p->start = start;
    atomic_store_explicit(&p->name, name, memory_order_relaxed);
    return p;
}

int64_t snow_actor_spawn(void *closure, void *name, int64_t accepts, void *accepts_name) {
    snowi_process *self = snowi_this(), *p = snowi_actor_new(self, closure, name);
    atomic_store_explicit(&p->accepts, (uint64_t)accepts, memory_order_relaxed);
    atomic_store_explicit(&p->accepts_name, accepts_name, memory_order_relaxed);
    return snowi_process_start(self->worker, p);
}

/* ---- send ---- */

static void deliver(snowi_process *self, snowi_process *to, int64_t pid, int64_t cls, int64_t word) {
    snowi_message *m = snowi_message_of(self, cls, word);
    m->target = pid;
    m->kind = SNOWI_ORDINARY;
    if (snowi_mailbox_put(to, m)) snowi_ready(self->worker, to, true);
}

void snow_actor_send(int64_t cls, int64_t pid, int64_t word) {
    snowi_process *to = snowi_table_find(pid);
    if (to != NULL) deliver(snowi_this(), to, pid, cls, word);
}

/* Reported once per process and type; the table is small and starts anew when it is full. */
static bool is_first_report(int64_t pid, uint64_t fingerprint) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct { int64_t pid; uint64_t fingerprint; } reported[256];
    static size_t n;
    pthread_mutex_lock(&lock);
    size_t i = 0;
    while (i < n && (reported[i].pid != pid || reported[i].fingerprint != fingerprint)) i++;
    bool first = i == n;
    if (first) {
        if (n == sizeof reported / sizeof *reported) i = n = 0;
        reported[i].pid = pid;
        reported[i].fingerprint = fingerprint;
        n++;
    }
    pthread_mutex_unlock(&lock);
    return first;
}

static SNOWI_COLD void report_dropped(snowi_process *to, int64_t pid, const snow_string *sent) {
    char text[400];
    const snow_string *name = atomic_load(&to->name), *accepted = atomic_load(&to->accepts_name);
    int n = snprintf(text, sizeof text,
                     "[snow-rt] dropped message of type %.100s sent to <0.%lld> (%.100s), which accepts %.100s\n",
                     (const char *)sent->bytes, (long long)pid, name == NULL ? "fn" : (const char *)name->bytes,
                     accepted == NULL ? "only calls and casts" : (const char *)accepted->bytes);
    snowi_complain(text, (size_t)n);
}

void snow_actor_send_untyped(int64_t cls, int64_t pid, int64_t word, int64_t fingerprint, void *type_name) {
    snowi_process *to = snowi_table_find(pid);
    if (to == NULL) return;
    uint64_t accepts = atomic_load_explicit(&to->accepts, memory_order_relaxed);
    if (accepts == 0 || accepts == (uint64_t)fingerprint) {
        deliver(snowi_this(), to, pid, cls, word);
        return;
    }
    atomic_fetch_add(&to->dropped, 1);
    if (is_first_report(pid, (uint64_t)fingerprint)) report_dropped(to, pid, type_name);
}

/* ---- receive ---- */

static int64_t deadline_after(int64_t ms) {
    int64_t deadline;
    if (ms < 0) return INT64_MAX;
    if (__builtin_mul_overflow(ms, 1000000, &deadline) || __builtin_add_overflow(deadline, snowi_now(), &deadline))
        return INT64_MAX - 1;
    return deadline;
}

/* A message of this kind, or of any if `kind` is negative. A wake-up may turn out to be for nothing. */
static snowi_message *await_message(snowi_process *p, int32_t kind, int64_t ms) {
    snowi_message *m = snowi_mailbox_take(p, kind);
    if (SNOWI_LIKELY(m != NULL) || ms == 0) return m;
    p->deadline = deadline_after(ms);
    for (;;) {
        snowi_park(p, SNOWI_AWAIT_MESSAGE);
        snowi_timer_stop(p);
        m = snowi_mailbox_take(p, kind);
        if (SNOWI_LIKELY(m != NULL)) return m;
        if (p->deadline != INT64_MAX && snowi_now() >= p->deadline) return NULL;
    }
}

int8_t snow_actor_receive(int64_t ms) {
    snowi_process *p = snowi_this();
    /* Arms that look at no message leave the last one where it was found. */
    if (p->taken != NULL) {
        snowi_message_free(p->taken);
        p->taken = NULL; /* the process may end while it waits */
    }
    p->taken = await_message(p, SNOWI_ORDINARY, ms);
    return p->taken != NULL;
}

int64_t snow_actor_message(void) {
    snowi_process *p = snowi_this();
    snowi_message *m = p->taken;
    p->taken = NULL;
    int64_t word = snowi_message_take(&p->ctx, m);
    snowi_message_free(m);
    return word;
}

/* Stacks cost memory, taking one costs time: below this number of processes they are kept. */
#define CROWD 4096

/* The closure that the process began with. Its actor owns what was in it, alone from now on: what it changes it may
 * change in place. */
static void let_go_of_env(snowi_process *p) {
    snow_record *env = p->env;
    if (SNOWI_LIKELY(env == NULL)) return;
    p->env = NULL;
    snowi_drop(&p->ctx, env);
}

/* Below a body in C there is more than an actor, even if that is main. */
int8_t snow_actor_may_rest(void) {
    snowi_process *p = snowi_this();
    if (p->is_nested || p->native != NULL) return false;
    let_go_of_env(p);
    return snowi_mailbox_is_empty(p) && snowi_table_count() > CROWD;
}

void snow_actor_nest(void) { snowi_this()->is_nested = true; }

void snow_actor_rest(void *closure) {
    snowi_process *p = snowi_this();
    if (p->taken != NULL) snowi_message_free(p->taken);
    p->taken = NULL;
    p->env = closure;
    p->deadline = INT64_MAX;
    snowi_rest(&p->ctx);
}

snowi_message *snowi_next_message(snow_ctx *ctx, int64_t ms) { return await_message(snowi_process_of(ctx), -1, ms); }

snowi_message *snowi_next_of_kind(snow_ctx *ctx, uint32_t kind, int64_t ms) {
    return await_message(snowi_process_of(ctx), (int32_t)kind, ms);
}

/* ---- posting from outside ---- */

static void gather(snowi_batch *batch, snowi_process *p) {
    p->next = NULL;
    if (batch->first == NULL) batch->first = &p->ctx;
    else snowi_process_of(batch->last)->next = p;
    batch->last = &p->ctx;
    batch->n++;
}

bool snowi_post(snowi_batch *batch, int64_t pid, uint32_t kind, int64_t word, const void *bytes, size_t len) {
    snowi_process *to = snowi_table_find(pid);
    if (to == NULL) return false;
    snowi_message *m = snowi_message_of_bytes(bytes, len);
    m->target = pid;
    m->kind = kind;
    m->word = word;
    if (snowi_mailbox_put(to, m)) gather(batch, to);
    return true;
}

void snowi_batch_flush(snowi_batch *batch) {
    if (batch->n > 0)
        snowi_ready_all(snowi_process_of(batch->first), snowi_process_of(batch->last), (size_t)batch->n);
    *batch = (snowi_batch){0};
}

/* ---- the rest ---- */

int64_t snow_actor_self(void) { return atomic_load_explicit(&snowi_this()->pid, memory_order_relaxed); }

int8_t snow_process_is_alive(int64_t pid) { return snowi_table_find(pid) != NULL; }

int64_t snow_process_count(void) { return snowi_table_count(); }

void snow_timer_sleep(int64_t ms) {
    snowi_process *p = snowi_this();
    p->deadline = deadline_after(ms);
    snowi_park(p, ms <= 0 ? SNOWI_YIELD : SNOWI_AWAIT_TIME);
}

int64_t snow_timer_now(void) { return snowi_now() / 1000000; }

int8_t snow_actor_accepts(int64_t fingerprint) {
    return atomic_load_explicit(&snowi_this()->accepts, memory_order_relaxed) == (uint64_t)fingerprint;
}
