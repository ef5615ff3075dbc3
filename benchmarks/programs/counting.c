#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16384

static struct {
    char *key;
    long count;
} table[SLOTS];

static uint64_t hash(const char *key) {
    uint64_t h = 0xcbf29ce484222325;
    for (; *key; key++) h = (h ^ (unsigned char)*key) * 0x100000001b3;
    return h;
}

static size_t find(const char *key) {
    size_t slot = hash(key) % SLOTS;
    while (table[slot].key && strcmp(table[slot].key, key) != 0) slot = (slot + 1) % SLOTS;
    return slot;
}

int main(void) {
    long seed = 42, size = 0, most = 0;
    for (long i = 0; i < 2000000; i++) {
        char key[32];
        snprintf(key, sizeof key, "key%ld", seed % 5000);
        size_t slot = find(key);
        if (!table[slot].key) table[slot].key = strdup(key), size++;
        table[slot].count++;
        seed = (seed * 1103515245 + 12345) % 2147483648;
    }
    for (size_t i = 0; i < SLOTS; i++)
        if (table[i].count > most) most = table[i].count;
    printf("%ld %ld\n", size, most);
}
