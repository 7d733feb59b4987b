# Writes defects.json: jumps, diffusivity and decay rates of each ready defect, found from the geometry of crystals alone.
#
#     python3 tests/data/stdlib/defects.py > tests/data/stdlib/defects.json
#
# A network is a list of sites in Cartesian coordinates and a rule that says which sites a defect can reach from another:
# neighbours at a distance, axes at an angle, pairs of atoms that stay a pair. No symmetry, no fractional coordinates.
import itertools
import json

import numpy as np

kB = 1.380649e-23
eV = 1.602176634e-19
T = 700.0
nu = 1e12


def rate(barrier):
    return nu * np.exp(-barrier * eV / (kB * T))


def cubic(integers):
    """All vectors whose components are these integers in any order with any signs."""
    signs = itertools.product((1, -1), repeat=len(integers))
    return sorted({tuple(s * c for s, c in zip(sign, p)) for sign in signs for p in itertools.permutations(integers)})


def axes(integers):
    """The same, one of each pair of opposite directions."""
    return [np.array(v) for v in cubic(integers) if v > tuple(-c for c in v)]


class Network:
    """States (place, label) of one cell of a lattice; jumps added by their displacement in space."""

    def __init__(self, vectors):
        self.vectors = np.array(vectors, float)
        self.states, self.energy, self.jumps = [], [], []

    def add(self, place, label="", energy=0.0):
        self.states.append((np.array(place, float), label))
        self.energy.append(energy)

    def find(self, place, label):
        for i, (other, name) in enumerate(self.states):
            f = np.linalg.lstsq(self.vectors.T, np.asarray(place) - other, rcond=None)[0]
            if name == label and np.allclose(f, np.round(f), atol=1e-6):
                return i
        return None

    def jump(self, i, displacement, label, k):
        """A jump that leads nowhere is none."""
        displacement = np.array(displacement, float)
        j = self.find(self.states[i][0] + displacement, label)
        if j is not None:
            self.jumps.append((i, j, displacement, k))

    def neighbours(self, distance, barrier, kinds=None):
        """Jumps between all sites at a distance; the barrier is seen from the lower one."""
        reach = range(-3, 4)
        shifts = [np.array(n) @ self.vectors for n in itertools.product(reach, repeat=len(self.vectors))]
        for i, (p, a) in enumerate(self.states):
            for j, (q, b) in enumerate(self.states):
                if kinds and {a, b} != set(kinds):
                    continue
                for s in shifts:
                    d = q + s - p
                    if abs(np.linalg.norm(d) - distance) < 1e-6 * distance:
                        self.jumps.append((i, j, d, self.over(i, j, barrier)))

    def over(self, i, j, barrier):
        """The rate from i to j where the barrier is seen from the lower of the two."""
        return rate(barrier - self.energy[i] + min(self.energy[i], self.energy[j]))

    def weights(self):
        w = np.exp(-np.array(self.energy) * eV / (kB * T))
        return w / w.sum()

    def diffusivity(self):
        """D = 1/2 sum pi k u u^T with u = d + c_j - c_i, the correctors c making sum k u = 0 at each state."""
        n, m = len(self.states), self.vectors.shape[1]
        pi, generator, mean = self.weights(), np.zeros((n, n)), np.zeros((n, m))
        for i, j, d, k in self.jumps:
            generator[i, j] += k
            generator[i, i] -= k
            mean[i] += k * d
        c = np.linalg.lstsq(generator, -mean, rcond=None)[0]
        D = np.zeros((m, m))
        for i, j, d, k in self.jumps:
            u = d + c[j] - c[i]
            D += pi[i] * k * np.outer(u, u) / 2
        return D

    def decay(self, k):
        """Eigenvalues of the master equation for plane waves, ascending."""
        n, pi = len(self.states), self.weights()
        matrix = np.zeros((n, n), complex)
        for i, j, d, rate in self.jumps:
            matrix[i, i] += rate
            matrix[i, j] -= rate * np.sqrt(pi[i] / pi[j]) * np.exp(1j * np.dot(k, d))
        assert np.allclose(matrix, matrix.conj().T, rtol=1e-9, atol=1e-6)
        return np.linalg.eigvalsh(matrix)


a = 1e-9
sc = a * np.eye(3)
bcc = a / 2 * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
fcc = a / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])


def vacancy(vectors, sites, distance):
    net = Network(vectors)
    for s in sites:
        net.add(s)
    net.neighbours(distance, 0.5)
    return net


def vacancy_hcp():
    c = 1.6e-9
    net = Network([[a, 0, 0], [-a / 2, a * 3**0.5 / 2, 0], [0, 0, c]])
    net.add([0, a / 3**0.5, c / 4])
    net.add([0, -a / 3**0.5, -c / 4])
    net.neighbours(a, 0.5)
    net.neighbours((a * a / 3 + c * c / 4) ** 0.5, 0.6)
    return net


