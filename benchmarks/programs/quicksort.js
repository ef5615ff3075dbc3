function sort(xs) {
  if (xs.length === 0) return [];
  const pivot = xs[0];
  const rest = xs.slice(1);
  const low = sort(rest.filter((x) => x < pivot));
  const high = sort(rest.filter((x) => x >= pivot));
  low.push(pivot);
  return low.concat(high);
}

const xs = [];
let seed = 42;
for (let i = 0; i < 500000; i++) {
  xs.push(seed);
  seed = Number((BigInt(seed) * 1103515245n + 12345n) % 2147483648n);
}
console.log(String(sort(xs).reduce((sum, x) => (sum * 31 + x) % 1000000007, 0)));
