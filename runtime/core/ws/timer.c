/* What the clock asks of a connection: pings, their answers, frames that crawl, idleness, the end of the
 * wait for a close (network.md 8 and CL-4). */
#include "protocol.h"

#include <string.h>

enum {
    RESET_WAIT = 1000,       /* after a pong timeout (HB-4) */
    SLOW_FRAME_TIME = 30000, /* over which a frame must average SLOW_FRAME_RATE (HB-4) */
    SLOW_FRAME_RATE = 16,    /* bytes per second */
};

static uint64_t min(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t max(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* When the outstanding ping is overdue. A peer that we do not read, or that has not got the ping, cannot
 * answer; nor can one that is in the middle of a frame. */
static uint64_t pong_limit(const snow_wsp *ws) {
    if (ws->suspended || ws->ping_held) return UINT64_MAX;
    return snow_wsp_heartbeat_limit(&ws->heartbeat, max(ws->resumed, ws->in_frame ? ws->last_byte : ws->answerable));
}

static uint64_t ping_time(const snow_wsp *ws) {
    const snow_wsp_heartbeat *beat = &ws->heartbeat;
    return beat->interval == 0 || beat->outstanding ? UINT64_MAX : beat->last_ping + beat->interval;
}

static uint64_t idle_limit(const snow_wsp *ws) {
    return ws->options.idle == 0 || ws->suspended ? UINT64_MAX : max(ws->last_data, ws->resumed) + ws->options.idle;
}

static uint64_t window_end(const snow_wsp *ws) {
    return ws->in_frame && !ws->suspended ? ws->window_since + SLOW_FRAME_TIME : UINT64_MAX;
}

/* Ends a window of the speed limit, and begins the next if the frame was fast enough. */
static bool is_slow_frame(snow_wsp *ws, uint64_t now) {
    if (now < window_end(ws)) return false;
    bool slow = ws->window_bytes * 1000 < SLOW_FRAME_RATE * (now - ws->window_since);
    ws->window_since = now;
    ws->window_bytes = 0;
    return slow;
}

static void send_ping(const snow_wspi_call *c, const uint8_t random[4]) {
    snow_wspi_write_control(c, SNOW_WS_PING, random, 4);
    snow_wsp_heartbeat_pinged(&c->ws->heartbeat, random, c->now);
    c->ws->ping_met_frame = c->ws->in_frame;
}

snow_wsp_status snow_wsp_tick(snow_wsp *ws, uint64_t now, const uint8_t random[4], bool *pinged,
                              const snow_wsp_handler *h, void *user) {
    snow_wspi_call c = {ws, h, user, now};
    *pinged = false;
    if (ws->status == SNOW_WS_CLOSING) {
        if (now >= ws->deadline) {
            ws->abrupt |= ws->blocked; /* it does not even read that we close */
            snow_wsp_end_of_stream(ws, h, user);
        }
    } else if (ws->status == SNOW_WS_OPEN) {
        if (now >= pong_limit(ws)) {
            ws->abrupt = true;
            snow_wspi_fail(&c, SNOW_WS_CLOSE_GOING_AWAY, "pong timeout", RESET_WAIT);
        } else if (is_slow_frame(ws, now)) {
            ws->abrupt = true;
            snow_wspi_fail(&c, SNOW_WS_CLOSE_POLICY, "frame too slow", RESET_WAIT);
        } else if (now >= idle_limit(ws)) {
            snow_wspi_fail(&c, SNOW_WS_CLOSE_GOING_AWAY, "idle timeout", ws->options.close_wait);
        } else if (snow_wsp_heartbeat_due(&ws->heartbeat, now)) {
            send_ping(&c, random);
            *pinged = true;
        }
    }
    return ws->status;
}

uint64_t snow_wsp_deadline(const snow_wsp *ws) {
    if (ws->status == SNOW_WS_CLOSING) return ws->deadline;
    if (ws->status == SNOW_WS_DONE) return UINT64_MAX;
    return min(min(pong_limit(ws), ping_time(ws)), min(idle_limit(ws), window_end(ws)));
}

void snow_wsp_suspend(snow_wsp *ws) { ws->suspended = true; }

void snow_wsp_resume(snow_wsp *ws, uint64_t now) {
    if (!ws->suspended) return;
    ws->suspended = false;
    ws->resumed = now;
    ws->window_since = now;
    ws->window_bytes = 0;
}

void snow_wsp_hold_ping(snow_wsp *ws) { ws->ping_held = ws->heartbeat.outstanding; }

void snow_wsp_release_ping(snow_wsp *ws, uint64_t now) {
    if (ws->ping_held && ws->heartbeat.outstanding) ws->heartbeat.last_ping = now;
    ws->ping_held = false;
}
