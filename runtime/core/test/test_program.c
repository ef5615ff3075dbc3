/* Programs from start to end: what they print and the status they leave. Each runs in a child. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const files[] = {"main.snow", "lib/util.snow"};
static int64_t place(int64_t file, int64_t line) { return file << 32 | line; }

static void nothing(snow_ctx *ctx) { (void)ctx; }

static void hello(snow_ctx *ctx) {
    snow_string *s = text("hello");
    snow_println(s);
    snow_print(s);
    snowi_drop(ctx, s);
}

static void leaks(snow_ctx *ctx) {
    (void)ctx;
    text("lost");
    text("lost too");
    snowi_some(ctx, SNOW_I64, 1);
}

static void panics(snow_ctx *ctx) {
    hello(ctx);
    snowi_panic("division by zero", place(1, 12));
}

static void exits(snow_ctx *ctx) {
    hello(ctx);
    snow_system_exit(7);
}

static void serves(snow_ctx *ctx) {
    (void)ctx;
    snow_ws_serve_tls(0, 0, 0, 0, 0, 0, 1, 0, 0);
}

static void overruns(snow_ctx *ctx) {
    volatile char *low = (volatile char *)(ctx->stack_limit - 1000 - SNOWI_STACK_HEADROOM);
    *low = 1;
}

static int *volatile nowhere = (int *)16;

static void faults(snow_ctx *ctx) {
    (void)ctx;
    *nowhere = 1;
}

/* Calls the slow path as generated code does, apart from saving what the convention leaves to it. */
static void recurses(snow_ctx *ctx) { snowi_stack_slow(ctx, place(0, 3)); }

static void waits(snow_ctx *ctx) {
    hello(ctx);
    kill(getpid(), SIGTERM);
    for (;;) pause();
}

struct outcome {
    int status;
    char out[400], err[400];
};

static void read_all(int fd, char *buffer, size_t size) {
    size_t len = 0;
    ssize_t n;
    while (len + 1 < size && (n = read(fd, buffer + len, size - 1 - len)) > 0) len += (size_t)n;
    buffer[len] = 0;
    close(fd);
}

static struct outcome run(void (*body)(snow_ctx *), const char *leak_check) {
    int out[2], err[2];
    struct outcome o = {.status = -1};
    if (pipe(out) != 0 || pipe(err) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        dup2(err[1], 2);
        setenv("SNOW_LEAK_CHECK", leak_check, 1);
        snow_program p = {SNOW_ABI_VERSION, 0, NULL, 2, 0, files, nothing, body};
        char *argv[] = {"program", NULL};
        _exit(snow_rt_start(&p, 1, argv));
    }
    close(out[1]);
    close(err[1]);
    read_all(out[0], o.out, sizeof o.out);
    read_all(err[0], o.err, sizeof o.err);
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) o.status = WEXITSTATUS(status);
    return o;
}

static void expect(void (*body)(snow_ctx *), int status, const char *out, const char *err) {
    struct outcome o = run(body, "1");
    bool same = o.status == status && strcmp(o.out, out) == 0 && strcmp(o.err, err) == 0;
    if (!same) fprintf(stderr, "status %d\nout: %s\nerr: %s\n", o.status, o.out, o.err);
    CHECK(same);
}

void suite_program(void) {
    expect(nothing, 0, "", "");
    expect(hello, 0, "hello\nhello", "");
    expect(panics, 101, "hello\nhello", "Snow panic at lib/util.snow:12: division by zero\n");
    expect(exits, 7, "hello\nhello", "");
    expect(leaks, 99, "", "leak: 3 object(s): 2 String 1 Some\n");
    CHECK(run(leaks, "0").status == 0);
    expect(serves, 1, "", "error: `Ws.serve_tls` needs a service that this version of Snow does not have yet\n");
    expect(overruns, 101, "", "Snow panic at <unknown>:0: stack overflow\n");
    expect(recurses, 101, "", "Snow panic at main.snow:3: stack overflow\n");
    expect(faults, 101, "",
           "Snow panic at <unknown>:0: memory fault (this is a bug in Snow, please report it)\n");
    expect(waits, 143, "hello\nhello", "");
}
