/* See server.h. */
#include "server.h"

#include <stdlib.h>

#include "../include/snow_host.h"
#include "../wsproc.h"
#include "clients.h"

enum { FLOOD = 64, FLOOD_BYTES = 65536, ENV_NUMBER = 4711 };

server_log served;

void snow_wsproc_install(void);

/* ---- callbacks ---- */

static bool says(int64_t string, const char *text) {
    const snow_string *s = (snow_string *)string;
    return s->byte_len == strlen(text) && memcmp(s->bytes, text, s->byte_len) == 0;
}

static void drop(int64_t value) { snowi_drop(snowi_current(), (void *)value); }

static int64_t on_connect(int64_t conn, int64_t path, int64_t headers) {
    (void)conn;
    atomic_fetch_add(&served.connected, 1);
    snow_string *h = (snow_string *)headers;
    CHECK(h->byte_len == 13 && memcmp(h->bytes, "X-Name\0value", 13) == 0);
    if (says(path, "/crash")) {
        text("lost");
        snowi_panic("in on_connect", 12);
    }
    bool agreed = !says(path, "/reject");
    atomic_fetch_add(&served.accepted, agreed);
    drop(path);
    drop(headers);
    return agreed;
}

static void flood(void *conn) {
    snow_string *x = text("x"), *much = snow_string_repeat(x, FLOOD_BYTES, -1);
    for (int i = 0; i < FLOOD; i++) atomic_fetch_add(&served.flooded, snow_ws_send(conn, much) == 0);
    drop((int64_t)x);
    drop((int64_t)much);
}

static void tells(snow_ctx *ctx, snow_record *env) {
    snow_string *told = text("told");
    for (int i = 0; i < 20; i++) {
        snow_ws_send((void *)number_of(env), told);
        if (i % 7 == 6) snow_timer_sleep(0);
    }
    snowi_drop(ctx, told);
}

static void work(snow_ctx *ctx) {
    int64_t since = snow_timer_now();
    while (snow_timer_now() - since < 3)
        if ((uint64_t)__builtin_frame_address(0) < __atomic_load_n(&ctx->stack_limit, __ATOMIC_RELAXED))
            snowi_stack_slow(ctx, 7);
}

static void carry_out(void *conn, int64_t message) {
    if (says(message, "crash")) snowi_panic("in on_message", 14);
    if (says(message, "flood")) flood(conn);
    else if (says(message, "tell")) spawn(tells, (int64_t)conn, NULL);
    else if (says(message, "close")) snow_ws_close(conn, 4000, (void *)message);
    else if (says(message, "sleep")) snow_timer_sleep(3);
    else if (says(message, "work")) work(snowi_current());
    else snow_ws_reply(conn, (void *)message);
}

static int64_t on_message(snow_record *env, int64_t conn, int64_t message) {
    CHECK(number_of(env) == ENV_NUMBER);
    carry_out((void *)conn, message);
    drop(message);
    return 0;
}

static int64_t on_close(int64_t conn, int64_t code, int64_t reason) {
    CHECK(!snow_ws_is_open((void *)conn));
    atomic_fetch_add(&served.closed, 1);
    atomic_store(&served.last_code, code);
    if (code == 3999) snowi_panic("in on_close", 16);
    drop(reason);
    return 0;
}

/* ---- the program and its loop ---- */

static void (*clients)(uint64_t word);

static void serves(snow_ctx *ctx) {
    (void)ctx;
    closure env = {{1, FN2}, NULL, ENV_NUMBER, &leaf};
    const int64_t callbacks[] = {(int64_t)on_connect, 0, (int64_t)on_message, (int64_t)&env, (int64_t)on_close, 0};
    CHECK(snowi_host_call("snow_test_serve", "Test.serve", callbacks, 6) == 0);
}

static void *loop(void *unused) {
    (void)unused;
    snow_wsconn_event_fd();
    snow_wsproc_install();
    snow_host_call *call = snow_host_next(-1);
    uint64_t word = snow_wsconn_serve((void *const *)call->args);
    clients(word);
    snow_wsconn_unserve(word);
    CHECK(turn_until_empty());
    snow_host_done(call, 0);
    while (snow_host_next(-1) != NULL) {}
    snow_host_stopped();
    return NULL;
}

void run_server(void (*of_test)(uint64_t word), int n) {
    memset(&served, 0, sizeof served);
    clients = of_test;
    CHECK(run_with_service(serves, n, loop) == 0);
    CHECK(served.closed == served.accepted);
    CHECK(snowi_ws_servers() == 0 && snowi_ws_sessions() == 0 && snowi_ws_waiters() == 0);
}
