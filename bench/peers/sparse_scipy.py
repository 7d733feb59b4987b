"""The six slowest modes of a network at k = 0 as a user of scipy finds them: eigsh in shift-invert mode on the
symmetrised generator. Argument: the file that rdd_bench_sparse wrote. Prints seconds (wall, processor) and the
eigenvalues, ascending."""
import sys
import time

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import eigsh

with open(sys.argv[1], "rb") as file:
    states, hops = np.fromfile(file, np.int32, 2)
    origin = np.fromfile(file, np.int32, hops)
    target = np.fromfile(file, np.int32, hops)
    rate = np.fromfile(file, np.float64, hops)
    log_weight = np.fromfile(file, np.float64, states)

# -Pi^(-1/2) Q Pi^(1/2): off-diagonal entries are minus the geometric means of a rate and its reverse.
mean = rate * np.exp((log_weight[origin] - log_weight[target]) / 2)
matrix = sparse.coo_matrix((-mean, (target, origin)), shape=(states, states)).tocsc()
matrix += sparse.diags(np.bincount(origin, rate, states)).tocsc()
matrix = (matrix + matrix.T).tocsc() / 2

wall, processor = time.perf_counter(), time.process_time()
# The matrix is singular: a shift a little below zero, as one does.
lambdas = eigsh(matrix, 6, sigma=-1e-3, which="LM", tol=1e-10)[0]
print(time.perf_counter() - wall, time.process_time() - processor, *np.sort(lambdas))
