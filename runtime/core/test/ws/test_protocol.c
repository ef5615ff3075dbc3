/* Whole connections, fed with every way of cutting the stream (FR-5 to FR-8, FG-4, CL-1 to CL-7). */
#include "peer.h"

static void expect(const char *name, bytes *stream, const char *expected, snow_wsp_status status) {
    check_stream(name, NULL, stream, expected, status);
    drop(stream);
}

static void messages(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x81, "Hello", 5);
    put_frame(&b, 0x82, "\x01", 1);
    put_frame(&b, 0x81, "", 0);
    put_frame(&b, 0x82, "", 0);
    expect("small messages", &b, "text:Hello binary:\x01 text: binary:", SNOW_WS_OPEN);
    static uint8_t big[66000];
    memset(big, 'x', sizeof big);
    put_frame(&b, 0x81, big, 125);
    put_frame(&b, 0x82, big, 126);
    put_frame(&b, 0x81, big, 300);
    expect("two length forms", &b, "text:#125 binary:#126 text:#300", SNOW_WS_OPEN);
    put_frame(&b, 0x81, big, 65535);
    put_frame(&b, 0x82, big, 65536);
    peer p;
    open_peer(&p, NULL);
    for (size_t i = 0; i < b.len; i += 4096) feed(&p, b.data + i, b.len - i < 4096 ? b.len - i : 4096);
    SAID(&p, "text:#65535 binary:#65536");
    close_peer(&p);
    drop(&b);
}

static void fragments_with_control_frames_between(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x01, "ab\xC3", 3);
    put_frame(&b, 0x89, "x", 1);
    put_frame(&b, 0x00, "", 0);
    put_frame(&b, 0x8A, "stray", 5);
    put_frame(&b, 0x00, "\xA9", 1);
    put_frame(&b, 0x89, "", 0);
    put_frame(&b, 0x80, "c", 1);
    put_frame(&b, 0x82, "next", 4);
    expect("fragments", &b, "wrote:8a01788a00 text:ab\xC3\xA9""c binary:next", SNOW_WS_OPEN);
    put_frame(&b, 0x02, "half", 4);
    put_close(&b, 4001, "enough");
    put_frame(&b, 0x80, "late", 4);
    expect("close in the middle", &b, "wrote:88020fa1 closed:4001:enough", SNOW_WS_DONE);
}

static void pings(void) {
    bytes b = {NULL, 0, 0};
    char payload[126], expected[2 * 127 + 8] = "wrote:8a7d";
    memset(payload, 0x20, sizeof payload);
    put_frame(&b, 0x89, payload, 125);
    for (int i = 0; i < 125; i++) strcat(expected, "20");
    expect("a ping of 125 bytes", &b, expected, SNOW_WS_OPEN);
    put_frame(&b, 0x89, payload, 126);
    put_frame(&b, 0x81, "no", 2);
    expect("a ping of 126 bytes", &b,
           "wrote:881803ea636f6e74726f6c206672616d6520746f6f206c6f6e67 closed:1002:control frame too long",
           SNOW_WS_CLOSING);
    put_frame(&b, 0x8A, "unasked", 7);
    expect("a pong nobody asked for", &b, "", SNOW_WS_OPEN);
}

/* A violation in a stream that goes on with a message and the peer's close: nothing more is delivered, and the
 * close is found. */
static void violation(const char *name, bytes *b, uint16_t code, const char *reason) {
    char expected[400];
    int n = snprintf(expected, sizeof expected, "text:before wrote:88%02zx%04x", strlen(reason) + 2, code);
    for (const char *c = reason; *c != 0; c++) n += snprintf(expected + n, 3, "%02x", *c);
    snprintf(expected + n, sizeof expected - (size_t)n, " closed:%u:%s", code, reason);
    put_frame(b, 0x81, "after", 5);
    put_frame(b, 0x89, "ping", 4);
    put_close(b, 1000, "");
    put_frame(b, 0x81, "even later", 10);
    expect(name, b, expected, SNOW_WS_DONE);
}

static bytes before(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x81, "before", 6);
    return b;
}

