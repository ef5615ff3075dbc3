/* Lists are changed in place when unique, copied or shared otherwise, and leak nothing. */
#include "check.h"

static snow_list *upto(int64_t n) {
    snow_list *xs = snow_list_new(SNOW_I64);
    for (int64_t i = 0; i < n; i++) xs = snow_list_push(SNOW_I64, xs, i);
    return xs;
}

static bool counts_from(const snow_list *xs, int64_t first, int64_t n) {
    if (xs->len != n) return false;
    for (int64_t i = 0; i < n; i++)
        if (xs->data[i] != first + i) return false;
    return true;
}

static void pushing_to_a_unique_list_moves_it_seldom(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_I64);
    int moves = 0;
    for (int64_t i = 0; i < 100000; i++) {
        snow_list *before = xs;
        xs = snow_list_push(SNOW_I64, xs, i);
        moves += xs != before;
    }
    CHECK(counts_from(xs, 0, 100000) && moves < 40);
    CHECK(live_objects(ctx) == 1);
    snowi_drop(ctx, xs);
}

static void pushing_to_a_shared_list_leaves_it_alone(snow_ctx *ctx) {
    snow_list *xs = upto(10);
    snowi_dup(xs);
    snow_list *ys = snow_list_push(SNOW_I64, xs, 10);
    CHECK(xs != ys && counts_from(xs, 0, 10) && counts_from(ys, 0, 11) && snowi_is_unique(&xs->header));
    snowi_drop(ctx, xs);
    snowi_drop(ctx, ys);
}

static void set_replaces_and_drops(snow_ctx *ctx) {
    snow_list *xs = snow_list_push(SNOW_PTR, snow_list_new(SNOW_PTR), (int64_t)text("old"));
    snow_list *same = snow_list_set(SNOW_PTR, xs, 0, (int64_t)text("new"));
    CHECK(same == xs && live_objects(ctx) == 2);
    snowi_dup(xs);
    snow_list *copy = snow_list_set(SNOW_PTR, xs, 0, (int64_t)text("newer"));
    CHECK(copy != xs && live_objects(ctx) == 4);
    CHECK(strcmp((char *)((snow_string *)xs->data[0])->bytes, "new") == 0);
    snowi_drop(ctx, xs);
    snowi_drop(ctx, copy);
}

static void tail_of_a_unique_list_is_in_place(snow_ctx *ctx) {
    snow_list *xs = upto(100);
    for (int64_t i = 1; i <= 100; i++) {
        snow_list *tail = snow_list_tail(SNOW_I64, xs, 1);
        CHECK(tail == xs && counts_from(tail, i, 100 - i));
    }
    xs = snow_list_push(SNOW_I64, xs, 5);
    CHECK(counts_from(xs, 5, 1));
    snowi_drop(ctx, xs);
}

static void a_list_used_as_a_queue_stays_small(snow_ctx *ctx) {
    snow_list *xs = upto(8);
    for (int64_t i = 8; i < 100000; i++) {
        xs = snow_list_push(SNOW_I64, xs, i);
        xs = snow_list_tail(SNOW_I64, xs, 1);
    }
    CHECK(counts_from(xs, 100000 - 8, 8) && xs->cap < 64);
    snowi_drop(ctx, xs);
}

static void slices_share_and_outlive(snow_ctx *ctx) {
    snow_list *xs = upto(100);
    snowi_dup(xs);
    snow_list *a = snow_list_tail(SNOW_I64, xs, 10);
    CHECK(snowi_is_slice(a) && a->data == xs->data + 10 && counts_from(a, 10, 90));
    snowi_drop(ctx, xs);
    snowi_dup(a);
    snow_list *b = snow_list_take(SNOW_I64, a, 5);
    CHECK(snowi_is_slice(b) && b->parent == a->parent && counts_from(b, 10, 5));
    snowi_drop(ctx, a);
    b = snow_list_tail(SNOW_I64, b, 2);
    CHECK(counts_from(b, 12, 3));
    b = snow_list_push(SNOW_I64, b, 15);
    CHECK(!snowi_is_slice(b) && counts_from(b, 12, 4) && live_objects(ctx) == 1);
    snowi_drop(ctx, b);
}

