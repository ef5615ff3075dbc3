/* Calls of services: answered from other threads, in any order, while other processes run. */
#include "processes.h"

#include "../include/snow_host.h"

#include <unistd.h>

static int n_calls;

/* A service that echoes: adds one, answers with a text, or fails, as the first argument says. */
static void serve(const snow_host_call *call) {
    n_calls++;
    if (call->args[0] == 0) snow_host_done((void *)call, call->args[1] + 1);
    else if (call->args[0] == 1) snow_host_done_string((void *)call, "a text", 6);
    else snow_host_fail((void *)call, "it did not work", 15);
}

static void *service(void *argument) {
    (void)argument;
    for (const snow_host_call *call; (call = snow_host_next(-1)) != NULL;) {
        usleep(2000);
        serve(call);
    }
    CHECK(snow_host_ending());
    snow_host_stopped();
    return NULL;
}

static int64_t ask(int64_t what, int64_t word) {
    const int64_t args[] = {what, word};
    return snowi_host_call("snow_test_ask", "Test.ask", args, 2);
}

static void asks(snow_ctx *ctx, snow_record *env) {
    for (int64_t i = 0; i < 5; i++)
        if (ask(0, i) != i + 1) failures++;
    CHECK(is_text((void *)ask(1, 0), "a text"));
    if (number_of(env) == 1) ask(2, 0);
    (void)ctx;
}

static void several_ask(snow_ctx *ctx) {
    (void)ctx;
    for (int i = 0; i < 10; i++) spawn(asks, 0, NULL);
    CHECK(ask(0, 41) == 42);
}

static void one_fails(snow_ctx *ctx) {
    (void)ctx;
    spawn(asks, 1, NULL);
}

/* ---- posts from outside, and native processes ---- */

static _Atomic int64_t listener;
static _Atomic int n_ended;

static void listens(snow_ctx *ctx, void *argument) {
    CHECK(argument == &listener);
    int64_t expected = 0;
    for (;;) {
        snowi_message *m = snowi_next_message(ctx, -1);
        CHECK(m->word == expected++);
        bool last = m->kind == SNOWI_WS_DISCONNECT;
        CHECK(last || m->kind == SNOWI_WS_TEXT);
        if (!last && m->word % 2 == 0) CHECK(is_text((void *)snowi_message_take(ctx, m), "some bytes"));
        snowi_message_free(m);
        if (last) return;
    }
}

static void listener_ended(void *argument, int64_t pid, bool crashed) {
    CHECK(argument == &listener && pid == atomic_load(&listener) && !crashed);
    atomic_fetch_add(&n_ended, 1);
}

static const snowi_native listening = {listens, listener_ended, "ws connection", "/"};

/* The same without a stack between two messages, and with a heap that grows each time. */
static int64_t n_heard;

static void listens_and_rests(snow_ctx *ctx, void *argument) {
    CHECK(argument == &listener);
    for (snowi_message *m; (m = snowi_next_message(ctx, 0)) != NULL;) {
        CHECK(m->word == n_heard++);
        bool last = m->kind == SNOWI_WS_DISCONNECT;
        snow_string *text = m->word % 2 == 0 && !last ? (snow_string *)snowi_message_take(ctx, m) : NULL;
        snowi_message_free(m);
        if (last) return;
        void *chain = NULL;
        for (int i = 0; i < 50; i++) chain = pair(ctx, chain == NULL ? &leaf : chain, i);
        snowi_drop(ctx, chain);
        if (text == NULL) continue;
        CHECK(is_text(text, "some bytes"));
        snowi_drop(ctx, text);
    }
    snowi_rest(ctx);
}

static const snowi_native resting = {listens_and_rests, listener_ended, "ws connection", "/"};
static const snowi_native *body_of_listener;

static void *posts(void *argument) {
    (void)argument;
    snow_host_done((void *)snow_host_next(-1), 0);
    snowi_batch batch = {0};
    n_heard = 0;
    int64_t pid = snowi_spawn_native(body_of_listener, &listener);
    atomic_store(&listener, pid);
    for (int64_t i = 0; i < 100; i++) {
        CHECK(snowi_post(&batch, pid, SNOWI_WS_TEXT, i, "some bytes", 10));
        if (i % 10 == 9) snowi_batch_flush(&batch);
        if (i % 30 == 29) usleep(3000);
    }
    CHECK(snowi_post(&batch, pid, SNOWI_WS_DISCONNECT, 100, NULL, 0));
    snowi_batch_flush(&batch);
    while (atomic_load(&n_ended) == 0) usleep(1000);
    CHECK(!snowi_post(&batch, pid, SNOWI_WS_TEXT, 0, "x", 1));
    snow_host_release();
    while (snow_host_next(-1) != NULL) {}
    snow_host_stopped();
    return NULL;
}

static void is_held(snow_ctx *ctx) {
    (void)ctx;
    snow_host_hold();
    ask(0, 0);
}

void suite_host(void) {
    for (int n = 1; n <= 2; n++) {
        n_calls = 0;
        CHECK(run_with_service(several_ask, n, service) == 0);
        CHECK(n_calls == 61);
        for (int rests = 0; rests <= 1; rests++) {
            body_of_listener = rests ? &resting : &listening;
            atomic_store(&n_ended, 0);
            CHECK(run_with_service(is_held, n, posts) == 0);
        }
    }
}

/* What it writes is compared by its caller. */
void suite_host_failure(void) { CHECK(run_with_service(one_fails, 1, service) == 0); }
