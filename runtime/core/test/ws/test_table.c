/* The connection table on one thread: handles, output, flow in both directions, endings. */
#include "../../include/snow_wsconn.h"
#include "peer.h"

typedef struct seen {
    char log[4096];
    size_t len;
    uint64_t words;
    int rooms;
} seen;

static seen heard;

static void note(const char *text) {
    size_t len = strlen(text);
    if (heard.len + len >= sizeof heard.log) return;
    memcpy(heard.log + heard.len, text, len + 1);
    heard.len += len;
}

static void deliver(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *data, size_t len) {
    (void)state, (void)conn;
    char text[64];
    heard.words += *word;
    (*word)++;
    if (kind == SNOW_WSCONN_DISCONNECT)
        snprintf(text, sizeof text, "[12 %d %.*s]", data[0] << 8 | data[1], (int)len - 2, (const char *)data + 2);
    else
        snprintf(text, sizeof text, "[%d %.*s]", kind, (int)len, (const char *)data);
    note(text);
}

static void wake(void *state) { (void)state, note("."); }
static void room(void *state, snow_wsconn conn, uint64_t word) { (void)state, (void)conn, (void)word, heard.rooms++; }

static bool was_heard(const char *expected) {
    bool same = strcmp(heard.log, expected) == 0;
    if (!same) fprintf(stderr, "heard:    %s\nexpected: %s\n", heard.log, expected);
    heard.len = 0;
    heard.log[0] = 0;
    return same;
}

static bytes sent; /* by all connections, in order */
static uint32_t flags;

/* Does what the loop does: writes, remembers flags, finishes endings. */
static void drain(uint64_t now) {
    snow_wsconn_work work[4];
    size_t n;
    flags = 0;
    do {
        n = snow_wsconn_drain(work, 4, false, now);
        for (size_t i = 0; i < n; i++) {
            put(&sent, work[i].bytes, work[i].len);
            flags |= work[i].flags;
            snow_wsconn_written(&work[i], now);
            if (work[i].flags & SNOW_WSCONN_ENDED) snow_wsconn_finish(work[i].conn);
        }
    } while (n == 4 || snow_wsconn_has_work());
}

static bool was_sent(const char *data, size_t len) {
    bool same = sent.len == len && (len == 0 || memcmp(sent.data, data, len) == 0);
    drop(&sent);
    return same;
}

static snow_wsconn open_connection(uint64_t word) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.send_buffer = 1024;
    options.inbound_messages = 4;
    snow_wsconn conn = snow_wsconn_open(&options, word, (const uint8_t *)"/", 1, 0);
    drain(0);
    CHECK(conn != 0 && was_heard("[13 /]."));
    return conn;
}

static void feed_frame(snow_wsconn conn, uint8_t first, const char *payload, uint64_t now) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, first, payload, strlen(payload));
    CHECK(snow_wsconn_feed(conn, b.data, b.len, now) == 0);
    drop(&b);
}

static int say(snow_wsconn conn, const char *text) {
    return snow_wsconn_send(conn, SNOW_WS_TEXT, (const uint8_t *)text, strlen(text));
}

static void end(snow_wsconn conn) {
    snow_wsconn_lost(conn);
    drain(0);
    heard.len = 0;
    drop(&sent);
}

