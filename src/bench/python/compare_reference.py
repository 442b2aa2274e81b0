"""Writes the numbers that the tests of room `compare` are held to, from scipy and statsmodels.

    python src/bench/python/compare_reference.py > src/test/resources/golden/compare/seeds.json
"""

import itertools
import json

import numpy
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

ARMS = {
    # the first two are those of the metrics page
    "five seeds": [[88.91, 88.25, 89.40, 87.93, 88.66], [87.75, 88.31, 88.02, 87.10, 87.95]],
    "two seeds": [[70.0, 71.5], [69.0, 71.25]],
    "no difference": [[80.1, 79.4, 80.8, 80.3, 79.9, 80.0], [80.0, 79.6, 80.7, 80.4, 79.8, 80.1]],
    "one far value": [[75.0, 76.0, 74.0, 75.5, 76.5, 90.0, 75.0], [75.2, 75.9, 74.1, 75.2, 76.4, 70.0, 75.1]],
    "four arms": [
        [88.1, 87.2, 88.9, 87.7, 88.4, 88.0, 87.5, 88.3],
        [87.0, 86.6, 87.9, 86.9, 87.1, 87.4, 86.5, 87.2],
        [87.9, 87.3, 88.7, 87.9, 88.2, 87.8, 87.6, 88.1],
        [60.3, 61.1, 59.8, 60.0, 60.9, 61.4, 59.9, 60.2],
    ],
    "ties": [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.0, 3.0, 2.0, 3.0, 4.0, 5.0]],
    "twelve seeds": [
        [float(x) for x in numpy.round(numpy.random.default_rng(3).normal(50, 1, 12), 3)],
        [float(x) for x in numpy.round(numpy.random.default_rng(4).normal(49.5, 1, 12), 3)],
    ],
}
MARGIN = 0.75


def pair(first, second):
    d = numpy.array(first) - numpy.array(second)
    paired = stats.ttest_rel(first, second)
    interval = paired.confidence_interval(0.95)
    # in whole thousandths, whose sums are exact: scipy takes ties that differ by rounding for no ties
    whole = [numpy.round(1000 * numpy.array(arm)) for arm in (first, second)]
    exact = stats.permutation_test(
        whole, lambda x, y, axis: numpy.sum(x - y, axis=axis),
        permutation_type="samples", n_resamples=numpy.inf, alternative="two-sided", vectorized=True)
    low = stats.ttest_1samp(d, -MARGIN, alternative="greater").pvalue
    high = stats.ttest_1samp(d, MARGIN, alternative="less").pvalue
    return {
        "mean": float(d.mean()), "sd": float(d.std(ddof=1)), "ci95": [float(interval.low), float(interval.high)],
        "t": float(paired.statistic), "p": float(paired.pvalue), "sign_flip": float(exact.pvalue),
        "equivalence": float(max(low, high)),
    }


def case(name, arms):
    pairs = [{"a": a, "b": b, **pair(arms[a], arms[b])} for a, b in itertools.combinations(range(len(arms)), 2)]
    for of in ("p", "sign_flip", "equivalence"):
        for one, adjusted in zip(pairs, multipletests([one[of] for one in pairs], method="holm")[1]):
            one[of + "_holm"] = float(adjusted)
    return {"name": name, "arms": arms, "margin": MARGIN, "pairs": pairs}


print(json.dumps({
    "made_by": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": numpy.__version__},
    "cases": [case(name, arms) for name, arms in ARMS.items()],
}, indent=1))
