/* Messages are copies: of any shape and depth, shared parts shared, immortal ones not copied at all. */
#include "processes.h"

#include <stdlib.h>

#ifdef __SANITIZE_THREAD__
#define DEEP 20000
#else
#define DEEP 1000000
#endif

static void *chain(snow_ctx *ctx, int64_t n) {
    void *list = &leaf;
    for (int64_t i = 0; i < n; i++) list = pair(ctx, list, i);
    return list;
}

static void checks_chain(snow_ctx *ctx, snow_record *env) {
    CHECK(snow_actor_receive(-1));
    snow_record *list = (snow_record *)snow_actor_message(), *p = list;
    for (int64_t i = number_of(env) - 1; i >= 0; i--) {
        if (p->slots[1] != i || p->header.count != 1) failures++;
        p = (snow_record *)p->slots[0];
    }
    CHECK((snow_object *)p == &leaf);
    CHECK(live_objects(ctx) == number_of(env) + 1);
    snowi_drop(ctx, list);
}

static void a_long_chain(snow_ctx *ctx) {
    void *list = chain(ctx, DEEP);
    int64_t pid = spawn(checks_chain, DEEP, NULL);
    snow_actor_send(SNOW_PTR, pid, (int64_t)list);
    snowi_drop(ctx, list);
}

/* 2^60 leaves, 60 objects. */
static void checks_dag(snow_ctx *ctx, snow_record *env) {
    (void)env;
    CHECK(snow_actor_receive(-1));
    snow_record *top = (snow_record *)snow_actor_message(), *p = top;
    CHECK(live_objects(ctx) == 62); /* with the closure */
    for (int i = 0; i < 59; i++) {
        if (p->slots[0] != p->slots[1]) failures++;
        p = (snow_record *)p->slots[0];
        if (p->header.count != 2) failures++;
    }
    snowi_drop(ctx, top);
}

static void a_shared_graph(snow_ctx *ctx) {
    void *top = tree(ctx, text("bottom"), &leaf);
    for (int i = 0; i < 59; i++) {
        snowi_dup(top);
        top = tree(ctx, top, top);
    }
    CHECK(live_objects(ctx) == 61);
    snow_actor_send(SNOW_PTR, spawn(checks_dag, 0, NULL), (int64_t)top);
    snowi_drop(ctx, top);
}

/* Numbers as texts, every other element being one and the same string. */
static snow_list *strings(snow_ctx *ctx, int n) {
    snow_list *xs = snow_list_new(SNOW_PTR);
    snow_string *same = text("same");
    for (int i = 0; i < n; i++) {
        snow_string *s = i % 2 ? same : snow_int_to_string(i);
        if (s == same) snowi_dup(same);
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)s);
    }
    snowi_drop(ctx, same);
    return xs;
}

static void checks_lists(snow_ctx *ctx, snow_record *env) {
    for (int k = 0; k < number_of(env); k++) {
        CHECK(snow_actor_receive(-1));
        snow_list *xs = (snow_list *)snow_actor_message();
        for (int64_t i = 1; i < xs->len; i++) {
            if (i % 2 == 1 && xs->data[i] != xs->data[1]) failures++;
            if (i % 2 == 0 && atoi((char *)((snow_string *)xs->data[i])->bytes) != i) failures++;
        }
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)text("more"));
        snowi_drop(ctx, xs);
        CHECK(live_objects(ctx) == 2); /* the closure and its capture */
    }
}

static void lists_small_and_large(snow_ctx *ctx) {
    snow_string *captured = text("captured");
    int64_t pid = spawn(checks_lists, 5, captured);
    static const int sizes[] = {0, 1, 20, 70, 5000};
    for (int i = 0; i < 5; i++) {
        snow_list *xs = strings(ctx, sizes[i]);
        snow_actor_send(SNOW_PTR, pid, (int64_t)xs);
        snowi_drop(ctx, xs);
    }
    snowi_drop(ctx, captured);
}