def octahedral_bcc():
    net = Network(bcc)
    for axis in np.eye(3):
        net.add(a / 2 * axis)
    net.neighbours(a / 2, 0.5)
    return net


def tetrahedral_bcc():
    net = Network(bcc)
    for site in sorted(set(itertools.permutations((0, 1, 2)))):
        net.add(a / 4 * np.array(site))
    assert len(net.states) == 6
    net.neighbours(a / 8**0.5, 0.5)
    return net


def interstitial_fcc():
    net = Network(fcc)
    net.add([a / 2] * 3, "O")
    net.add([a / 4] * 3, "T", 0.1)
    net.add([3 * a / 4] * 3, "T", 0.1)
    net.neighbours(3**0.5 / 4 * a, 0.5, "OT")
    return net


def oriented(vectors, directions):
    net = Network(vectors)
    for u in directions:
        net.add([0, 0, 0], tuple(u))
    return net


def dumbbell_fcc():
    directions = axes((1, 0, 0))
    net = oriented(fcc, directions)
    for i, u in enumerate(directions):
        for w in directions:
            if np.dot(u, w) != 0:
                continue
            net.jump(i, [0, 0, 0], tuple(w), rate(0.6))
            for d in cubic((1, 1, 0)):  # neighbours in the plane of both axes
                if np.dot(d, u) != 0 and np.dot(d, w) != 0:
                    net.jump(i, a / 2 * np.array(d), tuple(w), rate(0.5))
    return net


def dumbbell_bcc():
    directions = axes((1, 1, 0))
    net = oriented(bcc, directions)
    for i, u in enumerate(directions):
        for w in directions:
            if abs(np.dot(u, w)) != 1:  # 60 degrees: cos = 1/2
                continue
            net.jump(i, [0, 0, 0], tuple(w), rate(0.6))
            for d in cubic((1, 1, 1)):  # neighbours ahead of both the old and the new dumbbell
                if np.dot(d, u) != 0 and np.dot(d, w) != 0:
                    net.jump(i, a / 2 * np.array(d), tuple(w), rate(0.5))
    return net


def crowdion_bcc():
    directions = axes((1, 1, 1))
    net = oriented(bcc, directions)
    for i, u in enumerate(directions):
        for sign in (1, -1):
            net.jump(i, sign * a / 2 * u, tuple(u), rate(0.5))
        for w in directions:
            if tuple(w) != tuple(u):
                net.jump(i, [0, 0, 0], tuple(w), rate(0.6))
    return net


d = a / 2**0.5
square = d * np.eye(2)
hexagonal = d * np.array([[1, 0], [-0.5, 3**0.5 / 2]])


def adatom_100():
    net = Network(square)
    net.add([0, 0])
    net.neighbours(d, 0.6)
    net.neighbours(a, 0.5)
    return net


def adatom_111():
    net = Network(hexagonal)
    net.add([0, 0], "F")
    net.add([0, d / 3**0.5], "H", 0.1)
    net.neighbours(d / 3**0.5, 0.5, "FH")
    return net


class Pairs:
    """Two atoms on the sites of a surface, seen as one defect at the middle of the pair."""

    def __init__(self, vectors, sites, allowed):
        self.sites = sites  # [(place, kind)] of one cell
        self.vectors = np.array(vectors)
        self.allowed = allowed  # (kinds, distance) -> energy
        self.net = Network(vectors)
        self.atoms = []  # of each state: two (place, kind)
        shifts = [np.array(n) @ self.vectors for n in itertools.product(range(-3, 4), repeat=2)]
        self.all = [(p + s, kind) for p, kind in sites for s in shifts]
        for p in sites:
            for q in self.all:
                label = self.label(p, q)
                if label and self.net.find((p[0] + q[0]) / 2, label) is None:
                    self.net.add((p[0] + q[0]) / 2, label, self.energy_of(p, q))
                    self.atoms.append((p, q))

    def energy_of(self, p, q):
        distance = np.linalg.norm(q[0] - p[0])
        for (kinds, length), energy in self.allowed.items():
            if sorted(kinds) == sorted(p[1] + q[1]) and abs(distance - length) < 1e-6 * d:
                return energy
        return None

    def label(self, p, q):
        """Kinds and direction, without head or tail; nothing where the two are no pair."""
        if self.energy_of(p, q) is None:
            return None
        r = np.round((q[0] - p[0]) / d, 6) + 0.0
        r = max(tuple(r), tuple(-r + 0.0))
        return "".join(sorted(p[1] + q[1])), r

    def move(self, state, moved, barrier_of):
        p, q = self.atoms[state]
        label = self.label(*moved)
        if label is None:
            return
        shift = (moved[0][0] + moved[1][0] - p[0] - q[0]) / 2
        j = self.net.find(self.net.states[state][0] + shift, label)
        barrier = barrier_of(state, j)
        self.net.jumps.append((state, j, shift, rate(barrier)))

    def near(self, site, distance):
        return [s for s in self.everywhere(site) if abs(np.linalg.norm(s[0] - site[0]) - distance) < 1e-6 * d]

    def everywhere(self, site):
        """Sites around a place."""
        cell = np.round(np.linalg.solve(self.vectors.T, site[0])) @ self.vectors
        return [(p + cell, kind) for p, kind in self.all]


