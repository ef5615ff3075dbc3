/* Runs the suite named by the first argument; the status is 1 if a check failed. */
#include "check.h"

#include "../snow_scheduler.h"

#include <stdlib.h>

int failures;

static void count(void *state, const snow_object *object) {
    (void)object;
    ++*(int64_t *)state;
}

int64_t live_objects(const snow_ctx *ctx) {
    int64_t n = 0;
    snowi_heap_walk(ctx, count, &n);
    return n;
}

snow_ctx *open_process(void) {
    snow_ctx *ctx = calloc(1, sizeof(snowi_process));
    snowi_heap_open(ctx);
    snowi_set_current(ctx);
    return ctx;
}

void close_process(snow_ctx *ctx) {
    CHECK(live_objects(ctx) == 0);
    snowi_heap_close(ctx);
    snowi_set_current(NULL);
    free(ctx);
}

snow_string *text(const char *s) { return snowi_string_new(snowi_current(), s, strlen(s)); }

bool is_text(void *string, const char *expected) {
    snow_string *s = string;
    bool same = s->byte_len == strlen(expected) && memcmp(s->bytes, expected, s->byte_len + 1) == 0;
    if (!same) fprintf(stderr, "found: %s\n", (const char *)s->bytes);
    snowi_drop(snowi_current(), s);
    return same;
}

static const struct {
    const char *name;
    void (*run)(void);
} suites[] = {
    {"heap", suite_heap},     {"rc", suite_rc},         {"list", suite_list},
    {"string", suite_string}, {"frozen", suite_frozen}, {"program", suite_program},
    {"scheduler", suite_scheduler}, {"crash", suite_crash}, {"timeouts", suite_timeouts},
    {"message", suite_message}, {"dropped", suite_dropped}, {"host", suite_host},
    {"service", suite_service}, {"service_crash", suite_service_crash},
    {"host_failure", suite_host_failure}, {"wsproc", suite_wsproc}, {"wsproc_crash", suite_wsproc_crash},
    {"wsextras", suite_wsextras}, {"wsextras_crash", suite_wsextras_crash}, {"rest", suite_rest},
    {"mailbox", suite_mailbox},
    {"storm", suite_storm}, {"wsstorm", suite_wsstorm},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 2 && i < sizeof suites / sizeof *suites; i++) {
        if (strcmp(suites[i].name, argv[1]) != 0) continue;
        suites[i].run();
        return failures > 0;
    }
    fprintf(stderr, "usage: %s SUITE\n", argv[0]);
    return 2;
}
