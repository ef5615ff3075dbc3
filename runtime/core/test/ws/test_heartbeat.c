/* The heartbeat alone, to the millisecond (HB-1 to HB-4). */
#include "peer.h"

static const uint8_t ONE[4] = {1, 1, 1, 1}, TWO[4] = {2, 2, 2, 2};

static void the_default_times(void) {
    snow_wsp_heartbeat beat;
    snow_wsp_heartbeat_start(&beat, 30000, 10000, 0);
    CHECK(!snow_wsp_heartbeat_due(&beat, 29999));
    CHECK(snow_wsp_heartbeat_due(&beat, 30000));
    snow_wsp_heartbeat_pinged(&beat, ONE, 30000);
    CHECK(!snow_wsp_heartbeat_due(&beat, 70000)); /* no second one while one is out */
    CHECK(!snow_wsp_heartbeat_overdue(&beat, 39999, 0));
    CHECK(snow_wsp_heartbeat_overdue(&beat, 40000, 0));
    CHECK(!snow_wsp_heartbeat_overdue(&beat, 40000, 30001));
    CHECK(snow_wsp_heartbeat_limit(&beat, 35000) == 45000);
}

static void only_the_right_payload_counts(void) {
    snow_wsp_heartbeat beat;
    snow_wsp_heartbeat_start(&beat, 100, 50, 0);
    CHECK(!snow_wsp_heartbeat_pong(&beat, ONE, 4, 10));
    snow_wsp_heartbeat_pinged(&beat, ONE, 100);
    CHECK(!snow_wsp_heartbeat_pong(&beat, TWO, 4, 110));
    CHECK(!snow_wsp_heartbeat_pong(&beat, ONE, 3, 110));
    CHECK(!snow_wsp_heartbeat_pong(&beat, ONE, 0, 110));
    CHECK(snow_wsp_heartbeat_overdue(&beat, 150, 0));
    CHECK(snow_wsp_heartbeat_pong(&beat, ONE, 4, 120));
    CHECK(beat.last_pong == 120 && !snow_wsp_heartbeat_overdue(&beat, 1000, 0));
    CHECK(!snow_wsp_heartbeat_pong(&beat, ONE, 4, 130)); /* once */
    CHECK(!snow_wsp_heartbeat_due(&beat, 199) && snow_wsp_heartbeat_due(&beat, 200));
    snow_wsp_heartbeat_pinged(&beat, TWO, 200);
    CHECK(!snow_wsp_heartbeat_pong(&beat, ONE, 4, 210)); /* of an earlier ping */
}

static void off(void) {
    snow_wsp_heartbeat beat;
    snow_wsp_heartbeat_start(&beat, 0, 10000, 0);
    CHECK(!snow_wsp_heartbeat_due(&beat, UINT64_MAX));
    CHECK(snow_wsp_heartbeat_limit(&beat, 0) == UINT64_MAX);
}

void suite_heartbeat(void) {
    the_default_times();
    only_the_right_payload_counts();
    off();
}
