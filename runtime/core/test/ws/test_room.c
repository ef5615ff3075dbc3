/* Rooms: on one thread against a plain model of sets, and under several threads. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "../../include/snow_wsconn.h"
#include "peer.h"

enum { CONNECTIONS = 40, ROOMS = 12, STEPS = 20000 };

static uint64_t seed = 1;

static uint32_t any(uint32_t n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* ---- the consumer: at the end of a connection it must be in no room any more ------------------------------ */

static int64_t members_at_the_end;

static void deliver(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *data, size_t len) {
    (void)state, (void)word, (void)data, (void)len;
    if (kind != SNOW_WSCONN_DISCONNECT) return;
    members_at_the_end = snow_wsconn_members((const uint8_t *)"lobby", 5);
    CHECK(snow_wsconn_join(conn, (const uint8_t *)"lobby", 5) == -1 && snow_wsconn_rooms(conn, NULL, 0) == 0);
}

static void wake(void *state) { (void)state; }
static void has_room(void *state, snow_wsconn conn, uint64_t word) { (void)state, (void)conn, (void)word; }

static bytes sent; /* by all connections, in order */

static void drain(void) {
    snow_wsconn_work work[8];
    size_t n;
    do {
        n = snow_wsconn_drain(work, 8, false, 0);
        for (size_t i = 0; i < n; i++) {
            put(&sent, work[i].bytes, work[i].len);
            snow_wsconn_written(&work[i], 0);
            if (work[i].flags & SNOW_WSCONN_ENDED) snow_wsconn_finish(work[i].conn);
        }
    } while (n == 8 || snow_wsconn_has_work());
}

static snow_wsconn open_connection(void) {
    snow_wsconn_options options = snow_wsconn_default_options();
    options.send_buffer = 1024;
    snow_wsconn conn = snow_wsconn_open(&options, 0, (const uint8_t *)"/", 2, 0);
    CHECK(conn != 0);
    return conn;
}

static void end(snow_wsconn conn) {
    snow_wsconn_lost(conn);
    drain();
    drop(&sent);
}

static const uint8_t *utf8(const char *text) { return (const uint8_t *)text; }
static int join(snow_wsconn conn, const char *room) { return snow_wsconn_join(conn, utf8(room), strlen(room)); }
static int leave(snow_wsconn conn, const char *room) { return snow_wsconn_leave(conn, utf8(room), strlen(room)); }
static int64_t members(const char *room) { return snow_wsconn_members(utf8(room), strlen(room)); }

static int64_t say(const char *room, const char *text, snow_wsconn except) {
    return snow_wsconn_broadcast(utf8(room), strlen(room), utf8(text), strlen(text), except);
}

static bool was_sent(const char *data, size_t len) {
    bool same = sent.len == len && (len == 0 || memcmp(sent.data, data, len) == 0);
    drop(&sent);
    return same;
}

/* ---- one thing at a time ---------------------------------------------------------------------------------- */

static void members_come_and_go(void) {
    snow_wsconn a = open_connection(), b = open_connection();
    CHECK(members("lobby") == 0 && leave(a, "lobby") == 0 && say("lobby", "x", 0) == 0);
    CHECK(join(a, "lobby") == 0 && join(a, "lobby") == 0 && join(b, "lobby") == 0 && join(b, "Lobby") == 0);
    CHECK(members("lobby") == 2 && members("Lobby") == 1 && snow_wsconn_rooms_open() == 2);
    CHECK(say("lobby", "hi", 0) == 0);
    drain();
    CHECK(was_sent("\x81\x02hi\x81\x02hi", 8));
    CHECK(say("lobby", "yo", a) == 0 && leave(b, "Lobby") == 0 && leave(b, "Lobby") == 0 && say("Lobby", "no", 0) == 0);
    drain();
    CHECK(was_sent("\x81\x02yo", 4));
    CHECK(snow_wsconn_rooms_open() == 1);
    end(b);
    CHECK(members_at_the_end == 1 && members("lobby") == 1);
    end(a);
    CHECK(members_at_the_end == 0 && snow_wsconn_rooms_open() == 0 && snow_wsconn_count() == 0);
}

