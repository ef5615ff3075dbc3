/* Reassembly of fragmented messages (RFC 6455, 5.4; network.md 6): `FragmentState` and its rules. */
#include "../include/snow_ws.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

static uint16_t fail(uint16_t code, const char **reason, const char *text) {
    *reason = text;
    return code;
}

uint16_t snow_ws_fragments_begin(snow_ws_fragments *state, const snow_ws_frame *frame, size_t limit, const char **reason) {
    bool assembling = state->opcode != 0;
    if (frame->opcode == SNOW_WS_CONTINUATION) {
        if (!assembling) return fail(1002, reason, "unexpected continuation frame");
    } else if (assembling) {
        return fail(1002, reason, "new message during fragmented sequence");
    }
    if (frame->length > limit || frame->length > limit - state->len) return fail(1009, reason, "message too big");
    if (!assembling) {
        state->opcode = frame->opcode;
        state->compressed = frame->rsv != 0;
        state->count = 0;
        memset(&state->utf8, 0, sizeof state->utf8);
    }
    if (++state->count > SNOW_WS_MAX_FRAGMENTS) return fail(1008, reason, "too many fragments");
    return 0;
}

/* Grows by what has arrived, never by what a header announces: a header costs a peer nothing. */
static bool reserve(snow_ws_fragments *state, size_t more) {
    size_t wanted = state->len + more;
    if (wanted <= state->cap) return true;
    size_t cap = state->cap != 0 ? state->cap : FIRST_CAPACITY;
    while (cap < wanted) cap += cap;
    uint8_t *grown = realloc(state->bytes, cap);
    if (grown == NULL) return false;
    state->bytes = grown;
    state->cap = cap;
    return true;
}

bool snow_ws_fragments_append(snow_ws_fragments *state, const uint8_t *bytes, size_t len) {
    if (len == 0) return true;
    if (!reserve(state, len)) return false;
    memcpy(state->bytes + state->len, bytes, len);
    state->len += len;
    return true;
}

void snow_ws_fragments_reset(snow_ws_fragments *state) {
    free(state->bytes);
    memset(state, 0, sizeof *state);
}
