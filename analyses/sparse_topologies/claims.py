"""What the paper claims, what was found, and a verdict for each: the table of the README."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from tables import biased, error_at, fair, figure_5, propagation, small, stored, uniform

from topograph.analyzers import relation
from topograph.studies import markdown_table, read_claims, verdict

HERE = Path(__file__).parent


def found() -> dict[str, float]:
    """Compute what the claims speak of."""
    return {**_figure_5(), **_matching(), **_initialisation(), **_reconstruction(), **_prediction()}


def _figure_5() -> dict[str, float]:
    """Links and controllability of the four networks of Fig. 5."""
    table = figure_5().set_index("network")
    low_rank = small().set_index("network").loc["low_rank(32, 18), skips"]
    least_even = min(uniform(name).std for name in ("hypercube", "torus"))
    most_even = max(uniform(name).std for name in ("clos", "butterfly"))
    return {
        **{f"links_{name}": table.links[name] for name in table.index},
        "control_is_trainable": (table.control_total - table.trainable).abs().max(),
        "control_is_freedom": (table.control_total - table.freedom_skip).abs().max(),
        "control_is_freedom_low_rank": low_rank.control_total - low_rank.freedom,
        "lemma_vi_3": low_rank.control_total,
        "uneven": least_even,
        "even": most_even,
        "uneven_trained": max(fair(name).std for name in ("hypercube", "torus")),
        "even_trained": biased("clos").std,
    }


def _matching() -> dict[str, float]:
    """Matchings beside what can be satisfied."""
    table = small().set_index("network")
    everything = table.loc["Fig. 7, all links train"]
    five = figure_5().matching_all
    return {
        "matching_figure_7": everything.matching,
        "matching_figure_7_constant": table.matching["Fig. 7"],
        "freedom_figure_7": everything.freedom,
        "matching_is_freedom": (table.matching - table.freedom).max(),
        "matching_is_blind": five.max() - five.min(),
    }


def _initialisation() -> dict[str, float]:
    """Variances after 20 layers, and accuracies on digits."""
    last = {law: measured.forward_gain for law, (_, measured) in propagation().items()}
    digits = stored("initialisation")
    deep = digits[(digits.density == digits.density.min()) & (digits.depth == digits.depth.max())]
    accuracy = deep.groupby("law").test_accuracy
    return {
        "variance_kept": last["sparse_xavier"],
        "variance_lost": last["dense_xavier"] * 64**20,
        "sparse_trains": accuracy.min()["sparse_xavier_uniform"],
        "dense_fails": accuracy.max()["dense_xavier_uniform"],
    }


def _reconstruction() -> dict[str, float]:
    """Errors of reconstruction, interpolated at equal numbers of weights."""
    table = stored("reconstruction")
    plain, skip = table[~table["skip"]], table[table["skip"]]
    middle = error_at(skip, 640, against="trainable")
    before = error_at(plain, 640, against="trainable")
    little = error_at(skip, 448, against="trainable")
    by_links = error_at(plain, 1152, against="links")
    growing = ["butterfly", "hypercube", "torus"]
    parallel = [_parallel(error_at(skip, n, against="trainable")) for n in (608, 896)]
    return {
        "skip_butterfly": middle.butterfly / before.butterfly,
        "skip_hypercube": middle.hypercube / before.hypercube,
        "skip_similar": middle.hypercube / middle.butterfly,
        "clos_loses_butterfly": little.clos / little.butterfly,
        "clos_loses_hypercube": little.clos / little.hypercube,
        "clos_wins": by_links.clos / by_links[["butterfly", "hypercube"]].min(),
        "low_rank_wins": by_links["low rank"] / by_links[growing].min(skipna=True),
        "parallel_best": max(parallel),
        "parallel_best_links": _parallel(by_links),
    }


def _parallel(errors: pd.Series[float]) -> float:
    """Error of the parallel butterfly over the least of the others."""
    return errors["parallel butterfly"] / errors.drop("parallel butterfly").min()


def _prediction() -> dict[str, float]:
    """Rank correlations of spread and error."""
    groups = stored("prediction").groupby("group")
    ranks = [
        relation(one.variation.to_numpy(), one["mean"].to_numpy()).spearman for _, one in groups
    ]
    table = stored("reconstruction")
    plain = table[~table["skip"]]
    spread = {"butterfly": 0.0, "hypercube": uniform("hypercube").std, "clos": 0.0}
    errors = error_at(plain, 1152, against="links")
    across = relation(list(spread.values()), [errors[name] for name in spread], log=False).spearman
    return {"spread_predicts": min(ranks), "spread_across": across}


def table() -> str:
    """Return the verdicts as a Markdown table."""
    values = found()
    claims = read_claims(HERE / "expected.toml")
    return markdown_table([verdict(claim, values[key]) for key, claim in claims.items()])


if __name__ == "__main__":
    print(table())
