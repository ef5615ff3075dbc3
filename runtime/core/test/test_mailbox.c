/* What is taken out of a mailbox, and in which order: answers lie apart from all else. */
#include "processes.h"

enum { MANY = 100000 };

static void put(uint32_t kind, int64_t word) {
    snowi_batch batch = {0};
    CHECK(snowi_post(&batch, snow_actor_self(), kind, word, NULL, 0));
    snowi_batch_flush(&batch);
}

/* The word of the oldest of a kind, or of all; -1 without. */
static int64_t take(int32_t kind) {
    snowi_message *m = snowi_mailbox_take(snowi_this(), kind);
    if (m == NULL) return -1;
    int64_t word = m->word;
    snowi_message_free(m);
    return word;
}

static void each_kind_in_order(snow_ctx *ctx) {
    (void)ctx;
    CHECK(take(-1) == -1 && take(SNOWI_REPLY) == -1);
    put(SNOWI_ORDINARY, 1);
    put(SNOWI_REPLY, 2);
    put(SNOWI_SERVICE_CAST, 3);
    put(SNOWI_SYSTEM, 4);
    put(SNOWI_REPLY, 5);
    CHECK(take(SNOWI_REPLY) == 2 && take(SNOWI_SERVICE_CAST) == 3);
    put(SNOWI_ORDINARY, 6);
    put(SNOWI_SERVICE_CAST, 7);
    CHECK(take(SNOWI_SYSTEM) == 4 && take(SNOWI_SYSTEM) == -1);
    CHECK(take(-1) == 1 && take(-1) == 6 && take(-1) == 7 && take(-1) == 5 && take(-1) == -1);
}

/* One that was taken from the end of its list leaves an end behind. */
static void ends_are_kept(snow_ctx *ctx) {
    (void)ctx;
    for (int64_t i = 0; i < 4; i++) put(i % 2 == 0 ? SNOWI_ORDINARY : SNOWI_SERVICE_CAST, i);
    CHECK(take(SNOWI_SERVICE_CAST) == 1 && take(SNOWI_SERVICE_CAST) == 3);
    put(SNOWI_SERVICE_CAST, 4);
    CHECK(take(SNOWI_SERVICE_CAST) == 4 && take(SNOWI_SERVICE_CAST) == -1);
    CHECK(take(-1) == 0);
    put(SNOWI_ORDINARY, 5);
    CHECK(take(-1) == 2 && take(-1) == 5 && take(-1) == -1);
}

/* Replies that come while letters wait: each is found at once, or this takes long. */
static void letters_are_not_looked_through(snow_ctx *ctx) {
    (void)ctx;
    int64_t since = snow_timer_now();
    for (int64_t i = 0; i < MANY; i++) put(SNOWI_ORDINARY, i);
    for (int64_t i = 0; i < MANY; i++) {
        put(SNOWI_REPLY, i);
        if (take(SNOWI_REPLY) != i) failures++;
    }
    for (int64_t i = 0; i < MANY; i++)
        if (take(SNOWI_ORDINARY) != i) failures++;
    CHECK(snow_timer_now() - since < 10000);
}

/* What is left of any kind is freed with the process. */
static void something_is_left(snow_ctx *ctx) {
    (void)ctx;
    for (int64_t i = 0; i < 6; i++) put(i % 2 == 0 ? SNOWI_ORDINARY : SNOWI_REPLY, i);
    CHECK(take(SNOWI_REPLY) == 1);
    put(SNOWI_REPLY, 7);
}

void suite_mailbox(void) {
    CHECK(run_processes(each_kind_in_order, 1) == 0);
    CHECK(run_processes(ends_are_kept, 1) == 0);
    CHECK(run_processes(letters_are_not_looked_through, 1) == 0);
    CHECK(run_processes(something_is_left, 1) == 0);
}
