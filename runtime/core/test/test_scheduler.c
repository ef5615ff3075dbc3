/* Processes run, talk, sleep, crash and end, on any number of workers. */
#include "processes.h"

#include <stdatomic.h>

/* The thread sanitizer has room for few stacks and is slow. */
#ifdef __SANITIZE_THREAD__
#define MANY 2000
#define ROUNDS 2000
#else
#define MANY 100000
#define ROUNDS 20000
#endif

static _Atomic int64_t counter;

static bool asks_to_stop(snow_ctx *ctx) { return __atomic_load_n(&ctx->stack_limit, __ATOMIC_RELAXED) == UINT64_MAX; }

/* What generated code does at the beginning of a function. */
static void check_stack(snow_ctx *ctx) {
    if ((uint64_t)__builtin_frame_address(0) < __atomic_load_n(&ctx->stack_limit, __ATOMIC_RELAXED))
        snowi_stack_slow(ctx, 7);
}

/* ---- talking ---- */

static void echoes(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    for (int64_t word; (word = receive_int(-1)) >= 0;) send_int(number_of(env), word + 1);
}

static void ping_pong(snow_ctx *ctx) {
    (void)ctx;
    int64_t other = spawn(echoes, snow_actor_self(), NULL);
    CHECK(snow_actor_self() == 1 && other == 2);
    for (int64_t i = 0; i < ROUNDS; i++) {
        send_int(other, i);
        if (receive_int(-1) != i + 1) failures++;
    }
    send_int(other, -1);
}

static void forwards(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    for (int64_t word = 1; word > 0;) {
        word = receive_int(-1);
        send_int(number_of(env), word - 1);
    }
}

static void ring(snow_ctx *ctx) {
    (void)ctx;
    int64_t next = snow_actor_self();
    for (int i = 0; i < 100; i++) next = spawn(forwards, next, NULL);
    send_int(next, ROUNDS);
    for (int64_t word; (word = receive_int(-1)) > 0;) send_int(next, word - 1);
}

static void numbers(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    int64_t sender = receive_int(-1);
    for (int64_t i = 0; i < ROUNDS / 4; i++) send_int(number_of(env), sender << 32 | i);
}

static void senders_keep_their_order(snow_ctx *ctx) {
    (void)ctx;
    enum { SENDERS = 8 };
    int64_t seen[SENDERS] = {0};
    for (int64_t i = 0; i < SENDERS; i++) send_int(spawn(numbers, snow_actor_self(), NULL), i);
    for (int64_t i = 0; i < SENDERS * (ROUNDS / 4); i++) {
        int64_t word = receive_int(-1);
        if (seen[word >> 32]++ != (word & 0xFFFFFFFF)) failures++;
    }
}

/* ---- many ---- */

static void counts(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    atomic_fetch_add(&counter, number_of(env));
}

static void many_spawns(snow_ctx *ctx) {
    (void)ctx;
    atomic_store(&counter, 0);
    for (int64_t i = 0; i < MANY; i++) {
        spawn(counts, 1, NULL);
        if (i % 1000 == 999) snow_timer_sleep(0);
    }
    while (snow_process_count() > 1) snow_timer_sleep(0);
    CHECK(atomic_load(&counter) == MANY);
    CHECK(!snow_process_is_alive(2) && snow_process_is_alive(1));
    send_int(2, 1);
}

static void answers_once(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    send_int(number_of(env), receive_int(-1));
}

static void many_alive(snow_ctx *ctx) {
    (void)ctx;
    int64_t first = 0, sum = 0;
    for (int64_t i = 0; i < MANY / 10; i++) {
        int64_t pid = spawn(answers_once, snow_actor_self(), NULL);
        if (i == 0) first = pid;
    }
    for (int64_t i = 0; i < MANY / 10; i++) send_int(first + i, i);
    for (int64_t i = 0; i < MANY / 10; i++) sum += receive_int(-1);
    CHECK(sum == (int64_t)(MANY / 10) * (MANY / 10 - 1) / 2);
}

static void busy(snow_ctx *ctx, snow_record *env) {
    int64_t since = snow_timer_now();
    while (snow_timer_now() - since < number_of(env)) check_stack(ctx);
    send_int(1, (int64_t)(uintptr_t)snowi_worker_here());
}

static int workers_used;

static void busy_ones_spread(snow_ctx *ctx) {
    (void)ctx;
    int64_t seen[4] = {0};
    for (int i = 0; i < 8; i++) spawn(busy, 40, NULL);
    for (int i = 0; i < 8; i++) {
        int64_t worker = receive_int(-1);
        int k = 0;
        while (seen[k] != 0 && seen[k] != worker) k++;
        seen[k] = worker;
        if (k >= workers_used) workers_used = k + 1;
    }
}

/* ---- time ---- */

static void sleeps(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    int64_t since = snow_timer_now();
    snow_timer_sleep(number_of(env));
    if (snow_timer_now() - since < number_of(env)) failures++;
    send_int(1, number_of(env));
}

static void sleepers_wake_in_order(snow_ctx *ctx) {
    (void)ctx;
    for (int64_t ms = 90; ms >= 10; ms -= 20) spawn(sleeps, ms, NULL);
    for (int64_t ms = 10; ms <= 90; ms += 20) CHECK(receive_int(-1) == ms);
}

