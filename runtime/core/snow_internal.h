/* What the files of the core know of each other, and nobody else does. */
#ifndef SNOW_INTERNAL_H
#define SNOW_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <string.h>

#include "include/snow.h"

#define SNOWI_COLD __attribute__((cold, noinline))
#define SNOWI_LIKELY(x) __builtin_expect(!!(x), 1)
#define SNOWI_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ---- current.c: the process that runs on this thread ---- */

/* Not inlined: a process may continue on another thread, so no address of a thread's variable may be
 * kept across a park. */
/* snowi_current stands in the table. */
void snowi_set_current(snow_ctx *ctx);

/* ---- heap.c ---- */

void snowi_heap_open(snow_ctx *ctx);
void snowi_heap_close(snow_ctx *ctx);
/* For a heap in which nothing is alive: gives back what it has grown by. */
void snowi_heap_trim(snow_ctx *ctx);
void snowi_free_large(snow_ctx *ctx, void *object);
/* The object, moved if need be, with room for `bytes`; more than that is reserved for growth. */
void *snowi_grow_large(snow_ctx *ctx, void *object, size_t bytes);
/* A large object of no heap yet, in front of a chain of such; it is freed or adopted with the chain. */
void *snowi_large_new(void **chain, size_t bytes);
void *snowi_large_next(void *object);
void snowi_large_adopt(snow_ctx *ctx, void *chain);
void snowi_large_discard(void *chain);
/* The bytes that a large object may fill without moving. */
size_t snowi_large_room(const void *object);

typedef void (*snowi_visitor)(void *state, const snow_object *object);
/* Calls `visit` for every object that is alive. */
void snowi_heap_walk(const snow_ctx *ctx, snowi_visitor visit, void *state);
/* Reports live objects on standard error; their number. */
int64_t snowi_report_leaks(const snow_ctx *ctx);

static inline uint32_t snowi_size_class(size_t bytes) { return (uint32_t)((bytes - 1) / SNOW_CELL_STEP); }

/* A new object of count 1. */
static inline void *snowi_alloc(snow_ctx *ctx, size_t bytes, uint32_t desc) {
    snow_object *object;
    if (SNOWI_LIKELY(bytes <= SNOW_CELL_MAX)) {
        uint32_t c = snowi_size_class(bytes);
        object = ctx->free[c];
        if (SNOWI_LIKELY(object != NULL))
            ctx->free[c] = ((void **)object)[1];
        else
            object = snowi_alloc_slow(ctx, c);
    } else {
        object = snowi_alloc_large(ctx, (int64_t)bytes);
    }
    object->count = 1;
    object->desc = desc;
    return object;
}

/* Gives the memory of a dead object back; `bytes` is the size it was allocated with, or any other of
 * the same size class. */
static inline void snowi_release(snow_ctx *ctx, void *object, size_t bytes) {
    if (SNOWI_LIKELY(bytes <= SNOW_CELL_MAX)) {
        uint32_t c = snowi_size_class(bytes);
        *(uint64_t *)object = 0;
        ((void **)object)[1] = ctx->free[c];
        ctx->free[c] = object;
    } else {
        snowi_free_large(ctx, object);
    }
}

/* ---- rc.c ---- */

static inline bool snowi_is_string(const snow_object *o) {
    return o->desc == SNOW_DESC_STRING || o->desc == SNOW_DESC_ASCII;
}
static inline bool snowi_is_mortal(const snow_object *o) { return (int32_t)o->count >= 0; }
static inline bool snowi_is_unique(const snow_object *o) { return o->count == 1; }

static inline void snowi_dup(void *p) {
    snow_object *o = p;
    if (snowi_is_mortal(o)) o->count++;
}

static inline void snowi_drop(snow_ctx *ctx, void *p) {
    snow_object *o = p;
    if (!snowi_is_mortal(o)) return;
    if (o->count == 1)
        snowi_free(ctx, o);
    else
        o->count--;
}

/* A value as a word of layout class `cls`. */
static inline void snowi_dup_word(int64_t word, int64_t cls) {
    if (cls == SNOW_PTR) snowi_dup((void *)word);
}

