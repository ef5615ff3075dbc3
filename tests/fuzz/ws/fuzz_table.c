/* Fuzz target for the connection table: what peers, programs and the loop do with a few connections, in any order.
 *
 * An input is a byte of options and then acts, each a byte that says what is done to which connection, followed by
 * what the act needs. Whatever they are:
 *
 * - a connection's entries are one connect, messages, one disconnect; after that its handle is dead;
 * - what was accepted to be sent comes out whole, in order, before the close frame, after which nothing comes;
 * - a send is refused as full by the rule, and then there is room again or an end;
 * - a broadcast reaches the members that are open and have room, and nobody else;
 * - when all connections have ended nothing is left.
 */
#include "fuzz.h"
#include "snow_wsconn.h"

enum { PEERS = 4, ROOMS = 2, MOST_SENT = 64, WIRE = 1 << 20, SEND_BUFFER = 4000 };

typedef struct sent {
    uint8_t opcode, fill;
    size_t len;
} sent;

typedef struct peer {
    snow_wsconn conn; /* 0: none */
    uint8_t *wire;    /* from the server, not parsed yet */
    size_t len;
    sent queue[MOST_SENT]; /* accepted and not seen on the wire */
    size_t n_sent;
    uint64_t outstanding;  /* messages delivered and not taken */
    uint64_t outstanding_bytes;
    bool compresses, blocked, is_waiting, has_closed, has_ended, has_disconnected, is_lost;
    bool member[ROOMS];
    bool forgotten;
    uint8_t *given; /* by the codec, until it is dropped */
} peer;

static peer peers[PEERS];
static uint64_t now;
static const char *const room_names[ROOMS] = {"lobby", "\xC3\xA9"};

static bool is_there(const peer *p) { return p->conn != 0; }

/* ---- the consumer --------------------------------------------------------------------------------------- */

static void deliver(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *bytes, size_t len) {
    (void)state;
    peer *p = &peers[*word];
    MUST(!p->has_disconnected);
    if (kind == SNOW_WSCONN_CONNECT) {
        MUST(p->conn == 0 && len == 3 && memcmp(bytes, "/x", 3) == 0);
        p->conn = conn;
        return;
    }
    MUST(p->conn == conn);
    if (kind == SNOW_WSCONN_DISCONNECT) {
        MUST(p->has_ended && len >= 2 && len <= 2 + SNOW_WS_MAX_REASON && !p->is_waiting);
        p->has_disconnected = true;
        return;
    }
    MUST(kind == SNOW_WSCONN_TEXT || kind == SNOW_WSCONN_BINARY);
    p->outstanding++;
    p->outstanding_bytes += len;
}

static void wake(void *state) { (void)state; }

static void room(void *state, snow_wsconn conn, uint64_t word) {
    (void)state;
    MUST(peers[word].conn == conn && peers[word].is_waiting);
    peers[word].is_waiting = false;
}

static uint64_t serve(void *state, void *const callbacks[6]) {
    (void)state, (void)callbacks;
    return 0;
}

static void unserve(void *state, uint64_t word) { (void)state, (void)word; }

/* ---- the codec: every byte twice one way, as it is the other way, and short messages not at all ----------- */

static uint16_t inflate(void *state, const uint8_t *bytes, size_t len, snow_wsp_bytes *plain) {
    peer *p = state;
    MUST(p->given == NULL && !p->forgotten);
    if (len > 1 && bytes[0] == bytes[1]) return bytes[0] & 1 ? SNOW_WS_CLOSE_BAD_DATA : SNOW_WS_CLOSE_TOO_BIG;
    p->given = malloc(2 * len + 1);
    for (size_t i = 0; i < 2 * len; i++) p->given[i] = bytes[i / 2];
    *plain = (snow_wsp_bytes){p->given, 2 * len};
    return 0;
}

static size_t deflating; /* bytes of the message that the codec has got */

static bool deflate(void *state, const uint8_t *bytes, size_t len, bool last, snow_wsp_bytes *deflated) {
    peer *p = state;
    MUST(!p->forgotten && (deflating == 0) == (p->given == NULL));
    p->given = realloc(p->given, deflating + len + 1);
    if (len != 0) memcpy(p->given + deflating, bytes, len);
    deflating += len;
    if (!last) return true;
    bool as_it_is = deflating % 3 == 0;
    *deflated = as_it_is ? (snow_wsp_bytes){NULL, 0} : (snow_wsp_bytes){p->given, deflating};
    return true;
}