static void violations(void) {
    bytes b = before();
    put_frame(&b, 0xC1, "x", 1);
    violation("reserved bit", &b, 1002, "reserved bits set");
    b = before();
    put_frame(&b, 0x83, "x", 1);
    violation("opcode 3", &b, 1002, "unknown opcode");
    b = before();
    put_frame(&b, 0x8F, "", 0);
    violation("opcode 15", &b, 1002, "unknown opcode");
    b = before();
    put(&b, "\x81\x02hi", 4);
    violation("unmasked", &b, 1002, "unmasked frame");
    b = before();
    put(&b, "\x82\xFE\x00\x05\0\0\0\0hello", 13);
    violation("two-byte length of 5", &b, 1002, "bad length");
    b = before();
    put(&b, "\x82\xFF\0\0\0\0\0\0\0\x01\0\0\0\0x", 15);
    violation("eight-byte length of 1", &b, 1002, "bad length");
    b = before();
    put_frame(&b, 0x09, "x", 1);
    violation("fragmented ping", &b, 1002, "fragmented control frame");
    b = before();
    put_frame(&b, 0x80, "x", 1);
    violation("continuation of nothing", &b, 1002, "unexpected continuation frame");
    b = before();
    put_frame(&b, 0x01, "x", 1);
    put_frame(&b, 0x81, "y", 1);
    violation("message within a message", &b, 1002, "new message during fragmented sequence");
    b = before();
    put_frame(&b, 0x81, "ok \xFF bad", 8);
    violation("text that is not UTF-8", &b, 1007, "invalid UTF-8");
    b = before();
    put_frame(&b, 0x01, "\xE2\x82", 2);
    put_frame(&b, 0x80, "", 0);
    violation("text that ends inside a character", &b, 1007, "invalid UTF-8");
}

static void a_length_with_its_top_bit_set_ends_all_parsing(void) {
    bytes b = before();
    put(&b, "\x82\xFF\x80\0\0\0\0\0\0\0\0\0\0\0", 14);
    put_close(&b, 1000, "");
    expect("top bit", &b, "text:before wrote:880c03ea626164206c656e677468 closed:1002:bad length", SNOW_WS_CLOSING);
}

static void closes(void) {
    bytes b = {NULL, 0, 0};
    put_close(&b, 1000, "bye");
    put_frame(&b, 0x81, "ignored", 7);
    expect("code and reason", &b, "wrote:880203e8 closed:1000:bye", SNOW_WS_DONE);
    put_frame(&b, 0x88, "", 0);
    expect("no code", &b, "wrote:8800 closed:1005:", SNOW_WS_DONE);
    static const char bad[] = "wrote:881303ea62616420636c6f7365207061796c6f6164 closed:1002:bad close payload";
    put_frame(&b, 0x88, "\x03", 1);
    expect("one byte", &b, bad, SNOW_WS_DONE);
    put_close(&b, 1005, "");
    expect("1005", &b, bad, SNOW_WS_DONE);
    put_close(&b, 1000, "\xFF");
    expect("reason", &b, "wrote:880f03ef696e76616c6964205554462d38 closed:1007:invalid UTF-8", SNOW_WS_DONE);
    char long_reason[125] = "";
    memset(long_reason, 'r', 124);
    put_close(&b, 1000, long_reason);
    expect("a close of 126 bytes", &b,
           "wrote:881803ea636f6e74726f6c206672616d6520746f6f206c6f6e67 closed:1002:control frame too long",
           SNOW_WS_DONE);
}

static int ask(peer *p, uint16_t code, const char *reason) {
    return snow_wsp_close(&p->ws, code, (const uint8_t *)reason, strlen(reason), p->now, &recorder, p);
}

static void closes_of_the_program(void) {
    peer p;
    bytes answer = {NULL, 0, 0}, text = {NULL, 0, 0};
    put_frame(&text, 0x81, "x", 1);
    open_peer(&p, NULL);
    CHECK(ask(&p, 1005, "") == -1 && ask(&p, 999, "") == -1 && ask(&p, 2000, "") == -1 && ask(&p, 1000, "\xFF") == -1);
    SAID(&p, "");
    CHECK(ask(&p, 4000, "done") == 0 && p.ws.status == SNOW_WS_CLOSING);
    SAID(&p, "wrote:88060fa0646f6e65");
    CHECK(ask(&p, 4000, "done") == -1);
    feed(&p, text.data, text.len);
    SAID(&p, "");
    put_close(&answer, 4000, "");
    CHECK(feed(&p, answer.data, answer.len) == SNOW_WS_DONE);
    SAID(&p, "closed:4000:done");
    close_peer(&p);

    open_peer(&p, NULL); /* both at once: the peer's code is reported */
    CHECK(ask(&p, 1000, "") == 0);
    drop(&answer);
    put_close(&answer, 4321, "crossed");
    CHECK(feed(&p, answer.data, answer.len) == SNOW_WS_DONE);
    SAID(&p, "wrote:880203e8 closed:4321:crossed");
    close_peer(&p);

    open_peer(&p, NULL); /* no answer */
    CHECK(ask(&p, 1000, "over") == 0);
    SAID(&p, "wrote:880603e86f766572");
    run_until(&p, 4999);
    SAID(&p, "");
    run_until(&p, 5000);
    SAID(&p, "closed:1000:over");
    CHECK(p.ws.status == SNOW_WS_DONE);
    close_peer(&p);
    drop(&answer);
    drop(&text);
}

