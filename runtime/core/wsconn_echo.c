/* Consumers that send every message back, for tests and benchmarks: on the loop's thread, or from another,
 * which costs what a scheduler costs (a hand-over each way, one wake each way per batch). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "wsconn_internal.h"

static void send_back(snow_wsconn conn, int kind, const uint8_t *bytes, size_t len) {
    int opcode = kind == SNOW_WSCONN_TEXT ? SNOW_WS_TEXT : SNOW_WS_BINARY;
    if (snow_wsconn_send(conn, opcode, bytes, len) == SNOW_WSCONN_FULL)
        snow_wsconn_fail(conn, 1013, (const uint8_t *)"slow consumer", 13);
    snow_wsconn_taken(conn, 1, len);
}

static bool is_message(int kind) { return kind == SNOW_WSCONN_TEXT || kind == SNOW_WSCONN_BINARY; }

static void deliver_here(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *bytes, size_t len) {
    (void)state, (void)word;
    if (is_message(kind)) send_back(conn, kind, bytes, len);
}

static void wake_nobody(void *state) { (void)state; }

static void no_room_needed(void *state, snow_wsconn conn, uint64_t word) { (void)state, (void)conn, (void)word; }

static uint64_t serve(void *state, void *const callbacks[6]) {
    (void)state, (void)callbacks;
    return 0;
}

static void unserve(void *state, uint64_t word) { (void)state, (void)word; }

/* ---- the thread ---------------------------------------------------------------------------------------------- */

typedef struct entry {
    struct entry *next;
    snow_wsconn conn;
    size_t len, cap; /* of the bytes; of the whole buffer */
    int kind;
    uint8_t bytes[];
} entry;

typedef struct batch {
    entry *first, **last;
} batch;

static batch gathered = {NULL, &gathered.first}; /* the loop's, until it wakes the thread */
static batch handed_over = {NULL, &handed_over.first};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `handed_over` */
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;

static void empty(batch *b) {
    b->first = NULL;
    b->last = &b->first;
}

static entry *next_batch(void) {
    pthread_mutex_lock(&lock);
    while (handed_over.first == NULL) pthread_cond_wait(&filled, &lock);
    entry *e = handed_over.first;
    empty(&handed_over);
    pthread_mutex_unlock(&lock);
    return e;
}

static void *echo_thread(void *unused) {
    (void)unused;
    for (;;) {
        for (entry *e = next_batch(), *next; e != NULL; e = next) {
            next = e->next;
            send_back(e->conn, e->kind, e->bytes, e->len);
            snowi_ws_give((uint8_t *)e, e->cap);
        }
        snow_wsconn_wake_loop();
    }
    return NULL;
}

static void deliver_over(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *bytes, size_t len) {
    (void)state, (void)word;
    if (!is_message(kind)) return;
    size_t cap;
    entry *e = (entry *)snowi_ws_buffer(sizeof *e + len, &cap);
    if (e == NULL) return;
    *e = (entry){.conn = conn, .len = len, .cap = cap, .kind = kind};
    memcpy(e->bytes, bytes, len);
    *gathered.last = e;
    gathered.last = &e->next;
}

static void wake_thread(void *state) {
    (void)state;
    if (gathered.first == NULL) return;
    pthread_mutex_lock(&lock);
    *handed_over.last = gathered.first;
    handed_over.last = gathered.last;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&filled);
    empty(&gathered);
}

void snow_wsconn_use_echo(bool from_thread) {
    static pthread_t thread;
    static bool running;
    snow_wsconn_consumer consumer = {NULL, deliver_here, wake_nobody, no_room_needed, serve, unserve};
    if (from_thread) {
        consumer.deliver = deliver_over;
        consumer.wake = wake_thread;
        if (!running && pthread_create(&thread, NULL, echo_thread, NULL) != 0) abort();
        running = true;
    }
    snow_wsconn_set_consumer(&consumer);
}
