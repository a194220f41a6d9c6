"""What architectures are tried on: data sets with a fixed split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "catalogue": ["available", "load"],
        "dataset": ["Dataset"],
        "digits": ["digits"],
        "images": ["cifar10", "fashion_mnist", "mnist"],
        "nats_bench": ["nats_bench_results"],
        "synthetic": ["synthetic"],
        "tables": ["nasbench201_results", "nasbench_macro_results"],
    },
)

if TYPE_CHECKING:
    from topograph.datasets.catalogue import available as available
    from topograph.datasets.catalogue import load as load
    from topograph.datasets.dataset import Dataset as Dataset
    from topograph.datasets.digits import digits as digits
    from topograph.datasets.images import cifar10 as cifar10
    from topograph.datasets.images import fashion_mnist as fashion_mnist
    from topograph.datasets.images import mnist as mnist
    from topograph.datasets.nats_bench import nats_bench_results as nats_bench_results
    from topograph.datasets.synthetic import synthetic as synthetic
    from topograph.datasets.tables import nasbench201_results as nasbench201_results
    from topograph.datasets.tables import nasbench_macro_results as nasbench_macro_results
