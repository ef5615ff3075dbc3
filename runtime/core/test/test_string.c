/* Strings: growth in place, owners, and the edges. Contents are compared with Python elsewhere. */
#include "check.h"

static void joining_many_times_is_linear(snow_ctx *ctx) {
    snow_string *s = text("");
    int moves = 0;
    for (int i = 0; i < 100000; i++) {
        snow_string *before = s, *piece = text("ab");
        s = snow_string_concat(s, piece);
        snowi_drop(ctx, piece);
        moves += s != before;
    }
    CHECK(s->byte_len == 200000 && moves < 60 && live_objects(ctx) == 1);
    CHECK(memcmp(s->bytes + 199990, "ababababab", 11) == 0);
    snowi_drop(ctx, s);
}

static void joining_a_shared_string_copies(snow_ctx *ctx) {
    snow_string *a = text("left"), *b = text("right");
    snowi_dup(a);
    CHECK(is_text(snow_string_concat(a, b), "leftright"));
    CHECK(is_text(a, "left"));
    snowi_dup(b);
    CHECK(is_text(snow_string_concat(b, b), "rightright"));
    snowi_drop(ctx, b);
}

static void results_may_be_the_argument(snow_ctx *ctx) {
    snow_string *s = text("same");
    CHECK(snow_string_trim(s) == s && s->header.count == 2);
    snowi_drop(ctx, s);
    CHECK(snow_string_slice(s, 0, 99) == s);
    snowi_drop(ctx, s);
    snowi_drop(ctx, s);
}

static bool is_marked(const snow_string *s) { return s->header.desc == SNOW_DESC_ASCII; }

static void what_is_known_to_be_ascii_stays_known(snow_ctx *ctx) {
    snow_string *s = text("plain"), *other = text("\xC3\xA9t\xC3\xA9");
    CHECK(!is_marked(s) && snow_string_length(s) == 5 && is_marked(s));
    CHECK(snow_string_length(other) == 3 && !is_marked(other));
    snow_string *part = snow_string_slice(s, 1, 3), *number = snow_int_to_string(-7);
    CHECK(is_marked(part) && is_marked(number) && snow_string_length(part) == 2);
    part = snow_string_concat(part, number);
    CHECK(is_marked(part) && snow_string_length(part) == 4);
    CHECK(is_text(snow_string_slice(part, 2, INT64_MAX), "-7"));
    CHECK(snow_string_slice(part, 9, 10) == snowi_string_empty());
    part = snow_string_concat(part, other);
    CHECK(!is_marked(part) && snow_string_length(part) == 7);
    CHECK(is_text(snow_string_slice(part, 3, 6), "7\xC3\xA9t"));
    snowi_drop(ctx, part), snowi_drop(ctx, number), snowi_drop(ctx, s), snowi_drop(ctx, other);
}

static void growing_in_place_forgets(snow_ctx *ctx) {
    snow_string *s = text("0123456789");
    CHECK(snow_string_length(s) == 10 && is_marked(s));
    s = snowi_string_resize(ctx, s, 11);
    CHECK(!is_marked(s));
    memcpy(s->bytes + 9, "\xC3\xA9", 2);
    CHECK(snow_string_length(s) == 10);
    snowi_drop(ctx, s);
}

static void long_texts_are_looked_at_once(snow_ctx *ctx) {
    snow_string *s = snowi_string_raw(ctx, 5000);
    memset(s->bytes, 'x', 5000);
    snowi_drop(ctx, snow_string_slice(s, 0, 1));
    CHECK(!is_marked(s));
    snowi_drop(ctx, snow_string_slice(s, 4998, 4999));
    CHECK(is_marked(s) && snow_string_slice(s, 5000, 5001) == snowi_string_empty());
    snowi_drop(ctx, s);
}

static void shrinking_gives_large_memory_back(snow_ctx *ctx) {
    snow_string *s = snowi_string_raw(ctx, 5000);
    memset(s->bytes, 'x', 5000);
    s = snowi_string_resize(ctx, s, 10);
    CHECK(is_text(s, "xxxxxxxxxx"));
    s = snowi_string_resize(ctx, text("0123456789"), 1);
    CHECK(is_text(s, "0"));
}

static void option_results(snow_ctx *ctx) {
    snow_string *s = text(" -42 "), *bad = text("4_2");
    snow_record *some = snow_string_to_int(s);
    CHECK(some->header.desc == SNOW_DESC_OPTION && some->slots[0] == -42);
    snowi_drop(ctx, some);
    CHECK(snow_string_to_int(bad) == snowi_none(SNOW_I64));
    snowi_drop(ctx, s);
    snowi_drop(ctx, bad);
}

static void numbers_at_the_edges(void) {
    CHECK(is_text(snow_int_to_string(INT64_MIN), "-9223372036854775808"));
    CHECK(is_text(snow_int_to_string(INT64_MAX), "9223372036854775807"));
    CHECK(is_text(snow_int_to_string(0), "0"));
    CHECK(is_text(snow_float_to_string(-0.0), "-0"));
    CHECK(is_text(snow_float_to_string(1e21), "1000000000000000000000"));
    CHECK(is_text(snow_float_to_string(0.1 + 0.2), "0.30000000000000004"));
    CHECK(is_text(snow_float_to_string(2.5e-7), "0.00000025"));
    CHECK(is_text(snow_float_to_string(-__builtin_nan("")), "NaN"));
    CHECK(is_text(snow_float_to_string(-__builtin_inf()), "-inf"));
    CHECK(is_text(snow_float_to_fixed(2.0 / 3, 3), "0.667"));
    CHECK(is_text(snow_bool_to_string(1), "true"));
}

void suite_string(void) {
    snow_ctx *ctx = open_process();
    joining_many_times_is_linear(ctx);
    joining_a_shared_string_copies(ctx);
    results_may_be_the_argument(ctx);
    what_is_known_to_be_ascii_stays_known(ctx);
    growing_in_place_forgets(ctx);
    long_texts_are_looked_at_once(ctx);
    shrinking_gives_large_memory_back(ctx);
    option_results(ctx);
    numbers_at_the_edges();
    close_process(ctx);
}
