/* Lists: flat arrays of words, and slices that share the words of an array.
 *
 * Every function that returns a list takes over its lists. When the first one is unique it is changed
 * in place (or the second one, by joining a shorter list to its beginning), otherwise the words are copied
 * into a new array; only tail and take of a shared list share them instead. An element index is not checked here: std does, and knows whom to blame.
 */
#include "snow_internal.h"

#define FIRST_ROOM 4
#define MOST_ROOM ((int64_t)1 << 56)

#define EMPTY(c) {.header = {SNOW_IMMORTAL, SNOW_DESC_LIST + c}, .data = (int64_t *)(empty_lists + c + 1)}
static snow_list empty_lists[SNOW_CLASSES] = {EMPTY(0), EMPTY(1), EMPTY(2), EMPTY(3), EMPTY(4)};

/* Words of the array in front of `data`. */
static int64_t lead(const snow_list *xs) { return xs->data - xs->words; }

/* How many elements the array can still take at its end. */
static int64_t room_behind(const snow_list *xs) { return xs->cap - lead(xs) - xs->len; }

static bool is_own_array(const snow_list *xs) { return snowi_is_unique(&xs->header) && !snowi_is_slice(xs); }

snow_list *snowi_list_with_room(snow_ctx *ctx, int64_t cls, int64_t room) {
    if (room > MOST_ROOM) snowi_panic("out of memory: list too long", -1);
    size_t bytes = SNOWI_LIST_BYTES(room);
    if (bytes <= SNOW_CELL_MAX) bytes = (bytes + SNOW_CELL_STEP - 1) / SNOW_CELL_STEP * SNOW_CELL_STEP;
    snow_list *xs = snowi_alloc(ctx, bytes, SNOW_DESC_LIST + (uint32_t)cls);
    xs->len = 0;
    xs->data = xs->words;
    xs->cap = (int64_t)((bytes - SNOWI_LIST_BYTES(0)) / 8);
    return xs;
}

static void dup_words(const int64_t *words, int64_t n, int64_t cls) {
    if (cls != SNOW_PTR) return;
    for (int64_t i = 0; i < n; i++) snowi_dup((void *)words[i]);
}

static void drop_words(snow_ctx *ctx, const int64_t *words, int64_t n, int64_t cls) {
    if (cls != SNOW_PTR) return;
    for (int64_t i = 0; i < n; i++) snowi_drop(ctx, (void *)words[i]);
}

static void append_words(snow_list *xs, const int64_t *words, int64_t n, int64_t cls) {
    dup_words(words, n, cls);
    if (n > 0) memcpy(xs->data + xs->len, words, 8 * (size_t)n);
    xs->len += n;
}

/* A unique array with the elements of `xs`, which is consumed, and room for `more`. */
static snow_list *copy_out(snow_ctx *ctx, snow_list *xs, int64_t cls, int64_t more) {
    snow_list *copy = snowi_list_with_room(ctx, cls, xs->len + (more > FIRST_ROOM ? more : FIRST_ROOM));
    append_words(copy, xs->data, xs->len, cls);
    snowi_drop(ctx, xs);
    return copy;
}

/* The unique array `xs` with room for `more`, moved if need be; its elements keep their owners. */
static snow_list *grow(snow_ctx *ctx, snow_list *xs, int64_t cls, int64_t more) {
    if (more <= lead(xs) && xs->len <= lead(xs)) {
        memmove(xs->words, xs->data, 8 * (size_t)xs->len);
        xs->data = xs->words;
        return xs;
    }
    if (xs->len > MOST_ROOM - more) snowi_panic("out of memory: list too long", -1);
    if (SNOWI_LIST_BYTES(xs->cap) > SNOW_CELL_MAX) {
        int64_t before = lead(xs);
        xs = snowi_grow_large(ctx, xs, SNOWI_LIST_BYTES(before + xs->len + more));
        xs->data = xs->words + before;
        xs->cap = (int64_t)((snowi_large_room(xs) - SNOWI_LIST_BYTES(0)) / 8);
        return xs;
    }
    int64_t room = xs->len + (more > xs->len ? more : xs->len);
    snow_list *moved = snowi_list_with_room(ctx, cls, room < FIRST_ROOM ? FIRST_ROOM : room);
    append_words(moved, xs->data, xs->len, SNOW_I64);
    snowi_release(ctx, xs, SNOWI_LIST_BYTES(xs->cap));
    return moved;
}

/* A unique array with the elements of `xs` and room for `more` of them behind. */
static inline snow_list *with_room(snow_ctx *ctx, snow_list *xs, int64_t cls, int64_t more) {
    if (SNOWI_UNLIKELY(!is_own_array(xs))) return copy_out(ctx, xs, cls, more);
    return SNOWI_LIKELY(room_behind(xs) >= more) ? xs : grow(ctx, xs, cls, more);
}

/* The unique array `ys` with room for `more` in front; its elements keep their owners. The room doubles, so
 * that a list built from its end costs as little as one built from its beginning. */
