/* Compressed messages: what RSV1 may mark (RFC 7692, 6; FR-5), and what holds for the message behind it (OPT-3).
 * The codec is that of peer.c, which reverses. */
#include "peer.h"

static snow_wsp_options deflating(void) {
    snow_wsp_options options = snow_wsp_default_options();
    options.compression = true;
    options.limit = 6400;
    return options;
}

static void expect(const char *name, bytes *stream, const char *expected, snow_wsp_status status) {
    snow_wsp_options options = deflating();
    check_stream(name, &options, stream, expected, status);
    drop(stream);
}

/* ---- frames ------------------------------------------------------------------------------------------------- */

static void compressed_and_plain_messages_mix(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0xC1, "olleh", 5);
    put_frame(&b, 0x81, "plain", 5);
    put_frame(&b, 0xC2, "\x01\x02\xFF", 3);
    put_frame(&b, 0xC1, "", 0);
    expect("whole", &b, "text:hello text:plain binary:\xFF\x02\x01 text:", SNOW_WS_OPEN);
    put_frame(&b, 0x41, "!dl", 3);
    put_frame(&b, 0x89, "p", 1);
    put_frame(&b, 0x00, "", 0);
    put_frame(&b, 0x00, "row ", 4);
    put_frame(&b, 0x80, "olleh", 5);
    put_frame(&b, 0x01, "no", 2);
    put_frame(&b, 0x80, "ne", 2);
    expect("fragments", &b, "wrote:8a0170 text:hello world! text:none", SNOW_WS_OPEN);
}

static void reserved_bits(const char *name, const bytes *before, uint8_t first) {
    bytes b = {NULL, 0, 0};
    put(&b, before->data, before->len);
    put_frame(&b, first, "", 0);
    put_frame(&b, 0xC1, "after", 5);
    put_close(&b, 1000, "");
    expect(name, &b, "wrote:881303ea7265736572766564206269747320736574 closed:1002:reserved bits set", SNOW_WS_DONE);
}

static void rsv1_marks_the_first_frame_of_a_message_only(void) {
    bytes none = {NULL, 0, 0}, begun = {NULL, 0, 0}, plain = {NULL, 0, 0};
    put_frame(&begun, 0x41, "x", 1);
    put_frame(&plain, 0x01, "x", 1);
    reserved_bits("last frame of a compressed message", &begun, 0xC0);
    reserved_bits("frame in the middle of a compressed message", &begun, 0x40);
    reserved_bits("last frame of a plain message", &plain, 0xC0);
    reserved_bits("ping", &none, 0xC9);
    reserved_bits("pong", &none, 0xCA);
    reserved_bits("ping in a compressed message", &begun, 0xC9);
    reserved_bits("RSV2", &none, 0xA1);
    reserved_bits("RSV3", &none, 0x91);
    reserved_bits("RSV1 and RSV2", &none, 0xE1);
    put_frame(&none, 0xC8, "\x03\xE8", 2);
    expect("close", &none, "wrote:881303ea7265736572766564206269747320736574 closed:1002:reserved bits set",
           SNOW_WS_DONE);
    drop(&begun);
    drop(&plain);
}

static void without_an_agreement_rsv1_is_an_error(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0xC1, "x", 1);
    check_stream("not negotiated", NULL, &b,
                 "wrote:881303ea7265736572766564206269747320736574 closed:1002:reserved bits set", SNOW_WS_CLOSING);
    drop(&b);
}

static void new_messages_within_a_compressed_one(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x41, "x", 1);
    put_frame(&b, 0xC1, "y", 1);
    put_close(&b, 1000, "");
    expect("message in message", &b,
           "wrote:882803ea6e6577206d65737361676520647572696e6720667261676d656e7465642073657175656e6365 "
           "closed:1002:new message during fragmented sequence",
           SNOW_WS_DONE);
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

static void text_is_judged_when_it_is_inflated(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0xC1, "\xAC\x82\xE2", 3);
    put_frame(&b, 0x41, "\x80\x98\x9F", 3);
    put_frame(&b, 0x80, "\xF0", 1);
    put_frame(&b, 0xC2, "\xC3", 1);
    put_frame(&b, 0xC1, "\xC3", 1);
    put_frame(&b, 0xC1, "after", 5);
    put_close(&b, 1000, "");
    expect("utf-8", &b,
           "text:\xE2\x82\xAC text:\xF0\x9F\x98\x80 binary:\xC3 "
           "wrote:880f03ef696e76616c6964205554462d38 closed:1007:invalid UTF-8",
           SNOW_WS_DONE);
}

