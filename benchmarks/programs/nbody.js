function pull(b, other, dt) {
  const dx = b.x - other.x;
  const dy = b.y - other.y;
  const dz = b.z - other.z;
  const d2 = dx * dx + dy * dy + dz * dz;
  if (d2 === 0) return b;
  const m = (other.mass * dt) / (d2 * Math.sqrt(d2));
  return { x: b.x, y: b.y, z: b.z, vx: b.vx - dx * m, vy: b.vy - dy * m, vz: b.vz - dz * m, mass: b.mass };
}

function move(b, dt) {
  return { x: b.x + dt * b.vx, y: b.y + dt * b.vy, z: b.z + dt * b.vz, vx: b.vx, vy: b.vy, vz: b.vz, mass: b.mass };
}

function step(bodies, dt) {
  return bodies.map((b) => bodies.reduce((acc, other) => pull(acc, other, dt), b)).map((b) => move(b, dt));
}

function energy(bodies) {
  let sum = 0;
  bodies.forEach((b, i) => {
    sum += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
    for (const o of bodies.slice(i + 1)) {
      const dx = b.x - o.x;
      const dy = b.y - o.y;
      const dz = b.z - o.z;
      sum -= (b.mass * o.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  });
  return sum;
}

let bodies = [
  { x: 0, y: 0, z: 0, vx: 0, vy: 0, vz: 0, mass: 39.47841760435743 },
  { x: 4.84, y: -1.16, z: -0.103, vx: 0.606, vy: 2.81, vz: -0.0252, mass: 0.0376 },
  { x: 8.34, y: 4.12, z: -0.403, vx: -1.01, vy: 1.82, vz: 0.00841, mass: 0.0112 },
  { x: 12.8, y: -15.1, z: -0.223, vx: 1.08, vy: 0.868, vz: -0.0108, mass: 0.00172 },
  { x: 15.3, y: -25.9, z: 0.179, vx: 0.979, vy: 0.594, vz: -0.0347, mass: 0.00203 },
];
for (let i = 0; i < 1000000; i++) bodies = step(bodies, 0.01);
console.log(String(energy(bodies)));
