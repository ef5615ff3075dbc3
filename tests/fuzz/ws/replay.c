/* Runs the fuzz target over the inputs on standard input, each preceded by its length (4 bytes, little-endian).
 * With clang's libFuzzer this file is left out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(void) {
    uint8_t head[4];
    while (fread(head, 1, 4, stdin) == 4) {
        size_t len = head[0] | head[1] << 8 | head[2] << 16 | (size_t)head[3] << 24;
        uint8_t *data = malloc(len != 0 ? len : 1);
        if (fread(data, 1, len, stdin) != len) return 2;
        LLVMFuzzerTestOneInput(data, len);
        free(data);
    }
    return 0;
}
