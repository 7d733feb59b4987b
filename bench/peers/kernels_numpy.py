"""The right-hand side of two densities with full C and D (nine points) as one writes it with numpy, on one thread.

    python3 bench/peers/kernels_numpy.py [POINTS]     POINTS² cells, 2048 if not given

Needs numpy (Debian: python3-numpy).
"""
import sys

import numpy as np

from equation import Cx, Cy, Dxx, Dxy, Dyy, Q, field, report


def right_hand_side(u):
    east, west = np.roll(u, -1, 2), np.roll(u, 1, 2)
    north, south = np.roll(u, -1, 1), np.roll(u, 1, 1)
    ux, uy = (east - west) / 2, (north - south) / 2
    uxx, uyy = east - 2 * u + west, north - 2 * u + south
    uxy = (np.roll(north, -1, 2) - np.roll(north, 1, 2) - np.roll(south, -1, 2) + np.roll(south, 1, 2)) / 4
    return np.stack([
        sum(Q[p, q] * u[q] + Cx[p, q] * ux[q] + Cy[p, q] * uy[q] + Dxx[p, q] * uxx[q] + Dyy[p, q] * uyy[q] +
            2 * Dxy[p, q] * uxy[q] for q in range(2)) for p in range(2)])


if __name__ == "__main__":
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    u = field(points)
    report(lambda: right_hand_side(u), points**2)
