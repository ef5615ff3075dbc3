/* Processes as the rest of the core sees them: messages, posting from outside, native processes. */
#ifndef SNOW_PROCESS_H
#define SNOW_PROCESS_H

#include "snow_internal.h"

/* What a mailbox entry is, apart from its payload. */
enum snowi_kind {
    SNOWI_ORDINARY,
    SNOWI_SERVICE_CALL,
    SNOWI_SERVICE_CAST,
    SNOWI_REPLY,
    SNOWI_JOB_RESULT,
    SNOWI_EXIT_SIGNAL,
    SNOWI_DOWN,
    SNOWI_NODE_UP,
    SNOWI_NODE_DOWN,
    SNOWI_SPAWN_REPLY,
    SNOWI_WS_TEXT,
    SNOWI_WS_BINARY,
    SNOWI_WS_DISCONNECT,
    SNOWI_WS_CONNECT,
    SNOWI_TIMER_WAKE,
    SNOWI_SYSTEM,
};

/* ---- messages as they are received ---- */

typedef struct snowi_message {
    struct snowi_message *next; /* of the core */
    int64_t target;             /* of the core: the pid it was sent to */
    uint32_t kind;
    uint16_t cls;               /* layout class of the payload */
    uint16_t block;             /* of the core: where its memory comes from */
    int64_t word;               /* a number that goes with it, as given to snowi_post */
    int64_t payload;            /* of the core: take it by snowi_message_take */
    struct snowi_fragment *fragment;
} snowi_message;

/* The oldest message of any kind (replies and wake-ups behind all others), waiting up to `ms` (below 0: for ever);
 * NULL when there is none. For native processes; called on the process's own stack. */
snowi_message *snowi_next_message(snow_ctx *ctx, int64_t ms);
/* Likewise the oldest of one kind; the others stay. */
snowi_message *snowi_next_of_kind(snow_ctx *ctx, uint32_t kind, int64_t ms);
/* The payload as a value of the process, which owns it: a String for what snowi_post sent. Once. */
int64_t snowi_message_take(snow_ctx *ctx, snowi_message *message);
/* Ends a message, whether or not its payload was taken. */
void snowi_message_free(snowi_message *message);

/* ---- posting, from any thread ---- */

/* Processes that messages have made runnable, to be handed to the scheduler in one go. Start from
 * zeroes; end with snowi_batch_flush. */
typedef struct snowi_batch {
    snow_ctx *first;
    snow_ctx *last;
    int64_t n;
} snowi_batch;

/* Puts a message with a String of these bytes (they need not be UTF-8; none is made if `bytes` is
 * NULL) into a mailbox. False if there is no such process. */
bool snowi_post(snowi_batch *batch, int64_t pid, uint32_t kind, int64_t word, const void *bytes, size_t len);
void snowi_batch_flush(snowi_batch *batch);

/* ---- processes whose body is C ---- */

typedef struct snowi_native {
    /* Runs on the process's stack with a heap of its own. It may call Snow code (through the adapters
     * that closures cross the boundary with), receive, send, sleep and panic; it must not hold a lock
     * or keep the address of a thread's variable when it does. The process ends when it returns. */
    void (*run)(snow_ctx *ctx, void *argument);
    /* Called when the process has ended, however it did, before its memory goes; on a worker's own
     * stack, where nothing of the above is allowed. May be NULL. */
    void (*ended)(void *argument, int64_t pid, bool crashed);
    const char *label; /* for the line that reports a crash: "ws connection" */
    const char *name;  /* what stands in brackets there */
} snowi_native;

/* Waits for a message without holding a stack: `run` begins anew with the same argument when there is one.
 * For a native process that has no value left in its heap. */
_Noreturn void snowi_rest(snow_ctx *ctx);

/* Starts a process from any thread; its pid. `body` stays where it is. */
int64_t snowi_spawn_native(const snowi_native *body, void *argument);

/* ---- calls of services, used by the generated stubs ---- */

/* Parks the process until a service has answered; the result as a word. */
int64_t snowi_host_call(const char *symbol, const char *name, const int64_t *args, int64_t n);

static inline int64_t snowi_word_of_float(double x) {
    int64_t word;
    memcpy(&word, &x, sizeof word);
    return word;
}

static inline double snowi_float_of_word(int64_t word) {
    double x;
    memcpy(&x, &word, sizeof x);
    return x;
}

#endif
