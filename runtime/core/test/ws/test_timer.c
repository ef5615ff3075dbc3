/* What the clock asks for (HB-1 to HB-6, CL-4, idle timeout), with a clock that the test turns. */
#include "peer.h"

#define PING "wrote:890401020304"
#define OVERDUE "wrote:880e03e9706f6e672074696d656f7574 closed:1001:pong timeout"

static void pong(peer *p) {
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x8A, "\1\2\3\4", 4);
    feed(p, b.data, b.len);
    drop(&b);
}

static void a_dead_peer_is_noticed(void) {
    peer p;
    open_peer(&p, NULL);
    run_until(&p, 29999);
    SAID(&p, "");
    run_until(&p, 30000);
    SAID(&p, PING);
    run_until(&p, 39999);
    SAID(&p, "");
    run_until(&p, 40000);
    SAID(&p, OVERDUE);
    CHECK(p.ws.status == SNOW_WS_CLOSING);
    run_until(&p, 40999);
    CHECK(p.ws.status == SNOW_WS_CLOSING);
    run_until(&p, 41000);
    CHECK(p.ws.status == SNOW_WS_DONE && p.ws.abrupt);
    SAID(&p, "");
    close_peer(&p);
}

static void a_peer_that_answers_stays(void) {
    peer p;
    open_peer(&p, NULL);
    for (uint64_t i = 1; i <= 5; i++) {
        run_until(&p, i * 30000);
        SAID(&p, PING);
        p.now += 9999;
        pong(&p);
    }
    run_until(&p, 170000);
    SAID(&p, "");
    CHECK(p.ws.status == SNOW_WS_OPEN);
    close_peer(&p);
}

static void data_is_no_pong(void) {
    peer p;
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x82, "x", 1);
    open_peer(&p, NULL);
    run_until(&p, 30000);
    for (int i = 1; i < 10; i++) {
        run_until(&p, 30000 + (uint64_t)i * 1000);
        feed(&p, b.data, b.len);
    }
    p.len = 0;
    run_until(&p, 40000);
    SAID(&p, OVERDUE);
    close_peer(&p);
    drop(&b);
}

/* While a frame is partly received the limit runs from its last byte (HB-4), and pings go out all the same. */
static void a_slow_but_steady_upload_lives(void) {
    snow_wsp_options options = snow_wsp_default_options();
    options.interval = 300;
    options.timeout = 200;
    peer p;
    bytes b = {NULL, 0, 0};
    char payload[200];
    memset(payload, 'u', sizeof payload);
    put_frame(&b, 0x81, payload, sizeof payload);
    open_peer(&p, &options);
    for (size_t i = 0; i < b.len; i++) {
        run_until(&p, i * 40);
        feed(&p, b.data + i, 1);
    }
    SAID(&p, PING " text:#200");
    uint64_t end = p.now; /* the pong may still be on its way */
    run_until(&p, end + 199);
    SAID(&p, "");
    pong(&p);
    run_until(&p, end + 300);
    SAID(&p, PING);
    close_peer(&p);
    drop(&b);
}

/* Only a frame that was under way when the ping went out is in the way of the answer. */
static void the_end_of_a_later_frame_is_no_pong(void) {
    snow_wsp_options options = snow_wsp_default_options();
    options.interval = 300;
    options.timeout = 200;
    peer p;
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x81, "later", 5);
    open_peer(&p, &options);
    run_until(&p, 300);
    run_until(&p, 400);
    feed(&p, b.data, 5);
    run_until(&p, 450);
    feed(&p, b.data + 5, b.len - 5);
    SAID(&p, PING " text:later");
    run_until(&p, 500);
    SAID(&p, OVERDUE);
    close_peer(&p);
    drop(&b);
}

