"""An explicit Euler step of two densities with full C and D (nine points) by Devito.

    python3 bench/peers/kernels_devito.py [POINTS]     POINTS² cells, 2048 if not given

Needs Devito, which Debian does not package: the script runs where a user has installed it. One thread, unless
DEVITO_LANGUAGE=openmp and OMP_NUM_THREADS say otherwise.
"""
import os
import sys

os.environ.setdefault("DEVITO_LOGGING", "ERROR")

try:
    import devito
except ImportError:
    sys.exit("Devito is not installed here")

from equation import Cx, Cy, Dxx, Dxy, Dyy, Q, field, report

STEPS = 10


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    # Cells of length 1; the last point along an axis is a cell of its own, its neighbour the first.
    grid = devito.Grid(shape=(points, points), extent=(points - 1, points - 1), dtype="float64")
    x, y = grid.dimensions
    densities = [devito.TimeFunction(name=name, grid=grid, space_order=2) for name in "ab"]
    for density, values in zip(densities, field(points)):
        density.data[0] = values.T
    dt = 0.05

    def at(density, dx, dy):
        return density.subs({x: x + dx * x.spacing, y: y + dy * y.spacing})

    def change(p):
        total = 0
        for q, u in enumerate(densities):
            ux, uy = (at(u, 1, 0) - at(u, -1, 0)) / 2, (at(u, 0, 1) - at(u, 0, -1)) / 2
            uxx, uyy = at(u, 1, 0) - 2 * u + at(u, -1, 0), at(u, 0, 1) - 2 * u + at(u, 0, -1)
            uxy = (at(u, 1, 1) - at(u, -1, 1) - at(u, 1, -1) + at(u, -1, -1)) / 4
            total += (Q[p, q] * u + Cx[p, q] * ux + Cy[p, q] * uy + Dxx[p, q] * uxx + Dyy[p, q] * uyy +
                      2 * Dxy[p, q] * uxy)
        return total

    # The halo of the domain stays as it is: a periodic one would only cost Devito time.
    step = devito.Operator([devito.Eq(u.forward, u + dt * change(p)) for p, u in enumerate(densities)])
    report(lambda: step.apply(time_m=0, time_M=STEPS - 1), STEPS * points**2)


if __name__ == "__main__":
    main()
