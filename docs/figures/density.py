#!/usr/bin/python3
"""Draws docs/figures/overview.png: the bands of the paper's third example, and the crowdion's density over time.

    build/release/bin/rdd query examples/paper/fig1c.rdd --json -e "bands grid [1, 201]" > /tmp/fig1c.bands
    build/release/bin/rdd run examples/crowdion.rdd --output /tmp/relax.h5
    docs/figures/density.py /tmp/fig1c.bands /tmp/relax.h5

Needs Debian's python3-h5py and python3-matplotlib.
"""
import json
import sys

import h5py
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

with open(sys.argv[1]) as file:
    bands = json.loads(file.readline())
with h5py.File(sys.argv[2]) as file:
    times = file["time"][:]
    total = sum(file["fields"][name][:] for name in file["fields"]).squeeze()

figure, axes = plt.subplots(1, 4, figsize=(12, 3), gridspec_kw={"width_ratios": [1.25, 1, 1, 1]}, layout="constrained")
phases = [k[1] for k in bands["k"]]
for m in range(len(bands["lambda"][0])):
    slow = m < 2
    axes[0].plot(phases, [max(at_k[m][0], 1e-4) for at_k in bands["lambda"]], color="C3" if slow else "0.6", lw=1.8 if slow else 1)
low, high = bands["band_max"][1], bands["band_min"][2]
axes[0].axhspan(low, high, color="C0", alpha=0.12, lw=0)
axes[0].text(0, (low * high) ** 0.5, "gap", ha="center", va="center")
axes[0].set(yscale="log", ylim=(1e-3, 40), xlabel="k$_y$ a", ylabel="decay rate (1/s)", title="fig. 1c: 10 bands, 2 of them slow")
for axis, time in zip(axes[1:], (0, 4e-9, 40e-9)):
    step = abs(times - time).argmin()
    axis.imshow(total[step] ** 0.5, origin="lower", extent=(0, 200, 0, 200), cmap="magma_r")
    axis.set(title=f"crowdions at {times[step] * 1e9:.0f} ns", xlabel="x (nm)")
axes[1].set_ylabel("y (nm)")
figure.savefig("docs/figures/overview.png", dpi=110)
