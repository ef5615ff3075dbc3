/* Headers and masks, byte by byte (FR-1 to FR-5). */
#include "peer.h"

static uint16_t judge(const uint8_t *header, uint8_t allowed_rsv, snow_wsp_frame *frame, const char **reason) {
    *reason = "";
    return snow_wsp_read_header(frame, header, allowed_rsv, reason);
}

static void sizes_are_known_from_two_bytes(void) {
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81}, 0) == 0);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81}, 1) == 0);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0x05}, 2) == 2);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0x85}, 2) == 6);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0xFD}, 2) == 6);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0xFE}, 2) == 8);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0x7E}, 2) == 4);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0xFF}, 2) == 14);
    CHECK(snow_wsp_header_size((const uint8_t[]){0x81, 0x7F}, 2) == 10);
}

static void lengths_in_all_three_forms(void) {
    static const uint64_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, 16777216, 16777217, (uint64_t)1 << 62};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        bytes b = {NULL, 0, 0};
        snow_wsp_frame frame;
        const char *reason;
        put_header(&b, 0x82, lengths[i]);
        CHECK(snow_wsp_header_size(b.data, b.len) == b.len);
        CHECK(judge(b.data, 0, &frame, &reason) == 0);
        CHECK(frame.length == lengths[i] && frame.fin && frame.masked && frame.opcode == 2 && frame.rsv == 0);
        CHECK(memcmp(frame.mask, b.data + b.len - 4, 4) == 0);
        drop(&b);
    }
}

static void written_headers_take_the_shortest_form(void) {
    uint8_t out[10];
    CHECK(snow_wsp_write_header(out, 0x81, 5) == 2 && memcmp(out, "\x81\x05", 2) == 0);
    CHECK(snow_wsp_write_header(out, 0x82, 125) == 2 && out[1] == 125);
    CHECK(snow_wsp_write_header(out, 0x82, 126) == 4 && memcmp(out, "\x82\x7E\x00\x7E", 4) == 0);
    CHECK(snow_wsp_write_header(out, 0x82, 200) == 4 && memcmp(out, "\x82\x7E\x00\xC8", 4) == 0);
    CHECK(snow_wsp_write_header(out, 0x82, 65535) == 4 && memcmp(out, "\x82\x7E\xFF\xFF", 4) == 0);
    CHECK(snow_wsp_write_header(out, 0x82, 65536) == 10);
    CHECK(memcmp(out, "\x82\x7F\0\0\0\0\0\x01\0\0", 10) == 0);
}

static void violations_have_their_texts(void) {
    static const struct {
        uint8_t header[14];
        uint8_t rsv;
        const char *reason;
    } cases[] = {
        {{0xC1, 0x80}, 0, "reserved bits set"},
        {{0xA1, 0x80}, 4, "reserved bits set"},
        {{0x91, 0x80}, 4, "reserved bits set"},
        {{0xC0, 0x80}, 4, "reserved bits set"}, /* not on a continuation */
        {{0xC9, 0x80}, 4, "reserved bits set"}, /* nor on a control frame */
        {{0x83, 0x80}, 0, "unknown opcode"},
        {{0x87, 0x80}, 0, "unknown opcode"},
        {{0x8B, 0x80}, 0, "unknown opcode"},
        {{0x8F, 0x80}, 0, "unknown opcode"},
        {{0x81, 0x05}, 0, "unmasked frame"},
        {{0x82, 0xFE, 0x00, 0x7D}, 0, "bad length"},
        {{0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 0, "bad length"},
        {{0x82, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0}, 0, "bad length"},
        {{0x09, 0x80}, 0, "fragmented control frame"},
        {{0x08, 0x80}, 0, "fragmented control frame"},
        {{0x89, 0xFE, 0x00, 0x7E}, 0, "control frame too long"},
        {{0x88, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0}, 0, "control frame too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snow_wsp_frame frame;
        const char *reason;
        CHECK(judge(cases[i].header, cases[i].rsv, &frame, &reason) == SNOW_WS_CLOSE_PROTOCOL);
        CHECK(strcmp(reason, cases[i].reason) == 0);
    }
    snow_wsp_frame frame;
    const char *reason;
    CHECK(judge((const uint8_t[14]){0xC1, 0x80}, 4, &frame, &reason) == 0 && frame.rsv == 4);
}

static void masking_is_its_own_inverse_at_every_offset(void) {
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    for (size_t len = 0; len < 40; len++) {
        for (uint64_t offset = 0; offset < 9; offset++) {
            uint8_t data[40], copy[40];
            for (size_t i = 0; i < len; i++) copy[i] = data[i] = (uint8_t)(i * 37 + 5);
            snow_wsp_unmask(data, len, mask, offset);
            for (size_t i = 0; i < len; i++) CHECK(data[i] == (copy[i] ^ mask[(offset + i) % 4]));
            snow_wsp_unmask(data, len, mask, offset);
            CHECK(memcmp(data, copy, len) == 0);
        }
    }
}

void suite_frame(void) {
    sizes_are_known_from_two_bytes();
    lengths_in_all_three_forms();
    written_headers_take_the_shortest_form();
    violations_have_their_texts();
    masking_is_its_own_inverse_at_every_offset();
}