static void names_have_a_length_and_are_text(void) {
    static char long_name[1026];
    memset(long_name, 'n', 1025);
    snow_wsconn a = open_connection();
    CHECK(join(a, "") == -1 && leave(a, "") == -1 && say("", "x", 0) == -1 && members("") == 0);
    CHECK(join(a, "\xFF") == -1 && leave(a, "\xC3") == -1 && say("\xFF", "x", 0) == -1 && members("\xFF") == 0);
    CHECK(join(a, long_name) == -1 && leave(a, long_name) == -1 && say(long_name, "x", 0) == -1);
    CHECK(join(a, long_name + 1) == 0 && members(long_name + 1) == 1);
    CHECK(snow_wsconn_join(a, utf8("a\0b"), 3) == 0 && members("a") == 0 && snow_wsconn_members(utf8("a\0b"), 3) == 1);
    CHECK(join(a, "caf\xC3\xA9") == 0 && say("caf\xC3\xA9", "\xC3", 0) == -1);
    end(a);
    CHECK(snow_wsconn_rooms_open() == 0);
    CHECK(join(a, "lobby") == -1 && leave(a, "lobby") == -1 && join(0, "lobby") == -1 && snow_wsconn_rooms_open() == 0);
}

static void a_full_member_is_closed_and_counted(void) {
    static char big[900];
    memset(big, 'b', sizeof big - 1);
    snow_wsconn slow = open_connection(), quick = open_connection(), closing = open_connection();
    join(slow, "lobby"), join(quick, "lobby"), join(closing, "lobby");
    snow_wsconn_blocked(slow, true, 0);
    snow_wsconn_close(closing, 1000, utf8(""), 0);
    CHECK(say("lobby", big, 0) == 0);
    drain();
    drop(&sent);
    CHECK(say("lobby", big, 0) == 1 && !snow_wsconn_is_open(slow) && snow_wsconn_is_open(quick));
    CHECK(say("lobby", big, 0) == 1 && !snow_wsconn_is_open(quick)); /* nothing was drained meanwhile */
    CHECK(say("lobby", "x", 0) == 0);
    drain();
    CHECK(members("lobby") == 1); /* `closing` waits for its peer; the others have ended */
    end(slow), end(quick), end(closing);
    CHECK(snow_wsconn_rooms_open() == 0);
}

/* ---- many at random, against a model ------------------------------------------------------------------------ */

static bool is_in[CONNECTIONS][ROOMS];

static const char *name_of(uint32_t room) {
    static char names[ROOMS][8];
    snprintf(names[room], sizeof names[room], "room %u", room);
    return names[room];
}

static int64_t expected_members(uint32_t room) {
    int64_t n = 0;
    for (int i = 0; i < CONNECTIONS; i++) n += is_in[i][room];
    return n;
}

static void check_rooms_of(snow_wsconn conn, const bool *expected) {
    uint8_t names[ROOMS * 16 + 1] = {0};
    size_t len = snow_wsconn_rooms(conn, names, sizeof names - 1), at = 0, n = 0, wanted = 0;
    for (uint16_t one; at < len; at += sizeof one + one, n++) {
        memcpy(&one, names + at, sizeof one);
        unsigned room = (unsigned)atoi((const char *)names + at + sizeof one + 5);
        CHECK(room < ROOMS && expected[room]);
    }
    for (int i = 0; i < ROOMS; i++) wanted += expected[i];
    CHECK(n == wanted && at == len);
}

static void like_sets(void) {
    static snow_wsconn conns[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) conns[i] = open_connection();
    for (int step = 0; step < STEPS; step++) {
        uint32_t i = any(CONNECTIONS), room = any(ROOMS), what = any(20);
        if (what < 10) CHECK(join(conns[i], name_of(room)) == 0);
        else if (what < 19) CHECK(leave(conns[i], name_of(room)) == 0);
        else end(conns[i]), conns[i] = open_connection();
        if (what < 19) is_in[i][room] = what < 10;
        else memset(is_in[i], 0, sizeof is_in[i]);
        CHECK(members(name_of(room)) == expected_members(room));
        if (step % 64 == 0) check_rooms_of(conns[i], is_in[i]);
    }
    CHECK(say(name_of(3), "x", 0) == 0);
    drain();
    CHECK(sent.len == 3 * (size_t)expected_members(3));
    for (int i = 0; i < CONNECTIONS; i++) end(conns[i]);
    CHECK(snow_wsconn_rooms_open() == 0 && snow_wsconn_count() == 0);
}

static void big_rooms_grow_and_shrink(void) {
    enum { MANY = 2000 };
    static snow_wsconn conns[MANY];
    for (int i = 0; i < MANY; i++) {
        conns[i] = open_connection();
        CHECK(join(conns[i], "lobby") == 0);
    }
    CHECK(members("lobby") == MANY && say("lobby", "x", conns[7]) == 0);
    drain();
    CHECK(sent.len == 3 * (MANY - 1));
    for (int i = 0; i < MANY; i++) {
        end(conns[i]);
        CHECK(members("lobby") == MANY - 1 - i);
    }
    CHECK(snow_wsconn_rooms_open() == 0);
}

