"""Twin of nbody.snow: bodies as tuples that never change."""

from __future__ import annotations

from functools import reduce
from math import sqrt

Body = tuple[float, float, float, float, float, float, float]


def pull(b: Body, other: Body, dt: float) -> Body:
    x, y, z, vx, vy, vz, mass = b
    dx, dy, dz = x - other[0], y - other[1], z - other[2]
    d2 = dx * dx + dy * dy + dz * dz
    if d2 == 0:
        return b
    m = other[6] * dt / (d2 * sqrt(d2))
    return (x, y, z, vx - dx * m, vy - dy * m, vz - dz * m, mass)


def move(b: Body, dt: float) -> Body:
    x, y, z, vx, vy, vz, mass = b
    return (x + dt * vx, y + dt * vy, z + dt * vz, vx, vy, vz, mass)


def step(bodies: list[Body], dt: float) -> list[Body]:
    pulled = [reduce(lambda acc, other: pull(acc, other, dt), bodies, b) for b in bodies]
    return [move(b, dt) for b in pulled]


def energy(bodies: list[Body]) -> float:
    total = 0.0
    for i, (x, y, z, vx, vy, vz, mass) in enumerate(bodies):
        total += 0.5 * mass * (vx * vx + vy * vy + vz * vz)
        for o in bodies[i + 1 :]:
            dx, dy, dz = x - o[0], y - o[1], z - o[2]
            total -= mass * o[6] / sqrt(dx * dx + dy * dy + dz * dz)
    return total


system: list[Body] = [
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47841760435743),
    (4.84, -1.16, -0.103, 0.606, 2.81, -0.0252, 0.0376),
    (8.34, 4.12, -0.403, -1.01, 1.82, 0.00841, 0.0112),
    (12.8, -15.1, -0.223, 1.08, 0.868, -0.0108, 0.00172),
    (15.3, -25.9, 0.179, 0.979, 0.594, -0.0347, 0.00203),
]
for _ in range(1000000):
    system = step(system, 0.01)
print(energy(system))
