from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from topograph.search import CellSpace, cell_costs, connectivity_filter, effective

STUDY = Path(__file__).parent.parent / "analyses" / "connectivity"
SCORES = pd.read_csv(STUDY / "results" / "scores.csv")
SEARCHES = pd.read_csv(STUDY / "results" / "searches.csv")
SUPERNET = pd.read_csv(STUDY / "results" / "supernet.csv")


@pytest.fixture(scope="module")
def cell_scores():
    spec = importlib.util.spec_from_file_location("cell_scores", STUDY / "cell_scores.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pool_is_a_sample_with_the_shapes_and_costs_of_its_cells(cell_scores):
    assert SCORES["index"].tolist() == cell_scores.pool().tolist()
    assert len(SCORES) >= 1000
    space = CellSpace.nasbench201()[SCORES["index"].to_numpy()]
    shape, costs = effective(space), cell_costs(space)
    np.testing.assert_allclose(SCORES["depth"], shape.depth, rtol=1e-7)
    np.testing.assert_allclose(SCORES["width"], shape.width, rtol=1e-7)
    assert SCORES["parameters"].tolist() == costs.parameters.tolist()
    assert SCORES["macs"].tolist() == costs.macs.tolist()


def test_only_cells_without_a_path_have_no_score():
    space = CellSpace.nasbench201()[SCORES["index"].to_numpy()]
    lost = ~effective(space).is_connected
    assert (np.isinf(SCORES["nas_wot"]) == lost).all()
    assert np.isinf(SCORES["ntk_condition"][lost]).all()
    assert (SCORES["regions"][lost] == 1).all()


@pytest.mark.parametrize("radius", ["1/4", "1/2", "3/4"])
def test_a_filter_saves_the_share_of_cells_that_it_refuses(radius):
    whole = CellSpace.nasbench201()
    window = connectivity_filter(whole).window
    pool = whole[SCORES["index"].to_numpy()]
    numerator, denominator = map(int, radius.split("/"))
    kept = connectivity_filter(pool, window=window, radius=numerator / denominator).mask.mean()
    rows = SEARCHES[(SEARCHES["filter"] == radius) & (SEARCHES["search"] == "random")]
    np.testing.assert_allclose(rows["saved"], 1 - kept, atol=0.01)


def test_intervals_hold_their_means():
    assert SEARCHES["accuracy"].between(SEARCHES["accuracy_low"], SEARCHES["accuracy_high"]).all()
    assert (SEARCHES["repeats"] >= 25).all()


def test_supernets_were_pruned_25_times_with_and_without_the_filter():
    assert not SUPERNET.duplicated(["seed", "filter"]).any()
    assert SUPERNET.groupby("filter")["seed"].nunique().tolist() == [25, 25]
    assert (SUPERNET["scored"] + SUPERNET["skipped"] == 54).all()
    found = CellSpace.nasbench201()[SUPERNET["index"].to_numpy()]
    assert (found.count("none") == 0).all()
    assert SUPERNET["parameters"].tolist() == cell_costs(found).parameters.tolist()
    window = connectivity_filter(CellSpace.nasbench201()).window
    kept = connectivity_filter(found, window=window).mask
    assert kept[(SUPERNET["filter"] == "1/2").to_numpy()].all()


@pytest.mark.data
def test_scores_are_repeated(cell_scores):
    cells = SCORES["index"].tolist()[3:5]
    found = np.array(list(cell_scores.scores(cells)))
    wanted = SCORES[["nas_wot", "ntk_condition", "regions"]].to_numpy()[3:5]
    np.testing.assert_allclose(found, wanted, rtol=0.02)
