/* Freeing takes everything with it that nobody else holds, whatever the shape, in constant space. */
#include "check.h"

enum { LEAF, NODE, CHAIN, WRAP, BIG };
static const uint8_t three[] = {SNOW_PTR, SNOW_I64, SNOW_PTR};
static const uint8_t chain[] = {SNOW_PTR, SNOW_PTR};
static uint8_t big[100];
static const snow_desc descs[] = {
    [LEAF] = {SNOW_CTOR, 0, 0, 0, three, "Leaf"},
    [NODE] = {SNOW_CTOR, 1, 3, 0, three, "Node"},
    [CHAIN] = {SNOW_CTOR, 0, 2, 0, chain, "Chain"},
    [WRAP] = {SNOW_CLOSURE, 0, 1, 0, chain, "Wrap"},
    [BIG] = {SNOW_CTOR, 0, 100, 0, big, "Big"},
};
static snow_object leaf = {SNOW_IMMORTAL, SNOW_FIRST_PROGRAM_DESC + LEAF};

static void *record(snow_ctx *ctx, uint32_t desc, const int64_t *slots) {
    size_t bytes = 8 + 8 * (size_t)descs[desc].n_fields;
    snow_record *r = snowi_alloc(ctx, bytes, SNOW_FIRST_PROGRAM_DESC + desc);
    memcpy(r->slots, slots, bytes - 8);
    return r;
}

static void *node(snow_ctx *ctx, void *left, void *right) {
    return record(ctx, NODE, (int64_t[]){(int64_t)left, 77, (int64_t)right});
}

static void *tree(snow_ctx *ctx, int depth) {
    return depth == 0 ? (void *)&leaf : node(ctx, tree(ctx, depth - 1), tree(ctx, depth - 1));
}

static void trees_are_freed_whole(snow_ctx *ctx) {
    void *t = tree(ctx, 12);
    CHECK(live_objects(ctx) == (1 << 12) - 1);
    snowi_drop(ctx, t);
    CHECK(live_objects(ctx) == 0);
    CHECK(leaf.count == SNOW_IMMORTAL);
}

static void million_deep(snow_ctx *ctx, bool to_the_left) {
    void *t = &leaf;
    for (int i = 0; i < 1000000; i++) t = to_the_left ? node(ctx, t, &leaf) : node(ctx, &leaf, t);
    snowi_drop(ctx, t);
    CHECK(live_objects(ctx) == 0);
}

static void shared_parts_survive(snow_ctx *ctx) {
    void *shared = tree(ctx, 3);
    snowi_dup(shared);
    snowi_dup(shared);
    snowi_drop(ctx, node(ctx, shared, node(ctx, shared, &leaf)));
    CHECK(live_objects(ctx) == 7);
    CHECK(snowi_is_unique(shared));
    snowi_drop(ctx, shared);
}

static void lists_in_everything(snow_ctx *ctx) {
    void *t = &leaf;
    for (int i = 0; i < 20000; i++) {
        snow_list *xs = snow_list_new(SNOW_PTR);
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)text("string"));
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)t);
        xs = snow_list_push(SNOW_PTR, xs, (int64_t)tree(ctx, 2));
        t = record(ctx, i % 2 ? WRAP : CHAIN, (int64_t[]){(int64_t)xs, (int64_t)&leaf});
    }
    snowi_drop(ctx, t);
    CHECK(live_objects(ctx) == 0);
}

static void large_records(snow_ctx *ctx) {
    int64_t slots[100];
    for (int i = 0; i < 100; i++) {
        big[i] = i % 3 == 0 ? SNOW_PTR : SNOW_F64;
        slots[i] = i % 3 == 0 ? (int64_t)tree(ctx, 2) : i;
    }
    snowi_drop(ctx, node(ctx, record(ctx, BIG, slots), &leaf));
    CHECK(live_objects(ctx) == 0);
}

static void counts_never_pass_the_top(snow_ctx *ctx) {
    snow_string *s = text("sticky");
    s->header.count = SNOW_IMMORTAL - 1;
    snowi_dup(s);
    snowi_dup(s);
    CHECK(s->header.count == SNOW_IMMORTAL);
    snowi_drop(ctx, s);
    CHECK(s->header.count == SNOW_IMMORTAL);
    s->header.count = 1;
    snowi_drop(ctx, s);
}

void suite_rc(void) {
    snowi_set_program_descs(descs, sizeof descs / sizeof *descs);
    snow_ctx *ctx = open_process();
    trees_are_freed_whole(ctx);
    million_deep(ctx, true);
    million_deep(ctx, false);
    shared_parts_survive(ctx);
    lists_in_everything(ctx);
    large_records(ctx);
    counts_never_pass_the_top(ctx);
    close_process(ctx);
}
