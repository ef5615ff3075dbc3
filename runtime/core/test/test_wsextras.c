/* What servers may have besides: requests that processes judge, messages of other processes, and processes that ask
 * about connections which come and go under their hands. */
#include "server.h"

#include <poll.h>
#include <stdlib.h>

#include "../include/snow_host.h"
#include "../wsproc.h"
#include "clients.h"

void snow_wsproc_configure(uint64_t word, void *const extras[4], int64_t send_timeout);
uint64_t snow_wsproc_ask(uint64_t word, uint64_t ticket, const uint8_t *request, size_t len);
void snow_wsproc_cancel(uint64_t word);
int32_t snow_wsproc_decisions_fd(void);
void *snow_wsproc_decisions(void);
void *snow_wsproc_decided(void *which);

enum { CLIENTS = 20, ENV = 99, FILL = 500, FILL_BYTES = 64 << 10, WAKINGS = 4096 };

static client clients[CLIENTS];
static snow_wsconn_options options;
static _Atomic int64_t informed, watched, filled;
static atomic_bool goes_on;

static bool says(int64_t string, const char *expected) {
    const snow_string *s = (snow_string *)string;
    return s->byte_len == strlen(expected) && memcmp(s->bytes, expected, s->byte_len) == 0;
}

static void drop(int64_t value) { snowi_drop(snowi_current(), (void *)value); }

/* ---- callbacks ---- */

static int64_t authorize(snow_record *env, int64_t target, int64_t headers) {
    CHECK(number_of(env) == ENV && says(headers, "X-Name") == false);
    CHECK(((snow_string *)headers)->byte_len == 13); /* no peer among them */
    if (says(target, "/crash")) snowi_panic("in authorize", 18);
    if (says(target, "/slow")) snow_timer_sleep(5);
    snow_string *refusal = text(says(target, "/no") ? "403 no" : "");
    drop(target);
    drop(headers);
    return (int64_t)refusal;
}

/* Asks everything until the connection is dead. */
static void watch(snow_ctx *ctx, snow_record *env) {
    void *conn = (void *)number_of(env);
    snow_string *room = text("watched"), *name = text("x-NAME"), *message = text("hello");
    while (snow_ws_id(conn) != -1) {
        snowi_drop(ctx, snow_ws_path(conn));
        snowi_drop(ctx, snow_ws_header(conn, name));
        snowi_drop(ctx, snow_ws_query(conn, name));
        snow_ws_join(conn, room);
        snow_ws_broadcast_except(room, message, conn);
        snowi_drop(ctx, snow_ws_rooms(conn));
        CHECK(snow_ws_members(room) >= 0);
        snow_ws_is_binary(conn);
        snow_timer_sleep(0);
    }
    CHECK(snow_ws_join(conn, room) == -1 && snow_ws_pid(conn) == 0);
    CHECK(is_text(snow_ws_path(conn), "") && is_text(snow_ws_peer(conn), ""));
    snowi_drop(ctx, room);
    snowi_drop(ctx, name);
    snowi_drop(ctx, message);
    atomic_fetch_add(&watched, 1);
}

/* Sends more than fits, from a process that is not the connection's: whatever woke it meanwhile, nothing of that
 * stays in its mailbox. */
static void fill(snow_ctx *ctx, snow_record *env) {
    snow_string *x = text("x"), *much = snow_string_repeat(x, FILL_BYTES, -1);
    for (int i = 0; i < FILL; i++) CHECK(snow_ws_send((void *)number_of(env), much) == 0);
    snow_timer_sleep(2);
    snowi_message *left = snowi_next_message(ctx, 0);
    CHECK(left == NULL);
    if (left != NULL) snowi_message_free(left);
    snowi_drop(ctx, x);
    snowi_drop(ctx, much);
    atomic_fetch_add(&filled, 1);
}

static int64_t on_info(int64_t conn, int64_t message) {
    atomic_fetch_add(&informed, 1);
    if (says(message, "again") && atomic_load(&goes_on)) {
        snow_actor_send(SNOW_PTR, snow_ws_pid((void *)conn), message);
        snow_timer_sleep(0);
    }
    if (says(message, "fill")) spawn(fill, conn, NULL);
    if (says(message, "watch"))
        for (int i = 0; i < 2; i++) spawn(watch, conn, NULL);
    drop(message);
    return 0;
}

