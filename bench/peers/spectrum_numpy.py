"""The spectrum of the paper's third example on its 101 x 101 grid, as one would compute it with numpy.

    python3 bench/peers/spectrum_numpy.py [REPETITIONS]

Three ways, all bands with left and right vectors, on one thread; prints the least processor time of each in seconds, as JSON:

  scipy_eig       one k at a time: scipy.linalg.eig with left and right vectors of Q(k)
  numpy_eig       one k at a time: numpy.linalg.eig of Q(k), left vectors from the inverse of the matrix of right ones
  numpy_eigh      numpy.linalg.eigh of all symmetrised matrices in one call, which are there already
  numpy_assembly  what it takes to make those, vectorised over k

Needs numpy and scipy (Debian: python3-numpy, python3-scipy).
"""
import csv
import json
import os
import pathlib
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy.linalg

POINTS = 101


def network():
    """Weights (M) and the blocks {d: Q(d)}: Q(d)[i, j] is the rate j -> i; a jump by t stands in Q(-t)."""
    folder = pathlib.Path(__file__).resolve().parents[2] / "examples" / "paper"
    with open(folder / "fig1c.states.csv") as file:
        rows = list(csv.DictReader(file))
    names = [row["state"] for row in rows]
    weights = np.array([float(row["weight"]) for row in rows])
    index = {name: i for i, name in enumerate(names)}
    blocks = {}
    with open(folder / "fig1c.rates.csv") as file:
        for row in csv.DictReader(file):
            d = (-int(row["tx"]), -int(row["ty"]))
            block = blocks.setdefault(d, np.zeros((len(names), len(names))))
            block[index[row["to"]], index[row["from"]]] += float(row["rate"])
    return weights, blocks


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    weights, blocks = network()
    escape = sum(blocks.values()).sum(axis=0)
    displacements = np.array(list(blocks), dtype=float)
    rates = np.array(list(blocks.values()))
    line = np.linspace(-np.pi, np.pi, POINTS)
    grid = [np.array([x, y]) for x in line for y in line]
    diagonal = np.diag(escape)

    def operator(k):
        q = -diagonal.astype(complex)
        for d, block in zip(displacements, rates):
            q += block * np.exp(1j * (d @ k))
        return q

    def scipy_eig():
        for k in grid:
            scipy.linalg.eig(operator(k), left=True, right=True)

    def numpy_eig():
        for k in grid:
            values, right = np.linalg.eig(operator(k))
            np.linalg.inv(right)

    root = np.sqrt(weights)
    balanced = rates * root[None, None, :] / root[None, :, None]

    def assemble():
        phases = np.exp(1j * np.array(grid) @ displacements.T)
        stack = np.tensordot(phases, balanced, axes=1) - diagonal
        return 0.5 * (stack + stack.conj().transpose(0, 2, 1))

    stack = assemble()
    runs = {"scipy_eig": scipy_eig, "numpy_eig": numpy_eig, "numpy_eigh": lambda: np.linalg.eigh(stack),
            "numpy_assembly": assemble}
    best = {name: float("inf") for name in runs}
    for repetition in range(repetitions):
        for name, run in runs.items():
            for _ in range(1 if name.endswith("eig") else 5):
                start = time.process_time()
                run()
                best[name] = min(best[name], time.process_time() - start)
    print(json.dumps(best))


if __name__ == "__main__":
    main()
