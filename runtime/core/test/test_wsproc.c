/* Connections and their processes: messages in order, every kind of end, senders that have to wait. */
#include "server.h"

#include <stdlib.h>

#include "../wsproc.h"
#include "clients.h"

enum { CLIENTS = 20, MESSAGES = 60 };

static client clients[MOST_CLIENTS];
static snow_wsconn_options options;

static client *connected(uint64_t word, const char *path) {
    connect_client(&clients[0], word, path, &options);
    return &clients[0];
}

/* ---- messages ---- */

static void comes_back(client *c, uint8_t first, size_t len, size_t step) {
    char *payload = malloc(len + 1);
    memset(payload, 'p', len);
    payload[len] = 0;
    send_frame(c, first, payload, len, step);
    CHECK(receives(c, first & 15, payload));
    free(payload);
}

static void all_sizes(uint64_t word) {
    client *c = connected(word, "/");
    static const size_t sizes[] = {0, 1, 125, 126, 500, 65535, 65536, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        comes_back(c, 0x81, sizes[i], 0);
        comes_back(c, 0x82, sizes[i], sizes[i] < 1000 ? 1 : 4096);
    }
    send_close(c, 1000);
    CHECK(receives_close(c, 1000));
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.last_code) == 1000);
    drop_client(c);
}

/* Sent without a pause, before on_connect has run even; the loop stops reading now and then. */
static void in_order(uint64_t word) {
    char payload[32];
    for (int i = 0; i < CLIENTS; i++) connect_client(&clients[i], word, "/", &options);
    for (int k = 0; k < MESSAGES; k++) {
        for (int i = 0; i < CLIENTS; i++) {
            snprintf(payload, sizeof payload, "%d of %d", k, i);
            send_text(&clients[i], k % 16 == 5 ? "sleep" : payload);
        }
        if (k % 10 == 9) turn_loop(1);
    }
    for (int i = 0; i < CLIENTS; i++) {
        for (int k = 0; k < MESSAGES; k++) {
            snprintf(payload, sizeof payload, "%d of %d", k, i);
            if (k % 16 != 5) CHECK(receives(&clients[i], SNOW_WS_TEXT, payload));
        }
        send_close(&clients[i], 1000);
        CHECK(receives_close(&clients[i], 1000));
    }
    CHECK(turn_until_empty());
    for (int i = 0; i < CLIENTS; i++) drop_client(&clients[i]);
    CHECK(atomic_load(&served.closed) == CLIENTS);
}

/* ---- ends ---- */

static void cut_at_any_time(uint64_t word) {
    for (int i = 0; i < CLIENTS; i++) {
        connect_client(&clients[i], word, i % 5 == 4 ? "/reject" : "/", &options);
        for (int k = 0; k < i / 5; k++) send_text(&clients[i], k % 2 ? "tell" : "hello");
        for (int k = 0; k < i % 4; k++) turn_loop(0);
        cut_client(&clients[i]);
    }
    CHECK(turn_until_empty());
    for (int i = 0; i < CLIENTS; i++) drop_client(&clients[i]);
    CHECK(atomic_load(&served.accepted) == CLIENTS / 5 * 4);
}

static void refused(uint64_t word) {
    client *c = connected(word, "/reject");
    send_text(c, "never seen");
    CHECK(receives_close(c, 1008));
    send_close(c, 1008);
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.accepted) == 0 && atomic_load(&served.connected) == 1);
    drop_client(c);
}

static void closed_by_the_server(uint64_t word) {
    client *c = connected(word, "/");
    send_text(c, "close");
    send_text(c, "too late for an answer");
    CHECK(receives_close(c, 4000));
    CHECK(!snow_wsconn_is_open(c->conn));
    send_close(c, 4000);
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.last_code) == 4000);
    CHECK(snow_wsconn_send(c->conn, SNOW_WS_TEXT, (const uint8_t *)"x", 1) == SNOW_WSCONN_REFUSED);
    drop_client(c);
}

