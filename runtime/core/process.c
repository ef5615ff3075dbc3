/* The life of a process: record, start, end.
 *
 * Starting takes a record and makes it runnable; a stack comes with the first turn. Ending happens in
 * two halves. On its own stack the process only says that it is over; then its worker, on the worker's
 * stack, takes it out of the table and gives back all it held, whatever was alive in it. Nothing is
 * unwound, so a panic in the middle of anything ends in the same way.
 */
#include "snow_scheduler.h"

#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fiber.h"

/* ---- start ---- */

snowi_process *snowi_process_new(snowi_worker *worker) {
    snowi_process *p = snowi_pool_take(worker, SNOWI_POOL_RECORDS);
    snowi_count(worker, SNOWI_RECORDS, 1);
    atomic_store_explicit(&p->pid, snowi_table_next_pid(), memory_order_relaxed);
    p->sp = NULL;
    p->taken = p->start = NULL;
    p->env = NULL;
    p->native = NULL;
    p->is_main = p->has_crashed = p->is_deep = p->is_nested = false;
    p->fake_stack = NULL;
    atomic_store_explicit(&p->name, NULL, memory_order_relaxed);
    atomic_store_explicit(&p->accepts, 0, memory_order_relaxed);
    atomic_store_explicit(&p->dropped, 0, memory_order_relaxed);
    atomic_store_explicit(&p->service, NULL, memory_order_relaxed);
    p->asked_by = p->asking = 0;
    snowi_mailbox_open(p);
    return p;
}

int64_t snowi_process_start(snowi_worker *worker, snowi_process *p) {
    int64_t pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
    snowi_table_enter(pid, p);
    if (worker != NULL) snowi_ready(worker, p, false);
    else snowi_ready_all(p, p, 1);
    return pid;
}

int64_t snowi_spawn_native(const snowi_native *native, void *argument) {
    snowi_worker *worker = snowi_worker_here();
    snowi_process *p = snowi_process_new(worker);
    p->native = native;
    p->argument = argument;
    return snowi_process_start(worker, p);
}

/* Apart, so that nothing of the copy stays on the stack while the body runs. */
static __attribute__((noinline)) void own_env(snowi_process *p) {
    if (p->start == NULL) return;
    p->env = (snow_record *)snowi_message_take(&p->ctx, p->start);
    snowi_message_free(p->start);
    p->start = NULL;
}

void snowi_process_boot(void) {
    snowi_process *p = snowi_this();
    SNOWI_ASAN_ARRIVE(NULL, &p->worker->stack_bottom, &p->worker->stack_size);
    if (p->native != NULL) {
        p->native->run(&p->ctx, p->argument);
    } else {
        own_env(p);
        ((void (*)(snow_ctx *, snow_record *))p->env->slots[0])(&p->ctx, p->env);
        if (p->env != NULL) snowi_drop(&p->ctx, p->env); /* else its actor has let go of it */
    }
    snowi_process_end(p, false);
}

/* ---- end ---- */

void snowi_rest(snow_ctx *ctx) {
    snowi_park(snowi_process_of(ctx), SNOWI_REST);
    __builtin_unreachable();
}

void snowi_process_end(snowi_process *p, bool crashed) {
    p->has_crashed = crashed;
    snowi_park(p, SNOWI_END);
    __builtin_unreachable();
}

static SNOWI_COLD void look_for_leaks(snowi_process *p) {
    if (!p->has_crashed && snowi_report_leaks(&p->ctx) > 0) snowi_program_has_leaked();
}

static void free_messages(snowi_process *p) {
    if (p->taken != NULL) snowi_message_free(p->taken);
    if (p->start != NULL) snowi_message_free(p->start);
    snowi_mailbox_close(p);
}

void snowi_process_rest(snowi_worker *worker, snowi_process *p) {
    if (p->native != NULL) {
        if (SNOWI_UNLIKELY(snowi_leak_check_wanted())) look_for_leaks(p);
        snowi_heap_trim(&p->ctx);
    }
    SNOWI_TSAN_DESTROY(p->fiber);
    snowi_stack_give(worker, p);
    p->sp = NULL;
}

/* In this order: what observes the end comes before what frees the memory. */
void snowi_process_release(snowi_worker *worker, snowi_process *p) {
    int64_t pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
    if (SNOWI_UNLIKELY(snowi_leak_check_wanted())) look_for_leaks(p);
    snowi_table_remove(pid);
    if (p->native != NULL && p->native->ended != NULL) p->native->ended(p->argument, pid, p->has_crashed);
    if (SNOWI_UNLIKELY(p->asked_by != 0)) snowi_service_ended(p);
    free_messages(p);
    snowi_heap_close(&p->ctx);
    snowi_stack_give(worker, p);
    SNOWI_TSAN_DESTROY(p->fiber);
    snowi_pool_give(worker, SNOWI_POOL_RECORDS, p);
    snowi_count(worker, SNOWI_RECORDS, -1);
}

void snowi_process_discard(snowi_process *p) {
    free_messages(p);
    snowi_heap_close(&p->ctx);
    if (p->sp != NULL) {
        SNOWI_TSAN_DESTROY(p->fiber);
        snowi_count(NULL, SNOWI_STACKS, -1);
    }
    snowi_count(NULL, SNOWI_RECORDS, -1);
}

/* ---- crash ---- */

static struct iovec part(const void *bytes, size_t len) { return (struct iovec){(void *)bytes, len}; }

SNOWI_COLD void snowi_report_crash(const snowi_process *p, const char *place, const char *message, size_t len) {
    char who[100];
    const snow_string *name = atomic_load(&p->name);
    bool is_native = p->native != NULL;
    if (is_native && !snowi_crash_line_is_allowed()) return;
    const char *label = is_native ? p->native->label : atomic_load(&p->service) != NULL ? "service" : "actor";
    struct iovec shown = name != NULL ? part(name->bytes, name->byte_len)
                         : is_native ? part(p->native->name, strlen(p->native->name)) : part("fn", 2);
    int n = snprintf(who, sizeof who, "[snow-rt] %.40s <0.%lld> (", label, (long long)atomic_load(&p->pid));
    const struct iovec line[] = {part(who, (size_t)n), shown, part(") crashed: ", 11), part(place, strlen(place)),
                                 part(message, len), part("\n", 1)};
    (void)!writev(STDERR_FILENO, line, sizeof line / sizeof *line);
}
