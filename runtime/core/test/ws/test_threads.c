/* The table under several threads: the echo thread, and senders that hold handles of connections that come and
 * go. Meant for the thread sanitizer. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../../include/snow_wsconn.h"
#include "peer.h"

enum { CONNECTIONS = 16, ROUNDS = 300, SENDERS = 3 };

static _Atomic(snow_wsconn) current[CONNECTIONS];
static atomic_bool stop;
static uint64_t frames;

static void drain(bool woken) {
    snow_wsconn_work work[8];
    size_t n;
    do {
        n = snow_wsconn_drain(work, 8, woken, 0);
        woken = false;
        for (size_t i = 0; i < n; i++) {
            for (size_t at = 0; at < work[i].len; at += 2u + work[i].bytes[at + 1]) frames++;
            snow_wsconn_written(&work[i], 0);
            if (work[i].flags & SNOW_WSCONN_ENDED) snow_wsconn_finish(work[i].conn);
        }
    } while (n == 8);
}

static void *send_to_all(void *unused) {
    static const uint8_t message[100] = "abc";
    (void)unused;
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        snow_wsconn conn = atomic_load(&current[i % CONNECTIONS]);
        snow_wsconn_send(conn, SNOW_WS_BINARY, message, i % 2 == 0 ? 3 : sizeof message);
        if (i % 64 == 0) snow_wsconn_buffered(conn);
        if (i % 1000 == 0) snow_wsconn_close(conn, 1000, (const uint8_t *)"x", 1);
        if (i % 16 == 0) snow_wsconn_wake_loop();
    }
    return NULL;
}

static snow_wsconn open_connection(void) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.send_buffer = 1 << 20;
    return snow_wsconn_open(&options, 0, NULL, 0, 0);
}

/* ---- a codec that keeps the first byte of a message and touches all ---- */

static uint16_t no_inflate(void *state, const uint8_t *data, size_t len, snow_wsp_bytes *plain) {
    (void)state, (void)data, (void)len, (void)plain;
    return SNOW_WS_CLOSE_BAD_DATA;
}

static bool first_byte(void *state, const uint8_t *data, size_t len, bool last, snow_wsp_bytes *deflated) {
    static uint8_t sum;
    (void)state;
    for (size_t i = 1; i < len; i++) sum ^= data[i];
    *deflated = (snow_wsp_bytes){data, last};
    return true;
}

static void do_nothing(void *state) { (void)state; }

static const snow_wsconn_codec codec = {no_inflate, first_byte, do_nothing, do_nothing};

/* Every second one compresses. */
static snow_wsconn open_one_of_many(int i) {
    snow_wsconn conn = open_connection();
    if (i % 2 == 0) CHECK(snow_wsconn_compress(conn, &codec, NULL));
    return conn;
}

static void senders_and_a_loop(void) {
    pthread_t threads[SENDERS];
    for (int i = 0; i < CONNECTIONS; i++) current[i] = open_one_of_many(i);
    for (int i = 0; i < SENDERS; i++) pthread_create(&threads[i], NULL, send_to_all, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        int i = round % CONNECTIONS;
        bytes b = {NULL, 0, 0};
        put_frame(&b, 0x82, "echo", 4);
        snow_wsconn_feed(current[i], b.data, b.len, 0);
        drop(&b);
        struct pollfd fd = {snow_wsconn_event_fd(), POLLIN, 0};
        drain(poll(&fd, 1, 1) > 0);
        if (round % 3 == 0) {
            snow_wsconn_lost(current[i]);
            current[i] = open_one_of_many(i);
        }
    }
    stop = true;
    for (int i = 0; i < SENDERS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < CONNECTIONS; i++) snow_wsconn_lost(current[i]);
    while (snow_wsconn_has_work()) drain(true);
    CHECK(snow_wsconn_count() == 0);
}

/* Every message comes back: no wake-up is lost. */
static void nothing_is_lost(void) {
    snow_wsconn conn = open_connection();
    bytes b = {NULL, 0, 0};
    for (int i = 0; i < 10; i++) put_frame(&b, 0x82, "0123456789", 10);
    uint64_t before = frames;
    for (int round = 0; round < 500; round++) {
        uint8_t *copy = malloc(b.len);
        memcpy(copy, b.data, b.len);
        snow_wsconn_feed(conn, copy, b.len, 0);
        free(copy);
        drain(false);
        for (uint64_t wanted = before + 10 * (uint64_t)(round + 1); frames < wanted;) {
            struct pollfd fd = {snow_wsconn_event_fd(), POLLIN, 0};
            int ready = poll(&fd, 1, 10000);
            CHECK(ready == 1);
            if (ready != 1) return;
            drain(true);
        }
    }
    drop(&b);
    snow_wsconn_lost(conn);
    while (snow_wsconn_has_work()) drain(true);
    CHECK(snow_wsconn_count() == 0);
}

void suite_threads(void) {
    snow_wsconn_use_echo(true);
    snow_wsconn_event_fd();
    nothing_is_lost();
    senders_and_a_loop();
}