/* Their processes are in the middle of something, or wait. */
static void stopped_with_the_server(uint64_t word) {
    static const char *const doing[] = {"sleep", "work", "tell", "hello"};
    for (int i = 0; i < CLIENTS; i++) {
        connect_client(&clients[i], word, "/", &options);
        send_text(&clients[i], doing[i % 4]);
    }
    turn_loop(1);
    for (int i = 0; i < CLIENTS; i++) snow_wsconn_fail(clients[i].conn, 1001, (const uint8_t *)"bye", 3);
    for (int i = 0; i < CLIENTS; i++) {
        const uint8_t *payload;
        size_t len;
        turn_loop(0);
        while (next_frame(&clients[i], &payload, &len) != 0) {}
        send_close(&clients[i], 1001);
    }
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.last_code) == 1001);
    for (int i = 0; i < CLIENTS; i++) drop_client(&clients[i]);
}

/* ---- senders that wait ---- */

static bool somebody_waits(void *state) {
    (void)state;
    return snowi_ws_waiters() > 0;
}

static client *flooded(uint64_t word) {
    client *c = connected(word, "/");
    snow_wsconn_blocked(c->conn, true, loop_now());
    send_text(c, "flood");
    CHECK(turn_until(somebody_waits, NULL));
    CHECK(snow_wsconn_buffered(c->conn) <= (int64_t)options.send_buffer + 65536 + 10);
    return c;
}

static void slow_for_a_while(uint64_t word) {
    client *c = flooded(word);
    snow_wsconn_blocked(c->conn, false, loop_now());
    send_text(c, "that was all");
    for (int i = 0; i < 64; i++) {
        const uint8_t *payload;
        size_t len;
        uint8_t opcode;
        while ((opcode = next_frame(c, &payload, &len)) == 0) turn_loop(20);
        CHECK(opcode == SNOW_WS_TEXT && len == 65536);
    }
    CHECK(receives(c, SNOW_WS_TEXT, "that was all"));
    CHECK(atomic_load(&served.flooded) == 64 && snowi_ws_waiters() == 0);
    send_close(c, 1000);
    CHECK(receives_close(c, 1000));
    CHECK(turn_until_empty());
    drop_client(c);
}

static void cut_while_it_waits(uint64_t word) {
    client *c = flooded(word);
    cut_client(c);
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.flooded) < 64 && atomic_load(&served.last_code) == 1006);
    drop_client(c);
}

/* The client sends on while its messages are not taken: the loop is told to stop reading, and to go on. */
static void reading_stops(uint64_t word) {
    client *c = connected(word, "/");
    send_text(c, "sleep");
    for (int i = 0; i < 200; i++) send_text(c, "x");
    turn_loop(0);
    CHECK(c->is_paused);
    for (int i = 0; i < 200; i++) CHECK(receives(c, SNOW_WS_TEXT, "x"));
    turn_loop(20);
    CHECK(!c->is_paused);
    send_close(c, 1000);
    CHECK(receives_close(c, 1000));
    CHECK(turn_until_empty());
    drop_client(c);
}

void suite_wsproc(void) {
    options = snow_wsconn_default_options();
    options.send_buffer = 256 << 10;
    options.ws.close_wait = 200;
    for (int n = 1; n <= 4; n *= 2) {
        run_server(all_sizes, n);
        run_server(in_order, n);
        run_server(cut_at_any_time, n);
        run_server(refused, n);
        run_server(closed_by_the_server, n);
        run_server(stopped_with_the_server, n);
        run_server(slow_for_a_while, n);
        run_server(cut_while_it_waits, n);
        run_server(reading_stops, n);
    }
}

/* ---- crashes ---- */

/* One after the other, so that the lines that report them come in this order. */
static void callbacks_crash(uint64_t word) {
    client *c = connected(word, "/crash");
    CHECK(receives_close(c, 1011));
    cut_client(c);
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.closed) == 0);

    connected(word, "/");
    send_text(c, "hello");
    send_text(c, "crash");
    send_text(c, "never seen");
    CHECK(receives(c, SNOW_WS_TEXT, "hello"));
    CHECK(receives_close(c, 1011));
    send_close(c, 1011);
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.closed) == 1 && atomic_load(&served.last_code) == 1011);

    connected(word, "/");
    send_close(c, 3999);
    CHECK(receives_close(c, 3999));
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.closed) == 2);

    connected(word, "/");
    send_text(c, "crash");
    cut_client(c);
    CHECK(turn_until_empty());
    CHECK(atomic_load(&served.closed) == 3);
    drop_client(c);
}

/* What it writes is compared by its caller. */
void suite_wsproc_crash(void) {
    options = snow_wsconn_default_options();
    run_server(callbacks_crash, 2);
}
