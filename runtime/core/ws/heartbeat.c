/* The heartbeat of one connection as a state machine that is told the time (network.md 8). */
#include "../include/snow_ws.h"

#include <string.h>

void snow_wsp_heartbeat_start(snow_wsp_heartbeat *beat, uint64_t interval, uint64_t timeout, uint64_t now) {
    memset(beat, 0, sizeof *beat);
    beat->interval = interval;
    beat->timeout = timeout;
    beat->last_ping = now;
    beat->last_pong = now;
}

bool snow_wsp_heartbeat_due(const snow_wsp_heartbeat *beat, uint64_t now) {
    return beat->interval != 0 && !beat->outstanding && now >= beat->last_ping + beat->interval;
}

void snow_wsp_heartbeat_pinged(snow_wsp_heartbeat *beat, const uint8_t payload[4], uint64_t now) {
    memcpy(beat->payload, payload, 4);
    beat->last_ping = now;
    beat->outstanding = true;
}

bool snow_wsp_heartbeat_pong(snow_wsp_heartbeat *beat, const uint8_t *payload, size_t len, uint64_t now) {
    if (!beat->outstanding || len != 4 || memcmp(payload, beat->payload, 4) != 0) return false;
    beat->outstanding = false;
    beat->last_pong = now;
    return true;
}

uint64_t snow_wsp_heartbeat_limit(const snow_wsp_heartbeat *beat, uint64_t since) {
    if (!beat->outstanding) return UINT64_MAX;
    return (since > beat->last_ping ? since : beat->last_ping) + beat->timeout;
}

bool snow_wsp_heartbeat_overdue(const snow_wsp_heartbeat *beat, uint64_t now, uint64_t since) {
    return now >= snow_wsp_heartbeat_limit(beat, since);
}
