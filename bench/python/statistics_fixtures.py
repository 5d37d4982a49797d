"""Writes fixtures/statistics/tricky.json: statistics of tricky inputs, computed without the code under test.

t tests by exact rational arithmetic and 60-digit incomplete beta functions, the stratified bootstrap over all resamples instead of
drawn ones, rows of GRIM by trying every count. Needs mpmath. Run with
    python3 bench/python/statistics_fixtures.py
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction as F

import mpmath

mpmath.mp.dps = 60
OUT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "statistics" / "tricky.json"


def real(x):
    return mpmath.mpf(x.numerator) / x.denominator


def two_sided(t, degrees):
    return mpmath.betainc(degrees / 2, mpmath.mpf(1) / 2, 0, degrees / (degrees + t * t), regularized=True)


def critical(degrees):
    """The value with 5 % beyond it on both sides together, by bisection of its logarithm."""
    low, high = mpmath.mpf("-3"), mpmath.mpf(10)
    for _ in range(160):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(mpmath.e ** middle, degrees) > mpmath.mpf("0.05") else (low, middle)
    return mpmath.e ** low


def moments(values):
    exact = [F(v) for v in values]
    mean = sum(exact) / len(exact)
    return mean, sum((v - mean) ** 2 for v in exact) / (len(exact) - 1)


def t_test(kind, first, second):
    """Of the binary numbers as they are: nothing is rounded before the square root."""
    m, n = len(first), len(second)
    if kind == "paired":
        # The differences are those of binary numbers, as any program takes them.
        difference, variance = moments([a - b for a, b in zip(first, second)])
        squared, degrees = variance / m, F(m - 1)
    else:
        (mean1, var1), (mean2, var2) = moments(first), moments(second)
        difference, a, b = mean1 - mean2, var1 / m, var2 / n
        if kind == "pooled":
            degrees = F(m + n - 2)
            squared = ((m - 1) * var1 + (n - 1) * var2) / degrees * (F(1, m) + F(1, n))
        else:
            squared = a + b
            degrees = F(m + n - 2) if squared == 0 else squared ** 2 / (a * a / (m - 1) + b * b / (n - 1))
    case = {"test": kind, "first": first, "second": second}
    if difference == 0 and squared == 0:
        return case | {"refused": True}
    error = mpmath.sqrt(real(squared))
    if squared == 0:
        return case | {"t": "Infinity" if difference > 0 else "-Infinity", "degrees": float(degrees), "p": 0.0,
                       "lower": float(difference), "upper": float(difference)}
    t, degrees = real(difference) / error, real(degrees)
    half = critical(degrees) * error
    return case | {"t": float(t), "degrees": float(degrees), "p": float(two_sided(t, degrees)),
                   "lower": float(real(difference) - half), "upper": float(real(difference) + half)}


SAMPLES = [
    ([0.1] * 3, [0.1] * 3),
    ([0.1] * 10, [0.1] * 3),
    ([1 / 3] * 7, [1 / 3] * 10),
    ([1e-300] * 5, [1e-300] * 5),
    ([1e300] * 6, [1e300] * 6),
    ([0.1] * 3, [0.2] * 3),
    ([0.1] * 10, [0.1, 0.1, 0.3]),
    ([1e-200, 2e-200, 4e-200], [3e-200, 5e-200, 9e-200]),
    ([1e200, 2e200, 4e200], [3e200, 5e200, 9e200]),
    ([1e307, -1e307, 0.5e307], [1.5e307, -0.5e307, -1e306]),
    ([1e16, 1e16 + 2, 1e16 + 4], [1e16 + 4, 1e16 + 6, 1e16 + 12]),
    ([1e-170, 3e-170, 2e-170, 7e-170], [1.0, 2.0, 4.0, 8.0]),
    ([0.0, 1.0], [1.0, 0.0]),
    ([1.0, 2.0], [1e6, 1e6 + 1e-3]),
    ([1.0, 1.0, 1.0, 1.0 + 2 ** -52], [1.0, 1.0, 1.0, 1.0]),
    ([5.0, 5.0, 5.0, 5.0, 6.0], [4.0, 4.0, 4.0, 4.0, 4.0]),
    ([-0.3, 0.2, 0.1, 0.7], [-0.3, 0.2, 0.1, 0.7]),
]
UNEQUAL = [([1e-200, 3e-200], [2e200, 3e200, 7e200]), ([0.1] * 30, [0.1] * 29 + [0.1 + 2 ** -54])]


def t_tests():
    cases = [t_test(kind, a, b) for kind in ("pooled", "welch") for a, b in SAMPLES + UNEQUAL]
    return cases + [t_test("paired", a, b) for a, b in SAMPLES if len(a) == len(b)]


def constants():
    return [{"value": value, "count": count} for value in (0.1, 1 / 3, -0.7, 1e-300, 1e300, 5e-324, 1.7e308) for count in (3, 7, 10)]


def interquartile(scores):
    ordered = sorted(s for row in scores for s in row)
    cut = len(ordered) // 4
    kept = ordered[cut:len(ordered) - cut]
    return sum(kept) / len(kept)


def average(scores):
    return sum(s for row in scores for s in row) / (len(scores) * len(scores[0]))


def improvement(first, second):
    tasks = range(len(first[0]))
    share = sum(F(sum((a[t] > b[t]) * 2 + (a[t] == b[t]) for a in first for b in second), 2 * len(first) * len(second)) for t in tasks)
    return share / len(first[0])


def redraws(scores):
    """Every way to draw as many runs of each task as there are, tasks apart."""
    runs, tasks = len(scores), len(scores[0])
    columns = [list(itertools.product([row[t] for row in scores], repeat=runs)) for t in range(tasks)]
    for drawn in itertools.product(*columns):
        yield [[drawn[t][r] for t in range(tasks)] for r in range(runs)]


def quantile(values, share):
    """The value at which the sum of shares passes the given one, and how far off the nearest sum is: a drawn bootstrap of enough draws
    gives the same value where that is wide."""
    ordered, count, at, gap, found = sorted(values), len(values), 0, F(1), None
    for value, group in itertools.groupby(ordered):
        at += len(list(group))
        gap = min(gap, abs(F(at, count) - share))
        if found is None and F(at, count) > share:
            found = value
    return found, gap


def stratified(name, *tables):
    exact = [[[F(s) for s in row] for row in table] for table in tables]
    statistic = {"mean": average, "interquartile mean": interquartile, "improvement": improvement}[name]
    results = [statistic(*drawn) for drawn in itertools.product(*[list(redraws(table)) for table in exact])]
    (lower, near), (upper, far) = quantile(results, F(1, 40)), quantile(results, F(39, 40))
    assert min(near, far) > F(1, 250), (name, tables, float(near), float(far))
    return {"statistic": name, "tables": tables, "resamples": len(results), "lower": float(lower), "upper": float(upper)}


def bootstraps():
    return [
        stratified("mean", [[0, 100], [1, 101]]),
        stratified("mean", [[1], [2], [4]]),
        stratified("mean", [[0.1], [0.1], [0.1]]),
        stratified("mean", [[0, 5], [0, 5], [0, 9]]),
        stratified("mean", [[1e-300, 3e-300], [2e-300, 7e-300]]),
        stratified("mean", [[-1e300], [1e300]]),
        stratified("interquartile mean", [[1, 10], [2, 20]]),
        stratified("interquartile mean", [[1, 2, 3, 1000]]),
        stratified("interquartile mean", [[0, 1], [0, 1], [1, 0]]),
        stratified("interquartile mean", [[0.5, 0.5], [0.5, 0.5]]),
        stratified("improvement", [[1], [3]], [[2], [2]]),
        stratified("improvement", [[0], [1], [2]], [[0], [1]]),
        stratified("improvement", [[1, 0], [1, 0]], [[0, 1], [0, 1]]),
        stratified("improvement", [[5], [5]], [[5], [5], [5]]),
    ]


def rounds_to(k, n, text, scale):
    """Whether a half may be rounded either way and k of n still be printed so."""
    digits = len(text.split(".")[1]) if "." in text else 0
    return abs(F(scale * k, n) - F(text)) * 2 * 10 ** digits <= 1


def grim_row(printed, n, percent=False):
    scale = 100 if percent else 1
    texts = [text.rstrip("%") for text in printed]
    fits = sum(any(rounds_to(k, n, text, scale) for k in range(n + 1)) for text in texts)
    fewest = min(len(text.split(".")[1]) if "." in text else 0 for text in texts)
    chance = min(F(1), F(n + 1, scale * 10 ** fewest + 1))
    m = len(texts)
    p = sum(math.comb(m, k) * chance ** k * (1 - chance) ** (m - k) for k in range(fits, m + 1))
    return {"printed": printed, "n": n, "attainable": fits, "p": float(p)}


def grim_rows():
    human_eval = ["0.5625", "0.7125", "0.7438", "0.5625", "0.625", "0.6438", "0.6563"]
    return [
        grim_row(human_eval, 160),
        grim_row(human_eval, 164),
        grim_row(human_eval, 1640),
        grim_row(["0.8840", "0.8757", "0.8923", "0.8681", "0.8825", "0.8454", "0.8802"], 1319),
        grim_row(["0.5", "0.25"], 4),
        grim_row(["0.125", "0.375"], 8),
        grim_row(["0.12", "0.13"], 8),
        grim_row(["0.00", "1.00"], 1),
        grim_row(["0.001", "0.999"], 100),
        grim_row(["66%", "34%", "61.5%"], 100, percent=True),
        grim_row(["33.3%", "66.7%", "50.0%"], 3, percent=True),
        grim_row(["1.000"], 1),
        grim_row(["0.3333333333"], 3),
    ]


if __name__ == "__main__":
    cases = {"t_tests": t_tests(), "constants": constants(), "stratified": bootstraps(), "grim_rows": grim_rows()}
    OUT.parent.mkdir(exist_ok=True)
    lists = [json.dumps(name) + ": [\n  " + ",\n  ".join(map(json.dumps, found)) + "\n]" for name, found in cases.items()]
    OUT.write_text("{\n" + ",\n".join(lists) + "\n}\n")
    print({name: len(found) for name, found in cases.items()})