static void a_conversation(void) {
    heard.words = 0;
    snow_wsconn conn = open_connection(100);
    feed_frame(conn, 0x81, "hi", 0);
    feed_frame(conn, 0x82, "yo", 0);
    CHECK(snow_wsconn_has_work());
    drain(0);
    CHECK(was_heard("[10 hi][11 yo].") && heard.words == 100 + 101 + 102);
    CHECK(say(conn, "one") == 0 && say(conn, "two") == 0);
    CHECK(snow_wsconn_buffered(conn) == 10);
    drain(0);
    CHECK(was_sent("\x81\x03one\x81\x03two", 10) && snow_wsconn_buffered(conn) == 0);
    CHECK(say(conn, "\xFF") == SNOW_WSCONN_REFUSED);
    feed_frame(conn, 0x89, "p", 0);
    drain(0);
    CHECK(was_sent("\x8A\x01p", 3));
    feed_frame(conn, 0x88, "\x03\xE8" "bye", 0);
    CHECK(!snow_wsconn_is_open(conn) && say(conn, "late") == SNOW_WSCONN_REFUSED);
    drain(0);
    CHECK(was_sent("\x88\x02\x03\xE8", 4) && flags == (SNOW_WSCONN_ENDED | SNOW_WSCONN_SHUT));
    CHECK(was_heard("[12 1000 bye]."));
    snow_wsconn_lost(conn);
    drain(0);
    CHECK(snow_wsconn_count() == 0);
}

static void dead_handles_stay_dead(void) {
    snow_wsconn old = open_connection(0);
    end(old);
    snow_wsconn next = open_connection(0);
    CHECK(old != next && say(old, "x") == SNOW_WSCONN_REFUSED && !snow_wsconn_is_open(old));
    CHECK(snow_wsconn_buffered(old) == -1 && snow_wsconn_close(old, 1000, (const uint8_t *)"", 0) == -1);
    CHECK(snow_wsconn_feed(old, NULL, 0, 0) == -1);
    snow_wsconn_taken(old, 1, 1);
    snow_wsconn_lost(old);
    snow_wsconn_finish(old);
    CHECK(say(0, "x") == SNOW_WSCONN_REFUSED && say(UINT64_MAX, "x") == SNOW_WSCONN_REFUSED);
    CHECK(snow_wsconn_is_open(next));
    end(next);
}

static void handles_are_unique_for_ever(void) {
    snow_wsconn seen_before = 0;
    for (int i = 0; i < 1000; i++) {
        snow_wsconn conn = open_connection(0);
        CHECK(conn != seen_before);
        seen_before = conn;
        end(conn);
    }
    CHECK(snow_wsconn_count() == 0);
}

static void closes_of_the_program(void) {
    snow_wsconn conn = open_connection(0);
    say(conn, "last");
    CHECK(snow_wsconn_close(conn, 1005, (const uint8_t *)"", 0) == -1);
    CHECK(snow_wsconn_close(conn, 4000, (const uint8_t *)"bye", 3) == 0);
    CHECK(snow_wsconn_close(conn, 4000, (const uint8_t *)"bye", 3) == -1 && say(conn, "x") == SNOW_WSCONN_REFUSED);
    drain(0);
    CHECK(was_sent("\x81\x04last\x88\x05\x0F\xA0" "bye", 13) && flags == 0);
    feed_frame(conn, 0x88, "\x0F\xA0", 0);
    drain(0);
    CHECK(flags == (SNOW_WSCONN_ENDED | SNOW_WSCONN_SHUT) && was_heard("[12 4000 bye]."));
    snow_wsconn_lost(conn);

    conn = open_connection(0);
    CHECK(snow_wsconn_fail(conn, 1011, (const uint8_t *)"internal error", 14) == 0);
    drain(0);
    CHECK(flags == SNOW_WSCONN_ENDED && was_heard("[12 1011 internal error]."));
    drop(&sent);
    CHECK(snow_wsconn_tick(4999) == 5000);
    snow_wsconn_tick(5000); /* no answer */
    drain(5000);
    CHECK(flags == SNOW_WSCONN_SHUT);
    CHECK(snow_wsconn_tick(10000) == UINT64_MAX); /* and the transport does not close */
    drain(10000);
    CHECK(flags == SNOW_WSCONN_ABORT);
    snow_wsconn_lost(conn);
    CHECK(snow_wsconn_count() == 0);
}

