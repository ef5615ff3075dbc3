/* Descriptors: those of the core, those of the running program, and what can be asked of them. */
#include "snow_internal.h"

#include <errno.h>
#include <stdio.h>

static const uint8_t class_of[SNOW_CLASSES] = {SNOW_I64, SNOW_F64, SNOW_I1, SNOW_UNIT, SNOW_PTR};
/* A slice owns its parent, which it holds in its third slot. */
static const uint8_t slice_classes[3] = {SNOW_I64, SNOW_I64, SNOW_PTR};

#define LIST_OF(c) [SNOW_DESC_LIST + c] = {SNOW_LIST, 0, 1, 0, &class_of[c], "List"}
#define SLICE_OF(c) [SNOW_DESC_SLICE + c] = {SNOW_SLICE, 0, 3, 0, slice_classes, "List"}
#define OPTION_OF(c)                                                                  \
    [SNOW_DESC_OPTION + 2 * c] = {SNOW_CTOR, 0, 1, 0, &class_of[c], "Some"},          \
    [SNOW_DESC_OPTION + 2 * c + 1] = {SNOW_CTOR, 1, 0, 0, class_of, "None"}
#define RESULT_OF(ok, err)                                                                       \
    [SNOW_DESC_RESULT + 2 * (5 * ok + err)] = {SNOW_CTOR, 0, 1, 0, &class_of[ok], "Ok"},         \
    [SNOW_DESC_RESULT + 2 * (5 * ok + err) + 1] = {SNOW_CTOR, 1, 1, 0, &class_of[err], "Err"}
#define RESULTS_OF(ok) RESULT_OF(ok, 0), RESULT_OF(ok, 1), RESULT_OF(ok, 2), RESULT_OF(ok, 3), RESULT_OF(ok, 4)

const snow_desc snowi_core_descs[SNOW_FIRST_PROGRAM_DESC] = {
    [SNOW_DESC_STRING] = {SNOW_STRING, 0, 0, 0, class_of, "String"},
    [SNOW_DESC_ASCII] = {SNOW_STRING, 0, 0, 0, class_of, "String"},
    LIST_OF(0), LIST_OF(1), LIST_OF(2), LIST_OF(3), LIST_OF(4),
    SLICE_OF(0), SLICE_OF(1), SLICE_OF(2), SLICE_OF(3), SLICE_OF(4),
    OPTION_OF(0), OPTION_OF(1), OPTION_OF(2), OPTION_OF(3), OPTION_OF(4),
    RESULTS_OF(0), RESULTS_OF(1), RESULTS_OF(2), RESULTS_OF(3), RESULTS_OF(4),
    [SNOW_DESC_ORDERING] = {SNOW_CTOR, 0, 0, 0, class_of, "Less"},
    [SNOW_DESC_ORDERING + 1] = {SNOW_CTOR, 1, 0, 0, class_of, "Equal"},
    [SNOW_DESC_ORDERING + 2] = {SNOW_CTOR, 2, 0, 0, class_of, "Greater"},
};

static const snow_desc *program_descs;
static uint32_t n_program_descs;
static const snow_desc unknown = {SNOW_CTOR, 0, 0, 0, class_of, "?"};

void snowi_set_program_descs(const snow_desc *descs, uint32_t n) {
    program_descs = descs;
    n_program_descs = n;
}

const snow_desc *snowi_desc(uint32_t id) {
    if (id < SNOW_FIRST_PROGRAM_DESC) return &snowi_core_descs[id];
    id -= SNOW_FIRST_PROGRAM_DESC;
    return SNOWI_LIKELY(id < n_program_descs) ? &program_descs[id] : &unknown;
}

