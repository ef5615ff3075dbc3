/* Services: calls, casts and their failures, with many callers at once on any number of workers. */
#include "processes.h"

#ifdef __SANITIZE_THREAD__
#define CALLS 2000
#else
#define CALLS 20000
#endif

enum { ADD, TEXT, SLOW, CRASH, CLEAR };

static struct {
    snow_object header;
    uint64_t len;
    char bytes[16];
} till = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 4, "Till"}, main_till = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 9, "Main.Till"},
  other = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 10, "Main.Other"}, pay = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 8, "Till.pay"};

/* As generated code serves: the state is the sum of what ADD was called with. */
static void serves(snow_ctx *ctx, snow_record *env) {
    int64_t sum = number_of(env);
    if (sum < 0) snowi_panic("no money", 1);
    snow_service_ready();
    for (;;) {
        switch (snow_service_next()) {
        case ADD:
            sum += snow_actor_message();
            snow_service_reply(SNOW_I64, sum);
            break;
        case TEXT: {
            snow_object *given = (snow_object *)snow_actor_message();
            snow_service_reply(SNOW_PTR, (int64_t)given);
            snowi_drop(ctx, given);
            break;
        }
        case SLOW:
            snow_timer_sleep(snow_actor_message());
            snow_service_reply(SNOW_I64, sum);
            break;
        case CLEAR:
            sum = snow_actor_message();
            break;
        default:
            snowi_panic("out of order", 5);
        }
    }
}

static int64_t start(int64_t opening) {
    closure c = {{1, FN2}, serves, opening, &leaf};
    return snow_service_start(&c, &till, &main_till, 7);
}

static int64_t call(int64_t service, int64_t handler, int64_t word) {
    snow_service_call(SNOW_I64, service, &main_till, &pay, handler, word, 9);
    return snow_actor_message();
}

static bool try(int64_t service, int64_t handler, int64_t word, int64_t ms) {
    return snow_service_try(SNOW_I64, service, &main_till, &pay, handler, word, ms);
}

static bool is_reason(const char *expected) { return is_text((void *)snow_actor_message(), expected); }

/* ---- calls ---- */

static void one_caller(snow_ctx *ctx) {
    int64_t service = start(100);
    CHECK(call(service, ADD, 5) == 105 && call(service, ADD, -7) == 98);
    snow_service_cast(SNOW_I64, service, &main_till, CLEAR, 1);
    CHECK(call(service, ADD, 1) == 2);
    snow_string *sent = text("a text that is copied twice");
    snow_service_call(SNOW_PTR, service, &main_till, &pay, TEXT, (int64_t)sent, 9);
    CHECK(is_reason("a text that is copied twice"));
    snowi_drop(ctx, sent);
    snow_service_cast(SNOW_I64, service, &other, CLEAR, 50);
    send_int(service, 50);
    CHECK(call(service, ADD, 0) == 2);
}

static void messages_stay(snow_ctx *ctx) {
    (void)ctx;
    int64_t service = start(0);
    for (int64_t i = 0; i < 3; i++) send_int(snow_actor_self(), i);
    CHECK(call(service, ADD, 7) == 7);
    for (int64_t i = 0; i < 3; i++) CHECK(receive_int(0) == i);
    CHECK(receive_int(0) == INT64_MIN);
}

static void calls_often(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    int64_t service = receive_int(-1), last = 0;
    for (int i = 0; i < CALLS; i++) {
        int64_t sum = call(service, ADD, 1);
        if (sum <= last) failures++;
        last = sum;
    }
    send_int(number_of(env), 1);
}

static void many_callers(snow_ctx *ctx) {
    (void)ctx;
    int64_t service = start(0);
    for (int i = 0; i < 8; i++) send_int(spawn(calls_often, snow_actor_self(), NULL), service);
    for (int i = 0; i < 8; i++) CHECK(receive_int(-1) == 1);
    CHECK(call(service, ADD, 0) == 8 * CALLS);
}

static void late_replies(snow_ctx *ctx) {
    (void)ctx;
    int64_t service = start(3);
    CHECK(!try(service, SLOW, 30, 5) && is_reason("timeout"));
    CHECK(call(service, ADD, 1) == 4);
    CHECK(try(service, SLOW, 1, 2000) && snow_actor_message() == 4);
    CHECK(!try(service, SLOW, 5, 0) && is_reason("timeout"));
    snow_timer_sleep(20);
    CHECK(try(service, ADD, 1, -1) && snow_actor_message() == 5);
}

static void strangers(snow_ctx *ctx) {
    (void)ctx;
    int64_t service = start(1);
    CHECK(!try(snow_actor_self(), ADD, 1, 100) && is_reason("calls itself"));
    CHECK(!try(service + 100, ADD, 1, 100) && is_reason("noproc"));
    CHECK(!snow_service_try(SNOW_I64, service, &other, &pay, ADD, 1, 100) && is_reason("not a Till"));
}

void suite_service(void) {
    for (int n = 1; n <= 4; n *= 2) {
        CHECK(run_processes(one_caller, n) == 0);
        CHECK(run_processes(messages_stay, n) == 0);
        CHECK(run_processes(many_callers, n) == 0);
        CHECK(run_processes(late_replies, n) == 0);
        CHECK(run_processes(strangers, n) == 0);
    }
}

/* ---- crashes ---- */

static void waits_for_crash(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    int64_t service = receive_int(-1);
    bool is_answered = try(service, SLOW, 0, -1);
    int64_t word = snow_actor_message();
    if (!is_answered) snowi_drop(ctx, (void *)word);
    send_int(number_of(env), is_answered);
}

/* Everybody gets an answer, whether the call comes before the crash, with it or after. */
static void crash_under_load(snow_ctx *ctx) {
    (void)ctx;
    int64_t service = start(0);
    for (int i = 0; i < 50; i++) send_int(spawn(waits_for_crash, snow_actor_self(), NULL), service);
    CHECK(!try(service, CRASH, 0, -1) && is_reason("error: out of order"));
    for (int i = 0; i < 50; i++) CHECK(receive_int(-1) >= 0);
    CHECK(!try(service, ADD, 0, -1) && is_reason("noproc"));
}

static void starts_in_vain(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    start(number_of(env));
    failures++;
}

static void calls_in_vain(snow_ctx *ctx, snow_record *env) {
    (void)ctx, (void)env;
    call(receive_int(-1), CRASH, 0);
    failures++;
}

static void callers_crash(snow_ctx *ctx) {
    (void)ctx;
    spawn(starts_in_vain, -1, NULL);
    while (snow_process_count() > 1) snow_timer_sleep(1);
    int64_t service = start(0);
    send_int(spawn(calls_in_vain, 0, NULL), service);
    while (snow_process_count() > 1) snow_timer_sleep(1);
}

void suite_service_crash(void) {
    CHECK(run_processes(crash_under_load, 1) == 0);
    CHECK(run_processes(crash_under_load, 4) == 0);
    CHECK(run_processes(callers_crash, 1) == 0);
}
