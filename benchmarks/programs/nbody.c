#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct body {
    double x, y, z, vx, vy, vz, mass;
} body;

static void step(body *bodies, double dt) {
    body before[5];
    memcpy(before, bodies, sizeof before);
    for (int i = 0; i < 5; i++) {
        body *b = &bodies[i];
        for (int j = 0; j < 5; j++) {
            double dx = b->x - before[j].x, dy = b->y - before[j].y, dz = b->z - before[j].z;
            double d2 = dx * dx + dy * dy + dz * dz;
            if (d2 == 0) continue;
            double m = before[j].mass * dt / (d2 * sqrt(d2));
            b->vx -= dx * m;
            b->vy -= dy * m;
            b->vz -= dz * m;
        }
    }
    for (int i = 0; i < 5; i++) {
        body *b = &bodies[i];
        b->x += dt * b->vx;
        b->y += dt * b->vy;
        b->z += dt * b->vz;
    }
}

static double energy(const body *bodies) {
    double sum = 0;
    for (int i = 0; i < 5; i++) {
        const body *b = &bodies[i];
        sum += 0.5 * b->mass * (b->vx * b->vx + b->vy * b->vy + b->vz * b->vz);
        for (int j = i + 1; j < 5; j++) {
            double dx = b->x - bodies[j].x, dy = b->y - bodies[j].y, dz = b->z - bodies[j].z;
            sum -= b->mass * bodies[j].mass / sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return sum;
}

int main(void) {
    body bodies[5] = {
        {0, 0, 0, 0, 0, 0, 39.47841760435743},
        {4.84, -1.16, -0.103, 0.606, 2.81, -0.0252, 0.0376},
        {8.34, 4.12, -0.403, -1.01, 1.82, 0.00841, 0.0112},
        {12.8, -15.1, -0.223, 1.08, 0.868, -0.0108, 0.00172},
        {15.3, -25.9, 0.179, 0.979, 0.594, -0.0347, 0.00203},
    };
    for (int i = 0; i < 1000000; i++) step(bodies, 0.01);
    printf("%.17g\n", energy(bodies));
}