size_t snowi_object_bytes(const snow_object *object) {
    const snow_desc *desc = snowi_desc(object->desc);
    switch (desc->kind) {
    case SNOW_STRING: return SNOWI_STRING_BYTES(((const snow_string *)object)->byte_len);
    case SNOW_LIST: return SNOWI_LIST_BYTES(((const snow_list *)object)->cap);
    default: return offsetof(snow_record, slots) + 8 * (size_t)desc->n_fields;
    }
}

/* ---- copies ---- */

size_t snowi_copy_bytes(const snow_object *object) {
    uint32_t kind = snowi_desc(object->desc)->kind;
    bool is_list = kind == SNOW_LIST || kind == SNOW_SLICE;
    return is_list ? SNOWI_LIST_BYTES(((const snow_list *)object)->len) : snowi_object_bytes(object);
}

void snowi_copy_object(snow_object *to, const snow_object *from, size_t bytes) {
    uint32_t kind = snowi_desc(from->desc)->kind;
    if (kind == SNOW_LIST || kind == SNOW_SLICE) {
        const snow_list *xs = (const snow_list *)from;
        snow_list *copy = (snow_list *)to;
        copy->header.desc = SNOW_DESC_LIST + (uint32_t)snowi_list_class(xs);
        copy->len = copy->cap = xs->len;
        copy->data = copy->words;
        if (xs->len > 0) memcpy(copy->words, xs->data, 8 * (size_t)xs->len);
    } else {
        memcpy(to, from, bytes);
    }
    to->count = 1;
}

snowi_slots snowi_slots_of(snow_object *object) {
    const snow_desc *desc = snowi_desc(object->desc);
    if (desc->kind == SNOW_LIST) {
        snow_list *xs = (snow_list *)object;
        return (snowi_slots){xs->data, desc->classes[0] == SNOW_PTR ? xs->len : 0, NULL};
    }
    return (snowi_slots){((snow_record *)object)->slots, desc->n_fields, desc->classes};
}

/* ---- Option and Result ---- */

#define NONE_OF(c) {SNOW_IMMORTAL, SNOW_DESC_OPTION + 2 * c + 1}
static snow_object none[SNOW_CLASSES][2] = {{NONE_OF(0)}, {NONE_OF(1)}, {NONE_OF(2)}, {NONE_OF(3)}, {NONE_OF(4)}};
static struct {
    snow_object header;
    int64_t slot;
} ok_unit = {{SNOW_IMMORTAL, SNOW_DESC_RESULT + 2 * (5 * SNOW_UNIT + SNOW_PTR)}, 0};

void *snowi_none(int64_t cls) { return none[cls]; }

static void *with_one_slot(snow_ctx *ctx, uint32_t desc, int64_t word) {
    snow_record *record = snowi_alloc(ctx, 16, desc);
    record->slots[0] = word;
    return record;
}

void *snowi_some(snow_ctx *ctx, int64_t cls, int64_t word) {
    return with_one_slot(ctx, SNOW_DESC_OPTION + 2 * (uint32_t)cls, word);
}

void *snowi_ok(snow_ctx *ctx, void *value) {
    return with_one_slot(ctx, SNOW_DESC_RESULT + 2 * (5 * SNOW_PTR + SNOW_PTR), (int64_t)value);
}

void *snowi_ok_unit(void) { return &ok_unit; }

void *snowi_err(snow_ctx *ctx, int64_t ok_cls, snow_string *message) {
    return with_one_slot(ctx, SNOW_DESC_RESULT + 2 * (5 * (uint32_t)ok_cls + SNOW_PTR) + 1, (int64_t)message);
}

void *snowi_err_text(snow_ctx *ctx, int64_t ok_cls, const char *message) {
    return snowi_err(ctx, ok_cls, snowi_string_new(ctx, message, strlen(message)));
}

void *snowi_err_os(snow_ctx *ctx, int64_t ok_cls, int error) {
    char text[256], reason[200];
    snprintf(text, sizeof text, "%s (os error %d)", strerror_r(error, reason, sizeof reason), error);
    return snowi_err_text(ctx, ok_cls, text);
}
