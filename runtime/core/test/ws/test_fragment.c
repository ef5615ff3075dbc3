/* The assembler alone (FG-1 to FG-5): nothing yet, a message, or a close code. */
#include "peer.h"

typedef struct result {
    uint16_t code;
    const char *reason;
    snow_wsp_message message;
} result;

static result take(snow_wsp_fragments *s, uint8_t opcode, bool fin, const char *payload) {
    snow_wsp_frame frame = {.opcode = opcode, .fin = fin, .masked = true, .length = strlen(payload)};
    result r = {0, "", {0, false, NULL, 0}};
    r.code = snow_wsp_fragments_begin(s, &frame, 20, 4, &r.reason);
    if (r.code != 0) return r;
    r.code = snow_wsp_fragments_take(s, (const uint8_t *)payload, strlen(payload), 0, fin, &r.message, &r.reason);
    return r;
}

static bool is_message(snow_wsp_fragments *s, result r, uint8_t opcode, const char *payload) {
    bool same = r.code == 0 && r.message.opcode == opcode && r.message.len == strlen(payload) &&
                memcmp(r.message.bytes, payload, r.message.len) == 0;
    snow_wsp_fragments_reset(s);
    return same && s->opcode == 0 && s->bytes == NULL;
}

static bool is_nothing(result r) { return r.code == 0 && r.message.opcode == 0; }

static bool is_violation(snow_wsp_fragments *s, result r, uint16_t code, const char *reason) {
    snow_wsp_fragments_reset(s);
    return r.code == code && strcmp(r.reason, reason) == 0;
}

static void the_table_of_states(void) {
    snow_wsp_fragments s = {0};
    CHECK(is_message(&s, take(&s, SNOW_WS_TEXT, true, "one"), SNOW_WS_TEXT, "one"));
    CHECK(is_message(&s, take(&s, SNOW_WS_BINARY, true, ""), SNOW_WS_BINARY, ""));
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "a")));
    CHECK(is_nothing(take(&s, SNOW_WS_CONTINUATION, false, "")));
    CHECK(is_nothing(take(&s, SNOW_WS_CONTINUATION, false, "b")));
    CHECK(is_message(&s, take(&s, SNOW_WS_CONTINUATION, true, "c"), SNOW_WS_TEXT, "abc"));
    CHECK(is_violation(&s, take(&s, SNOW_WS_CONTINUATION, true, "x"), 1002, "unexpected continuation frame"));
    CHECK(is_nothing(take(&s, SNOW_WS_BINARY, false, "a")));
    CHECK(is_violation(&s, take(&s, SNOW_WS_TEXT, true, "x"), 1002, "new message during fragmented sequence"));
}

static void empty_fragments_are_legal(void) {
    snow_wsp_fragments s = {0};
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "")));
    CHECK(is_nothing(take(&s, SNOW_WS_CONTINUATION, false, "")));
    CHECK(is_message(&s, take(&s, SNOW_WS_CONTINUATION, true, ""), SNOW_WS_TEXT, ""));
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "")));
    CHECK(is_message(&s, take(&s, SNOW_WS_CONTINUATION, true, "late"), SNOW_WS_TEXT, "late"));
}

static void limits_are_inclusive_and_judged_by_headers(void) {
    snow_wsp_fragments s = {0};
    CHECK(is_message(&s, take(&s, SNOW_WS_TEXT, true, "12345678901234567890"), SNOW_WS_TEXT, "12345678901234567890"));
    CHECK(is_violation(&s, take(&s, SNOW_WS_TEXT, true, "123456789012345678901"), 1009, "message too big"));
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "1234567890")));
    CHECK(is_nothing(take(&s, SNOW_WS_CONTINUATION, false, "1234567890")));
    snow_wsp_frame frame = {.opcode = SNOW_WS_CONTINUATION, .length = 1};
    const char *reason = "";
    CHECK(snow_wsp_fragments_begin(&s, &frame, 20, 4, &reason) == 1009);
    snow_wsp_fragments_reset(&s);
}

static void fragments_are_counted(void) {
    snow_wsp_fragments s = {0};
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "1")));
    for (int i = 0; i < 3; i++) CHECK(is_nothing(take(&s, SNOW_WS_CONTINUATION, false, "")));
    CHECK(is_violation(&s, take(&s, SNOW_WS_CONTINUATION, true, ""), 1008, "too many fragments"));
}

static void text_is_judged_whole(void) {
    snow_wsp_fragments s = {0};
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "\xF0\x9F")));
    CHECK(is_message(&s, take(&s, SNOW_WS_CONTINUATION, true, "\x98\x80"), SNOW_WS_TEXT, "\xF0\x9F\x98\x80"));
    CHECK(is_nothing(take(&s, SNOW_WS_TEXT, false, "\xC3")));
    CHECK(is_violation(&s, take(&s, SNOW_WS_CONTINUATION, true, ""), 1007, "invalid UTF-8"));
    CHECK(is_nothing(take(&s, SNOW_WS_BINARY, false, "\xFF")));
    CHECK(is_message(&s, take(&s, SNOW_WS_CONTINUATION, true, "\xFF"), SNOW_WS_BINARY, "\xFF\xFF"));
}

static void nothing_is_reserved_far_ahead(void) {
    snow_wsp_fragments s = {0};
    snow_wsp_frame frame = {.opcode = SNOW_WS_BINARY, .fin = true, .length = 16 << 20};
    snow_wsp_message message;
    const char *reason;
    CHECK(snow_wsp_fragments_begin(&s, &frame, 16 << 20, 4, &reason) == 0 && s.cap == 0);
    CHECK(snow_wsp_fragments_take(&s, (const uint8_t *)"x", 1, (16 << 20) - 1, true, &message, &reason) == 0);
    CHECK(message.opcode == 0 && s.len == 1 && s.cap <= (64 << 10) + 1);
    snow_wsp_fragments_reset(&s);
}

void suite_fragment(void) {
    the_table_of_states();
    empty_fragments_are_legal();
    limits_are_inclusive_and_judged_by_headers();
    fragments_are_counted();
    text_is_judged_whole();
    nothing_is_reserved_far_ahead();
}
