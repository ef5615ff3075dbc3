/* Reassembly of fragmented messages (RFC 6455, 5.4; network.md 6): `FragmentState` and its rules. */
#include "../include/snow_ws.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 1024,
    AHEAD = 64 << 10, /* reserved at most for bytes that have been announced and not arrived */
};

static uint16_t fail(uint16_t code, const char **reason, const char *text) {
    *reason = text;
    return code;
}

/* What a message may have on the wire. An encoder adds a few bytes to every block that it gives up on. */
static size_t most(size_t limit, bool compressed) { return compressed ? limit + limit / 64 + 64 : limit; }

uint16_t snow_wsp_fragments_begin(snow_wsp_fragments *state, const snow_wsp_frame *frame, size_t limit,
                                  uint32_t max_count, const char **reason) {
    bool assembling = state->opcode != 0;
    if (frame->opcode == SNOW_WS_CONTINUATION) {
        if (!assembling) return fail(SNOW_WS_CLOSE_PROTOCOL, reason, "unexpected continuation frame");
    } else if (assembling) {
        return fail(SNOW_WS_CLOSE_PROTOCOL, reason, "new message during fragmented sequence");
    }
    limit = most(limit, assembling ? state->compressed : frame->rsv != 0);
    if (frame->length > limit || frame->length > limit - state->len)
        return fail(SNOW_WS_CLOSE_TOO_BIG, reason, "message too big");
    if (!assembling) {
        state->opcode = frame->opcode;
        state->compressed = frame->rsv != 0;
    }
    if (state->count == max_count) return fail(SNOW_WS_CLOSE_POLICY, reason, "too many fragments");
    state->count++;
    return 0;
}

/* Grows by what has arrived and a little more, never by all that a header announces: a header costs a peer
 * nothing. */
static bool reserve(snow_wsp_fragments *state, size_t more, uint64_t rest) {
    size_t wanted = state->len + more;
    if (wanted <= state->cap) return true;
    size_t cap = state->cap != 0 ? state->cap : FIRST_CAPACITY;
    while (cap < wanted) cap += cap;
    size_t announced = wanted + (size_t)(rest < AHEAD ? rest : AHEAD);
    if (cap < announced) cap = announced;
    uint8_t *grown = realloc(state->bytes, cap);
    if (grown == NULL) return false;
    state->bytes = grown;
    state->cap = cap;
    return true;
}

static bool append(snow_wsp_fragments *state, const uint8_t *bytes, size_t len, uint64_t rest) {
    if (len == 0) return true;
    if (!reserve(state, len, rest)) return false;
    memcpy(state->bytes + state->len, bytes, len);
    state->len += len;
    return true;
}

/* Whether the message is text that can be judged here. */
static bool is_text(const snow_wsp_fragments *state) { return state->opcode == SNOW_WS_TEXT && !state->compressed; }

static void complete(const snow_wsp_fragments *state, const uint8_t *bytes, size_t len, snow_wsp_message *message) {
    *message = (snow_wsp_message){state->opcode, state->compressed, bytes, len};
}

uint16_t snow_wsp_fragments_take(snow_wsp_fragments *state, const uint8_t *bytes, size_t len, uint64_t rest, bool fin,
                                snow_wsp_message *message, const char **reason) {
    bool last = fin && rest == 0;
    message->opcode = 0;
    if (is_text(state)) {
        bool valid = snow_wsp_utf8_feed(&state->utf8, bytes, len) && (!last || snow_wsp_utf8_complete(&state->utf8));
        if (!valid) return fail(SNOW_WS_CLOSE_BAD_DATA, reason, "invalid UTF-8");
    }
    if (last && state->len == 0) { /* in one piece: used where it lies */
        complete(state, bytes, len, message);
        return 0;
    }
    if (!append(state, bytes, len, rest)) return fail(SNOW_WS_CLOSE_INTERNAL, reason, "out of memory");
    if (last) complete(state, state->bytes, state->len, message);
    return 0;
}

void snow_wsp_fragments_reset(snow_wsp_fragments *state) {
    free(state->bytes);
    memset(state, 0, sizeof *state);
}
