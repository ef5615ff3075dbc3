/* How the table sends messages through a codec, in both directions. */
#include "../../include/snow_wsconn.h"
#include "peer.h"

/* Deflates a message to its first byte and its length, one that begins with `=` not at all, and fails at `!`;
 * inflates two bytes to so many KiB (the second) of the first. */
typedef struct toy {
    char calls[256]; /* the sizes of the parts, `.` behind the last of a message */
    size_t size;     /* of the message so far */
    uint8_t first;
    bool forgotten;
    uint8_t *given;
    char text[32];
} toy;

static uint16_t toy_inflate(void *state, const uint8_t *data, size_t len, snow_wsp_bytes *plain) {
    toy *t = state;
    CHECK(t->given == NULL && len == 2);
    size_t size = (size_t)data[1] << 10;
    t->given = malloc(size + 1);
    memset(t->given, data[0], size);
    *plain = (snow_wsp_bytes){t->given, size};
    return 0;
}

static bool toy_deflate(void *state, const uint8_t *data, size_t len, bool last, snow_wsp_bytes *deflated) {
    toy *t = state;
    size_t said = strlen(t->calls);
    if (t->size == 0) t->first = data[0];
    t->size += len;
    snprintf(t->calls + said, sizeof t->calls - said, "%zu%s", len, last ? "." : " ");
    if (t->first == '!') return false;
    if (!last) return true;
    int n = snprintf(t->text, sizeof t->text, "%c%zu", t->first, t->size);
    t->size = 0;
    if (t->first != '=') *deflated = (snow_wsp_bytes){(const uint8_t *)t->text, (size_t)n};
    return true;
}

static void toy_drop(void *state) {
    toy *t = state;
    free(t->given);
    t->given = NULL;
}

static void toy_forget(void *state) {
    toy *t = state;
    CHECK(!t->forgotten && t->given == NULL);
    t->forgotten = true;
}

static const snow_wsconn_codec toy_codec = {toy_inflate, toy_deflate, toy_drop, toy_forget};

static char heard[512]; /* kind and size of every entry, the code of an ending */
static bytes sent;
static uint32_t flags;
static snow_wsconn shut; /* the connection whose transport was told last to close: nothing may follow */
static int rooms;

static void deliver(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *data, size_t len) {
    (void)state, (void)conn, (void)word;
    size_t said = strlen(heard);
    int code = kind == SNOW_WSCONN_DISCONNECT ? data[0] << 8 | data[1] : (int)len;
    snprintf(heard + said, sizeof heard - said, "[%d %d]", kind, code);
}

static void wake(void *state) { (void)state; }
static void room(void *state, snow_wsconn conn, uint64_t word) { (void)state, (void)conn, (void)word, rooms++; }

static bool was_heard(const char *expected) {
    bool same = strcmp(heard, expected) == 0;
    if (!same) fprintf(stderr, "heard:    %s\nexpected: %s\n", heard, expected);
    heard[0] = 0;
    return same;
}

static bool was_sent(const char *data, size_t len) {
    bool same = sent.len == len && (len == 0 || memcmp(sent.data, data, len) == 0);
    drop(&sent);
    return same;
}

#define SENT(text) CHECK(was_sent(text, sizeof text - 1))

/* One drain; how many connections had something. */
static size_t drain_once(uint64_t now) {
    snow_wsconn_work work[4];
    size_t n = snow_wsconn_drain(work, 4, false, now);
    for (size_t i = 0; i < n; i++) {
        CHECK(work[i].len == 0 || work[i].conn != shut);
        if (work[i].flags & SNOW_WSCONN_SHUT) shut = work[i].conn;
        put(&sent, work[i].bytes, work[i].len);
        flags |= work[i].flags;
        snow_wsconn_written(&work[i], now);
        if (work[i].flags & SNOW_WSCONN_ENDED) snow_wsconn_finish(work[i].conn);
    }
    return n;
}

static void drain(uint64_t now) {
    flags = 0;
    do drain_once(now);
    while (snow_wsconn_has_work());
}