static void output_waits_while_the_peer_does_not_read(void) {
    char big[1000];
    memset(big, 'b', sizeof big - 1);
    big[sizeof big - 1] = 0;
    snow_wsconn conn = open_connection(0);
    heard.rooms = 0;
    snow_wsconn_blocked(conn, true, 0);
    CHECK(say(conn, big) == SNOW_WSCONN_ACCEPTED);
    CHECK(say(conn, big) == SNOW_WSCONN_FULL);
    drain(0);
    CHECK(was_sent("", 0) && heard.rooms == 0 && snow_wsconn_buffered(conn) == 1003);
    snow_wsconn_blocked(conn, false, 0);
    drain(0);
    CHECK(sent.len == 1003 && heard.rooms == 1);
    drop(&sent);
    CHECK(say(conn, big) == SNOW_WSCONN_ACCEPTED);
    end(conn);
}

static void one_message_of_any_size_is_taken(void) {
    static uint8_t big[100000];
    snow_wsconn conn = open_connection(0);
    CHECK(snow_wsconn_send(conn, SNOW_WS_BINARY, big, sizeof big) == SNOW_WSCONN_ACCEPTED);
    CHECK(say(conn, "x") == SNOW_WSCONN_FULL);
    drain(0);
    CHECK(sent.len == sizeof big + 10);
    end(conn);
}

static void a_waiting_sender_is_told_of_the_end(void) {
    static uint8_t big[2000];
    snow_wsconn conn = open_connection(0);
    heard.rooms = 0;
    snow_wsconn_blocked(conn, true, 0);
    snow_wsconn_send(conn, SNOW_WS_BINARY, big, sizeof big);
    CHECK(say(conn, "x") == SNOW_WSCONN_FULL);
    end(conn);
    CHECK(heard.rooms == 1);
}

static void reading_stops_when_the_consumer_is_behind(void) {
    snow_wsconn conn = open_connection(0);
    for (int i = 0; i < 4; i++) feed_frame(conn, 0x81, "m", 0);
    drain(0);
    CHECK(flags == SNOW_WSCONN_PAUSE);
    snow_wsconn_taken(conn, 2, 2);
    drain(0);
    CHECK(flags == 0);
    snow_wsconn_taken(conn, 1, 1);
    drain(0);
    CHECK(flags == SNOW_WSCONN_RESUME);
    for (int i = 0; i < 3; i++) feed_frame(conn, 0x81, "m", 0);
    snow_wsconn_taken(conn, 4, 4); /* before the loop came to pause it */
    drain(0);
    CHECK(flags == 0);
    for (int i = 0; i < 4; i++) feed_frame(conn, 0x81, "m", 0);
    drain(0);
    CHECK(flags == SNOW_WSCONN_PAUSE);
    snow_wsconn_close(conn, 1000, (const uint8_t *)"", 0);
    drain(0);
    CHECK(flags == SNOW_WSCONN_RESUME); /* to find the peer's close */
    end(conn);
}

static void heartbeats_of_many(void) {
    enum { MANY = 300 };
    static snow_wsconn conns[MANY];
    snow_wsconn_options options = snow_wsconn_default_options();
    for (int i = 0; i < MANY; i++) {
        options.ws.interval = 1000 + 7 * (uint64_t)(i * 31 % MANY);
        options.ws.timeout = 100;
        conns[i] = snow_wsconn_open(&options, 0, NULL, 0, 0);
    }
    drain(0);
    heard.len = 0;
    CHECK(snow_wsconn_tick(999) == 1000);
    for (uint64_t now = 1000; now < 1000 + 7 * MANY + 100; now++) {
        snow_wsconn_tick(now);
        drain(now);
    }
    CHECK(snow_wsconn_tick(1000 + 7 * MANY + 100) != UINT64_MAX);
    size_t pings = 0, closes = 0;
    for (size_t i = 0; i < sent.len; i += 2u + sent.data[i + 1]) {
        pings += sent.data[i] == 0x89;
        closes += sent.data[i] == 0x88;
    }
    CHECK(pings == MANY && closes == MANY);
    for (int i = 0; i < MANY; i++) end(conns[i]);
    CHECK(snow_wsconn_count() == 0 && snow_wsconn_tick(0) == UINT64_MAX);
}