/* ---- the loop's side ---- */

static void configure(uint64_t word) {
    closure env = {{1, FN2}, NULL, ENV, &leaf};
    void *const extras[] = {(void *)authorize, &env, (void *)on_info, NULL};
    snow_wsproc_configure(word, extras, 10000);
    snow_wsproc_decisions_fd();
}

static uint64_t ask(uint64_t word, uint64_t ticket, const char *target) {
    char request[64];
    int len = snprintf(request, sizeof request, "%s%c:peer%c::1%cX-Name%cvalue%c", target, 0, 0, 0, 0, 0);
    return snow_wsproc_ask(word, ticket, (const uint8_t *)request, (size_t)len);
}

/* Waits for a decision; whether it is this one. */
static bool is_decided(uint64_t ticket, const char *expected) {
    struct pollfd fd = {snow_wsproc_decisions_fd(), POLLIN, 0};
    CHECK(poll(&fd, 1, 20000) == 1);
    snowi_ws_decision *d = snow_wsproc_decisions();
    bool same = d != NULL && d->ticket == ticket && d->len == strlen(expected);
    same = same && memcmp(d->text, expected, d->len) == 0;
    while (d != NULL) d = snow_wsproc_decided(d);
    return same;
}

static void forget_decisions(void) {
    for (void *d = snow_wsproc_decisions(); d != NULL;) d = snow_wsproc_decided(d);
}

/* ---- requests that are judged ---- */

static void agreed(uint64_t word) {
    configure(word);
    uint64_t opened = ask(word, 7, "/");
    CHECK(is_decided(7, "") && atomic_load(&served.connected) == 0);
    connect_client(&clients[0], opened, "/", &options);
    send_text(&clients[0], "hello");
    CHECK(receives(&clients[0], SNOW_WS_TEXT, "hello"));
    send_close(&clients[0], 1000);
    CHECK(receives_close(&clients[0], 1000));
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.closed) == 1);
    drop_client(&clients[0]);
}

static void refused(uint64_t word) {
    configure(word);
    uint64_t asked = ask(word, 1, "/no");
    CHECK(is_decided(1, "403 no"));
    snow_wsproc_cancel(asked);
    asked = ask(word, 2, "/");
    CHECK(is_decided(2, ""));
    snow_wsproc_cancel(asked); /* the client has gone */
    snow_wsproc_cancel(ask(word, 3, "/slow"));
    snow_wsproc_cancel(ask(word, 4, "/no"));
    CHECK(turn_until_empty());
    forget_decisions();
    CHECK(atomic_load(&served.connected) == 0);
}

/* ---- messages of other processes ---- */

static int64_t pid_of(snow_wsconn conn) { return snow_ws_pid((void *)(uintptr_t)conn); }

static bool is_informed(void *wanted) { return atomic_load(&informed) == *(int64_t *)wanted; }

static void told(uint64_t word) {
    configure(word);
    atomic_store(&informed, 0);
    connect_client(&clients[0], word, "/", &options);
    snowi_batch batch = {0};
    for (int i = 0; i < 10; i++) CHECK(snowi_post(&batch, pid_of(clients[0].conn), SNOWI_ORDINARY, 0, "text", 4));
    CHECK(snowi_post(&batch, pid_of(clients[0].conn), SNOWI_ORDINARY, 0, NULL, 0)); /* no String */
    snowi_batch_flush(&batch);
    CHECK(turn_until(is_informed, &(int64_t){10}));
    cut_client(&clients[0]);
    CHECK(turn_until_empty());
    CHECK(pid_of(clients[0].conn) == 0);
    drop_client(&clients[0]);
}

static bool is_read(void *of) { return !((client *)of)->is_paused; }

