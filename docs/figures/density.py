#!/usr/bin/python3
"""Draws docs/figures/fig1c.png: the two densities of the paper's third example over time, and its spectrum.

    build/release/bin/rdd run examples/paper/fig1c.rdd --solve relax --output /tmp/fig1c.h5
    build/release/bin/rdd query examples/paper/fig1c.rdd --json -e "bands grid [1, 201]" > /tmp/fig1c.bands
    docs/figures/density.py /tmp/fig1c.h5 /tmp/fig1c.bands

Needs Debian's python3-h5py and python3-matplotlib.
"""
import json
import sys

import h5py
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

with h5py.File(sys.argv[1]) as file:
    times = file["time"][:]
    fields = {name: file["fields"][name][:] for name in file["fields"]}
with open(sys.argv[2]) as file:
    bands = json.loads(file.readline())

figure, axes = plt.subplots(1, 4, figsize=(12, 3), gridspec_kw={"width_ratios": [1.25, 1, 1, 1]}, layout="constrained")
phases = [k[1] for k in bands["k"]]
for m in range(len(bands["lambda"][0])):
    axes[0].plot(phases, [max(abs(l[m][0]), 1e-4) for l in bands["lambda"]], color="C3" if m < 2 else "0.6", lw=1.8 if m < 2 else 1)
axes[0].axhspan(bands["band_max"][1], bands["band_min"][2], color="C0", alpha=0.12, lw=0)
axes[0].text(0, (bands["band_max"][1] * bands["band_min"][2]) ** 0.5, "gap", ha="center", va="center")
axes[0].set(yscale="log", ylim=(1e-3, 40), xlabel="k$_y$ a", ylabel="decay rate (1/s)", title="10 bands, 2 of them slow")
for axis, time in zip(axes[1:], (0, 6, 30)):
    step = abs(times - time).argmin()
    total = sum(field[step].squeeze() for field in fields.values())
    axis.imshow(total, origin="lower", extent=(0, 60, 0, 60), cmap="magma_r")
    axis.set(title=f"density at {times[step]:.0f} s", xlabel="x (nm)")
axes[1].set_ylabel("y (nm)")
figure.savefig("docs/figures/fig1c.png" if len(sys.argv) < 4 else sys.argv[3], dpi=110)
