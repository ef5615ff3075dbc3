#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long *sort(const long *xs, long n) {
    long *out = malloc(8 * (n > 0 ? n : 1));
    if (n == 0) return out;
    long pivot = xs[0], lows = 0, highs = 0;
    long *low = malloc(8 * n), *high = malloc(8 * n);
    for (long i = 1; i < n; i++)
        if (xs[i] < pivot) low[lows++] = xs[i];
    for (long i = 1; i < n; i++)
        if (xs[i] >= pivot) high[highs++] = xs[i];
    long *first = sort(low, lows), *second = sort(high, highs);
    memcpy(out, first, 8 * lows);
    out[lows] = pivot;
    memcpy(out + lows + 1, second, 8 * highs);
    free(low), free(high), free(first), free(second);
    return out;
}

int main(void) {
    long n = 500000, seed = 42, digest = 0, *xs = malloc(8 * n);
    for (long i = 0; i < n; i++) {
        xs[i] = seed;
        seed = (seed * 1103515245 + 12345) % 2147483648;
    }
    long *sorted = sort(xs, n);
    for (long i = 0; i < n; i++) digest = (digest * 31 + sorted[i]) % 1000000007;
    printf("%ld\n", digest);
}
