/* The smallest thing that can be called a test framework: suites of checks that say where they fail. */
#ifndef SNOW_CHECK_H
#define SNOW_CHECK_H

#include "../snow_internal.h"

#include <stdio.h>

extern int failures;

#define CHECK(condition)                                                                \
    do {                                                                                \
        if (!(condition)) {                                                             \
            failures++;                                                                 \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);   \
        }                                                                               \
    } while (0)

/* A process for one test; `close_process` also checks that nothing is left alive in it. */
snow_ctx *open_process(void);
void close_process(snow_ctx *ctx);
int64_t live_objects(const snow_ctx *ctx);

snow_string *text(const char *s);
/* Compares with a C string and drops. */
bool is_text(void *string, const char *expected);

void suite_heap(void);
void suite_rc(void);
void suite_list(void);
void suite_string(void);
void suite_frozen(void);
void suite_program(void);
void suite_scheduler(void);
void suite_crash(void);
void suite_timeouts(void);
void suite_message(void);
void suite_dropped(void);
void suite_service(void);
void suite_service_crash(void);
void suite_host(void);
void suite_host_failure(void);
void suite_wsproc(void);
void suite_wsproc_crash(void);
void suite_wsextras(void);
void suite_wsextras_crash(void);
void suite_mailbox(void);
void suite_rest(void);
void suite_storm(void);
void suite_wsstorm(void);

#endif