static void drop(void *state) {
    peer *p = state;
    free(p->given);
    p->given = NULL;
    deflating = 0;
}

static void forget(void *state) {
    peer *p = state;
    MUST(!p->forgotten);
    p->forgotten = true;
    drop(p);
}

static const snow_wsconn_codec codec = {inflate, deflate, drop, forget};

/* ---- the wire --------------------------------------------------------------------------------------------- */

static void check_message(peer *p, uint8_t opcode, const uint8_t *payload, size_t len) {
    MUST(p->n_sent > 0);
    sent s = p->queue[0];
    MUST(s.opcode == opcode && s.len == len);
    for (size_t i = 0; i < len; i++) MUST(payload[i] == s.fill);
    memmove(p->queue, p->queue + 1, --p->n_sent * sizeof *p->queue);
}

static void check_frame(peer *p, uint8_t first, const uint8_t *payload, size_t len) {
    uint8_t opcode = first & 15;
    MUST(!p->has_closed && (first & 0x80) != 0 && (first & 0x30) == 0);
    MUST((first & 0x40) == 0 || (p->compresses && opcode < SNOW_WS_CLOSE));
    if (opcode < SNOW_WS_CLOSE) {
        check_message(p, opcode, payload, len);
        return;
    }
    MUST(opcode <= SNOW_WS_PONG && len <= SNOW_WS_MAX_CONTROL);
    if (opcode != SNOW_WS_CLOSE) return;
    MUST(p->n_sent == 0);
    MUST(len == 0 || (len >= 2 && snow_wsp_close_code_ok((uint16_t)(payload[0] << 8 | payload[1]))));
    p->has_closed = true;
}

