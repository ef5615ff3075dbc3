/* See processes.h. */
#include "processes.h"

#include <pthread.h>
#include <stdlib.h>

#include "../include/snow_host.h"

static const uint8_t captures[] = {SNOW_I64, SNOW_I64, SNOW_PTR};
static const uint8_t boxed_and_number[] = {SNOW_PTR, SNOW_I64};
static const uint8_t two_boxed[] = {SNOW_PTR, SNOW_PTR};
static const snow_desc descs[N_TEST_DESCS] = {
    {SNOW_CLOSURE, 0, 1, 0, captures, "Fn"},
    {SNOW_CLOSURE, 0, 3, 0, captures, "Fn"},
    {SNOW_CTOR, 0, 2, 0, boxed_and_number, "Pair"},
    {SNOW_CTOR, 0, 2, 0, two_boxed, "Tree"},
};
static const char *const files[] = {"main.snow"};
static struct {
    snow_object header;
    uint64_t len;
    char bytes[8];
} name = {{SNOW_IMMORTAL, SNOW_DESC_STRING}, 4, "test"};
snow_object leaf = {SNOW_IMMORTAL, FN0};

int64_t spawn(body *code, int64_t number, void *boxed) {
    closure c = {{1, FN2}, code, number, boxed == NULL ? &leaf : boxed};
    return snow_actor_spawn(&c, &name, 0, NULL);
}

void send_int(int64_t pid, int64_t word) { snow_actor_send(SNOW_I64, pid, word); }

int64_t receive_int(int64_t ms) { return snow_actor_receive(ms) ? snow_actor_message() : INT64_MIN; }

static void *two(snow_ctx *ctx, uint32_t desc, int64_t a, int64_t b) {
    snow_record *r = snowi_alloc(ctx, 24, desc);
    r->slots[0] = a;
    r->slots[1] = b;
    return r;
}

void *pair(snow_ctx *ctx, void *left, int64_t number) { return two(ctx, PAIR, (int64_t)left, number); }

void *tree(snow_ctx *ctx, void *left, void *right) { return two(ctx, TREE, (int64_t)left, (int64_t)right); }

static void check_that_nothing_is_left(void) {
    const char *name;
    int64_t value = 0;
    for (int64_t i = 0; (name = snow_stats_row(i, &value)) != NULL; i++) {
        if (value != 0) fprintf(stderr, "left: %s %lld\n", name, (long long)value);
        CHECK(value == 0);
    }
}

int run_processes(void (*main)(snow_ctx *), int n) {
    char text[16];
    snprintf(text, sizeof text, "%d", n);
    setenv("SNOW_SCHEDULERS", text, 1);
    setenv("SNOW_LEAK_CHECK", "1", 1);
    snow_program p = {SNOW_ABI_VERSION, N_TEST_DESCS, descs, 1, 0, files, NULL, main};
    char *argv[] = {"test", NULL};
    int status = snow_rt_start(&p, 1, argv);
    check_that_nothing_is_left();
    return status;
}

int run_with_service(void (*main)(snow_ctx *), int n, void *(*body)(void *)) {
    pthread_t thread;
    snow_host_attach();
    pthread_create(&thread, NULL, body, NULL);
    int status = run_processes(main, n);
    pthread_join(thread, NULL);
    return status;
}
