/* What processes cost in the core itself, without generated code: ns per operation, as JSON.
 *
 * core.py beside this file builds and runs it: `core [SCALE]`, with SCALE 1.0 by default, and with
 * SNOW_SCHEDULERS as usual. The bodies are C functions with the calling convention of closures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "include/snow.h"

#define CLOSURE SNOW_FIRST_PROGRAM_DESC

static const uint8_t no_pointer[] = {SNOW_I64, SNOW_I64, SNOW_I64};
static const snow_desc descs[] = {{SNOW_CLOSURE, 0, 1, 0, no_pointer, "fn"}, {SNOW_CLOSURE, 0, 3, 0, no_pointer, "fn3"}};

typedef struct body {
    snow_object header;
    void (*code)(snow_ctx *, snow_record *);
    int64_t a, b;
} body;

static double scale = 1.0;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long resident_kb(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &pages, &resident) != 2) return 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A closure without captures lies in the image; one with two is copied by every spawn. */
static int64_t spawn(void (*code)(snow_ctx *, snow_record *)) {
    body b = {{SNOW_IMMORTAL, CLOSURE}, code, 0, 0};
    static body kept[16];
    static int n;
    for (int i = 0; i < n; i++)
        if (kept[i].code == code) return snow_actor_spawn(&kept[i], NULL, 0, NULL);
    kept[n] = b;
    return snow_actor_spawn(&kept[n++], NULL, 0, NULL);
}

static int64_t spawn_with(void (*code)(snow_ctx *, snow_record *), int64_t a, int64_t b) {
    body with = {{1, CLOSURE + 1}, code, a, b};
    return snow_actor_spawn(&with, NULL, 0, NULL);
}

static int64_t receive(void) {
    snow_actor_receive(-1);
    return snow_actor_message();
}

static void send(int64_t pid, int64_t word) { snow_actor_send(SNOW_I64, pid, word); }

static void report(const char *name, double ns) { printf("  \"%s\": %.1f,\n", name, ns); }

static double per(double since, int64_t n) { return (now() - since) * 1e9 / (double)n; }

/* ---- spawn + run + exit ---- */

static void nothing(snow_ctx *ctx, snow_record *env) { (void)ctx, (void)env; }

static void tells(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    send(env->slots[1], env->slots[2]);
}

static void spawn_and_exit(int64_t n) {
    int64_t before = snow_process_count();
    double t = now();
    for (int64_t i = 0; i < n; i++) {
        spawn(nothing);
        if (i % 1000 == 999) snow_timer_sleep(0);
    }
    while (snow_process_count() > before) snow_timer_sleep(0);
    report("spawn_run_exit", per(t, n));
}

static void spawn_and_answer(int64_t n) {
    double t = now();
    for (int64_t i = 0; i < n; i += 1000) {
        for (int64_t k = 0; k < 1000; k++) spawn_with(tells, snow_actor_self(), k);
        for (int64_t k = 0; k < 1000; k++) receive();
    }
    report("spawn_with_arguments_answer_exit", per(t, n));
}

/* ---- messages ---- */

static void echoes(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    int64_t word, back = env->slots[1];
    while ((word = receive()) >= 0) send(back, word);
}

static void ping_pong(int64_t n) {
    int64_t other = spawn_with(echoes, snow_actor_self(), 0);
    double t = now();
    for (int64_t i = 0; i < n; i++) {
        send(other, i);
        receive();
    }
    report("ping_pong_round_trip", per(t, n));
    send(other, -1);
}

static void sinks(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    for (int64_t i = 0; i < env->slots[2]; i++) receive();
    send(env->slots[1], 0);
}

static void send_and_receive(int64_t n, int64_t burst) {
    int64_t other = spawn_with(sinks, snow_actor_self(), n);
    double t = now();
    for (int64_t i = 0; i < n; i++) {
        send(other, i);
        if (i % burst == 0) snow_timer_sleep(0);
    }
    receive();
    report("send_and_receive_int", per(t, n));
}

static void string_sinks(snow_ctx *ctx, snow_record *env) {
    for (int64_t i = 0; i < env->slots[2]; i++) snowi_free(ctx, (void *)receive());
    send(env->slots[1], 0);
}

static void send_strings(const char *name, int64_t n, int64_t len, int64_t burst) {
    int64_t other = spawn_with(string_sinks, snow_actor_self(), n);
    snow_string *x = snow_int_to_string(7);
    snow_string *s = snow_string_repeat(x, len, -1);
    double t = now();
    for (int64_t i = 0; i < n; i++) {
        snow_actor_send(SNOW_PTR, other, (int64_t)s);
        if (i % burst == 0) snow_timer_sleep(0);
    }
    receive();
    report(name, per(t, n));
}

static void forwards(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    int64_t word, next = env->slots[1];
    do {
        word = receive();
        send(next, word - 1);
    } while (word > 1000);
}

static void ring(int64_t n) {
    enum { SIZE = 1000 };
    int64_t next = snow_actor_self();
    for (int i = 0; i < SIZE - 1; i++) next = spawn_with(forwards, next, 0);
    double t = now();
    int64_t word = n;
    do {
        send(next, word);
        word = receive();
    } while (word > 1000);
    report("ring_hop", per(t, n));
    send(next, 0); /* for those that have not seen the end */
}

/* ---- many at once ---- */

static void waits(snow_ctx *ctx, snow_record *env) {
    (void)ctx;
    send(env->slots[1], receive());
}

static void many_alive(int64_t n) {
    int64_t *pids = malloc((size_t)n * sizeof *pids);
    long before = resident_kb();
    double t = now();
    for (int64_t i = 0; i < n; i++) {
        pids[i] = spawn_with(waits, snow_actor_self(), 0);
        if (i % 128 == 127) snow_timer_sleep(0);
    }
    snow_timer_sleep(1);
    report("alive_spawn_and_wait", per(t, n));
    report("alive_bytes_each", (double)(resident_kb() - before) * 1024 / (double)n);
    t = now();
    for (int64_t i = 0; i < n; i++) send(pids[i], i);
    for (int64_t i = 0; i < n; i++) receive();
    report("alive_message_answer_exit", per(t, n));
    free(pids);
}

static void bench(snow_ctx *ctx) {
    printf("{\n");
    spawn_and_exit((int64_t)(1e6 * scale));
    spawn_and_answer((int64_t)(1e6 * scale));
    ping_pong((int64_t)(1e6 * scale));
    send_and_receive((int64_t)(3e6 * scale), 1000);
    send_strings("send_and_receive_20_bytes", (int64_t)(1e6 * scale), 20, 1000);
    send_strings("send_and_receive_1_mib", (int64_t)(1000 * scale), 1 << 20, 1);
    ring((int64_t)(1e6 * scale));
    many_alive((int64_t)(2e5 * scale));
    printf("  \"processes_left\": %lld\n}\n", (long long)snow_process_count() - 1);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc > 1) scale = atof(argv[1]);
    snow_program p = {SNOW_ABI_VERSION, 2, descs, 0, 0, NULL, NULL, bench};
    _exit(snow_rt_start(&p, argc, argv));
}
