"""The right-hand side of two densities with full C and D (nine points) by py-pde's compiled back end (numba).

    python3 bench/peers/kernels_py_pde.py [POINTS]     POINTS² cells, 2048 if not given

Needs py-pde, which Debian does not package: the script runs where a user has installed it. Compilation takes a minute.
"""
import os
import sys

os.environ.setdefault("NUMBA_NUM_THREADS", "1")

try:
    import pde
except ImportError:
    sys.exit("py-pde is not installed here")

from equation import Cx, Cy, Dxx, Dxy, Dyy, Q, field, report


def line(p):
    """The equation of one density in py-pde's words."""
    terms = []
    for q, name in enumerate("ab"):
        terms += [f"({Q[p, q]}) * {name}", f"({Cx[p, q]}) * d_dx({name})", f"({Cy[p, q]}) * d_dy({name})",
                  f"({Dxx[p, q]}) * d2_dx2({name})", f"({Dyy[p, q]}) * d2_dy2({name})",
                  f"({2 * Dxy[p, q]}) * d_dx(d_dy({name}))"]
    return " + ".join(terms)


if __name__ == "__main__":
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    grid = pde.CartesianGrid([[0, points], [0, points]], points, periodic=True)
    state = pde.FieldCollection([pde.ScalarField(grid, density.T.copy()) for density in field(points)])
    right_hand_side = pde.PDE({"a": line(0), "b": line(1)}).make_pde_rhs(state, backend="numba")
    data = state.data
    report(lambda: right_hand_side(data, 0.0), points**2)
