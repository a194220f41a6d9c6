from __future__ import annotations

import pytest
import torch
from torch import nn

from topograph.errors import BudgetError
from topograph.exporter.layers import DiagonalLinear, GroupedLinear, SparseConv2d, SparseLinear
from topograph.exporter.matrices import MIXING, matrix

VECTORS = [
    nn.Linear(6, 4),
    DiagonalLinear(6),
    GroupedLinear(6, 4, 2),
    SparseLinear(6, 4, ((0, 1, 3), (5, 0, 2)), constant=((2,), (4,)), value=0.5),
]
MAPS = [
    nn.Conv2d(6, 4, (3, 2)),
    nn.Conv2d(6, 4, 3, groups=2),
    nn.Conv2d(6, 6, 1, groups=6),
    SparseConv2d(6, 4, ((0, 1, 3), (5, 0, 2)), taps=(3, 2)),
]


def jacobian(layer, shape):
    """The derivative of the outputs at one place by all inputs, by autograd."""
    x = torch.zeros(1, *shape)
    return torch.autograd.functional.jacobian(lambda x: layer(x)[0].flatten(), x).flatten(1)


@pytest.mark.parametrize("layer", VECTORS, ids=repr)
def test_matrices_of_layers_of_vectors_are_their_derivatives(layer):
    torch.testing.assert_close(matrix(layer), jacobian(layer, (6,)))


@pytest.mark.parametrize("layer", MAPS, ids=repr)
def test_matrices_of_convolutions_are_the_derivatives_of_a_pixel_by_its_patch(layer):
    kernel = layer.weight.shape[2:] if isinstance(layer, nn.Conv2d) else (3, 2)
    torch.testing.assert_close(matrix(layer), jacobian(layer, (6, *kernel)))


def test_every_mixing_layer_has_a_matrix_and_others_are_refused():
    assert all(kind in matrix.registry for kind in MIXING)
    with pytest.raises(BudgetError, match="Received BatchNorm1d. Register it"):
        matrix(nn.BatchNorm1d(3))
