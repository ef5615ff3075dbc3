#include <stdio.h>
#include <stdlib.h>

typedef struct tree {
    struct tree *left, *right;
} tree;

static tree *make(int depth) {
    if (depth == 0) return NULL;
    tree *t = malloc(sizeof *t);
    t->left = make(depth - 1);
    t->right = make(depth - 1);
    return t;
}

static long check(const tree *t) { return t == NULL ? 1 : 1 + check(t->left) + check(t->right); }

static void drop(tree *t) {
    if (t == NULL) return;
    drop(t->left);
    drop(t->right);
    free(t);
}

int main(void) {
    tree *long_lived = make(16);
    int depth = 4;
    for (long n = 262144; n > 0; n /= 16, depth += 4) {
        long sum = 0;
        for (long i = 0; i < n; i++) {
            tree *t = make(depth);
            sum += check(t);
            drop(t);
        }
        printf("%ld trees of depth %d: %ld\n", n, depth, sum);
    }
    printf("%ld\n", check(long_lived));
    drop(long_lived);
}
