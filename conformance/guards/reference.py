"""Writes reference.json: what SciPy says about the formulas in packages/releases/src/guard.

Nothing of Sluice is used. `pip install scipy==1.17.1`, then `python conformance/guards/reference.py`. The two likelihoods that Sluice divides
in closed form are computed here one by one, as probability mass functions of SciPy, for the negative binomial and for the conditional binomial
reading, and divided; the numbers are rounded to 12 digits.
"""

import json
import math
import pathlib
import random

from scipy.stats import binom, nbinom

MARGINS = (1.2, 1.5, 2.0)
RATIOS = (2, 3, 5, 10, 20, 50, 100)


def negative_binomial(failed, expected, a, b, ratio):
    """Failures whose frequency is ratio × Gamma(a, rate b), over `expected` outcomes."""
    return nbinom.logpmf(failed, a, b / (b + ratio * expected))


def log_mean(logs):
    most = max(logs)
    return most + math.log(sum(math.exp(log - most) for log in logs) / len(logs))


def single_ratios(draw):
    cases = []
    for _ in range(60):
        failed = draw.choice([0, 1, 2, 5, 12, 40, 300])
        expected = draw.choice([1, 17, 250, 4000.5])
        a = draw.choice([0.3, 1, 7.5, 60])
        b = draw.choice([10, 333.3, 9000])
        margin, ratio = draw.choice(MARGINS), draw.choice(RATIOS)
        log = negative_binomial(failed, expected, a, b, ratio) - negative_binomial(failed, expected, a, b, margin)
        cases.append({"failed": failed, "expected": expected, "priorFailed": a, "priorExpected": b, "ratio": ratio, "margin": margin, "log": log})
    return cases


def conditional_binomials(draw):
    cases = []
    for _ in range(40):
        on, off = draw.randint(0, 40), draw.randint(0, 40)
        on_expected, off_expected = draw.uniform(0.2, 30), draw.uniform(0.2, 30)
        margin, ratio = draw.choice(MARGINS), draw.choice(RATIOS)

        def chance(times):
            return times * on_expected / (times * on_expected + off_expected)

        log = binom.logpmf(on, on + off, chance(ratio)) - binom.logpmf(on, on + off, chance(margin))
        cases.append({"failed": on, "expected": on_expected, "priorFailed": off, "priorExpected": off_expected, "ratio": ratio, "margin": margin, "log": log})
    return cases


def mixtures(draw):
    cases = []
    for _ in range(40):
        failed, expected = draw.randint(0, 60), draw.choice([20, 300, 2500])
        a, b = draw.uniform(0.5, 40), draw.uniform(50, 5000)
        margin = draw.choice(MARGINS)
        ratios = [times * margin for times in (4 / 3, 2, 3, 6, 12, 30, 60)]
        normal = negative_binomial(failed, expected, a, b, margin)
        log = log_mean([negative_binomial(failed, expected, a, b, ratio) - normal for ratio in ratios])
        cases.append({"failed": failed, "expected": expected, "priorFailed": a, "priorExpected": b, "margin": margin, "log": log})
    return cases


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return float(f"{value:.12g}") if isinstance(value, float) else value


def main():
    draw = random.Random(7)
    cases = {"ratios": single_ratios(draw), "binomials": conditional_binomials(draw), "mixtures": mixtures(draw)}
    lines = ["{"]
    for name, rows in cases.items():
        lines.append(f'  "{name}": [')
        lines.append(",\n".join("    " + json.dumps(rounded(row)) for row in rows))
        lines.append("  ]," if name != "mixtures" else "  ]")
    lines.append("}")
    (pathlib.Path(__file__).parent / "reference.json").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