static int by_value(const void *a, const void *b) {
    uint32_t x, y;
    memcpy(&x, a, 4);
    memcpy(&y, b, 4);
    return (x > y) - (x < y);
}

/* 10,000 pings of 2^32 hold the same four bytes twice once in a hundred runs (SEC-12). */
static void payloads_are_random(void) {
    enum { CONNECTIONS = 1000, ROUNDS = 10 };
    static snow_wsconn conns[CONNECTIONS];
    static uint32_t payloads[CONNECTIONS * ROUNDS];
    snow_wsconn_options options = snow_wsconn_default_options();
    size_t n = 0, repeats = 0, ones = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CONNECTIONS; i++) conns[i] = snow_wsconn_open(&options, 0, NULL, 0, 0);
        drain(0);
        drop(&sent);
        snow_wsconn_tick(30000);
        drain(30000);
        CHECK(sent.len == 6 * CONNECTIONS);
        for (size_t i = 0; i < CONNECTIONS; i++) memcpy(&payloads[n++], sent.data + 6 * i + 2, 4);
        for (int i = 0; i < CONNECTIONS; i++) end(conns[i]);
    }
    qsort(payloads, n, sizeof *payloads, by_value);
    for (size_t i = 1; i < n; i++) repeats += payloads[i] == payloads[i - 1];
    for (size_t i = 0; i < n; i++) ones += (size_t)__builtin_popcount(payloads[i]);
    CHECK(repeats <= 2);
    CHECK(ones > 16 * n - 2000 && ones < 16 * n + 2000); /* seven standard deviations */
}

static void a_ping_behind_blocked_output_is_not_overdue(void) {
    snow_wsconn conn = open_connection(0);
    snow_wsconn_blocked(conn, true, 100);
    snow_wsconn_tick(30000);
    drain(30000);
    CHECK(was_sent("", 0));
    snow_wsconn_tick(60000);
    drain(60000);
    CHECK(snow_wsconn_is_open(conn));
    snow_wsconn_blocked(conn, false, 60000);
    drain(60000);
    CHECK(sent.len == 6 && sent.data[0] == 0x89);
    CHECK(snow_wsconn_tick(60001) == 70000);
    end(conn);
}

/* So that one connection does not hold up the others. */
static void large_output_is_written_in_slices(void) {
    enum { SIZE = 5 << 20, SLICE = (1 << 20) + 256 };
    snow_wsconn_options options = snow_wsconn_default_options();
    options.send_buffer = 1 << 20;
    snow_wsconn conn = snow_wsconn_open(&options, 0, NULL, 0, 0);
    drain(0);
    uint8_t *big = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) big[i] = (uint8_t)(i * 7 + (i >> 13));
    CHECK(snow_wsconn_send(conn, SNOW_WS_BINARY, big, SIZE) == SNOW_WSCONN_ACCEPTED);
    snow_wsconn_work work[4];
    size_t taken = 0, queued = SIZE + 10;
    bytes all = {NULL, 0, 0};
    while (snow_wsconn_drain(work, 4, false, 0) == 1) {
        CHECK(work[0].len <= SLICE && snow_wsconn_buffered(conn) == (int64_t)(queued - taken - work[0].len));
        CHECK(taken != 0 || say(conn, "behind it") == SNOW_WSCONN_FULL);
        taken += work[0].len;
        put(&all, work[0].bytes, work[0].len);
        snow_wsconn_written(&work[0], 0);
        if (taken == 2 * SLICE) { /* and what comes meanwhile goes behind it */
            snow_wsconn_blocked(conn, true, 0);
            CHECK(snow_wsconn_drain(work, 4, false, 0) == 0 && snow_wsconn_buffered(conn) > SIZE - 2 * SLICE);
            snow_wsconn_blocked(conn, false, 0);
            feed_frame(conn, 0x89, "p", 0);
            queued += 3;
        }
    }
    CHECK(taken == queued && all.len == taken && memcmp(all.data + 10, big, SIZE) == 0);
    CHECK(memcmp(all.data + 10 + SIZE, "\x8A\x01p", 3) == 0 && snow_wsconn_buffered(conn) == 0);
    CHECK(say(conn, "now") == SNOW_WSCONN_ACCEPTED);
    CHECK(snow_wsconn_send(conn, SNOW_WS_BINARY, big, 10) == SNOW_WSCONN_ACCEPTED);
    drop(&all);
    free(big);
    drop(&sent);
    end(conn);
}

