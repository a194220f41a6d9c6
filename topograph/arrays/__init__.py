"""Where arrays live: NumPy or CuPy, dense or sparse. The only room that names CuPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "device": ["Device", "choose_device", "to_device"],
        "memory": ["free_memory"],
        "namespace": ["Array", "array_namespace", "to_host"],
        "scaled_spectra": ["scaled_singular_values"],
        "smallest": ["smallest_eigenvalue"],
        "sparse": ["csr", "is_sparse", "sparse_namespace"],
        "spectra": ["singular_values", "symmetric_eigenvalues"],
    },
)

if TYPE_CHECKING:
    from topograph.arrays.device import Device as Device
    from topograph.arrays.device import choose_device as choose_device
    from topograph.arrays.device import to_device as to_device
    from topograph.arrays.memory import free_memory as free_memory
    from topograph.arrays.namespace import Array as Array
    from topograph.arrays.namespace import array_namespace as array_namespace
    from topograph.arrays.namespace import to_host as to_host
    from topograph.arrays.scaled_spectra import scaled_singular_values as scaled_singular_values
    from topograph.arrays.smallest import smallest_eigenvalue as smallest_eigenvalue
    from topograph.arrays.sparse import csr as csr
    from topograph.arrays.sparse import is_sparse as is_sparse
    from topograph.arrays.sparse import sparse_namespace as sparse_namespace
    from topograph.arrays.spectra import singular_values as singular_values
    from topograph.arrays.spectra import symmetric_eigenvalues as symmetric_eigenvalues