static void boxed_elements_have_owners(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_PTR);
    for (int i = 0; i < 50; i++) xs = snow_list_push(SNOW_PTR, xs, (int64_t)text("element"));
    snowi_dup(xs);
    snow_list *tail = snow_list_tail(SNOW_PTR, xs, 20);
    snowi_dup(xs);
    snow_list *both = snow_list_concat(SNOW_PTR, tail, xs);
    CHECK(both->len == 80 && live_objects(ctx) == 52);
    snowi_drop(ctx, xs);
    CHECK(live_objects(ctx) == 51);
    both = snow_list_take(SNOW_PTR, both, 30);
    CHECK(live_objects(ctx) == 31);
    both = snow_list_tail(SNOW_PTR, both, 29);
    CHECK(live_objects(ctx) == 2);
    snowi_drop(ctx, both);
}

static void concat_of_itself_and_of_nothing(snow_ctx *ctx) {
    snow_list *xs = upto(3);
    snowi_dup(xs);
    snow_list *twice = snow_list_concat(SNOW_I64, xs, xs);
    CHECK(twice->len == 6 && twice->data[3] == 0 && twice->data[5] == 2);
    CHECK(snow_list_concat(SNOW_I64, twice, snow_list_new(SNOW_I64)) == twice);
    snow_list *same = snow_list_concat(SNOW_I64, snow_list_new(SNOW_I64), twice);
    CHECK(same == twice && twice->header.count == 1 && live_objects(ctx) == 1);
    snowi_drop(ctx, same);
}

static snow_list *one(int64_t word, int64_t cls) { return snow_list_fill(cls, word, 1); }

static void a_list_built_from_its_end_moves_seldom(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_I64);
    const snow_list *last = NULL;
    int moves = 0;
    for (int64_t i = 9999; i >= 0; i--) {
        xs = snow_list_concat(SNOW_I64, one(i, SNOW_I64), xs);
        moves += xs != last;
        last = xs;
    }
    CHECK(counts_from(xs, 0, 10000) && moves < 20 && live_objects(ctx) == 1);
    for (int64_t i = 10000; i < 10100; i++) xs = snow_list_push(SNOW_I64, xs, i);
    CHECK(counts_from(xs, 0, 10100));
    snowi_dup(xs);
    snow_list *more = snow_list_concat(SNOW_I64, one(-1, SNOW_I64), xs);
    CHECK(counts_from(xs, 0, 10100) && counts_from(more, -1, 10101) && live_objects(ctx) == 2);
    snowi_drop(ctx, xs);
    snowi_drop(ctx, more);
}

static void boxed_elements_may_come_in_front(snow_ctx *ctx) {
    snow_list *xs = snow_list_new(SNOW_PTR);
    for (int i = 0; i < 50; i++) {
        snow_list *front = one((int64_t)text("new"), SNOW_PTR);
        snowi_drop(ctx, (void *)front->data[0]);
        snowi_dup(front);
        xs = snow_list_concat(SNOW_PTR, front, xs);
        snowi_drop(ctx, front);
    }
    CHECK(xs->len == 50 && live_objects(ctx) == 51);
    snowi_drop(ctx, xs);
    CHECK(live_objects(ctx) == 0);
}

static void reserved_room_is_used(snow_ctx *ctx) {
    snow_list *xs = snow_list_reserve(SNOW_I64, snow_list_new(SNOW_I64), 1000), *first = xs;
    for (int64_t i = 0; i < 1000; i++) xs = snow_list_push(SNOW_I64, xs, i);
    CHECK(xs == first && counts_from(xs, 0, 1000));
    snowi_drop(ctx, xs);
}

static void fill_owns_every_copy(snow_ctx *ctx) {
    snow_string *s = text("x");
    snow_list *xs = snow_list_fill(SNOW_PTR, (int64_t)s, 5);
    CHECK(xs->len == 5 && s->header.count == 6);
    snowi_drop(ctx, xs);
    CHECK(snowi_is_unique(&s->header));
    snowi_drop(ctx, s);
    CHECK(((snow_list *)snow_list_fill(SNOW_I64, 1, -3))->len == 0);
}

void suite_list(void) {
    static void (*const tests[])(snow_ctx *) = {
        pushing_to_a_unique_list_moves_it_seldom, pushing_to_a_shared_list_leaves_it_alone,
        set_replaces_and_drops,                   tail_of_a_unique_list_is_in_place,
        a_list_used_as_a_queue_stays_small,       slices_share_and_outlive,
        boxed_elements_have_owners,               concat_of_itself_and_of_nothing,
        a_list_built_from_its_end_moves_seldom,   boxed_elements_may_come_in_front,
        reserved_room_is_used,                    fill_owns_every_copy,
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        snow_ctx *ctx = open_process();
        tests[i](ctx);
        close_process(ctx);
    }
}
