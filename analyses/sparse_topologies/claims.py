"""What the paper claims, what was found, and a verdict for each: the table of the README."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from networks import DEPTHS, FIGURE_5
from tables import biased, error_at, fair, figure_5, propagation, small, stored, uniform

from topograph.analyzers import relation
from topograph.studies import markdown_table, read_claims, verdict

HERE = Path(__file__).parent


def found() -> dict[str, float]:
    """Compute what the claims speak of."""
    parts = (_figure_5, _matching, _ratios, _initialisation, _reconstruction, _prediction)
    return {name: value for part in parts for name, value in part().items()}


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


def _ratios() -> dict[str, float]:
    """Ratios that training by absolute errors finds, beside the exact ones."""
    table = stored("ratios").set_index("network")
    return {
        "ratios_figure_7": table.most["Fig. 7"],
        "ratios_trained": (table.most / table.exact).min(),
    }


def _initialisation() -> dict[str, float]:
    """Variances after 20 layers, and accuracies of the sparsest and deepest networks."""
    last = {law: measured.forward_gain for law, (_, measured) in propagation().items()}
    values = {
        "variance_kept": last["sparse_xavier"],
        "variance_lost": last["dense_xavier"] * 64**20,
    }
    for name, data in (("initialisation", "digits"), ("initialisation_mnist", "mnist")):
        table = stored(name)
        deep = table[(table.density == table.density.min()) & (table.depth == table.depth.max())]
        accuracy = deep.groupby("law").test_accuracy
        values[f"sparse_trains_{data}"] = accuracy.min()["sparse_xavier_uniform"]
        values[f"dense_fails_{data}"] = accuracy.max()["dense_xavier_uniform"]
    return values


def _reconstruction() -> dict[str, float]:
    """Errors of reconstruction, interpolated at equal numbers of weights."""
    table = stored("reconstruction")
    plain, skip = table[~table["skip"]], table[table["skip"]]
    middle = error_at(skip, 640, against="trainable")
    before = error_at(plain, 640, against="trainable")
    little = error_at(skip, 448, against="trainable")
    by_links = error_at(plain, 1152, against="links")
    growing = list(DEPTHS)
    parallel = {n: _parallel(error_at(skip, n, against="trainable")) for n in (608, 928)}
    return {
        "skip_butterfly": middle.butterfly / before.butterfly,
        "skip_hypercube": middle.hypercube / before.hypercube,
        "skip_similar": middle.hypercube / middle.butterfly,
        "clos_loses_butterfly": little.clos / little.butterfly,
        "clos_loses_hypercube": little.clos / little.hypercube,
        "clos_wins": by_links.clos / by_links[["butterfly", "hypercube"]].min(),
        "low_rank_wins": by_links["low rank"] / by_links[growing].min(skipna=True),
        "parallel_best_608": parallel[608],
        "parallel_best_928": parallel[928],
        "parallel_best_links": _parallel(by_links),
        "depth_hurts": _deepest_over_best(plain).min(),
        "depth_hurts_skip": _deepest_over_best(skip).min(),
    }


def _deepest_over_best(table: pd.DataFrame) -> pd.Series[float]:
    """Error of the deepest cascade over that of the best, of topologies that grow by layers."""
    growing = table[table.topology.isin(DEPTHS)]
    errors = growing.sort_values("layers").groupby("topology")["mean"]
    return errors.last() / errors.min()


def _parallel(errors: pd.Series[float]) -> float:
    """Error of the parallel butterfly over the least of the others."""
    return errors["parallel butterfly"] / errors.drop("parallel butterfly").min()


def _prediction() -> dict[str, float]:
    """Rank correlations of spread and error."""
    groups = stored("prediction").groupby("group")
    ranks = [
        relation(one.variation.to_numpy(), one["mean"].to_numpy()).spearman for _, one in groups
    ]
    spread = [round(uniform(name).std, 9) for name in FIGURE_5]
    across = relation(spread, [_error_of(name) for name in FIGURE_5], log=False).spearman
    return {"spread_predicts": min(ranks), "spread_across": across}


def _error_of(name: str) -> float:
    """Return the error of a network of Fig. 5, with the constant links that its control has."""
    table = stored("reconstruction")
    links = figure_5().set_index("network").links[name]
    (found,) = table[(table.topology == name) & (table.links == links) & table["skip"]]["mean"]
    return found


def table() -> str:
    """Return the verdicts as a Markdown table."""
    values = found()
    claims = read_claims(HERE / "expected.toml")
    return markdown_table([verdict(claim, values[key]) for key, claim in claims.items()])


if __name__ == "__main__":
    print(table())
