import numpy as np
import pytest

from topograph.analyzers import (
    average_clustering,
    average_path_length,
    null_model,
    small_world,
)
from topograph.errors import BudgetError
from topograph.generators import dense_mlp
from topograph.rng import as_generator

ALL = ("sources", "links", "degrees", "erdos_renyi")


@pytest.fixture(scope="module")
def tower():
    return dense_mlp(6, 16, candidates=8, rng=0)


@pytest.fixture(scope="module")
def found(tower):
    return small_world(tower, nulls=ALL, samples=5, rng=3)


def test_the_parts_are_the_measures(tower, found):
    assert found.clustering == average_clustering(tower)
    assert found.path_length == average_path_length(tower)
    lattice = null_model(tower, "nearest")
    assert found.lattice_clustering == average_clustering(lattice)
    assert found.lattice_path_length == average_path_length(lattice)


def test_moments_and_ratios_follow_their_definitions(tower, found):
    parent = as_generator(3)
    for place, name in enumerate(ALL):
        graphs = [null_model(tower, name, rng=stream) for stream in parent.spawn(5)]
        clusterings = [average_clustering(graph) for graph in graphs]
        lengths = [average_path_length(graph) for graph in graphs]
        assert found.null_clustering[place] == pytest.approx(np.mean(clusterings))
        assert found.null_path_length_std[place] == pytest.approx(np.std(lengths, ddof=1))
        z = (found.clustering - np.mean(clusterings)) / np.std(clusterings, ddof=1)
        assert found.clustering_z[place] == pytest.approx(z)
        relative = found.clustering / np.mean(clusterings), found.path_length / np.mean(lengths)
        assert found.sigma[place] == pytest.approx(relative[0] / relative[1])
        share = found.clustering / found.lattice_clustering
        assert found.omega[place] == pytest.approx(1 / relative[1] - share)


def test_a_seed_repeats_and_a_table_has_one_row_per_null_model(tower, found):
    again = small_world(tower, nulls=ALL, samples=5, rng=3)
    assert again.to_dict() == found.to_dict()
    table = found.to_frame()
    assert table.null.tolist() == list(ALL)
    assert table.clustering.nunique() == 1


def test_random_skip_networks_are_typical_of_their_own_null_model():
    # z of a draw from the null model: variance 1 + 1 / samples times that of Student's t.
    scores = np.array(
        [
            [result.clustering_z[0], result.path_length_z[0]]
            for seed in range(60)
            for network in [dense_mlp(4, 12, candidates=6, classes=4, rng=seed)]
            for result in [small_world(network, nulls="sources", samples=20, rng=1000 + seed)]
        ]
    )
    assert np.abs(scores.mean(axis=0)).max() < 4 / np.sqrt(60)
    assert (np.abs(scores) < 2.5).mean() > 0.9


def test_nearest_sources_are_clustered_and_far_apart(tower, found):
    assert found.lattice_clustering > 2 * found.clustering
    assert found.lattice_path_length > found.path_length > found.null_path_length[1:].max()


def test_where_nothing_varies_scores_are_undefined():
    found = small_world(dense_mlp(3, 6, candidates=0), nulls="sources", samples=2, rng=0)
    assert np.isnan(found.clustering_z).all()
    assert np.isnan(found.path_length_z).all()
    assert np.isnan(found.sigma).all()  # no triangle in a chain of full layers


@pytest.mark.parametrize("nulls", ["nearest", (), ("links", "ring")])
def test_what_draws_nothing_is_refused(tower, nulls):
    with pytest.raises(BudgetError, match="drawn from null models"):
        small_world(tower, nulls=nulls)


@pytest.mark.parametrize("samples", [1, 0, 2.5])
def test_too_few_samples_are_refused(tower, samples):
    with pytest.raises(BudgetError, match="samples must be a whole number at least 2"):
        small_world(tower, samples=samples)


def test_a_bar_shows_progress(tower, capsys):
    small_world(tower, nulls="sources", samples=2, progress=True, rng=0)
    assert "2/2" in capsys.readouterr().err
