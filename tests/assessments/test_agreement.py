"""Agreement of raters: the table of Shrout and Fleiss, what other programs compute, and an independent derivation."""

import random
from itertools import product
from statistics import covariance, fmean, variance

import pytest

from assessments.agreement import correlations, mean_squares, weighted_kappa

# Shrout & Fleiss 1979, table 2: six subjects, four judges; tables 3 and 4 give what it comes to.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
NEAR = 1e-9


def test_table_of_shrout_and_fleiss_to_its_printed_digits() -> None:
    squares, found = mean_squares(SHROUT_FLEISS), correlations(SHROUT_FLEISS)

    printed = (squares.subjects, squares.within, squares.raters, squares.residual)
    assert [round(float(value), 2) for value in printed] == [11.24, 6.26, 32.49, 1.02]
    assert [round(value, 2) for value in (found.one_way, found.two_way_random, found.two_way_fixed)] == [
        0.17,
        0.29,
        0.71,
    ]


# Mean squares of statsmodels 0.15.0 (ordinary least squares, anova_lm), put into the formulas of Shrout and Fleiss.
GOLDEN_ICC: list[tuple[list[list[int]], tuple[float, float, float]]] = [
    ([[15, 1, -13, -11], [52, 37, 80, 87], [35, 44, 43, 60], [16, 38, 28, 32], [53, 75, 60, 51], [5, 9, 6,
        -17]], (0.797979797979798, 0.7962500072159651, 0.7698816700156283)),
    ([[49, 67], [62, 61], [29, 24], [55, 67], [42, 34], [12, 14], [14, 8], [16, 31], [28, 52], [21, 51]],
        (0.7196189495365602, 0.7274882452882373, 0.7707528082048419)),
    ([[43, 37], [17, 8], [65, 54], [52, 44], [41, 56], [-1, 2], [28, 24], [45, 28], [20, 18], [8, 25], [38,
        31], [52, 54], [19, 39], [10, -1], [64, 53], [13, 24], [52, 66], [1, 20], [62, 68], [41, 48], [20, 15],
        [21, 14], [13, 21], [40, 53], [5, 2]], (0.8614974280815394, 0.8612562322574489, 0.8582669677879472)),
]  # fmt: skip
# cohen_kappa_score of scikit-learn 1.9.1 without weights, with linear and with quadratic ones.
GOLDEN_KAPPA: list[tuple[list[int], list[int], tuple[float, float, float]]] = [
    (
        [4, 2, 2, 4, 4, 1, 2, 4, 1, 4, 3, 4],
        [4, 4, 2, 4, 3, 2, 3, 4, 2, 4, 4, 4],
        (0.20879120879120872, 0.4814814814814815, 0.6746987951807228),
    ),
    (
        [1, 3, 3, 4, 3, 1, 1, 2, 0, 3, 4, 0, 3, 2, 4, 4, 3, 1, 4, 1, 0, 2, 3, 1, 1, 0, 4, 3, 3, 0, 4, 1, 3, 2,
            4, 0, 1, 0, 2, 0],
        [1, 2, 2, 4, 3, 1, 0, 2, 2, 2, 4, 0, 3, 2, 4, 4, 3, 1, 4, 1, 0, 2, 4, 2, 1, 0, 4, 4, 4, 1, 4, 1, 3, 2,
            4, 0, 1, 0, 2, 0],
        (0.6908809891808345, 0.832189168573608, 0.9220623501199041),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), GOLDEN_ICC)
def test_correlations_are_those_of_another_program(
    table: list[list[int]], expected: tuple[float, float, float]
) -> None:
    found = correlations(table)

    assert (found.one_way, found.two_way_random, found.two_way_fixed) == pytest.approx(expected, abs=NEAR)


@pytest.mark.parametrize(("first", "second", "expected"), GOLDEN_KAPPA)
def test_kappas_are_those_of_another_program(
    first: list[int], second: list[int], expected: tuple[float, float, float]
) -> None:
    pairs = list(zip(first, second, strict=True))

    assert [weighted_kappa(pairs, weights=each) for each in ("none", "linear", "quadratic")] == pytest.approx(
        expected, abs=NEAR
    )


def test_correlations_of_two_raters_from_variances_and_covariance() -> None:
    """For two raters the mean squares reduce to the variances of both and their covariance: another way to each."""
    dice = random.Random(7)
    for _ in range(50):
        table = [[base + dice.randint(-5, 9), base + dice.randint(-5, 5)] for base in dice.choices(range(60), k=12)]
        ones, others = [row[0] for row in table], [row[1] for row in table]
        n, both, shift = len(table), covariance(ones, others), fmean(ones) - fmean(others)
        spread = variance(ones) + variance(others)
        within = ((n - 1) * (spread - 2 * both) + n * shift**2) / (2 * n)
        between = (spread + 2 * both) / 2

        found = correlations(table)

        assert found.two_way_fixed == pytest.approx(2 * both / spread, abs=NEAR)
        assert found.one_way == pytest.approx((between - within) / (between + within), abs=NEAR)
        residual = (spread - 2 * both) / 2
        raters = n * shift**2 / 2
        assert found.two_way_random == pytest.approx(
            (between - residual) / (between + residual + 2 * (raters - residual) / n), abs=NEAR
        )


@pytest.mark.parametrize(("weights", "power"), [("none", 0), ("linear", 1), ("quadratic", 2)])
def test_kappa_from_the_table_of_counts(weights: str, power: int) -> None:
    dice = random.Random(power)
    for _ in range(50):
        pairs = [(dice.randint(0, 4), dice.randint(0, 4)) for _ in range(30)]
        counts = {cell: pairs.count(cell) / len(pairs) for cell in product(range(5), repeat=2)}
        rows = [sum(counts[i, j] for j in range(5)) for i in range(5)]
        columns = [sum(counts[i, j] for i in range(5)) for j in range(5)]
        agree = {(i, j): 1 - (abs(i - j) / 4) ** power if power else float(i == j) for i, j in counts}
        observed = sum(agree[cell] * share for cell, share in counts.items())
        expected = sum(agree[i, j] * rows[i] * columns[j] for i, j in counts)

        assert weighted_kappa(pairs, weights=weights) == pytest.approx((observed - expected) / (1 - expected), abs=NEAR)


@pytest.mark.parametrize("table", [[], [[1, 2]], [[1], [2]], [[1, 2], [3]]])
def test_what_is_no_table_has_no_agreement(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="two subjects"):
        mean_squares(table)


def test_where_nothing_varies_nothing_is_said() -> None:
    assert correlations([[3, 3], [3, 3]]).one_way is None
    assert weighted_kappa([]) is None
    assert weighted_kappa([(2, 2), (2, 2)]) is None
    assert weighted_kappa([(1, 1), (2, 2)]) == 1.0
