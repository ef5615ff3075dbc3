/* The C view of Snow values, the process record and a program image.
 *
 * Generated code and the core agree on everything in this file; docs/abi.md lists the functions.
 * A heap object begins with a header of 8 bytes, all further fields are slots of 8 bytes. A value
 * that is not boxed travels as itself and is stored as a word: Int as it is, Float as its bits,
 * Bool as 0 or 1, unit as nothing.
 */
#ifndef SNOW_H
#define SNOW_H

#include <stddef.h>
#include <stdint.h>

#include "snow_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- objects ---- */

/* `count` is the number of owners. With the top bit set the object is immortal: counting leaves it
 * alone, and it is never unique. Counts are not atomic because no two threads share a mortal object.
 * A free cell has a header of zero. */
typedef struct snow_object {
    uint32_t count;
    uint32_t desc;
} snow_object;

#define SNOW_IMMORTAL 0x80000000u

/* UTF-8, followed by a NUL that does not count. The descriptor SNOW_DESC_ASCII says that every character is
 * one byte; a string without it may be such a one all the same. */
typedef struct snow_string {
    snow_object header;
    uint64_t byte_len;
    uint8_t bytes[];
} snow_string;

/* An array owns the words behind it: `data` points into `words` (at its beginning, until a tail of the
 * unique array was taken), and `cap` counts all of them. A slice borrows the words of an array that it
 * owns a unit of: then `parent` stands in the place of `cap` and no words follow. */
typedef struct snow_list {
    snow_object header;
    int64_t len;
    int64_t *data;
    union {
        int64_t cap;
        snow_object *parent;
    };
    int64_t words[];
} snow_list;

/* The fields of a constructed value, or the code pointer and the captures of a closure. */
typedef struct snow_record {
    snow_object header;
    int64_t slots[];
} snow_record;

_Static_assert(sizeof(snow_object) == 8, "object header");
_Static_assert(offsetof(snow_string, bytes) == 16, "string bytes");
_Static_assert(offsetof(snow_list, data) == 16 && offsetof(snow_list, words) == 32, "list words");
_Static_assert(offsetof(snow_record, slots) == 8, "record slots");

/* ---- descriptors ---- */

enum snow_kind { SNOW_CTOR = 1, SNOW_CLOSURE = 2, SNOW_STRING = 3, SNOW_LIST = 4, SNOW_SLICE = 5 };
enum snow_class { SNOW_I64, SNOW_F64, SNOW_I1, SNOW_UNIT, SNOW_PTR, SNOW_CLASSES };

/* One shape of heap object. `classes` has a layout class for each of `n_fields` slots; a list has one,
 * that of its elements. `tag` numbers the variants of a type, whose descriptors are consecutive. */
typedef struct snow_desc {
    uint32_t kind;
    uint32_t tag;
    uint32_t n_fields;
    uint32_t flags;
    const uint8_t *classes;
    const char *name;
} snow_desc;

_Static_assert(sizeof(snow_desc) == 32, "descriptor");

/* ---- the process record ---- */

#define SNOW_CELL_STEP 16u
#define SNOW_CELL_MAX 512u
#define SNOW_SIZE_CLASSES 32u

/* Generated code reads the first members at these offsets; the rest belongs to the core. The limit is
 * compared with the stack pointer and may be raised by another thread, so it is read atomically. The free
 * list of class c holds cells of (c + 1) * 16 bytes, linked through their second word. */
typedef struct snow_ctx {
    uint64_t stack_limit;
    uint64_t reserved;
    void *free[SNOW_SIZE_CLASSES];
    void *chunks;
    void *larges;
} snow_ctx;

_Static_assert(offsetof(snow_ctx, stack_limit) == 0 && offsetof(snow_ctx, free) == 16, "process record");

/* ---- a program ---- */

typedef struct snow_program {
    uint32_t abi_version;
    uint32_t n_descs;
    const snow_desc *descs;
    uint32_t n_files;
    uint32_t needs; /* SNOW_NEEDS_SERVICES or 0 */
    const char *const *files;
    void (*init)(snow_ctx *);
    void (*main)(snow_ctx *);
} snow_program;

_Static_assert(offsetof(snow_program, init) == 32, "program image");

#ifdef __cplusplus
}
#endif

#endif
