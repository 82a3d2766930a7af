"""Ranks and rank correlations, vectorised over leading axes (bootstrap samples)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensorscape.landscape.landscape import Floats


def mid_ranks(values: Floats) -> Floats:
    """Ranks 1 … n along the second-last axis, ties at their mean: (…, n, B) → (…, n, B)."""
    order = np.argsort(values, axis=-2, kind="stable")
    ordered = np.take_along_axis(values, order, axis=-2)
    n = values.shape[-2]
    places = np.arange(n).reshape(-1, 1)
    changes = ordered[..., 1:, :] != ordered[..., :-1, :]
    edge = np.ones((*values.shape[:-2], 1, values.shape[-1]), dtype=bool)
    first = np.maximum.accumulate(np.where(np.concatenate([edge, changes], axis=-2), places, 0), axis=-2)
    last = np.where(np.concatenate([changes, edge], axis=-2), places, n)
    last = np.flip(np.minimum.accumulate(np.flip(last, axis=-2), axis=-2), axis=-2)
    found = np.empty(values.shape)
    np.put_along_axis(found, order, (first + last) / 2 + 1.0, axis=-2)
    return found


def order_codes(values: Floats) -> NDArray[Any]:
    """Small whole numbers in the order of the values, ties alike, column by column: (…, n, B) → (…, n, B).

    What asks for the order alone (rank sets) sorts them several times as fast, by radix. Values with NaN, and more than 32,767 of a
    column, come back as they are.
    """
    if np.isnan(values).any() or values[..., 0].size > np.iinfo(np.int16).max:
        return values
    columns = [np.unique(values[..., column], return_inverse=True)[1].reshape(values.shape[:-1]) for column in range(values.shape[-1])]
    return np.stack(columns, axis=-1).astype(np.int16)


def pearson(one: Floats, two: Floats) -> Floats:
    """Correlation along the last axis, (…, n) and (…, n) → (…); NaN where one is constant."""
    a = one - one.mean(axis=-1, keepdims=True)
    b = two - two.mean(axis=-1, keepdims=True)
    top = np.einsum("...i,...i->...", a, b)
    bottom = np.sqrt(np.einsum("...i,...i->...", a, a) * np.einsum("...i,...i->...", b, b))
    scale = np.maximum(np.abs(one).max(axis=-1), 1e-300) * np.maximum(np.abs(two).max(axis=-1), 1e-300) * one.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(bottom > 1e-13 * scale, np.clip(top / bottom, -1, 1), np.nan))


def spearman(one: Floats, two: Floats) -> Floats:
    """Rank correlation along the last axis, ties at their mean rank."""
    return pearson(mid_ranks(one[..., None])[..., 0], mid_ranks(two[..., None])[..., 0])


def kendall(one: Floats, two: Floats) -> Floats:
    """Kendall's τ_b along the last axis, by counting all pairs: (…, n) → (…); NaN where one is constant."""
    n = one.shape[-1]
    i, j = np.triu_indices(n, 1)
    a, b = np.sign(one[..., i] - one[..., j]), np.sign(two[..., i] - two[..., j])
    top = np.einsum("...i,...i->...", a, b)
    bottom = np.sqrt(np.einsum("...i,...i->...", a, a) * np.einsum("...i,...i->...", b, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(bottom > 0, top / bottom, np.nan))


def kendall_long(one: Floats, two: Floats) -> float:
    """Kendall's τ_b of (n,) and (n,) in O(n log n), for tables: discordant pairs counted by merging."""
    order = np.lexsort((two, one))
    a, b = one[order], two[order]
    n = len(a)
    pairs = n * (n - 1) // 2
    tied_a, tied_b = _tied(a), _tied(np.sort(b))
    both = _tied_both(a, b)
    swaps = _inversions(b)
    top = pairs - tied_a - tied_b + both - 2 * swaps
    bottom = np.sqrt(float(pairs - tied_a)) * np.sqrt(float(pairs - tied_b))
    return float(top / bottom) if bottom > 0 else float("nan")


def _tied(ordered: Floats) -> int:
    sizes = np.diff(np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])))
    return int((sizes * (sizes - 1) // 2).sum())


def _tied_both(a: Floats, b: Floats) -> int:
    ends = np.concatenate([[True], (a[1:] != a[:-1]) | (b[1:] != b[:-1]), [True]])
    sizes = np.diff(np.flatnonzero(ends))
    return int((sizes * (sizes - 1) // 2).sum())


def _inversions(values: Floats) -> int:
    """Pairs i < j with values[i] > values[j], by bottom-up merging of sorted blocks."""
    ranks = np.unique(values, return_inverse=True)[1].astype(np.int64)
    n, width, found = len(ranks), 1, 0
    span = int(ranks.max(initial=0)) + 1
    places = np.arange(n)
    while width < n:
        block = places // (2 * width)
        key = block * span + ranks
        right = (places // width) % 2 == 1
        # in every double block count, for each element of the right half, the elements of the left half that are greater
        left_keys = np.sort(key[~right])
        ends = np.searchsorted(left_keys, (block[right] + 1) * span, side="left")
        found += int((ends - np.searchsorted(left_keys, key[right], side="right")).sum())
        width *= 2
    return found