static snow_list *grow_in_front(snow_ctx *ctx, snow_list *ys, int64_t cls, int64_t more) {
    if (more > MOST_ROOM - ys->len) snowi_panic("out of memory: list too long", -1);
    snow_list *moved = snowi_list_with_room(ctx, cls, ys->len + (more > ys->len ? more : ys->len));
    moved->data = moved->words + (moved->cap - ys->len);
    append_words(moved, ys->data, ys->len, SNOW_I64);
    snowi_release(ctx, ys, SNOWI_LIST_BYTES(ys->cap));
    return moved;
}

/* The elements of `xs`, then those of the unique array `ys`; both are consumed. */
static snow_list *prepend(snow_ctx *ctx, int64_t cls, snow_list *xs, snow_list *ys) {
    int64_t n = xs->len;
    if (lead(ys) < n) ys = grow_in_front(ctx, ys, cls, n);
    dup_words(xs->data, n, cls);
    ys->data -= n;
    ys->len += n;
    memcpy(ys->data, xs->data, 8 * (size_t)n);
    snowi_drop(ctx, xs);
    return ys;
}

/* Elements [from, from + n) of the shared list `xs`, which is consumed. */
static snow_list *slice_of(snow_ctx *ctx, snow_list *xs, int64_t cls, int64_t from, int64_t n) {
    snow_list *slice = snowi_alloc(ctx, SNOWI_LIST_BYTES(0), SNOW_DESC_SLICE + (uint32_t)cls);
    slice->len = n;
    slice->data = xs->data + from;
    slice->parent = &xs->header;
    if (snowi_is_slice(xs)) {
        slice->parent = xs->parent;
        snowi_dup(xs->parent);
        snowi_drop(ctx, xs);
    }
    return slice;
}

/* ---- the functions of the table ---- */

void *snow_list_new(int64_t cls) { return &empty_lists[cls]; }

void *snow_list_fill(int64_t cls, int64_t word, int64_t n) {
    if (n <= 0) return snow_list_new(cls);
    snow_list *xs = snowi_list_with_room(snowi_current(), cls, n);
    for (int64_t i = 0; i < n; i++) {
        xs->data[i] = word;
        snowi_dup_word(word, cls);
    }
    xs->len = n;
    return xs;
}

void *snow_list_reserve(int64_t cls, void *list, int64_t more) {
    return with_room(snowi_current(), list, cls, more < 0 ? 0 : more);
}

int64_t snow_list_length(void *list) { return ((snow_list *)list)->len; }

int64_t snow_list_get(void *list, int64_t i) { return ((snow_list *)list)->data[i]; }

int8_t snow_list_is_unique(void *list) { return is_own_array(list); }

int8_t snow_list_is_scalar(int64_t cls, void *list) {
    (void)list;
    return cls == SNOW_I64 || cls == SNOW_F64 || cls == SNOW_I1;
}

int64_t snow_list_zero(int64_t cls, void *list) {
    (void)cls, (void)list;
    return 0;
}

void *snow_list_push(int64_t cls, void *list, int64_t word) {
    snow_list *xs = list;
    if (SNOWI_UNLIKELY(!is_own_array(xs) || room_behind(xs) == 0)) xs = with_room(snowi_current(), xs, cls, 1);
    xs->data[xs->len++] = word;
    return xs;
}

void *snow_list_set(int64_t cls, void *list, int64_t i, int64_t word) {
    snow_list *xs = list;
    if (SNOWI_UNLIKELY(!is_own_array(xs))) xs = copy_out(snowi_current(), xs, cls, 0);
    int64_t old = xs->data[i];
    xs->data[i] = word;
    if (cls == SNOW_PTR) snowi_drop(snowi_current(), (void *)old);
    return xs;
}

void *snow_list_tail(int64_t cls, void *list, int64_t n) {
    snow_list *xs = list;
    if (n <= 0) return xs;
    if (n > xs->len) n = xs->len;
    snow_ctx *ctx = snowi_current();
    if (!snowi_is_unique(&xs->header)) return slice_of(ctx, xs, cls, n, xs->len - n);
    if (!snowi_is_slice(xs)) drop_words(ctx, xs->data, n, cls);
    xs->data += n;
    xs->len -= n;
    return xs;
}

void *snow_list_take(int64_t cls, void *list, int64_t n) {
    snow_list *xs = list;
    if (n < 0) n = 0;
    if (n >= xs->len) return xs;
    snow_ctx *ctx = snowi_current();
    if (!snowi_is_unique(&xs->header)) return slice_of(ctx, xs, cls, 0, n);
    if (!snowi_is_slice(xs)) drop_words(ctx, xs->data + n, xs->len - n, cls);
    xs->len = n;
    return xs;
}

void *snow_list_concat(int64_t cls, void *first, void *second) {
    snow_list *xs = first, *ys = second;
    snow_ctx *ctx = snowi_current();
    if (ys->len == 0) {
        snowi_drop(ctx, ys);
        return xs;
    }
    if (xs->len == 0 && !is_own_array(xs)) {
        snowi_drop(ctx, xs);
        return ys;
    }
    bool fits = is_own_array(xs) && room_behind(xs) >= ys->len;
    if (!fits && xs->len < ys->len && is_own_array(ys)) return prepend(ctx, cls, xs, ys);
    xs = with_room(ctx, xs, cls, ys->len);
    append_words(xs, ys->data, ys->len, cls);
    snowi_drop(ctx, ys);
    return xs;
}
