/* Writing processes in C for tests: closures, and programs that run in this very process. */
#ifndef SNOW_TEST_PROCESSES_H
#define SNOW_TEST_PROCESSES_H

#include "check.h"

#include "../snow_scheduler.h"

enum { FN0 = SNOW_FIRST_PROGRAM_DESC, FN2, PAIR, TREE, N_TEST_DESCS = 4 };

/* A closure with an Int and a boxed capture. */
typedef struct closure {
    snow_object header;
    void (*code)(snow_ctx *, snow_record *);
    int64_t number;
    void *boxed;
} closure;

typedef void body(snow_ctx *ctx, snow_record *env);

/* A process that gets a number and, copied, a boxed value (or NULL). */
int64_t spawn(body *code, int64_t number, void *boxed);
static inline int64_t number_of(const snow_record *env) { return env->slots[1]; }

void send_int(int64_t pid, int64_t word);
/* INT64_MIN when the time is over. */
int64_t receive_int(int64_t ms);
/* {left, number} with `left` boxed or an empty leaf. */
void *pair(snow_ctx *ctx, void *left, int64_t number);
/* {left, right}. */
void *tree(snow_ctx *ctx, void *left, void *right);
extern snow_object leaf;

/* Runs a program whose main this is, on `n` workers, to its orderly end; its status. Checks that it has left
 * nothing behind. */
int run_processes(void (*main)(snow_ctx *), int n);
/* Likewise, with a thread beside it that answers calls of services until `snow_host_next` gives NULL. */
int run_with_service(void (*main)(snow_ctx *), int n, void *(*body)(void *));

#endif
