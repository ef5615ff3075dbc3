#include <stdio.h>
#include <stdlib.h>

int main(void) {
    long limit = 3000000, n = limit - 1, found = 0;
    long *numbers = malloc(8 * n), *primes = malloc(8 * n);
    for (long i = 0; i < n; i++) numbers[i] = i + 2;
    while (n > 0 && numbers[0] * numbers[0] <= limit) {
        long p = numbers[0], kept = 0, *next = malloc(8 * n);
        for (long i = 1; i < n; i++)
            if (numbers[i] % p != 0) next[kept++] = numbers[i];
        free(numbers);
        numbers = next;
        n = kept;
        primes[found++] = p;
    }
    for (long i = 0; i < n; i++) primes[found++] = numbers[i];
    printf("%ld %ld\n", found, primes[found - 1]);
}