void suite_room(void) {
    snow_wsconn_consumer consumer = {NULL, deliver, wake, has_room, NULL, NULL};
    snow_wsconn_set_consumer(&consumer);
    members_come_and_go();
    names_have_a_length_and_are_text();
    a_full_member_is_closed_and_counted();
    like_sets();
    big_rooms_grow_and_shrink();
}

/* ---- under several threads: for the thread sanitizer --------------------------------------------------------- */

enum { THREADS = 3, PLACES = 24, ROUNDS = 400 };

static _Atomic(snow_wsconn) places[PLACES];
static atomic_bool stop;

/* Broadcasts number their messages: 28 bits in four bytes of ASCII. */
static void *use_rooms(void *argument) {
    uint64_t state = (uint64_t)(uintptr_t)argument;
    uint32_t number = 0;
    while (!atomic_load(&stop)) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        snow_wsconn conn = atomic_load(&places[(state >> 33) % PLACES]);
        uint32_t room = (uint32_t)(state >> 40) % ROOMS, what = (uint32_t)(state >> 50) % 8;
        char name[8];
        uint8_t text[6] = {(uint8_t)('0' + (uintptr_t)argument), (uint8_t)('A' + room)};
        size_t len = (size_t)snprintf(name, sizeof name, "room %u", room);
        if (what < 3) snow_wsconn_join(conn, utf8(name), len);
        else if (what < 5) snow_wsconn_leave(conn, utf8(name), len);
        else if (what == 5) snow_wsconn_rooms(conn, NULL, 0);
        else if (what == 6) snow_wsconn_members(utf8(name), len);
        number++;
        for (int i = 0; i < 4; i++) text[2 + i] = number >> (21 - 7 * i) & 0x7F;
        if (what == 7) snow_wsconn_broadcast(utf8(name), len, text, sizeof text, conn);
        snow_wsconn_wake_loop();
    }
    return NULL;
}

static uint32_t last_seen[PLACES][THREADS][ROOMS];

/* What a connection gets of one thread in one room comes in order. */
static void check_order(uint32_t last[THREADS][ROOMS], const uint8_t *frame) {
    unsigned thread = frame[2] - '1', room = frame[3] - 'A';
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) number = number << 7 | frame[4 + i];
    CHECK(number > last[thread][room]);
    last[thread][room] = number;
}

static void forget_seen(int place) { memset(last_seen[place], 0, sizeof last_seen[place]); }

static int place_of(snow_wsconn conn) {
    for (int i = 0; i < PLACES; i++)
        if (places[i] == conn) return i;
    return -1;
}

static void drain_and_check(bool woken) {
    snow_wsconn_work work[8];
    size_t n;
    do {
        n = snow_wsconn_drain(work, 8, woken, 0);
        woken = false;
        for (size_t i = 0; i < n; i++) {
            int place = place_of(work[i].conn);
            for (size_t at = 0; at < work[i].len; at += 2u + work[i].bytes[at + 1])
                if (place >= 0 && work[i].bytes[at] == 0x81)
                    check_order(last_seen[place], work[i].bytes + at);
            snow_wsconn_written(&work[i], 0);
            if (work[i].flags & SNOW_WSCONN_ENDED) snow_wsconn_finish(work[i].conn);
        }
    } while (n == 8);
}

static snow_wsconn open_wide(void) {
    snow_wsconn_options options = snow_wsconn_default_options();
    return snow_wsconn_open(&options, 0, NULL, 0, 0);
}

void suite_room_threads(void) {
    pthread_t threads[THREADS];
    snow_wsconn_event_fd();
    for (int i = 0; i < PLACES; i++) places[i] = open_wide();
    for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, use_rooms, (void *)(i + 1));
    for (int round = 0; round < ROUNDS; round++) {
        nanosleep(&(struct timespec){0, 500000}, NULL);
        drain_and_check(true);
        int i = round % PLACES;
        snow_wsconn_lost(places[i]);
        drain_and_check(false);
        forget_seen(i);
        places[i] = open_wide();
    }
    stop = true;
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < PLACES; i++) snow_wsconn_lost(places[i]);
    while (snow_wsconn_has_work()) drain_and_check(true);
    CHECK(snow_wsconn_count() == 0 && snow_wsconn_rooms_open() == 0);
}
