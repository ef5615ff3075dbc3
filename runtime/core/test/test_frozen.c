/* Frozen copies keep their shape, are immortal, and belong to no heap. */
#include "check.h"

static void a_nested_value(snow_ctx *ctx) {
    snow_string *s = text("shared");
    snowi_dup(s);
    snow_list *xs = snow_list_new(SNOW_PTR);
    xs = snow_list_push(SNOW_PTR, xs, (int64_t)s);
    xs = snow_list_push(SNOW_PTR, xs, (int64_t)s);
    xs = snow_list_push(SNOW_PTR, xs, (int64_t)snow_int_to_string(7));
    snow_record *some = snowi_freeze(ctx, snowi_some(ctx, SNOW_PTR, (int64_t)xs));
    CHECK(live_objects(ctx) == 0);
    CHECK(some->header.count == SNOW_IMMORTAL);
    snow_list *frozen = (snow_list *)some->slots[0];
    CHECK(frozen->len == 3 && frozen->data[0] == frozen->data[1]);
    CHECK(strcmp((char *)((snow_string *)frozen->data[2])->bytes, "7") == 0);
    snow_list *longer = snow_list_push(SNOW_PTR, frozen, (int64_t)text("more"));
    CHECK(longer != frozen && longer->len == 4 && frozen->len == 3);
    snowi_drop(ctx, longer);
}

static void slices_become_arrays(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_I64);
    for (int64_t i = 0; i < 10; i++) xs = snow_list_push(SNOW_I64, xs, i);
    snowi_dup(xs);
    snow_list *frozen = snowi_freeze(ctx, snow_list_tail(SNOW_I64, xs, 4));
    CHECK(!snowi_is_slice(frozen) && frozen->len == 6 && frozen->data[0] == 4 && frozen->cap == 6);
    snowi_drop(ctx, xs);
    CHECK(live_objects(ctx) == 0);
}

static void a_long_list_of_shared_things(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_PTR);
    for (int i = 0; i < 10000; i++) {
        snow_string *s = snow_int_to_string(i);
        snowi_dup(s);
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)s);
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)s);
    }
    snow_list *frozen = snowi_freeze(ctx, xs);
    for (int i = 0; i < 10000; i++)
        if (frozen->data[2 * i] != frozen->data[2 * i + 1]) failures++;
    CHECK(strcmp((char *)((snow_string *)frozen->data[19999])->bytes, "9999") == 0);
}

void suite_frozen(void) {
    snow_ctx *ctx = open_process();
    a_nested_value(ctx);
    slices_become_arrays(ctx);
    a_long_list_of_shared_things(ctx);
    CHECK(snowi_freeze(ctx, snowi_string_empty()) == snowi_string_empty());
    close_process(ctx);
    snowi_frozen_close();
}
