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
    "tile": (0.06, 0.09, 0.19, 0.23, 0.25, 0.26, 0.27, 0.28, 0.34, 0.29),
    "bitumen": (0.07, 0.08, 0.085, 0.09, 0.095, 0.10, 0.105, 0.11, 0.13, 0.12),
    "concrete": (0.16, 0.18, 0.20, 0.21, 0.22, 0.23, 0.235, 0.24, 0.27, 0.25),
    "metal": (0.24, 0.25, 0.26, 0.265, 0.27, 0.275, 0.28, 0.285, 0.31, 0.28),
    "asphalt": (0.08, 0.09, 0.10, 0.105, 0.11, 0.115, 0.12, 0.125, 0.15, 0.14),
    "stone": (0.16, 0.18, 0.20, 0.21, 0.22, 0.225, 0.23, 0.235, 0.27, 0.25),
    "trees": (0.022, 0.040, 0.026, 0.065, 0.175, 0.225, 0.24, 0.26, 0.13, 0.058),
    "shrub": (0.035, 0.058, 0.050, 0.090, 0.165, 0.200, 0.215, 0.235, 0.19, 0.105),
    "green": (0.035, 0.066, 0.045, 0.100, 0.235, 0.295, 0.31, 0.335, 0.20, 0.10),
    "dry": (0.065, 0.092, 0.120, 0.150, 0.180, 0.200, 0.22, 0.240, 0.30, 0.20),
    "soil": (0.080, 0.105, 0.140, 0.160, 0.175, 0.190, 0.205, 0.220, 0.29, 0.25),
    "sand": (0.17, 0.22, 0.28, 0.30, 0.31, 0.32, 0.33, 0.34, 0.41, 0.37),
    "rock": (0.12, 0.145, 0.165, 0.175, 0.185, 0.19, 0.195, 0.20, 0.24, 0.22),
    "water": (0.040, 0.045, 0.028, 0.020, 0.012, 0.012, 0.010, 0.009, 0.004, 0.003),
}
"""Reflectance at the ground by cover and band, unitless."""

LEAFLESS = (0.045, 0.060, 0.070, 0.085, 0.115, 0.130, 0.14, 0.150, 0.19, 0.12)
"""Trees and shrubs without leaves: bark and litter (assumed)."""
TURBID = (0.075, 0.100, 0.085, 0.075, 0.045, 0.040, 0.032, 0.030, 0.006, 0.004)
"""Water that carries sediment (assumed)."""

BACKSCATTER = {  # VV, VH in decibels
    "tile": (-10.0, -18.0),
    "bitumen": (-11.0, -19.0),
    "concrete": (-10.5, -19.0),
    "metal": (-9.5, -18.0),
    "asphalt": (-16.0, -25.0),
    "stone": (-14.5, -23.5),
    "trees": (-9.5, -15.5),
    "shrub": (-11.0, -17.5),
    "green": (-11.5, -18.5),
    "dry": (-12.5, -20.5),
    "soil": (-12.5, -22.0),
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