static void closes_of_the_runtime_are_reported_at_once(void) {
    peer p;
    open_peer(&p, NULL);
    CHECK(snow_wsp_fail(&p.ws, 1011, (const uint8_t *)"internal error", 14, 0, &recorder, &p) == 0);
    SAID(&p, "wrote:881003f3696e7465726e616c206572726f72 closed:1011:internal error");
    run_until(&p, 5000);
    SAID(&p, "");
    CHECK(p.ws.status == SNOW_WS_DONE);
    close_peer(&p);
}

static void a_lost_transport(void) {
    peer p;
    open_peer(&p, NULL);
    snow_wsp_end_of_stream(&p.ws, &recorder, &p);
    snow_wsp_end_of_stream(&p.ws, &recorder, &p);
    SAID(&p, "closed:1006:");
    close_peer(&p);
    open_peer(&p, NULL);
    ask(&p, 1000, "");
    snow_wsp_end_of_stream(&p.ws, &recorder, &p);
    SAID(&p, "wrote:880203e8 closed:1000:");
    close_peer(&p);
}

static void sizes(void) {
    peer p;
    bytes b = {NULL, 0, 0};
    open_peer(&p, NULL);
    put_header(&b, 0x82, SNOW_WS_MAX_PAYLOAD);
    feed(&p, b.data, b.len);
    SAID(&p, "");
    CHECK(p.ws.status == SNOW_WS_OPEN && p.ws.fragments.cap == 0);
    close_peer(&p);
    drop(&b);
    open_peer(&p, NULL);
    put_header(&b, 0x82, SNOW_WS_MAX_PAYLOAD + 1);
    feed(&p, b.data, b.len);
    SAID(&p, "wrote:881103f16d65737361676520746f6f20626967 closed:1009:message too big");
    close_peer(&p);
    drop(&b);
    open_peer(&p, NULL);
    put_frame(&b, 0x02, "x", 1);
    put_header(&b, 0x80, SNOW_WS_MAX_PAYLOAD);
    feed(&p, b.data, b.len);
    SAID(&p, "wrote:881103f16d65737361676520746f6f20626967 closed:1009:message too big");
    CHECK(p.ws.fragments.bytes == NULL);
    close_peer(&p);
    drop(&b);
}

static void floods(void) {
    peer p;
    bytes b = {NULL, 0, 0};
    open_peer(&p, NULL);
    put_frame(&b, 0x01, "", 0);
    feed(&p, b.data, b.len);
    drop(&b);
    put_frame(&b, 0x00, "", 0);
    for (int i = 1; i < SNOW_WS_MAX_FRAGMENTS; i++) feed(&p, b.data, b.len);
    SAID(&p, "");
    feed(&p, b.data, b.len);
    SAID(&p, "wrote:881403f0746f6f206d616e7920667261676d656e7473 closed:1008:too many fragments");
    close_peer(&p);
    drop(&b);
    open_peer(&p, NULL);
    put_frame(&b, 0x8A, "", 0);
    for (int second = 0; second < 2; second++, p.now += 1000)
        for (int i = 0; i < 1000; i++) feed(&p, b.data, b.len);
    SAID(&p, "");
    for (int i = 0; i < 1001; i++) feed(&p, b.data, b.len);
    SAID(&p, "wrote:881903f0746f6f206d616e7920636f6e74726f6c206672616d6573 closed:1008:too many control frames");
    close_peer(&p);
    drop(&b);
}

static void only_the_latest_ping_is_answered_after_a_blockade(void) {
    peer p;
    bytes b = {NULL, 0, 0};
    open_peer(&p, NULL);
    put_frame(&b, 0x89, "a", 1);
    put_frame(&b, 0x89, "b", 1);
    snow_wsp_block(&p.ws);
    feed(&p, b.data, b.len);
    SAID(&p, "");
    snow_wsp_unblock(&p.ws, &recorder, &p);
    SAID(&p, "wrote:8a0162");
    snow_wsp_unblock(&p.ws, &recorder, &p);
    SAID(&p, "");
    close_peer(&p);
    drop(&b);
}

void suite_protocol(void) {
    messages();
    fragments_with_control_frames_between();
    pings();
    violations();
    a_length_with_its_top_bit_set_ends_all_parsing();
    closes();
    closes_of_the_program();
    closes_of_the_runtime_are_reported_at_once();
    a_lost_transport();
    sizes();
    floods();
    only_the_latest_ping_is_answered_after_a_blockade();
}