static void checks_slice(snow_ctx *ctx, snow_record *env) {
    (void)env;
    CHECK(snow_actor_receive(-1));
    snow_list *xs = (snow_list *)snow_actor_message();
    CHECK(!snowi_is_slice(xs) && xs->len == 6 && xs->data[0] == 4 && xs->data[5] == 9);
    snowi_drop(ctx, xs);
    CHECK(snow_actor_receive(-1));
    snow_string *s = (snow_string *)snow_actor_message();
    CHECK(s->byte_len == 100000 && s->bytes[99999] == 'x' && s->bytes[100000] == 0);
    s = snow_string_concat(s, snowi_string_empty());
    snowi_drop(ctx, s);
}

static void slices_and_long_strings(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_I64);
    for (int64_t i = 0; i < 10; i++) xs = snow_list_push(SNOW_I64, xs, i);
    snowi_dup(xs);
    snow_list *slice = snow_list_tail(SNOW_I64, xs, 4);
    snow_string *x = text("x"), *s = snow_string_repeat(x, 100000, -1);
    int64_t pid = spawn(checks_slice, 0, NULL);
    snow_actor_send(SNOW_PTR, pid, (int64_t)slice);
    snow_actor_send(SNOW_PTR, pid, (int64_t)s);
    snowi_drop(ctx, slice);
    snowi_drop(ctx, xs);
    snowi_drop(ctx, s);
    snowi_drop(ctx, x);
}

static void checks_immortal(snow_ctx *ctx, snow_record *env) {
    CHECK(snow_actor_receive(-1));
    CHECK(snow_actor_message() == (int64_t)&leaf);
    CHECK(is_text((snowi_dup((void *)env->slots[2]), (void *)env->slots[2]), "captured"));
    CHECK(live_objects(ctx) == 2);
}

static void immortals_and_captures(snow_ctx *ctx) {
    snow_string *s = text("captured");
    int64_t pid = spawn(checks_immortal, 0, s);
    snowi_drop(ctx, s);
    snow_actor_send(SNOW_PTR, pid, (int64_t)&leaf);
}

/* Nobody takes them; they go with the process, or with the program. */
static void takes_one(snow_ctx *ctx, snow_record *env) {
    CHECK(snow_actor_receive(-1));
    if (number_of(env) > 0) snow_actor_receive(-1);
    (void)ctx;
}

static void messages_nobody_takes(snow_ctx *ctx) {
    snow_list *xs = strings(ctx, 300);
    int64_t ends = spawn(takes_one, 0, xs), waits = spawn(takes_one, 1, xs);
    for (int i = 0; i < 3; i++) snow_actor_send(SNOW_PTR, ends, (int64_t)xs);
    snow_actor_send(SNOW_PTR, waits, (int64_t)xs);
    snowi_drop(ctx, xs);
}

static snow_string *immortal(const char *s) { return snowi_freeze(snowi_current(), text(s)); }

static void accepts_ints(snow_ctx *ctx, snow_record *env) {
    (void)ctx, (void)env;
    CHECK(receive_int(-1) == 5);
    CHECK(receive_int(20) == INT64_MIN);
}

static void wrong_types_are_dropped(snow_ctx *ctx) {
    closure c = {{1, FN2}, accepts_ints, 0, &leaf};
    int64_t pid = snow_actor_spawn(&c, immortal("tally"), 77, immortal("Int"));
    snow_string *s = text("wrong");
    snow_actor_send_untyped(SNOW_PTR, pid, (int64_t)s, 78, immortal("String"));
    snow_actor_send_untyped(SNOW_PTR, pid, (int64_t)s, 78, immortal("String"));
    snow_actor_send_untyped(SNOW_I64, pid, 5, 77, immortal("Int"));
    snowi_drop(ctx, s);
}

void suite_message(void) {
    for (int n = 1; n <= 4; n *= 2) {
        CHECK(run_processes(a_long_chain, n) == 0);
        CHECK(run_processes(a_shared_graph, n) == 0);
        CHECK(run_processes(lists_small_and_large, n) == 0);
        CHECK(run_processes(slices_and_long_strings, n) == 0);
        CHECK(run_processes(immortals_and_captures, n) == 0);
        CHECK(run_processes(messages_nobody_takes, n) == 0);
    }
}

/* What it writes is compared by its caller. */
void suite_dropped(void) { CHECK(run_processes(wrong_types_are_dropped, 2) == 0); }