static void parse_wire(peer *p) {
    size_t at = 0;
    for (;;) {
        const uint8_t *head = p->wire + at;
        size_t there = p->len - at, size = snow_wsp_header_size(head, there), len = 0;
        if (size == 0 || there < size) break;
        MUST((head[1] & 0x80) == 0);
        if (size == 2) len = head[1];
        for (size_t i = 2; i < size; i++) len = len << 8 | head[i];
        if (there < size + len) break;
        check_frame(p, head[0], head + size, len);
        at += size + len;
    }
    memmove(p->wire, p->wire + at, p->len - at);
    p->len -= at;
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

static void lose(peer *p) {
    if (!is_there(p) || p->is_lost) return;
    p->is_lost = true;
    snow_wsconn_lost(p->conn);
}

static void finish(peer *p) {
    if (!p->has_ended || p->has_disconnected) return;
    snow_wsconn_finish(p->conn);
    MUST(p->has_disconnected && !snow_wsconn_is_open(p->conn) && snow_wsconn_buffered(p->conn) == -1);
    memset(p->member, 0, sizeof p->member);
}

static void obey(const snow_wsconn_work *work) {
    peer *p = peers;
    while (p < peers + PEERS && p->conn != work->conn) p++;
    MUST(p < peers + PEERS);
    if (work->len != 0) {
        MUST(!p->is_lost && !p->blocked && p->len + work->len <= WIRE);
        memcpy(p->wire + p->len, work->bytes, work->len);
        p->len += work->len;
        parse_wire(p);
    }
    snow_wsconn_written(work, now);
    if (work->flags & SNOW_WSCONN_ENDED) p->has_ended = true;
    if (work->flags & (SNOW_WSCONN_SHUT | SNOW_WSCONN_ABORT)) {
        MUST(p->n_sent == 0 || (work->flags & SNOW_WSCONN_ABORT));
        lose(p);
    }
}

static void drain(size_t max) {
    snow_wsconn_work work[PEERS];
    for (size_t n = snow_wsconn_drain(work, max, false, now), i = 0; i < n; i++) obey(&work[i]);
}

static void drain_all(void) {
    while (snow_wsconn_has_work()) drain(PEERS);
}

/* The place of a connection that is over becomes free. */
static void bury(peer *p) {
    if (!p->has_disconnected || !p->is_lost) return;
    MUST(p->given == NULL && p->forgotten == p->compresses);
    MUST(snow_wsconn_send(p->conn, SNOW_WS_BINARY, (const uint8_t *)"x", 1) == SNOW_WSCONN_REFUSED);
    MUST(snow_wsconn_feed(p->conn, (uint8_t[]){0}, 1, now) == -1);
    *p = (peer){.wire = p->wire};
}

/* ---- acts ----------------------------------------------------------------------------------------------------- */

static void open_peer(peer *p, uint8_t options) {
    snow_wsconn_options o = snow_wsconn_default_options();
    o.send_buffer = SEND_BUFFER;
    o.inbound_messages = 4;
    o.inbound_bytes = 2000;
    o.ws.limit = 3000;
    o.ws.idle = options & 2 ? 20000 : 0;
    o.rate_messages = options & 4 ? 3 : 0;
    o.rate_ms = 1000;
    if (is_there(p)) return;
    snow_wsconn conn = snow_wsconn_open(&o, (uint64_t)(p - peers), (const uint8_t *)"/x", 3, now);
    MUST(conn != 0 && conn == p->conn);
    p->compresses = (options & 1) != 0;
    if (p->compresses) MUST(snow_wsconn_compress(conn, &codec, p));
}

static void feed(peer *p, const uint8_t *bytes, size_t len) {
    if (!is_there(p) || p->is_lost) return;
    uint8_t *read = malloc(len + 1);
    if (len != 0) memcpy(read, bytes, len);
    MUST(snow_wsconn_feed(p->conn, read, len, now) == 0);
    free(read);
}

/* A frame with a right header, which the fuzzer need not find. */
static void feed_frame(peer *p, input *in) {
    static const uint8_t firsts[] = {0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8A, 0x88, 0xC1, 0x41};
    uint8_t first = firsts[take_byte(in) % 10];
    size_t len = take_byte(in);
    const uint8_t *payload = take_bytes(in, &len);
    uint8_t frame[SNOW_WS_MAX_HEADER + 256];
    size_t head = snow_wsp_write_header(frame, first, len);
    frame[1] |= 0x80;
    memset(frame + head, 0, 4);
    if (len != 0) memcpy(frame + head + 4, payload, len);
    feed(p, frame, head + 4 + len);
}

static bool is_full(const peer *p, size_t len) {
    int64_t waiting = snow_wsconn_buffered(p->conn);
    return waiting != 0 && (size_t)waiting + len > SEND_BUFFER;
}

static void note_sent(peer *p, uint8_t opcode, uint8_t fill, size_t len) {
    p->queue[p->n_sent++] = (sent){opcode, fill, len};
}

static void send_one(peer *p, input *in) {
    uint8_t kind = take_byte(in), fill = (uint8_t)('a' + kind % 16);
    size_t len = (size_t)take_byte(in) * (kind & 64 ? 17 : 1);
    if (!is_there(p) || p->n_sent == MOST_SENT) return;
    uint8_t payload[256 * 17];
    memset(payload, fill, len);
    bool open = snow_wsconn_is_open(p->conn), full = is_full(p, len);
    uint8_t opcode = kind & 128 ? SNOW_WS_TEXT : SNOW_WS_BINARY;
    int result = snow_wsconn_send(p->conn, opcode, payload, len);
    MUST(result == (!open ? SNOW_WSCONN_REFUSED : full ? SNOW_WSCONN_FULL : SNOW_WSCONN_ACCEPTED));
    if (result == SNOW_WSCONN_ACCEPTED) note_sent(p, opcode, fill, len);
    if (result == SNOW_WSCONN_FULL) p->is_waiting = true;
}

static void close_one(peer *p, uint8_t how) {
    if (!is_there(p)) return;
    bool open = snow_wsconn_is_open(p->conn);
    int (*ask)(snow_wsconn, uint16_t, const uint8_t *, size_t) = how & 1 ? snow_wsconn_fail : snow_wsconn_close;
    uint16_t code = how & 2 ? 1000 : 1006;
    int result = ask(p->conn, code, (const uint8_t *)"done", how & 4 ? 4 : 0);
    MUST(result == (open && code == 1000 ? 0 : -1));
    MUST(result != 0 || !snow_wsconn_is_open(p->conn));
}

static void block(peer *p, bool blocked) {
    if (!is_there(p) || p->is_lost) return;
    p->blocked = blocked;
    snow_wsconn_blocked(p->conn, blocked, now);
}

static void take(peer *p, uint8_t part) {
    if (!is_there(p)) return;
    bool all = part % 2 == 0;
    uint64_t messages = all ? p->outstanding : p->outstanding / 2, bytes = all ? p->outstanding_bytes : 0;
    p->outstanding -= messages;
    p->outstanding_bytes -= bytes;
    snow_wsconn_taken(p->conn, messages, bytes);
}

static void use_room(peer *p, uint8_t how) {
    size_t i = how % ROOMS, len = strlen(room_names[i]);
    bool join = (how & 2) != 0, is_alive = is_there(p) && !p->has_disconnected;
    int result = (join ? snow_wsconn_join : snow_wsconn_leave)(p->conn, (const uint8_t *)room_names[i], len);
    MUST((result == 0) == is_alive);
    if (is_alive) p->member[i] = join;
    int64_t members = 0;
    for (size_t k = 0; k < PEERS; k++) members += peers[k].member[i];
    MUST(snow_wsconn_members((const uint8_t *)room_names[i], len) == members);
}

static void broadcast(const peer *except, input *in) {
    uint8_t how = take_byte(in);
    size_t i = how % ROOMS, len = (size_t)take_byte(in) * 8;
    int64_t expected = 0;
    uint8_t payload[256 * 8];
    memset(payload, 'z', len);
    for (peer *p = peers; p < peers + PEERS; p++) {
        bool hears = p->member[i] && p != except && snow_wsconn_is_open(p->conn);
        if (hears && p->n_sent == MOST_SENT) return;
    }
    for (peer *p = peers; p < peers + PEERS; p++) {
        if (!p->member[i] || p == except || !snow_wsconn_is_open(p->conn)) continue;
        if (is_full(p, len)) expected++;
        else note_sent(p, SNOW_WS_TEXT, 'z', len);
    }
    const uint8_t *name = (const uint8_t *)room_names[i];
    MUST(snow_wsconn_broadcast(name, strlen(room_names[i]), payload, len, except->conn) == expected);
}

static void act(input *in, uint8_t options) {
    uint8_t what = take_byte(in);
    peer *p = &peers[what >> 4 & 3];
    size_t len;
    switch (what & 15) {
    case 0:
    case 15:
        open_peer(p, options);
        break;
    case 1:
        len = take_byte(in);
        const uint8_t *bytes = take_bytes(in, &len);
        feed(p, bytes, len);
        break;
    case 2:
    case 3:
        feed_frame(p, in);
        break;
    case 4:
    case 5:
        send_one(p, in);
        break;
    case 6:
        close_one(p, take_byte(in));
        break;
    case 7:
        block(p, !p->blocked);
        break;
    case 8:
        take(p, take_byte(in));
        break;
    case 9:
        now += (uint64_t)take_byte(in) * (what & 64 ? 1000 : 10);
        MUST(snow_wsconn_tick(now) > now);
        break;
    case 10:
        lose(p);
        break;
    case 11:
        use_room(p, take_byte(in));
        break;
    case 12:
        broadcast(p, in);
        break;
    case 13:
        finish(p);
        bury(p);
        break;
    default:
        drain(what & 64 ? 1 : PEERS);
    }
}

/* All that was accepted comes out, as long as there is somebody to write to; then everybody leaves. */
static void end_all(void) {
    for (peer *p = peers; p < peers + PEERS; p++) block(p, false);
    drain_all();
    for (peer *p = peers; p < peers + PEERS; p++) {
        MUST(p->is_lost || p->n_sent == 0);
        MUST(p->is_lost || !p->is_waiting);
        lose(p);
    }
    drain_all();
    for (peer *p = peers; p < peers + PEERS; p++) {
        finish(p);
        MUST(!is_there(p) || (p->has_disconnected && p->is_lost));
        bury(p);
    }
    drain_all();
    MUST(snow_wsconn_count() == 0 && snow_wsconn_rooms_open() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const snow_wsconn_consumer consumer = {NULL, deliver, wake, room, serve, unserve};
    if (size < 2) return 0;
    snow_wsconn_set_consumer(&consumer);
    snow_wsconn_event_fd();
    for (peer *p = peers; p < peers + PEERS; p++)
        if (p->wire == NULL) p->wire = malloc(WIRE);
    input in = {data + 1, size - 1};
    now = 1000;
    while (in.len > 0) act(&in, data[0]);
    end_all();
    return 0;
}
