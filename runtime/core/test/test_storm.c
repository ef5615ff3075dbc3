/* Everything at once, for as long as $SNOW_TEST_SECONDS says (2): meant for the thread sanitizer.
 *
 * Actors spawn, send values of all shapes, wait with and without a limit, sleep, compute without a pause, recurse,
 * call services of the program and of the host, crash and end, all at random, and so do the services; and clients of a WebSocket server do whatever clients can do. What
 * is random are the decisions, not the sequence of numbers they come from. Crashes are reported on standard error.
 */
#include "server.h"

#include <stdlib.h>

#include "../include/snow_host.h"
#include "clients.h"

static int64_t milliseconds(void) {
    const char *wish = getenv("SNOW_TEST_SECONDS");
    return wish == NULL ? 2000 : 1000 * atoll(wish);
}

static uint64_t draw(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int64_t below(uint64_t *state, int64_t n) { return (int64_t)(draw(state) >> 11) % n; }

/* ---- actors ---- */

enum { KNOWN = 64, POPULATION = 150, LIFE = 60 };

static _Atomic int64_t known[KNOWN]; /* pids, many of which are gone */
static _Atomic bool is_over;         /* nobody is born any more */

static __attribute__((noinline)) int64_t recurse(snow_ctx *ctx, int64_t n) {
    volatile char frame[200];
    frame[0] = (char)n;
    if ((uint64_t)__builtin_frame_address(0) < __atomic_load_n(&ctx->stack_limit, __ATOMIC_RELAXED))
        snowi_stack_slow(ctx, 7);
    return n == 0 ? 0 : recurse(ctx, n - 1) + frame[0];
}

static snow_list *list_of(snow_ctx *ctx, int64_t n) {
    snow_list *xs = snow_list_new(SNOW_PTR);
    for (int64_t i = 0; i < n; i++) xs = snow_list_push(SNOW_PTR, xs, (int64_t)snow_int_to_string(i));
    (void)ctx;
    return xs;
}

static snow_object *value(snow_ctx *ctx, uint64_t *random) {
    snow_string *x;
    void *left;
    switch (below(random, 6)) {
    case 0:
        return &leaf;
    case 1:
        return (snow_object *)snow_int_to_string(below(random, 1000000));
    case 2:
        return (snow_object *)list_of(ctx, below(random, 200));
    case 3:
        x = text("x");
        snow_string *s = snow_string_repeat(x, below(random, 100000), -1);
        snowi_drop(ctx, x);
        return &s->header;
    case 4:
        left = list_of(ctx, 3);
        snowi_dup(left);
        return tree(ctx, left, left);
    default:
        left = &leaf;
        for (int i = 0; i < 50; i++) left = pair(ctx, left, i);
        return left;
    }
}

static void acts(snow_ctx *ctx, snow_record *env);

static void send_one(snow_ctx *ctx, uint64_t *random) {
    snow_object *message = value(ctx, random);
    snow_actor_send(SNOW_PTR, atomic_load(&known[below(random, KNOWN)]), (int64_t)message);
    snowi_drop(ctx, message);
}

static void receive_some(snow_ctx *ctx, uint64_t *random) {
    while (snow_actor_receive(below(random, 4))) snowi_drop(ctx, (void *)snow_actor_message());
}

static void compute(snow_ctx *ctx, uint64_t *random) {
    for (int64_t since = snow_timer_now(), ms = below(random, 3); snow_timer_now() - since < ms;) recurse(ctx, 1);
}

static void bear(uint64_t *random) {
    if (snow_process_count() > POPULATION || atomic_load(&is_over)) return;
    snow_string *captured = text("captured");
    atomic_store(&known[below(random, KNOWN)], spawn(acts, (int64_t)(draw(random) | 1), captured));
    snowi_drop(snowi_current(), captured);
}

static void ask(uint64_t *random) {
    const int64_t args[] = {below(random, 1000)};
    CHECK(snowi_host_call("snow_test_ask", "Test.ask", args, 1) == args[0] + 1);
}

/* ---- services of the program ---- */

enum { SERVICES = 4 };
enum { COUNT, ECHO, SLOW, CRASH, QUIT };

static struct {
    snow_object header;
    uint64_t len;
    char bytes[16];
} till = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 4, "Till"}, pay = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 8, "Till.pay"};

static _Atomic int64_t services[SERVICES];

static void serves(snow_ctx *ctx, snow_record *env) {
    (void)env;
    snow_service_ready();
    for (int64_t n = 0;; n++) {
        int64_t handler = snow_service_next();
        snow_object *given = (snow_object *)snow_actor_message();
        if (handler == SLOW) snow_timer_sleep(2);
        if (handler == CRASH) snowi_panic("in an actor", 13);
        if (handler == COUNT) snow_service_reply(SNOW_I64, n);
        else snow_service_reply(SNOW_PTR, (int64_t)given);
        snowi_drop(ctx, given);
        if (handler == QUIT) return;
    }
}

/* In the place of one that is gone; whoever comes second takes its own back. */
static void open_service(int64_t i, int64_t gone) {
    closure c = {{1, FN2}, serves, 0, &leaf};
    if (atomic_load(&is_over)) return;
    int64_t pid = snow_service_start(&c, &till, &till, 7);
    if (!atomic_compare_exchange_strong(&services[i], &gone, pid))
        snow_service_cast(SNOW_PTR, pid, &till, QUIT, (int64_t)&leaf);
}

