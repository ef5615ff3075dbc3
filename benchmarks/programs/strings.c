#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    size_t len = 0, cap = 16;
    char *text = malloc(cap), piece[64];
    for (long i = 0; i < 1000000; i++) {
        size_t n = (size_t)snprintf(piece, sizeof piece, "item %ld, %ld;", i, i % 7);
        while (len + n + 1 > cap) text = realloc(text, cap *= 2);
        memcpy(text + len, piece, n + 1);
        len += n;
    }
    size_t longest = 0, pieces = 0, room = 1024;
    char **parts = malloc(room * sizeof *parts), *from = text;
    for (;;) {
        char *end = strchr(from, ';');
        size_t n = end ? (size_t)(end - from) : strlen(from);
        if (pieces == room) parts = realloc(parts, (room *= 2) * sizeof *parts);
        parts[pieces] = malloc(n + 1);
        memcpy(parts[pieces], from, n);
        parts[pieces++][n] = 0;
        if (!end) break;
        from = end + 1;
    }
    for (size_t i = 0; i < pieces; i++)
        if (strlen(parts[i]) > longest) longest = strlen(parts[i]);
    printf("%zu %zu %zu\n", len, pieces, longest);
}
