"""The right-hand side of two densities with full C and D (nine points) by numba.

    python3 bench/peers/kernels_numba.py [POINTS]          loops by hand with weights put together, fast-math
    python3 bench/peers/kernels_numba.py POINTS fields     each derivative of each density an array, as py-pde compiles
                                                           an equation of its user

POINTS² cells, 2048 if not given; one thread. Needs numpy and numba (Debian: python3-numba).
"""
import sys

import numba
import numpy as np

from equation import Cx, Cy, Dxx, Dxy, Dyy, Q, field, report


@numba.njit(fastmath=True)
def by_hand(u, out, weights):
    ny, nx = u.shape[1:]
    for y in range(ny):
        south, north = (y - 1 if y > 0 else ny - 1), (y + 1 if y < ny - 1 else 0)
        for x in range(nx):
            west, east = (x - 1 if x > 0 else nx - 1), (x + 1 if x < nx - 1 else 0)
            for p in range(2):
                total = 0.0
                for q in range(2):
                    w = weights[p, q]
                    corners = u[q, north, east] - u[q, north, west] - u[q, south, east] + u[q, south, west]
                    total += (w[0] * u[q, y, x] + w[1] * u[q, y, west] + w[2] * u[q, y, east] + w[3] * u[q, south, x] +
                              w[4] * u[q, north, x] + w[5] * corners)
                out[p, y, x] = total


@numba.njit
def derivatives(full):
    """Of one density with its ghost cells: d_x, d_y, d_x d_x, d_y d_y, d_x d_y, an array each."""
    ny, nx = full.shape[0] - 2, full.shape[1] - 2
    all = np.empty((5, ny, nx))
    for y in range(1, ny + 1):
        for x in range(1, nx + 1):
            all[0, y - 1, x - 1] = (full[y, x + 1] - full[y, x - 1]) / 2
    for y in range(1, ny + 1):
        for x in range(1, nx + 1):
            all[1, y - 1, x - 1] = (full[y + 1, x] - full[y - 1, x]) / 2
    for y in range(1, ny + 1):
        for x in range(1, nx + 1):
            all[2, y - 1, x - 1] = full[y, x + 1] - 2 * full[y, x] + full[y, x - 1]
    for y in range(1, ny + 1):
        for x in range(1, nx + 1):
            all[3, y - 1, x - 1] = full[y + 1, x] - 2 * full[y, x] + full[y - 1, x]
    for y in range(1, ny + 1):
        for x in range(1, nx + 1):
            all[4, y - 1, x - 1] = (full[y + 1, x + 1] - full[y + 1, x - 1] - full[y - 1, x + 1] +
                                    full[y - 1, x - 1]) / 4
    return all


@numba.njit
def with_ghosts(u):
    ny, nx = u.shape
    full = np.empty((ny + 2, nx + 2))
    full[1:-1, 1:-1] = u
    full[0, 1:-1], full[-1, 1:-1] = u[-1], u[0]
    full[:, 0], full[:, -1] = full[:, -2], full[:, 1]
    return full


@numba.njit
def by_fields(u, out, Q, Cx, Cy, Dxx, Dxy, Dyy):
    a, b = derivatives(with_ghosts(u[0])), derivatives(with_ghosts(u[1]))
    for p in range(2):
        out[p] = (Q[p, 0] * u[0] + Cx[p, 0] * a[0] + Cy[p, 0] * a[1] + Dxx[p, 0] * a[2] + Dyy[p, 0] * a[3] +
                  2 * Dxy[p, 0] * a[4] + Q[p, 1] * u[1] + Cx[p, 1] * b[0] + Cy[p, 1] * b[1] + Dxx[p, 1] * b[2] +
                  Dyy[p, 1] * b[3] + 2 * Dxy[p, 1] * b[4])


if __name__ == "__main__":
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    u = field(points)
    out = np.empty_like(u)
    if len(sys.argv) > 2:
        report(lambda: by_fields(u, out, Q, Cx, Cy, Dxx, Dxy, Dyy), points**2)
    else:
        weights = np.stack([Q - 2 * Dxx - 2 * Dyy, Dxx - Cx / 2, Dxx + Cx / 2, Dyy - Cy / 2, Dyy + Cy / 2, Dxy / 2], 2)
        report(lambda: by_hand(u, out, weights), points**2)
