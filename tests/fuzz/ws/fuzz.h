/* What the fuzz targets of this folder share: a condition that must hold, and a reader of the input. */
#ifndef SNOW_FUZZ_H
#define SNOW_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                             \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

/* The rest of an input. Beyond its end there are zeroes. */
typedef struct input {
    const uint8_t *bytes;
    size_t len;
} input;

static inline uint8_t take_byte(input *in) {
    if (in->len == 0) return 0;
    in->len--;
    return *in->bytes++;
}

/* Up to `len` bytes; how many there were is left in `*len`. */
static inline const uint8_t *take_bytes(input *in, size_t *len) {
    const uint8_t *bytes = in->bytes;
    if (*len > in->len) *len = in->len;
    in->bytes += *len;
    in->len -= *len;
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