static void a_rate_is_kept(void) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.rate_messages = 3;
    options.rate_ms = 100;
    snow_wsconn conn = snow_wsconn_open(&options, 0, NULL, 0, 1000);
    for (int i = 0; i < 3; i++) feed_frame(conn, 0x81, "a", 1000); /* at once */
    feed_frame(conn, 0x81, "b", 1034); /* a third of the time for each of the others */
    feed_frame(conn, 0x81, "c", 1067);
    feed_frame(conn, 0x81, "d", 1100);
    for (int i = 0; i < 9; i++) feed_frame(conn, 0x89, "", 1100); /* pings are no messages */
    CHECK(snow_wsconn_is_open(conn));
    feed_frame(conn, 0x81, "e", 1133);
    feed_frame(conn, 0x81, "f", 1200);
    drain(1200);
    CHECK(was_heard("[13 ][10 a][10 a][10 a][10 b][10 c][10 d].[12 1008 rate limit]."));
    CHECK(sent.len == 9 * 2 + 14 && memcmp(sent.data + 18, "\x88\x0C\x03\xF0rate limit", 14) == 0);
    end(conn);
}

/* The peer of the only connection does nothing but answer pings. */
static void answer_pings_until(snow_wsconn conn, uint64_t from, uint64_t to) {
    for (uint64_t now = from; now < to; now += 50) {
        snow_wsconn_tick(now);
        drain(now);
        bytes answer = {NULL, 0, 0};
        const uint8_t *last = sent.len >= 6 ? sent.data + sent.len - 6 : NULL;
        if (last != NULL && last[0] == 0x89) put_frame(&answer, 0x8A, last + 2, 4);
        snow_wsconn_feed(conn, answer.data, answer.len, now);
        drop(&answer);
        drop(&sent);
    }
}

static void pings_are_no_data(void) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.ws.interval = 100;
    options.ws.timeout = 100;
    options.ws.idle = 1000;
    snow_wsconn conn = snow_wsconn_open(&options, 0, NULL, 0, 0);
    answer_pings_until(conn, 0, 500);
    say(conn, "data");
    answer_pings_until(conn, 500, 1500);
    CHECK(snow_wsconn_is_open(conn));
    answer_pings_until(conn, 1500, 1600);
    CHECK(was_heard("[13 ].[12 1001 idle timeout]."));
    end(conn);
}

void suite_table(void) {
    static const snow_wsconn_consumer consumer = {NULL, deliver, wake, room, NULL, NULL};
    snow_wsconn_set_consumer(&consumer);
    snow_wsconn_event_fd();
    a_conversation();
    dead_handles_stay_dead();
    handles_are_unique_for_ever();
    closes_of_the_program();
    output_waits_while_the_peer_does_not_read();
    one_message_of_any_size_is_taken();
    a_waiting_sender_is_told_of_the_end();
    reading_stops_when_the_consumer_is_behind();
    heartbeats_of_many();
    payloads_are_random();
    a_ping_behind_blocked_output_is_not_overdue();
    large_output_is_written_in_slices();
    a_rate_is_kept();
    pings_are_no_data();
}
