/* Cells are reused, do not overlap, and the walk sees exactly what is alive. */
#include "check.h"

static void cells_of_all_sizes_are_distinct(void) {
    enum { N = 2000 };
    static snow_string *strings[N];
    snow_ctx *ctx = open_process();
    for (int i = 0; i < N; i++) {
        strings[i] = snowi_string_raw(ctx, (size_t)i);
        memset(strings[i]->bytes, i & 127, (size_t)i);
        CHECK((uintptr_t)strings[i] % 16 == 0);
    }
    CHECK(live_objects(ctx) == N);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < i; k++)
            if (strings[i]->bytes[k] != (i & 127)) failures++;
        CHECK(strings[i]->bytes[i] == 0);
        snowi_drop(ctx, strings[i]);
    }
    close_process(ctx);
}

static void a_freed_cell_is_the_next_one_given(void) {
    snow_ctx *ctx = open_process();
    snow_string *a = text("abc");
    snowi_drop(ctx, a);
    CHECK(*(uint64_t *)a == 0);
    snow_string *b = text("xyz");
    CHECK(a == b);
    snowi_drop(ctx, b);
    close_process(ctx);
}

static void large_objects_grow_and_stay_linked(void) {
    snow_ctx *ctx = open_process();
    snow_string *a = snowi_string_raw(ctx, 1000), *b = snowi_string_raw(ctx, 1000), *c = snowi_string_raw(ctx, 1000);
    memset(b->bytes, 'b', 1000);
    b = snowi_string_resize(ctx, b, 100000);
    CHECK(b->bytes[0] == 'b' && b->bytes[999] == 'b' && b->bytes[100000] == 0);
    CHECK(snowi_large_room(b) >= 100000);
    CHECK(live_objects(ctx) == 3);
    snowi_drop(ctx, a);
    CHECK(live_objects(ctx) == 2);
    snowi_drop(ctx, c);
    snowi_drop(ctx, b);
    close_process(ctx);
}

static void many_cells_fill_several_chunks(void) {
    enum { N = 300000 };
    snow_ctx *ctx = open_process();
    snow_list *xs = snow_list_new(SNOW_PTR);
    for (int64_t i = 0; i < N; i++) xs = snow_list_push(SNOW_PTR, xs, (int64_t)snowi_some(ctx, SNOW_I64, i));
    CHECK(live_objects(ctx) == N + 1);
    for (int64_t i = 0; i < N; i++)
        if (((snow_record *)xs->data[i])->slots[0] != i) failures++;
    snowi_drop(ctx, xs);
    close_process(ctx);
}

static void closing_frees_what_is_still_alive(void) {
    snow_ctx ctx;
    snowi_heap_open(&ctx);
    for (int i = 0; i < 1000; i++) snowi_string_raw(&ctx, (size_t)i * 7);
    snowi_heap_close(&ctx);
}

void suite_heap(void) {
    cells_of_all_sizes_are_distinct();
    a_freed_cell_is_the_next_one_given();
    large_objects_grow_and_stay_linked();
    many_cells_fill_several_chunks();
    closing_frees_what_is_still_alive();
}