static snow_wsconn open_connection(toy *t, uint64_t send_buffer) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.send_buffer = send_buffer;
    options.inbound_messages = 4;
    snow_wsconn conn = snow_wsconn_open(&options, 0, (const uint8_t *)"/", 1, 0);
    memset(t, 0, sizeof *t);
    CHECK(snow_wsconn_compress(conn, &toy_codec, t));
    CHECK(!snow_wsconn_compress(conn, &toy_codec, t) && !snow_wsconn_compress(0, &toy_codec, t));
    drain(0);
    CHECK(was_heard("[13 1]"));
    return conn;
}

static void end(snow_wsconn conn, toy *t) {
    snow_wsconn_lost(conn);
    drain(0);
    CHECK(t->forgotten && snow_wsconn_count() == 0);
    heard[0] = 0;
    drop(&sent);
}

static int say(snow_wsconn conn, char first, size_t len) {
    char *text = malloc(len);
    memset(text, first, len);
    int result = snow_wsconn_send(conn, SNOW_WS_TEXT, (const uint8_t *)text, len);
    free(text);
    return result;
}

static bool called(toy *t, const char *expected) {
    bool same = strcmp(t->calls, expected) == 0;
    if (!same) fprintf(stderr, "calls:    %s\nexpected: %s\n", t->calls, expected);
    t->calls[0] = 0;
    return same;
}

static void output_is_compressed_in_order(void) {
    toy t;
    snow_wsconn conn = open_connection(&t, 1 << 20);
    bytes ping = {NULL, 0, 0};
    put_frame(&ping, 0x89, "p", 1);
    say(conn, 'a', 3);
    say(conn, 'b', 64);
    CHECK(snow_wsconn_feed(conn, ping.data, ping.len, 0) == 0);
    snow_wsconn_send(conn, SNOW_WS_BINARY, (const uint8_t *)"!short", 6);
    say(conn, 'c', 1000);
    say(conn, 'd', 70000);
    drain(0);
    CHECK(called(&t, "64.1000.65536 4464."));
    SENT("\x81\x03" "aaa\xC1\x03" "b64\x8A\x01p\x82\x06!short\xC1\x05" "c1000\xC1\x06" "d70000");
    say(conn, 'e', 63);
    drain(0);
    CHECK(sent.len == 65 && sent.data[0] == 0x81 && called(&t, ""));
    end(conn, &t);
    drop(&ping);
}

static void what_does_not_shrink_goes_as_it_is(void) {
    toy t;
    snow_wsconn conn = open_connection(&t, 1 << 20);
    say(conn, '=', 300);
    say(conn, 'f', 300);
    drain(0);
    CHECK(sent.len == 4 + 300 + 2 + 4 && sent.data[0] == 0x81 && sent.data[1] == 126 && sent.data[304] == 0xC1);
    end(conn, &t);
}

/* 128 KiB in one go, and one message does not let another overtake it. */
static void a_drain_compresses_a_limited_amount(void) {
    toy t, other;
    snow_wsconn conn = open_connection(&t, 1 << 20), second = open_connection(&other, 1 << 20);
    while (!snow_wsconn_is_tired()) { /* begin with a new budget */
        say(second, 'x', 5000);
        drain(0);
    }
    drop(&sent);
    other.calls[0] = 0;
    say(conn, 'g', 300000);
    say(conn, 'h', 5);
    say(second, 'i', 100);
    size_t rounds = 0;
    for (; snow_wsconn_has_work(); rounds++) {
        drain_once(0);
        if (rounds == 0) CHECK(snow_wsconn_is_tired() && called(&t, "65536 65536 ") && called(&other, ""));
        if (rounds == 0) CHECK(sent.len == 0 && snow_wsconn_buffered(conn) == 300010 + 7);
        if (rounds == 0) say(conn, 'j', 64);
    }
    CHECK(rounds > 2 && called(&t, "65536 65536 37856.64.") && called(&other, "100."));
    CHECK(sent.len == 9 + 7 + 5 + 6 && snow_wsconn_buffered(conn) == 0);
    snow_wsconn_lost(second);
    end(conn, &t);
    CHECK(other.forgotten);
}