static void a_crawling_frame_is_refused(void) {
    snow_wsp_options options = snow_wsp_default_options();
    options.interval = 0;
    peer p;
    bytes b = {NULL, 0, 0};
    static char payload[4096];
    put_frame(&b, 0x82, payload, sizeof payload);
    open_peer(&p, &options);
    feed(&p, b.data, 3000); /* fast at first: the window, not the average, decides */
    run_until(&p, 30000);
    SAID(&p, "");
    for (size_t i = 0; i < 59; i++) {
        run_until(&p, 30000 + i * 500);
        feed(&p, b.data + 3000 + i * 8, 8);
    }
    run_until(&p, 60000);
    SAID(&p, "wrote:881003f06672616d6520746f6f20736c6f77 closed:1008:frame too slow");
    close_peer(&p);
    open_peer(&p, &options);
    feed(&p, b.data, 1);
    for (size_t i = 0; i < 61; i++) {
        run_until(&p, i * 500);
        feed(&p, b.data + 1 + i * 8, 8);
    }
    run_until(&p, 30500);
    SAID(&p, ""); /* 16 bytes a second are enough */
    close_peer(&p);
    drop(&b);
}

static void nobody_is_blamed_while_we_do_not_read(void) {
    peer p;
    open_peer(&p, NULL);
    run_until(&p, 25000);
    snow_wsp_suspend(&p.ws);
    run_until(&p, 100000);
    SAID(&p, PING); /* on time, but not overdue */
    snow_wsp_resume(&p.ws, 100000);
    run_until(&p, 109999);
    SAID(&p, "");
    run_until(&p, 110000);
    SAID(&p, OVERDUE);
    close_peer(&p);
}

static void a_ping_counts_from_when_it_left(void) {
    peer p;
    open_peer(&p, NULL);
    run_until(&p, 30000);
    SAID(&p, PING);
    snow_wsp_hold_ping(&p.ws);
    run_until(&p, 60000);
    SAID(&p, "");
    snow_wsp_release_ping(&p.ws, 60000);
    run_until(&p, 69999);
    SAID(&p, "");
    run_until(&p, 70000);
    SAID(&p, OVERDUE);
    close_peer(&p);
}

static void an_answer_after_the_timeout_ends_in_order(void) {
    peer p;
    bytes b = {NULL, 0, 0};
    put_close(&b, 1001, "");
    open_peer(&p, NULL);
    run_until(&p, 40000);
    CHECK(feed(&p, b.data, b.len) == SNOW_WS_DONE && !p.ws.abrupt);
    close_peer(&p);
    drop(&b);
}

static void a_peer_that_does_not_read_our_close_is_cut_off(void) {
    for (int blocked = 0; blocked < 2; blocked++) {
        peer p;
        open_peer(&p, NULL);
        if (blocked) snow_wsp_block(&p.ws);
        snow_wsp_fail(&p.ws, 1013, (const uint8_t *)"slow consumer", 13, 0, &recorder, &p);
        run_until(&p, 4999);
        CHECK(p.ws.status == SNOW_WS_CLOSING);
        run_until(&p, 5000);
        CHECK(p.ws.status == SNOW_WS_DONE && p.ws.abrupt == blocked);
        close_peer(&p);
    }
}

static void idleness(void) {
    snow_wsp_options options = snow_wsp_default_options();
    options.interval = 0;
    options.idle = 1000;
    peer p;
    bytes b = {NULL, 0, 0};
    put_frame(&b, 0x82, "x", 1);
    put_frame(&b, 0x89, "", 0);
    open_peer(&p, &options);
    run_until(&p, 900);
    feed(&p, b.data, b.len);
    run_until(&p, 1899);
    feed(&p, b.data + 7, 6); /* control frames are no data */
    SAID(&p, "binary:x wrote:8a008a00");
    run_until(&p, 1900);
    SAID(&p, "wrote:880e03e969646c652074696d656f7574 closed:1001:idle timeout");
    close_peer(&p);
    drop(&b);
}

static void no_heartbeat_no_deadline(void) {
    snow_wsp_options options = snow_wsp_default_options();
    options.interval = 0;
    peer p;
    open_peer(&p, &options);
    CHECK(snow_wsp_deadline(&p.ws) == UINT64_MAX);
    close_peer(&p);
}

void suite_timer(void) {
    a_dead_peer_is_noticed();
    a_peer_that_answers_stays();
    data_is_no_pong();
    a_slow_but_steady_upload_lives();
    the_end_of_a_later_frame_is_no_pong();
    a_crawling_frame_is_refused();
    nobody_is_blamed_while_we_do_not_read();
    a_ping_counts_from_when_it_left();
    an_answer_after_the_timeout_ends_in_order();
    a_peer_that_does_not_read_our_close_is_cut_off();
    idleness();
    no_heartbeat_no_deadline();
}
