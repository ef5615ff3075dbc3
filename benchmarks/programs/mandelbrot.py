"""Twin of mandelbrot.snow: a loop of float arithmetic."""


def escapes(cx: float, cy: float) -> bool:
    x = y = 0.0
    for _ in range(100):
        if x * x + y * y > 4:
            return True
        x, y = x * x - y * y + cx, 2 * x * y + cy
    return False


N = 2000
print(sum(not escapes(3.0 * j / N - 2, 2.0 * i / N - 1) for i in range(N) for j in range(N)))
