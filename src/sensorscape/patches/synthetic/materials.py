"""What the covers of the ground look like: reflectance in Sentinel-2's bands, backscatter in C band.

Reflectances are rounded to two or three digits from the shapes of the ECOSTRESS spectral library (Meerdink et al., Remote Sens. Environ.
230, 2019) for the named materials; canopies (which are not leaves) are lower by their own shadow: assumed. Backscatter follows the C-band
means of Ulaby and Dobson, "Handbook of Radar Scattering Statistics for Terrain" (1989), near 38° incidence, rounded to 0.5 dB: assumed.
"""

import numpy as np

BANDS = ("B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12")
WAVELENGTHS = np.array([0.490, 0.560, 0.665, 0.705, 0.740, 0.783, 0.842, 0.865, 1.610, 2.190])
"""Central wavelengths of Sentinel-2's bands in micrometres (ESA, Sentinel-2 User Handbook)."""
COARSE = np.array([band in ("B5", "B6", "B7", "B8A", "B11", "B12") for band in BANDS])
"""The bands with pixels of 20 m (ESA, Sentinel-2 User Handbook)."""

ROOFS = ("tile", "bitumen", "concrete", "metal")
COVERS = (*ROOFS, "asphalt", "stone", "trees", "shrub", "green", "dry", "soil", "sand", "rock", "water")

REFLECTANCE = {
    "tile": (0.052, 0.075, 0.155, 0.19, 0.21, 0.22, 0.23, 0.24, 0.28, 0.21),
    "bitumen": (0.06, 0.065, 0.07, 0.075, 0.08, 0.085, 0.09, 0.095, 0.105, 0.09),
    "concrete": (0.14, 0.15, 0.165, 0.175, 0.19, 0.195, 0.2, 0.205, 0.22, 0.18),
    "metal": (0.28, 0.285, 0.295, 0.3, 0.31, 0.315, 0.32, 0.325, 0.33, 0.27),
    "asphalt": (0.07, 0.075, 0.08, 0.088, 0.095, 0.1, 0.105, 0.11, 0.12, 0.1),
    "stone": (0.13, 0.14, 0.155, 0.165, 0.18, 0.185, 0.19, 0.195, 0.22, 0.175),
    "trees": (0.02, 0.034, 0.023, 0.058, 0.18, 0.235, 0.25, 0.27, 0.125, 0.048),
    "shrub": (0.035, 0.058, 0.050, 0.090, 0.165, 0.200, 0.215, 0.235, 0.19, 0.105),
    "green": (0.028, 0.054, 0.037, 0.085, 0.245, 0.315, 0.33, 0.355, 0.185, 0.08),
    "dry": (0.05, 0.072, 0.097, 0.125, 0.165, 0.19, 0.21, 0.23, 0.26, 0.15),
    "soil": (0.065, 0.083, 0.11, 0.13, 0.15, 0.165, 0.18, 0.195, 0.25, 0.185),
    "sand": (0.16, 0.205, 0.26, 0.28, 0.3, 0.31, 0.32, 0.33, 0.4, 0.33),
    "rock": (0.12, 0.145, 0.165, 0.175, 0.185, 0.19, 0.195, 0.20, 0.24, 0.22),
    "water": (0.040, 0.045, 0.028, 0.020, 0.012, 0.012, 0.010, 0.009, 0.004, 0.003),
}
"""Reflectance at the ground by cover and band, unitless."""

LEAFLESS = (0.045, 0.060, 0.070, 0.085, 0.115, 0.130, 0.14, 0.150, 0.19, 0.12)
"""Trees and shrubs without leaves: bark and litter (assumed)."""
TURBID = (0.075, 0.100, 0.085, 0.075, 0.045, 0.040, 0.032, 0.030, 0.006, 0.004)
"""Water that carries sediment (assumed)."""

BACKSCATTER = {  # VV, VH in decibels
    "tile": (-11.0, -19.0),
    "bitumen": (-12.0, -20.0),
    "concrete": (-11.5, -20.0),
    "metal": (-10.5, -19.0),
    "asphalt": (-16.0, -25.0),
    "stone": (-14.5, -23.5),
    "trees": (-10.0, -16.0),
    "shrub": (-11.5, -18.0),
    "green": (-12.5, -19.5),
    "dry": (-13.5, -21.0),
    "soil": (-13.0, -22.5),
    "sand": (-16.0, -26.0),
    "rock": (-11.0, -20.5),
}
"""Backscatter by cover, without double bounce and point scatterers. Water is not here: wind roughens it (`radar`)."""


def spectra(leaf: float, turbidity: float) -> np.ndarray:
    """Reflectance of all `COVERS`, (14, 10): trees and shrubs mixed with leafless ones, water with turbid water; shares in [0, 1]."""
    table = np.array([REFLECTANCE[cover] for cover in COVERS])
    for cover in ("trees", "shrub"):
        index = COVERS.index(cover)
        table[index] = leaf * table[index] + (1 - leaf) * np.array(LEAFLESS)
    water = COVERS.index("water")
    table[water] = (1 - turbidity) * table[water] + turbidity * np.array(TURBID)
    return table
