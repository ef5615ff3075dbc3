/* Actors that wait without a stack: what goes over to the next one, and what may not rest. */
#include "processes.h"

enum { CROWD = 4096 /* of actor.c */, ROUNDS = 5, WRITERS = 50, STOP = -1 };

static _Atomic int64_t n_shared;

static void *boxed_of(snow_record *env) { return (void *)env->slots[2]; }

/* ---- a crowd ---- */

static void waits(snow_ctx *ctx, snow_record *env) {
    (void)ctx, (void)env;
    receive_int(-1);
}

static int64_t gather_crowd(void) {
    int64_t first = spawn(waits, 0, NULL);
    for (int i = 1; i < CROWD; i++) spawn(waits, 0, NULL);
    return first;
}

static void dismiss(int64_t first) {
    for (int i = 0; i < CROWD; i++) send_int(first + i, STOP);
}

/* ---- what generated code does ---- */

static void *closure_over(snow_ctx *ctx, body *code, int64_t number, void *boxed) {
    closure *c = snowi_alloc(ctx, sizeof *c, FN2);
    c->code = code;
    c->number = number;
    c->boxed = boxed;
    return c;
}

/* The parameters of an actor: a number and a boxed value, which it owns. */
static void *parameters_of(snow_record *env, int64_t *number) {
    void *boxed = boxed_of(env);
    *number = number_of(env);
    snowi_dup(boxed);
    return boxed;
}

/* Adds up what it gets; the sum goes to main at the end. */
static void adds(snow_ctx *ctx, snow_record *env) {
    int64_t sum;
    snow_object *boxed = parameters_of(env, &sum);
    for (int64_t word;; sum += word) {
        if (snow_actor_may_rest()) snow_actor_rest(closure_over(ctx, adds, sum, boxed));
        n_shared += !snowi_is_unique(boxed); /* who owns it alone may change it in place */
        word = receive_int(-1);
        if (word == STOP) break;
    }
    snowi_drop(ctx, boxed);
    send_int(1, sum);
}

static void a_crowd_adds_up(snow_ctx *ctx) {
    int64_t first = gather_crowd();
    void *boxed = pair(ctx, &leaf, 1);
    int64_t adder = spawn(adds, 100, boxed), sum = 0;
    for (int i = 1; i < WRITERS; i++) CHECK(spawn(adds, 100, boxed) == adder + i);
    snowi_drop(ctx, boxed);
    for (int round = 0; round < ROUNDS; round++) {
        snow_timer_sleep(round % 2);
        for (int i = 0; i < WRITERS; i++) send_int(adder + i, i + round);
    }
    for (int i = 0; i < WRITERS; i++) send_int(adder + i, STOP);
    for (int i = 0; i < WRITERS; i++) sum += receive_int(-1);
    CHECK(sum == WRITERS * 100 + ROUNDS * WRITERS * (WRITERS - 1) / 2 + WRITERS * ROUNDS * (ROUNDS - 1) / 2);
    dismiss(first);
}

/* Those that still rest when the program ends leave nothing behind. */
static void some_never_wake(snow_ctx *ctx) {
    gather_crowd();
    void *boxed = pair(ctx, &leaf, 1);
    for (int i = 0; i < WRITERS; i++) spawn(adds, 0, boxed);
    snowi_drop(ctx, boxed);
    snow_timer_sleep(20);
}

/* ---- who may not ---- */

static void is_nested(snow_ctx *ctx, snow_record *env) {
    (void)ctx, (void)env;
    CHECK(snow_actor_may_rest());
    snow_actor_nest();
    CHECK(!snow_actor_may_rest());
    send_int(1, 0);
}

/* A reply that came too late keeps nobody from resting. */
static void gets_late_reply(snow_ctx *ctx, snow_record *env) {
    (void)ctx, (void)env;
    snowi_batch batch = {0};
    CHECK(snowi_post(&batch, snow_actor_self(), SNOWI_REPLY, 7, "late", 4));
    CHECK(snow_actor_may_rest());
    send_int(snow_actor_self(), 1);
    CHECK(!snow_actor_may_rest());
    send_int(1, receive_int(-1));
}

/* What runs in a process of C has the C on its stack, and no closure to begin anew with. */
static void some_may_not(snow_ctx *ctx) {
    (void)ctx;
    int64_t first = gather_crowd();
    spawn(waits, 0, NULL);
    CHECK(!snow_actor_may_rest());
    spawn(is_nested, 0, NULL);
    spawn(gets_late_reply, 0, NULL);
    CHECK(receive_int(-1) + receive_int(-1) == 1);
    dismiss(first);
}

void suite_rest(void) {
    for (int n = 1; n <= 4; n *= 2) {
        CHECK(run_processes(a_crowd_adds_up, n) == 0 && n_shared == 0);
        CHECK(run_processes(some_never_wake, n) == 0);
        CHECK(run_processes(some_may_not, n) == 0);
    }
}