def dimer_100():
    pairs = Pairs(square, [(np.zeros(2), "S")], {("SS", d): 0.0, ("SS", 2**0.5 * d): 0.1})
    energy = pairs.net.energy
    for i, (p, q) in enumerate(pairs.atoms):
        for to in pairs.near(p, d):
            if energy[i] != pairs.energy_of(to, q):
                pairs.move(i, (to, q), lambda i, j: 0.5 - energy[i] + min(energy[i], energy[j]))
        for to in pairs.near(q, d):
            if energy[i] != pairs.energy_of(p, to):
                pairs.move(i, (p, to), lambda i, j: 0.5 - energy[i] + min(energy[i], energy[j]))
    return pairs.net


def dimer_111():
    kinds = {("FF", d): 0.0, ("HH", d): 0.03, ("FH", 2 * d / 3**0.5): 0.1}
    pairs = Pairs(hexagonal, [(np.zeros(2), "F"), (np.array([0, d / 3**0.5]), "H")], kinds)
    energy = pairs.net.energy
    higher = lambda barrier: lambda i, j: barrier - energy[i] + min(energy[i], energy[j])
    for i, (p, q) in enumerate(pairs.atoms):
        for to in pairs.near(p, d / 3**0.5):
            pairs.move(i, (to, q), higher(0.5))
        for to in pairs.near(q, d / 3**0.5):
            pairs.move(i, (p, to), higher(0.5))
        if p[1] != q[1]:
            continue
        for to in pairs.near(p, d / 3**0.5):
            slide = to[0] - p[0]
            if abs(np.dot(slide, q[0] - p[0])) > 1e-6 * d * d:  # along the row, not across it
                pairs.move(i, (to, (q[0] + slide, to[1])), higher(0.6))
    return pairs.net


A = "a = 1 nm, nu = 1 THz, "
cases = [
    ("vacancy_sc", A + "E_mig = 0.5 eV", vacancy(sc, [[0, 0, 0]], a)),
    ("vacancy_bcc", A + "E_mig = 0.5 eV", vacancy(bcc, [[0, 0, 0]], 3**0.5 / 2 * a)),
    ("vacancy_fcc", A + "E_mig = 0.5 eV", vacancy(fcc, [[0, 0, 0]], a / 2**0.5)),
    ("vacancy_hcp", A + "c = 1.6 nm, E_basal = 0.5 eV, E_nonbasal = 0.6 eV", vacancy_hcp()),
    ("vacancy_diamond", A + "E_mig = 0.5 eV", vacancy(fcc, [[0, 0, 0], [a / 4] * 3], 3**0.5 / 4 * a)),
    ("interstitial_octahedral_bcc", A + "E_mig = 0.5 eV", octahedral_bcc()),
    ("interstitial_tetrahedral_bcc", A + "E_mig = 0.5 eV", tetrahedral_bcc()),
    ("interstitial_fcc", A + "E_OT = 0.5 eV, dE = 0.1 eV", interstitial_fcc()),
    ("dumbbell_fcc", A + "E_mig = 0.5 eV, E_rot = 0.6 eV", dumbbell_fcc()),
    ("dumbbell_bcc", A + "E_mig = 0.5 eV, E_rot = 0.6 eV", dumbbell_bcc()),
    ("crowdion_bcc", A + "E_glide = 0.5 eV, E_rot = 0.6 eV", crowdion_bcc()),
    ("adatom_100", A + "E_hop = 0.6 eV, E_exchange = 0.5 eV", adatom_100()),
    ("adatom_111", A + "E_mig = 0.5 eV, dE = 0.1 eV", adatom_111()),
    ("dimer_100", A + "E_shear = 0.5 eV, dE = 0.1 eV", dimer_100()),
    ("dimer_111", A + "E_intra = 0.5 eV, E_inter = 0.6 eV, dE_FH = 0.1 eV, dE_HH = 0.03 eV", dimer_111()),
]

wave = [0.9e9, -0.4e9, 1.7e9]  # 1/m, of no symmetry
result = []
for name, arguments, net in cases:
    m = net.vectors.shape[1]
    result.append(
        {
            "module": name,
            "arguments": arguments,
            "temperature": T,
            "states": len(net.states),
            "jumps": len(net.jumps),
            "D": net.diffusivity().round(30).tolist(),
            "k": wave[:m],
            "decay": net.decay(np.array(wave[:m])).tolist(),
        }
    )
print("[\n" + ",\n".join(json.dumps(case) for case in result) + "\n]")