static void failures_of_the_codec(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0xC2, "!7", 2);
    put_frame(&b, 0xC2, "after", 5);
    expect("bad data", &b, "wrote:881503ef62616420636f6d707265737365642064617461 closed:1007:bad compressed data",
           SNOW_WS_CLOSING);
    put_frame(&b, 0x41, "!", 1);
    put_frame(&b, 0x80, "9", 1);
    put_frame(&b, 0x81, "after", 5);
    expect("too big", &b, "wrote:881103f16d65737361676520746f6f20626967 closed:1009:message too big", SNOW_WS_CLOSING);
    put_frame(&b, 0xC1, "!;", 2);
    expect("no memory", &b, "wrote:881003f3696e7465726e616c206572726f72 closed:1011:internal error", SNOW_WS_CLOSING);
}

static void the_limit_is_that_of_the_inflated_message(void) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0xC1, "*6x", 3);
    put_frame(&b, 0xC1, "*7x", 3);
    expect("limit", &b, "text:#6000 wrote:881103f16d65737361676520746f6f20626967 closed:1009:message too big",
           SNOW_WS_CLOSING);
}

static void accepts(const bytes *before, uint8_t first, uint64_t len, bool accepted) {
    snow_wsp_options options = deflating();
    peer p;
    bytes b = {NULL, 0, 0};
    open_peer(&p, &options);
    put(&b, before->data, before->len);
    put_header(&b, first, len);
    feed(&p, b.data, b.len);
    SAID(&p, accepted ? "" : "wrote:881103f16d65737361676520746f6f20626967 closed:1009:message too big");
    close_peer(&p);
    drop(&b);
}

/* 6,400 and a 64th of it and 64, for what compression adds to noise. */
static void compressed_bytes_have_a_limit_too(void) {
    bytes none = {NULL, 0, 0}, begun = {NULL, 0, 0}, plain = {NULL, 0, 0};
    put_frame(&begun, 0x42, "123456", 6);
    put_frame(&plain, 0x02, "123456", 6);
    accepts(&none, 0xC2, 6564, true);
    accepts(&none, 0xC2, 6565, false);
    accepts(&none, 0x82, 6400, true);
    accepts(&none, 0x82, 6401, false);
    accepts(&begun, 0x80, 6558, true);
    accepts(&begun, 0x80, 6559, false);
    accepts(&plain, 0x80, 6394, true);
    accepts(&plain, 0x80, 6395, false);
    drop(&begun);
    drop(&plain);
}

static void hold_on_message(void *user, uint8_t opcode, const uint8_t *data, size_t len) {
    recorder.message(user, opcode, data, len);
    snow_wsp_hold(&((peer *)user)->ws);
}

static void a_feed_can_be_held_behind_a_message(void) {
    snow_wsp_options options = deflating();
    snow_wsp_handler handler = recorder;
    handler.message = hold_on_message;
    peer p;
    bytes b = {NULL, 0, 0};
    open_peer(&p, &options);
    put_frame(&b, 0x89, "p", 1);
    put_frame(&b, 0xC1, "eno", 3);
    size_t first = b.len;
    put_frame(&b, 0x81, "two", 3);
    size_t second = b.len;
    put_frame(&b, 0x89, "q", 1);
    snow_wsp_feed(&p.ws, b.data, b.len, 0, &handler, &p);
    CHECK(p.ws.taken == first);
    SAID(&p, "wrote:8a0170 text:one");
    snow_wsp_feed(&p.ws, b.data + first, b.len - first, 0, &handler, &p);
    CHECK(first + p.ws.taken == second);
    SAID(&p, "text:two");
    snow_wsp_feed(&p.ws, b.data + second, b.len - second, 0, &handler, &p);
    CHECK(second + p.ws.taken == b.len);
    SAID(&p, "wrote:8a0171");
    close_peer(&p);
    drop(&b);
}

void suite_deflate(void) {
    compressed_and_plain_messages_mix();
    rsv1_marks_the_first_frame_of_a_message_only();
    without_an_agreement_rsv1_is_an_error();
    new_messages_within_a_compressed_one();
    text_is_judged_when_it_is_inflated();
    failures_of_the_codec();
    the_limit_is_that_of_the_inflated_message();
    compressed_bytes_have_a_limit_too();
    a_feed_can_be_held_behind_a_message();
}