static void a_sender_waits_for_what_is_not_compressed_yet(void) {
    toy t;
    snow_wsconn conn = open_connection(&t, 1000);
    rooms = 0;
    CHECK(say(conn, 'k', 400000) == SNOW_WSCONN_ACCEPTED);
    drain_once(0);
    CHECK(say(conn, 'l', 100) == SNOW_WSCONN_FULL && rooms == 0);
    snow_wsconn_blocked(conn, true, 0);
    drain(0);
    CHECK(rooms == 0 && snow_wsconn_buffered(conn) >= 400000);
    snow_wsconn_blocked(conn, false, 0);
    drain(0);
    CHECK(rooms == 1 && snow_wsconn_buffered(conn) == 0);
    SENT("\xC1\x07k400000");
    CHECK(say(conn, 'l', 100) == SNOW_WSCONN_ACCEPTED);
    end(conn, &t);
}

/* Whether the close comes with the message or later, and although the peer answers before it is compressed. */
static void a_close_goes_behind_it(bool later) {
    toy t;
    bytes answer = {NULL, 0, 0};
    put_close(&answer, 1000, "");
    snow_wsconn conn = open_connection(&t, 1 << 20);
    say(conn, 'm', 500000);
    if (later) drain_once(0);
    CHECK(snow_wsconn_close(conn, 1000, (const uint8_t *)"", 0) == 0);
    drain_once(0);
    snow_wsconn_feed(conn, answer.data, answer.len, 0);
    drain(0);
    CHECK(flags == (SNOW_WSCONN_ENDED | SNOW_WSCONN_SHUT));
    SENT("\xC1\x07m500000\x88\x02\x03\xE8");
    CHECK(was_heard("[12 1000]"));
    end(conn, &t);
    drop(&answer);
}

static void a_ping_behind_it_is_not_overdue(void) {
    toy t;
    snow_wsconn conn = open_connection(&t, 1 << 20);
    say(conn, 'p', 1);
    say(conn, 'q', 500000);
    snow_wsconn_tick(30000);
    drain_once(30000);
    SENT("\x81\x01p");
    snow_wsconn_blocked(conn, true, 30000);
    snow_wsconn_tick(60000);
    CHECK(snow_wsconn_is_open(conn));
    snow_wsconn_blocked(conn, false, 60000);
    drain(60000);
    CHECK(sent.len == 9 + 6 && sent.data[9] == 0x89 && snow_wsconn_tick(60001) == 70000);
    end(conn, &t);
}

static void a_failure_of_the_codec_cuts_the_connection_off(void) {
    toy t;
    snow_wsconn conn = open_connection(&t, 1 << 20);
    say(conn, 'n', 100);
    say(conn, '!', 100);
    say(conn, 'o', 100);
    drain(0);
    CHECK(flags == SNOW_WSCONN_ABORT);
    SENT("\xC1\x04n100");
    end(conn, &t);
}

/* ---- a consumer that falls behind ------------------------------------------------------------------------------ */

static snow_wsconn open_reader(toy *t) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.inbound_bytes = 1 << 20;
    snow_wsconn conn = snow_wsconn_open(&options, 0, (const uint8_t *)"/", 1, 0);
    memset(t, 0, sizeof *t);
    CHECK(snow_wsconn_compress(conn, &toy_codec, t));
    drain(0);
    CHECK(was_heard("[13 1]"));
    return conn;
}

