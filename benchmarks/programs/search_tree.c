#include <stdio.h>
#include <stdlib.h>

typedef struct tree {
    struct tree *left, *right;
    long key;
} tree;

static tree *insert(tree *t, long key) {
    if (t == NULL) {
        t = calloc(1, sizeof *t);
        t->key = key;
    } else if (key < t->key) {
        t->left = insert(t->left, key);
    } else if (key > t->key) {
        t->right = insert(t->right, key);
    }
    return t;
}

static long digest(const tree *t, long sum) {
    return t == NULL ? sum : digest(t->right, (digest(t->left, sum) * 31 + t->key) % 1000000007);
}

int main(void) {
    tree *t = NULL;
    long seed = 42;
    for (long i = 0; i < 400000; i++) {
        t = insert(t, seed);
        seed = (seed * 1103515245 + 12345) % 2147483648;
    }
    printf("%ld\n", digest(t, 0));
}
