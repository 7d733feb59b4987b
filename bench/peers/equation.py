"""The equation all peers of rdd_bench_kernels work on, with the numbers of bench/kernels_bench.cpp:

    d rho/dt = Q rho + sum_a C_a d_a rho + sum_ab D_ab d_a d_b rho

for two densities on a periodic grid with cells of length 1. Entry (i, j) of a matrix is a number from a fixed formula.
"""
import time

import numpy as np


def entry(k, i, j):
    return 0.1 * np.sin(1 + 7 * k + 3 * i + 5 * j)


def matrix(k, diagonal=0.0):
    return np.array([[entry(k, i, j) + (diagonal if i == j else 0) for j in range(2)] for i in range(2)])


Q = np.array([[-0.3, 0.4], [0.3, -0.4]])
Cx, Cy = matrix(0), matrix(1)
Dxx, Dxy, Dyy = matrix(3, 1.0), matrix(4), matrix(7, 1.0)


def field(points):
    y, x = np.mgrid[0:points, 0:points]
    return np.stack([1 + 0.1 * np.sin(0.1 * x) + np.cos(0.05 * y), 1 + 0.2 * np.cos(0.07 * x)])


def report(function, cells, seconds=2.0):
    """Prints the median rate of calls of `function`, in million cells a second, after one call to warm up."""
    start = time.perf_counter()
    function()
    first = time.perf_counter() - start
    times = []
    while sum(times) < seconds or len(times) < 3:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    print(f"{cells / np.median(times) * 1e-6:.4g} million cells a second (first call {first:.2g} s)", flush=True)