/* A mailbox that is never empty does not keep a client from being read. */
static void told_again_and_again(uint64_t word) {
    snow_wsconn_options narrow = options;
    narrow.inbound_messages = 1;
    configure(word);
    atomic_store(&goes_on, true);
    connect_client(&clients[0], word, "/", &narrow);
    snowi_batch batch = {0};
    CHECK(snowi_post(&batch, pid_of(clients[0].conn), SNOWI_ORDINARY, 0, "again", 5));
    snowi_batch_flush(&batch);
    send_text(&clients[0], "hello");
    CHECK(receives(&clients[0], SNOW_WS_TEXT, "hello"));
    CHECK(turn_until(is_read, &clients[0]));
    atomic_store(&goes_on, false);
    cut_client(&clients[0]);
    CHECK(turn_until_empty());
    drop_client(&clients[0]);
}

/* To the process of a request that is still being judged: there is no connection that it could be given with. */
static void told_too_early(uint64_t word) {
    configure(word);
    atomic_store(&informed, 0);
    uint64_t opened = ask(word, 7, "/");
    snowi_batch batch = {0};
    CHECK(is_decided(7, "") && snowi_post(&batch, 2, SNOWI_ORDINARY, 0, "early", 5)); /* after main's 1 */
    snowi_batch_flush(&batch);
    turn_loop(20);
    connect_client(&clients[0], opened, "/", &options);
    CHECK(snowi_post(&batch, 2, SNOWI_ORDINARY, 0, "text", 4));
    snowi_batch_flush(&batch);
    send_text(&clients[0], "hello");
    CHECK(receives(&clients[0], SNOW_WS_TEXT, "hello"));
    CHECK(atomic_load(&informed) == 1);
    cut_client(&clients[0]);
    CHECK(turn_until_empty());
    drop_client(&clients[0]);
}

/* ---- senders that wait, woken again and again ---- */

static void woken_in_vain(uint64_t word) {
    configure(word);
    atomic_store(&filled, 0);
    connect_client(&clients[0], word, "/", &options);
    snowi_batch batch = {0};
    snowi_post(&batch, pid_of(clients[0].conn), SNOWI_ORDINARY, 0, "fill", 4);
    snowi_batch_flush(&batch);
    for (int i = 0; atomic_load(&filled) == 0; i++) {
        snowi_ws_room(clients[0].conn);
        if (i % WAKINGS == 0) turn_loop(0);
    }
    CHECK(snowi_ws_waiters() == 0);
    cut_client(&clients[0]);
    CHECK(turn_until_empty());
    drop_client(&clients[0]);
}

/* ---- connections that others look at while they end ---- */

static bool all_have_watched(void *state) {
    (void)state;
    return atomic_load(&watched) == 2 * CLIENTS;
}

static void looked_at(uint64_t word) {
    configure(word);
    atomic_store(&watched, 0);
    for (int i = 0; i < CLIENTS; i++) {
        connect_client(&clients[i], word, "/x?x-NAME=1", &options);
        snowi_batch batch = {0};
        snowi_post(&batch, pid_of(clients[i].conn), SNOWI_ORDINARY, 0, "watch", 5);
        snowi_batch_flush(&batch);
        if (i % 3 == 0) turn_loop(1);
    }
    turn_loop(1);
    for (int i = 0; i < CLIENTS; i++) {
        cut_client(&clients[i]);
        turn_loop(0);
    }
    CHECK(turn_until_empty());
    CHECK(turn_until(all_have_watched, NULL));
    CHECK(snow_wsconn_rooms_open() == 0);
    for (int i = 0; i < CLIENTS; i++) drop_client(&clients[i]);
}

void suite_wsextras(void) {
    options = snow_wsconn_default_options();
    for (int n = 1; n <= 4; n *= 2) {
        run_server(agreed, n);
        run_server(refused, n);
        run_server(told, n);
        run_server(told_again_and_again, n);
        run_server(told_too_early, n);
        run_server(woken_in_vain, n);
        run_server(looked_at, n);
    }
}

static void crashed(uint64_t word) {
    configure(word);
    uint64_t asked = ask(word, 1, "/crash");
    CHECK(is_decided(1, "internal error"));
    snow_wsproc_cancel(asked);
    snow_wsproc_cancel(ask(word, 2, "/crash"));
    CHECK(turn_until_empty());
    forget_decisions();
    CHECK(atomic_load(&served.connected) == 0);
}

/* What it writes is compared by its caller. */
void suite_wsextras_crash(void) {
    options = snow_wsconn_default_options();
    run_server(crashed, 2);
}
