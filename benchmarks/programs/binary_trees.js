class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}

function make(depth) {
  return depth === 0 ? null : new Node(make(depth - 1), make(depth - 1));
}

function check(tree) {
  return tree === null ? 1 : 1 + check(tree.left) + check(tree.right);
}

const longLived = make(16);
let depth = 4;
for (let n = 262144; n > 0; n = Math.floor(n / 16)) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += check(make(depth));
  console.log(`${n} trees of depth ${depth}: ${sum}`);
  depth += 4;
}
console.log(String(check(longLived)));