static void call_service(snow_ctx *ctx, uint64_t *random) {
    int64_t i = below(random, SERVICES), what = below(random, 40), ms = below(random, 6) - 1;
    int64_t pid = atomic_load(&services[i]);
    int64_t handler = what < 20 ? COUNT : what < 35 ? ECHO : what < 39 ? SLOW : CRASH;
    snow_object *given = value(ctx, random);
    bool done = snow_service_try(SNOW_PTR, pid, &till, &pay, handler, (int64_t)given, ms);
    int64_t answer = snow_actor_message();
    snowi_drop(ctx, given);
    if (!done || handler != COUNT) snowi_drop(ctx, (void *)answer);
    if (!done && !snow_process_is_alive(pid)) open_service(i, pid);
}

static void tell_all_to_quit(void) {
    for (int i = 0; i < SERVICES; i++)
        snow_service_cast(SNOW_PTR, atomic_load(&services[i]), &till, QUIT, (int64_t)&leaf);
}

static void act(snow_ctx *ctx, uint64_t *random) {
    int64_t what = below(random, 100);
    if (what < 30) send_one(ctx, random);
    else if (what < 55) receive_some(ctx, random);
    else if (what < 65) call_service(ctx, random);
    else if (what < 80) bear(random);
    else if (what < 86) compute(ctx, random);
    else if (what < 91) snow_timer_sleep(below(random, 3));
    else if (what < 94) recurse(ctx, below(random, 3000));
    else if (what < 98) ask(random);
    else snow_timer_sleep(0);
}

static void acts(snow_ctx *ctx, snow_record *env) {
    uint64_t random = (uint64_t)number_of(env);
    for (int64_t n = below(&random, LIFE); n > 0; n--) act(ctx, &random);
    if (below(&random, 50) != 0) return;
    value(ctx, &random);
    snowi_panic("in an actor", 12);
}

static void actors(snow_ctx *ctx) {
    (void)ctx;
    uint64_t random = 4711;
    for (int64_t since = snow_timer_now(); snow_timer_now() - since < milliseconds();) {
        for (int i = 0; i < 20; i++) bear(&random);
        snow_timer_sleep(5);
    }
    for (atomic_store(&is_over, true); snow_process_count() > 1; snow_timer_sleep(5)) tell_all_to_quit();
}

static void *service(void *unused) {
    (void)unused;
    for (snow_host_call *call; (call = snow_host_next(-1)) != NULL;) snow_host_done(call, call->args[0] + 1);
    snow_host_stopped();
    return NULL;
}

void suite_storm(void) { CHECK(run_with_service(actors, 4, service) == 0); }

/* ---- clients ---- */

enum { CLIENTS = 40 };

static client clients[CLIENTS];
static bool is_blocked[CLIENTS];
static snow_wsconn_options options;

static bool is_connected(const client *c) { return c->conn != 0 && !c->is_lost; }

static bool has_ended(const client *c) { return c->conn == 0 || (c->is_lost && c->has_finished); }

static void arrive(int i, uint64_t word, uint64_t *random) {
    static const char *const paths[] = {"/reject", "/crash", "/"};
    int64_t which = below(random, 40);
    connect_client(&clients[i], word, paths[which < 2 ? which : 2], &options);
    is_blocked[i] = false;
}

static void say(client *c, uint64_t *random) {
    static const char *const words[] = {"tell", "close", "sleep", "work", "flood", "crash"};
    static char large[100000];
    int64_t which = below(random, 300);
    if (c->is_paused) return;
    if (which < 100) send_text(c, "hello");
    else if (which < 200) send_frame(c, 0x82, large, (size_t)below(random, sizeof large), (size_t)below(random, 5000));
    else if (which < 220) send_frame(c, 0x89, "ping", 4, 0);
    else if (which < 240) send_frame(c, 0x01, "part", 4, 1);
    else if (which < 260) send_frame(c, 0x80, "rest", 4, 1);
    else send_text(c, words[which % 6]);
}

static void block(int i, bool blocked) {
    is_blocked[i] = blocked;
    if (is_connected(&clients[i])) snow_wsconn_blocked(clients[i].conn, blocked, loop_now());
}

static void live(int i, uint64_t word, uint64_t *random) {
    client *c = &clients[i];
    int64_t what = below(random, 100);
    if (has_ended(c)) arrive(i, word, random);
    else if (!is_connected(c)) return;
    else if (what < 70) say(c, random);
    else if (what < 80) block(i, !is_blocked[i]);
    else if (what < 84) send_close(c, 1000);
    else if (what < 88) cut_client(c);
    c->read = c->len;
}

static void come_and_go(uint64_t word) {
    uint64_t random = 31337, until = loop_now() + (uint64_t)milliseconds();
    while (loop_now() < until) {
        for (int k = 0; k < 10; k++) live((int)below(&random, CLIENTS), word, &random);
        turn_loop((int)below(&random, 2));
    }
    for (int i = 0; i < CLIENTS; i++) block(i, false);
    for (int i = 0; i < CLIENTS; i++)
        if (is_connected(&clients[i])) cut_client(&clients[i]);
    CHECK(turn_until_empty());
    for (int i = 0; i < CLIENTS; i++) drop_client(&clients[i]);
    CHECK(atomic_load(&served.closed) > 20);
}

void suite_wsstorm(void) {
    options = snow_wsconn_default_options();
    options.send_buffer = 100000;
    options.inbound_messages = 8;
    options.ws.close_wait = 20;
    options.ws.interval = 50;
    options.ws.timeout = 30;
    run_server(come_and_go, 4);
}