/* One read with seven messages of 255 KiB, a ping and a small message. Five of them are more than a MiB. */
static void feed_bomb(snow_wsconn conn) {
    bytes b = {NULL, 0, 0};
    for (int i = 0; i < 7; i++) put_frame(&b, 0xC2, "z\xFF", 2);
    put_frame(&b, 0x89, "p", 1);
    put_frame(&b, 0x82, "last", 4);
    CHECK(snow_wsconn_feed(conn, b.data, b.len, 0) == 0);
    drop(&b);
    drain(0);
    CHECK(was_heard("[11 261120][11 261120][11 261120][11 261120][11 261120]") && flags == SNOW_WSCONN_PAUSE);
    SENT("");
}

static void what_was_read_waits_for_the_consumer(void) {
    toy t;
    snow_wsconn conn = open_reader(&t);
    bytes more = {NULL, 0, 0};
    put_frame(&more, 0x82, "more", 4);
    feed_bomb(conn);
    CHECK(snow_wsconn_feed(conn, more.data, more.len, 0) == 0); /* which the transport had already */
    drain(0);
    CHECK(was_heard("") && flags == 0);
    snow_wsconn_taken(conn, 5, 5 * 261120);
    drain(0);
    CHECK(was_heard("[11 261120][11 261120][11 4][11 4]") && flags == SNOW_WSCONN_RESUME);
    SENT("\x8A\x01p");
    end(conn, &t);
    drop(&more);
}

static void a_consumer_may_fall_behind_again_with_it(void) {
    toy t;
    snow_wsconn conn = open_reader(&t);
    bytes b = {NULL, 0, 0};
    for (int i = 0; i < 8; i++) put_frame(&b, 0xC2, "z\xFF", 2);
    put_close(&b, 1000, "");
    feed_bomb(conn);
    CHECK(snow_wsconn_feed(conn, b.data, b.len, 0) == 0);
    snow_wsconn_taken(conn, 5, 5 * 261120);
    drain(0);
    CHECK(was_heard("[11 261120][11 261120][11 4][11 261120][11 261120][11 261120]") && flags == 0);
    snow_wsconn_taken(conn, 6, 5 * 261120 + 4);
    drain(0);
    CHECK(was_heard("[11 261120][11 261120][11 261120][11 261120][11 261120]") && flags == 0);
    snow_wsconn_taken(conn, 5, 5 * 261120);
    drain(0);
    CHECK(was_heard("[12 1000]") && (flags & SNOW_WSCONN_SHUT));
    SENT("\x8A\x01p\x88\x02\x03\xE8");
    end(conn, &t);
    drop(&b);
}

static void a_close_finds_the_answer_behind_it(void) {
    toy t;
    snow_wsconn conn = open_reader(&t);
    bytes answer = {NULL, 0, 0};
    put_close(&answer, 4000, "");
    feed_bomb(conn);
    CHECK(snow_wsconn_close(conn, 4000, (const uint8_t *)"bye", 3) == 0);
    snow_wsconn_feed(conn, answer.data, answer.len, 0);
    drain(0);
    CHECK(was_heard("[12 4000]") && (flags & SNOW_WSCONN_SHUT));
    SENT("\x88\x05\x0F\xA0" "bye");
    end(conn, &t);

    conn = open_reader(&t);
    feed_bomb(conn);
    snow_wsconn_lost(conn); /* with messages that nobody will read */
    drain(0);
    CHECK(was_heard("[12 1006]") && t.forgotten && snow_wsconn_count() == 0);
    drop(&answer);
}

void suite_codec(void) {
    static const snow_wsconn_consumer consumer = {NULL, deliver, wake, room, NULL, NULL};
    snow_wsconn_set_consumer(&consumer);
    snow_wsconn_event_fd();
    output_is_compressed_in_order();
    what_does_not_shrink_goes_as_it_is();
    a_drain_compresses_a_limited_amount();
    a_sender_waits_for_what_is_not_compressed_yet();
    a_close_goes_behind_it(false);
    a_close_goes_behind_it(true);
    a_ping_behind_it_is_not_overdue();
    a_failure_of_the_codec_cuts_the_connection_off();
    what_was_read_waits_for_the_consumer();
    a_consumer_may_fall_behind_again_with_it();
    a_close_finds_the_answer_behind_it();
}
