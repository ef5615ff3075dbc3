class Node {
  constructor(left, key, right) {
    this.left = left;
    this.key = key;
    this.right = right;
  }
}

function insert(tree, key) {
  if (tree === null) return new Node(null, key, null);
  if (key < tree.key) return new Node(insert(tree.left, key), tree.key, tree.right);
  if (key > tree.key) return new Node(tree.left, tree.key, insert(tree.right, key));
  return tree;
}

function digest(tree, sum) {
  return tree === null ? sum : digest(tree.right, (digest(tree.left, sum) * 31 + tree.key) % 1000000007);
}

let tree = null;
let seed = 42;
for (let i = 0; i < 400000; i++) {
  tree = insert(tree, seed);
  seed = Number((BigInt(seed) * 1103515245n + 12345n) % 2147483648n);
}
console.log(String(digest(tree, 0)));