static inline void snowi_drop_word(snow_ctx *ctx, int64_t word, int64_t cls) {
    if (cls == SNOW_PTR) snowi_drop(ctx, (void *)word);
}

/* ---- desc.c ---- */

/* The size of a copy of an object: a slice and the spare room of a list are left out. */
size_t snowi_copy_bytes(const snow_object *object);
/* Writes such a copy, of count 1. Its pointers are those of the original. */
void snowi_copy_object(snow_object *to, const snow_object *from, size_t bytes);
/* The pointer slots of an object: each slot of class `pointer`, one after another. */
#define SNOWI_EACH_POINTER(object, slot)                                                               \
    for (snowi_slots slot##_range = snowi_slots_of(object), *slot##_once = &slot##_range; slot##_once; \
         slot##_once = NULL)                                                                           \
        for (int64_t *slot = slot##_range.slots; slot < slot##_range.slots + slot##_range.n; slot++)   \
            if (slot##_range.classes == NULL || slot##_range.classes[slot - slot##_range.slots] == SNOW_PTR)
typedef struct snowi_slots {
    int64_t *slots;
    int64_t n;
    const uint8_t *classes; /* NULL: all are pointers */
} snowi_slots;
snowi_slots snowi_slots_of(snow_object *object);

extern const snow_desc snowi_core_descs[SNOW_FIRST_PROGRAM_DESC];
void snowi_set_program_descs(const snow_desc *descs, uint32_t n);
const snow_desc *snowi_desc(uint32_t id);
/* The size with which an object was allocated. */
size_t snowi_object_bytes(const snow_object *object);

/* Option and Result values for functions of the core. They take ownership of pointer words. */
void *snowi_none(int64_t cls);
void *snowi_some(snow_ctx *ctx, int64_t cls, int64_t word);
void *snowi_ok(snow_ctx *ctx, void *value);
void *snowi_ok_unit(void);
/* `Err` of a Result whose Ok side has layout class `ok_cls`. */
void *snowi_err(snow_ctx *ctx, int64_t ok_cls, snow_string *message);
void *snowi_err_text(snow_ctx *ctx, int64_t ok_cls, const char *message);
/* `No such file or directory (os error 2)`. */
void *snowi_err_os(snow_ctx *ctx, int64_t ok_cls, int error);

/* ---- string.c and its neighbours ---- */

#define SNOWI_STRING_BYTES(len) (offsetof(snow_string, bytes) + (size_t)(len) + 1)

/* A new string of `len` bytes, of which only the closing NUL is set. */
snow_string *snowi_string_raw(snow_ctx *ctx, size_t len);
snow_string *snowi_string_new(snow_ctx *ctx, const void *bytes, size_t len);
/* The same of bytes that are all ASCII, which it remembers. */
snow_string *snowi_string_of_ascii(snow_ctx *ctx, const void *bytes, size_t len);
/* Takes over `string` (which need not be UTF-8 behind its length) and gives it `len` bytes. */
snow_string *snowi_string_resize(snow_ctx *ctx, snow_string *string, size_t len);
snow_string *snowi_string_empty(void);

/* hash.c: for tables, under the seed of this run. */
uint64_t snowi_bytes_hash(const uint8_t *bytes, size_t len);

/* utf8.c */
bool snowi_utf8_valid(const uint8_t *bytes, size_t len);
size_t snowi_utf8_count(const uint8_t *bytes, size_t len);
bool snowi_is_ascii(const uint8_t *bytes, size_t len);
/* Byte offset of character `n`, or `len` if there are not so many. */
size_t snowi_utf8_offset(const uint8_t *bytes, size_t len, size_t n);
/* Reads the character at `bytes`, of valid UTF-8; its length. */
size_t snowi_utf8_decode(const uint8_t *bytes, uint32_t *code);
/* Writes up to 4 bytes; their number. */
size_t snowi_utf8_encode(uint8_t *out, uint32_t code);
bool snowi_is_white_space(uint32_t code);

static inline size_t snowi_utf8_length(uint8_t lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

/* A range of bytes. */
typedef struct snowi_span {
    const uint8_t *begin;
    const uint8_t *end;
} snowi_span;

snowi_span snowi_trim(const snow_string *s, bool at_start, bool at_end);

/* A string under construction; `snowi_builder_finish` gives it away. */
typedef struct snowi_builder {
    snow_ctx *ctx;
    snow_string *string;
    size_t len;
    size_t room;
} snowi_builder;

snowi_builder snowi_builder_new(snow_ctx *ctx, size_t room);
void snowi_builder_add(snowi_builder *b, const void *bytes, size_t len);
snow_string *snowi_builder_finish(snowi_builder *b);

/* Longest text of an Int, and of a Float (also with 100 decimals and a NUL). */
#define SNOWI_INT_TEXT 20
#define SNOWI_FLOAT_TEXT 512
size_t snowi_int_text(char *out, int64_t n);
size_t snowi_float_text(char *out, double x);

/* ---- list.c ---- */

#define SNOWI_LIST_BYTES(cap) (offsetof(snow_list, words) + 8 * (size_t)(cap))
snow_list *snowi_list_with_room(snow_ctx *ctx, int64_t cls, int64_t room);

static inline bool snowi_is_slice(const snow_list *xs) { return xs->header.desc >= SNOW_DESC_SLICE; }
static inline int64_t snowi_list_class(const snow_list *xs) {
    return (int64_t)xs->header.desc - (snowi_is_slice(xs) ? SNOW_DESC_SLICE : SNOW_DESC_LIST);
}

/* ---- sharing.c: what was copied already, while a value is copied ---- */

/* Only objects with several owners are entered. The first few need no table. */
#define SNOWI_SHARED_FEW 8
typedef struct snowi_shared_object {
    const snow_object *from;
    int64_t to;
} snowi_shared_object;

typedef struct snowi_sharing {
    size_t n, slots;
    snowi_shared_object few[SNOWI_SHARED_FEW];
    snowi_shared_object *table; /* open addressing, size a power of two */
} snowi_sharing;

static inline void snowi_sharing_open(snowi_sharing *sharing) {
    sharing->n = sharing->slots = 0;
    sharing->table = NULL;
}
/* What the copy of an object is known by; 0 if there is none yet. */
int64_t snowi_sharing_find(const snowi_sharing *sharing, const snow_object *from);
void snowi_sharing_enter(snowi_sharing *sharing, const snow_object *from, int64_t to);
void snowi_sharing_close(snowi_sharing *sharing);

/* ---- frozen.c: immortal copies ---- */

/* Where immortal copies lie. One thread at a time may copy into a region. */
typedef struct snowi_region snowi_region;
snowi_region *snowi_region_new(void);
void snowi_region_free(snowi_region *region);
void *snowi_region_copy(snowi_region *region, void *object);
void snowi_frozen_close(void);

/* ---- io.c ---- */

void snowi_output_open(void);
void snowi_output_flush(void);
/* For handlers of signals: gives up if the buffer is in use, and whatever fails. */
void snowi_output_try_flush(void);
/* For idle workers: gives up if the buffer is in use; a failure ends the program. */
void snowi_output_flush_idle(void);
/* The last flush; whoever prints afterwards sleeps for ever. */
void snowi_output_close(void);
/* All bytes to a descriptor, whatever signals and short writes come; false on an error (errno). */
bool snowi_write_all(int fd, const void *bytes, size_t len);
void snowi_complain(const char *text, size_t len);

/* ---- program.c ---- */

enum { SNOWI_STATUS_FAILED = 1, SNOWI_STATUS_LEAK = 99, SNOWI_STATUS_PANIC = 101 };

/* Ends the program from any thread of the core; the calling thread sleeps for ever. */
_Noreturn void snowi_finish(int status);
const char *snowi_file_name(int64_t loc);
_Noreturn void snowi_service_missing(const char *name);
void snowi_set_args(int argc, char **argv);

/* ---- stack.c, fault.c ---- */

struct snowi_stack {
    void *base;
    size_t size;
};

/* What C functions and signal frames may use below the limit. */
#define SNOWI_STACK_HEADROOM 16384u
#define SNOWI_STACK_GUARD 4096u

/* Turns faults into a message and a status; the handler needs a stack in every thread. */
void snowi_faults_catch(void);
void snowi_faults_release(void);
void *snowi_faults_catch_here(void);
void snowi_faults_release_here(void *handler_stack);

#endif
