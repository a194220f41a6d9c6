from __future__ import annotations

import pytest
import torch

from topograph.training.batches import cut_batches


def test_batches_partition_the_samples() -> None:
    order = torch.randperm(90)
    cut = cut_batches(order, 20)
    assert [len(rows) for rows in cut] == [20, 20, 20, 20, 10]
    assert torch.equal(torch.cat(cut), order)


@pytest.mark.parametrize(
    ("samples", "size", "sizes"),
    [(41, 20, [20, 21]), (40, 20, [20, 20]), (7, 20, [7]), (1, 20, [1]), (3, 1, [1, 1, 1])],
)
def test_a_single_sample_left_over_joins_the_batch_before(
    samples: int, size: int, sizes: list[int]
) -> None:
    assert [len(rows) for rows in cut_batches(torch.arange(samples), size)] == sizes