static void speaks_late(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    snow_timer_sleep(20);
    send_int(number_of(env), 99);
}

static void waits_end(snow_ctx *ctx) {
    (void)ctx;
    int64_t since = snow_timer_now();
    CHECK(receive_int(0) == INT64_MIN);
    CHECK(receive_int(30) == INT64_MIN);
    CHECK(snow_timer_now() - since >= 30);
    spawn(speaks_late, snow_actor_self(), NULL);
    CHECK(receive_int(5000) == 99);
}

static void answers_late(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    for (int i = 0; i < 200; i++) {
        receive_int(-1);
        send_int(number_of(env), i);
    }
}

/* Time and message race; whoever wins, no message is lost. */
static void short_waits_lose_nothing(snow_ctx *ctx) {
    (void)ctx;
    int64_t other = spawn(answers_late, snow_actor_self(), NULL), got = 0;
    for (int64_t i = 0; i < 200; i++) {
        send_int(other, 0);
        if (i % 3 == 0) snow_timer_sleep(0);
        if (receive_int(i % 2) != INT64_MIN) got++;
    }
    while (got < 200 && receive_int(2000) != INT64_MIN) got++;
    CHECK(got == 200);
}

/* ---- turns ---- */

static void never_yields(snow_ctx *ctx, snow_record *env) {
    (void)env;
    while (atomic_load(&counter) < 3) check_stack(ctx);
}

static void a_busy_one_starves_nobody(snow_ctx *ctx) {
    (void)ctx;
    atomic_store(&counter, 0);
    for (int i = 0; i < 4; i++) spawn(never_yields, 0, NULL);
    for (int i = 0; i < 3; i++) {
        snow_timer_sleep(10);
        spawn(counts, 1, NULL);
    }
}

static void main_can_be_stopped_too(snow_ctx *ctx) {
    atomic_store(&counter, 0);
    spawn(counts, 1, NULL);
    while (!asks_to_stop(ctx) && atomic_load(&counter) == 0) {}
    check_stack(ctx);
    CHECK(atomic_load(&counter) == 1);
}

/* ---- crashes ---- */

static void crashes(snow_ctx *ctx, snow_record *env) {
    text("lost");
    pair(ctx, &leaf, 3);
    if (number_of(env) == 1) snowi_panic("division by zero", 12);
}

static __attribute__((noinline)) int64_t deep(snow_ctx *ctx, int64_t n) {
    volatile char frame[100];
    frame[0] = (char)n;
    check_stack(ctx);
    return n == 0 ? 0 : deep(ctx, n - 1) + frame[0];
}

static void dives(snow_ctx *ctx, snow_record *env) {
    deep(ctx, number_of(env));
    send_int(1, number_of(env));
}

static void deep_recursion_works(snow_ctx *ctx) {
    (void)ctx;
    for (int i = 0; i < 3; i++) {
        spawn(dives, 500, NULL);
        spawn(dives, 20000, NULL);
        CHECK(receive_int(-1) + receive_int(-1) == 20500);
    }
}

static void crash_and_overflow(snow_ctx *ctx) {
    (void)ctx;
    spawn(crashes, 1, NULL);
    spawn(dives, INT64_MAX, NULL);
    spawn(sleeps, 50, NULL);
    CHECK(receive_int(-1) == 50);
}

/* ---- ends ---- */

static void waits_for_ever(snow_ctx *ctx, snow_record *env) {
    (void)env;
    pair(ctx, text("kept"), 1);
    receive_int(-1);
    failures++;
}

static void main_leaves_others(snow_ctx *ctx) {
    (void)ctx;
    atomic_store(&counter, 0);
    spawn(waits_for_ever, 0, NULL);
    int64_t late = spawn(speaks_late, 0, NULL);
    CHECK(late == 3);
    spawn(counts, 5, NULL);
}

static void waits_in_vain(snow_ctx *ctx) {
    (void)ctx;
    receive_int(-1);
}

static void everything(int n) {
    CHECK(run_processes(ping_pong, n) == 0);
    CHECK(run_processes(ring, n) == 0);
    CHECK(run_processes(senders_keep_their_order, n) == 0);
    CHECK(run_processes(many_spawns, n) == 0);
    CHECK(run_processes(many_alive, n) == 0);
    CHECK(run_processes(sleepers_wake_in_order, n) == 0);
    CHECK(run_processes(short_waits_lose_nothing, n) == 0);
    CHECK(run_processes(a_busy_one_starves_nobody, n) == 0);
    CHECK(run_processes(deep_recursion_works, n) == 0);
    CHECK(run_processes(main_leaves_others, n) == 0);
    CHECK(atomic_load(&counter) == 5);
}

void suite_scheduler(void) {
    for (int n = 1; n <= 4; n *= 2) everything(n);
    CHECK(run_processes(main_can_be_stopped_too, 1) == 0);
    CHECK(run_processes(busy_ones_spread, 2) == 0);
    CHECK(workers_used == 2);
}

/* What it writes is compared by its caller. */
void suite_crash(void) {
    CHECK(run_processes(crash_and_overflow, 1) == 0);
    CHECK(run_processes(waits_in_vain, 2) == 101);
}

void suite_timeouts(void) { CHECK(run_processes(waits_end, 2) == 0); }
