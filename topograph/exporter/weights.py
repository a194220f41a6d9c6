"""Weights in files: safetensors, never pickle."""

from __future__ import annotations

import os
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from topograph._atomic import replacing
from topograph.errors import FormatError

__all__ = ["load_weights", "save_weights"]

_DIGEST = "topograph.digest"


def save_weights(module: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write all parameters and buffers of a module to a safetensors file.

    The file appears under its name when it is complete. It carries the digest of the architecture
    if the module knows it, as those of `to_module` and `to_source` do.

    Parameters
    ----------
    module : torch.nn.Module
    path : path-like

    Examples
    --------
    >>> import topograph as tg
    >>> from tempfile import TemporaryDirectory
    >>> network = tg.to_module(tg.generators.dense_mlp(4, 3, candidates=1, inputs=8, rng=0))
    >>> with TemporaryDirectory() as folder:
    ...     save_weights(network, f"{folder}/network.safetensors")
    ...     load_weights(network, f"{folder}/network.safetensors")
    """
    digest = getattr(module, "digest", None)
    tensors = {name: value.detach().contiguous() for name, value in module.state_dict().items()}
    document = save(tensors, metadata={_DIGEST: digest} if digest else None)
    with replacing(Path(path)) as partial:
        partial.write_bytes(document)


def load_weights(module: nn.Module, path: str | os.PathLike[str], *, strict: bool = True) -> None:
    """Read the parameters and buffers of a module from a safetensors file.

    Parameters
    ----------
    module : torch.nn.Module
        Its tensors keep their devices and types; the values are copied into them.
    path : path-like
    strict : bool
        If False, weights of another architecture are taken too, as long as names and shapes agree.

    Raises
    ------
    FormatError
        If the file is damaged, belongs to another architecture, or holds other names or shapes.

    See Also
    --------
    save_weights : writes such a file.
    """
    digest, found = _read(Path(path))
    own = getattr(module, "digest", None)
    if strict and digest and own and digest != own:
        raise FormatError(
            "A file of weights belongs to one architecture, whose digest it carries. Received "
            f"{digest[:12]}... in {os.fspath(path)} for the architecture {own[:12]}.... "
            "Load the architecture it was saved from, or pass strict=False."
        )
    _check(module.state_dict(), found, path)
    module.load_state_dict(found)


def _read(path: Path) -> tuple[str | None, dict[str, Tensor]]:
    """Read the digest, if there is one, and all tensors."""
    try:
        with safe_open(path, framework="pt") as file:
            digest = (file.metadata() or {}).get(_DIGEST)
            return digest, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise FormatError(
            "Weights are read from a complete safetensors file. "
            f"Received {path}, which is damaged or of another kind ({error}). "
            "Save the weights again."
        ) from error


def _check(
    wanted: dict[str, Tensor], found: dict[str, Tensor], path: str | os.PathLike[str]
) -> None:
    """Raise unless names and shapes agree."""
    faults = {
        "lacks": sorted(wanted.keys() - found.keys()),
        "also holds": sorted(found.keys() - wanted.keys()),
        "holds in another shape": [
            f"{name} {tuple(found[name].shape)} instead of {tuple(value.shape)}"
            for name, value in wanted.items()
            if name in found and found[name].shape != value.shape
        ],
    }
    for fault, names in faults.items():
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            raise FormatError(
                "A file of weights holds the tensors of the module, by name and shape. Received "
                f"{os.fspath(path)}, which {fault} {', '.join(names[:3])}{more}. "
                "Load the file that was saved from this architecture."
            )
