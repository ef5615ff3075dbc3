function escapes(cx, cy) {
  let x = 0;
  let y = 0;
  for (let left = 100; left > 0; left--) {
    if (x * x + y * y > 4) return true;
    const next = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = next;
  }
  return false;
}

const n = 2000;
let count = 0;
for (let i = 0; i < n; i++) {
  for (let j = 0; j < n; j++) if (!escapes((3 * j) / n - 2, (2 * i) / n - 1)) count++;
}
console.log(String(count));
