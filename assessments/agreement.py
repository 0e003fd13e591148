"""How far two raters agree: intraclass correlations by mean squares, and weighted kappa. Pure.

Shrout & Fleiss, Psychol Bull 1979;86:420-428, for the correlations: the one-way form where every subject has its own
raters, the two-way forms where all subjects have the same. Cohen, Psychol Bull 1968;70:213-220, for weighted kappa.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

Number = int | float | Fraction
WEIGHTS: dict[str, Callable[[int, int], int]] = {
    "none": lambda one, other: int(one != other),
    "linear": lambda one, other: abs(one - other),
    "quadratic": lambda one, other: (one - other) ** 2,
}
FEWEST = 2


@dataclass(frozen=True)
class MeanSquares:
    """The mean squares of a table of subjects by raters."""

    subjects: Fraction
    raters: Fraction
    residual: Fraction
    within: Fraction


@dataclass(frozen=True)
class Correlations:
    """Single-rating intraclass correlations: ICC(1,1), ICC(2,1) and ICC(3,1); None where nothing varies."""

    one_way: float | None
    two_way_random: float | None
    two_way_fixed: float | None


def mean_squares(table: Sequence[Sequence[Number]]) -> MeanSquares:
    """Returns the mean squares of a complete table, one row for each subject and one column for each rater.

    Raises ValueError for fewer than two subjects or raters, or rows of different length.
    """
    rows: list[list[Fraction]] = [[Fraction(value) for value in row] for row in table]
    n, k = len(rows), len(rows[0]) if rows else 0
    if n < FEWEST or k < FEWEST or any(len(row) != k for row in rows):
        raise ValueError("Agreement needs two subjects and two raters at least, and a complete table.")
    flat = [value for row in rows for value in row]
    grand = sum(flat, Fraction(0)) / len(flat)
    by_subject = [sum(row, Fraction(0)) / k for row in rows]
    by_rater = [sum(column, Fraction(0)) / n for column in zip(*rows, strict=True)]
    subjects = k * _squares(by_subject, grand)
    raters = n * _squares(by_rater, grand)
    total = _squares(flat, grand)
    return MeanSquares(
        subjects=subjects / (n - 1),
        raters=raters / (k - 1),
        residual=(total - subjects - raters) / ((n - 1) * (k - 1)),
        within=(total - subjects) / (n * (k - 1)),
    )


def correlations(table: Sequence[Sequence[Number]]) -> Correlations:
    """Returns the intraclass correlations of a complete table; see mean_squares."""
    found = mean_squares(table)
    n, k = len(table), len(table[0])
    between = found.subjects
    return Correlations(
        one_way=_ratio(between - found.within, between + (k - 1) * found.within),
        two_way_random=_ratio(
            between - found.residual,
            between + (k - 1) * found.residual + Fraction(k, n) * (found.raters - found.residual),
        ),
        two_way_fixed=_ratio(between - found.residual, between + (k - 1) * found.residual),
    )


def weighted_kappa(pairs: Sequence[tuple[int, int]], *, weights: str = "quadratic") -> float | None:
    """Returns how far two ratings of the same subjects agree beyond chance, or None where chance leaves nothing.

    `weights` says how much a disagreement counts: `none` all the same, `linear` or `quadratic` by its distance.
    """
    if not pairs:
        return None
    weigh, n = WEIGHTS[weights], len(pairs)
    firsts, seconds = [one for one, _ in pairs], [other for _, other in pairs]
    observed = Fraction(sum(weigh(one, other) for one, other in pairs), n)
    expected = Fraction(
        sum(
            firsts.count(one) * seconds.count(other) * weigh(one, other)
            for one in set(firsts)
            for other in set(seconds)
        ),
        n * n,
    )
    return None if expected == 0 else float(1 - observed / expected)


def _squares(values: Sequence[Fraction], around: Fraction) -> Fraction:
    return sum(((value - around) * (value - around) for value in values), Fraction(0))


def _ratio(above: Fraction, below: Fraction) -> float | None:
    return None if below == 0 else float(above / below)
