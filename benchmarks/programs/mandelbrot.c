#include <stdio.h>

static int escapes(double cx, double cy) {
    double x = 0, y = 0;
    for (int left = 100; left > 0; left--) {
        if (x * x + y * y > 4) return 1;
        double next = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = next;
    }
    return 0;
}

int main(void) {
    long n = 2000, count = 0;
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++) count += !escapes(3.0 * j / n - 2, 2.0 * i / n - 1);
    printf("%ld\n", count);
}
