"""What an edge does to the feature map that it carries.

An op is a noun: it knows how it changes shapes and nothing else. What it costs, how it becomes a
torch module, or what it does to a kernel are `functools.singledispatch` functions in their rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from topograph._checks import whole
from topograph.errors import ArchitectureError, ShapeError

Size = tuple[int, ...]
"""Spatial extents of a feature map: ``()`` for a vector, ``(height, width)`` for a map."""

Pair = tuple[int, int]
"""Height and width."""

ACTIVATIONS = (
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "tanh",
    "sigmoid",
    "hardswish",
)
NORMALISATIONS = ("batch", "layer")
POOLINGS = ("average", "max")


@dataclass(frozen=True, slots=True)
class Op:
    """An operation on one feature map.

    Attributes
    ----------
    mixes : bool
        True if an output channel may read many input channels (`Linear`, `Conv2d`); False if
        output channel :math:`i` reads input channel :math:`i` alone.
    """

    mixes: ClassVar[bool] = False

    def output_width(self, width: int, size: Size) -> int | None:
        """Channels that leave the op; None if the op makes as many as its target asks for."""
        return None if self.mixes else width

    def output_size(self, size: Size) -> Size:
        """Spatial extents that leave the op."""
        return size


@dataclass(frozen=True, slots=True)
class Zero(Op):
    """Carry nothing: the output is 0 whatever the input."""


@dataclass(frozen=True, slots=True)
class Identity(Op):
    """Carry the feature map unchanged: a skip connection, or one part of a concatenation."""


@dataclass(frozen=True, slots=True)
class Linear(Op):
    """Affine map of a vector, :math:`y = W x + b`."""

    bias: bool = True
    mixes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _flag("bias", self.bias)

    def output_size(self, size: Size) -> Size:
        """Return ``()``; a linear map takes vectors only."""
        if size:
            raise ShapeError(
                "A linear map reads vectors: it has one weight per pair of neurons. "
                f"Received a feature map of size {size}. "
                "Flatten or pool it first, or use a convolution with kernel 1."
            )
        return ()


@dataclass(frozen=True, slots=True, init=False)
class Window(Op):
    r"""A window of `kernel` pixels that slides over a map in steps of `stride`.

    An axis of :math:`n` pixels becomes one of :math:`\lfloor (n + 2p - r) / s \rfloor + 1` for a
    window that spans :math:`r` pixels, stride :math:`s` and padding :math:`p`.
    """

    kernel: Pair
    stride: Pair
    padding: Pair

    @property
    def span(self) -> Pair:
        """Pixels from the first to the last that the window reads, along each axis."""
        raise NotImplementedError

    def output_size(self, size: Size) -> Size:
        """Extents of the map that leaves the window."""
        if len(size) != 2:
            raise ShapeError(
                f"{type(self).__name__} slides over the two axes of a feature map. "
                f"Received size {size}. Give the source node a size (height, width)."
            )
        height, width = map(_steps, size, self.span, self.stride, self.padding)
        if height < 1 or width < 1:
            raise ShapeError(
                f"The window of {type(self).__name__} must fit into the padded map. Received "
                f"kernel {self.kernel} and padding {self.padding} on size {size}. "
                "Use a smaller kernel, more padding, or a larger map."
            )
        return height, width


def _steps(pixels: int, span: int, stride: int, padding: int) -> int:
    """Number of places of a window along one axis."""
    return (pixels + 2 * padding - span) // stride + 1


@dataclass(frozen=True, slots=True, init=False)
class Conv2d(Window):
    """Two-dimensional convolution; its groups are part of the wiring of the edge.

    A kernel of :math:`k` pixels with dilation :math:`d` spans :math:`r = d (k - 1) + 1`. `padding`
    None keeps the size at stride 1 for an odd kernel: :math:`p = d (k - 1) / 2`.
    """

    dilation: Pair
    bias: bool
    mixes: ClassVar[bool] = True

    def __init__(
        self,
        kernel: int | Pair = 3,
        *,
        stride: int | Pair = 1,
        padding: int | Pair | None = None,
        dilation: int | Pair = 1,
        bias: bool = False,
    ) -> None:
        taps, spread = _pair("kernel", kernel, 1), _pair("dilation", dilation, 1)
        if padding is None:
            padding = (spread[0] * (taps[0] - 1) // 2, spread[1] * (taps[1] - 1) // 2)
        _set(
            self,
            kernel=taps,
            stride=_pair("stride", stride, 1),
            padding=_pair("padding", padding, 0),
            dilation=spread,
            bias=_flag("bias", bias),
        )

    @property
    def span(self) -> Pair:
        """Kernel with the gaps that the dilation leaves."""
        (height, width), (down, across) = self.kernel, self.dilation
        return down * (height - 1) + 1, across * (width - 1) + 1


@dataclass(frozen=True, slots=True, init=False)
class Pool(Window):
    """Largest (`"max"`) or mean (`"average"`) value in a sliding window, channel by channel.

    `stride` None steps by the kernel. `include_padding` lets an average count the padded zeros.
    """

    kind: str
    include_padding: bool

    def __init__(
        self,
        kind: str,
        kernel: int | Pair = 2,
        *,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        include_padding: bool = True,
    ) -> None:
        taps = _pair("kernel", kernel, 1)
        _set(
            self,
            kind=one_of("pooling", kind, POOLINGS),
            kernel=taps,
            stride=taps if stride is None else _pair("stride", stride, 1),
            padding=_pair("padding", padding, 0),
            include_padding=_flag("include_padding", include_padding),
        )
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ShapeError(
                "A pooling window never lies in the padding alone: padding is at most half of the "
                f"kernel. Received kernel {self.kernel} and padding {self.padding}. Pad less."
            )

    @property
    def span(self) -> Pair:
        """The kernel, which has no gaps."""
        return self.kernel


@dataclass(frozen=True, slots=True)
class GlobalPool(Op):
    """Mean or largest value over all pixels: a map becomes a vector, or 1 x 1 with `keep`."""

    kind: str = "average"
    keep: bool = False

    def __post_init__(self) -> None:
        one_of("pooling", self.kind, POOLINGS)
        _flag("keep", self.keep)

    def output_size(self, size: Size) -> Size:
        """``()``, or as many ones as the map has axes."""
        return (1,) * len(size) if self.keep else ()


@dataclass(frozen=True, slots=True)
class Flatten(Op):
    """Lay a map out as a vector, channel by channel."""

    def output_width(self, width: int, size: Size) -> int:
        """Channels times pixels."""
        return width * prod(size)

    def output_size(self, size: Size) -> Size:
        """``()``."""
        return ()


@dataclass(frozen=True, slots=True)
class Norm(Op):
    """A normalisation that stands alone; see `NORMALISATIONS`."""

    kind: str = "batch"

    def __post_init__(self) -> None:
        one_of("normalisation", self.kind, NORMALISATIONS)


@dataclass(frozen=True, slots=True)
class Activation(Op):
    """An activation that stands alone; see `ACTIVATIONS`."""

    kind: str = "relu"

    def __post_init__(self) -> None:
        one_of("activation", self.kind, ACTIVATIONS)


OPS: tuple[type[Op], ...] = (
    Zero,
    Identity,
    Linear,
    Conv2d,
    Pool,
    GlobalPool,
    Flatten,
    Norm,
    Activation,
)


def one_of(what: str, value: str, known: tuple[str, ...]) -> str:
    """Return `value`, or raise if it is no known name of a `what`."""
    if value not in known:
        raise ArchitectureError(
            f"Each {what} has a name that topograph knows: {', '.join(known)}. "
            f"Received {value!r}. Choose one of these."
        )
    return value


def _flag(name: str, value: bool) -> bool:
    """Return `value` if it is True or False itself."""
    if type(value) is not bool:
        raise ArchitectureError(
            f"{name} is True or False: the op has the part or has it not. "
            f"Received {value!r:.80}. Convert it with `bool(...)`."
        )
    return value


def _pair(name: str, value: int | Pair, minimum: int) -> Pair:
    """Return (value, value) for a number, the checked pair for a pair."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ShapeError(
            f"{name} is one number or a pair (height, width): feature maps have two axes. "
            f"Received {value!r}. Give one or two whole numbers."
        )
    reason = "a window covers whole pixels"
    height, width = (
        whole(name, n, minimum=minimum, error=ShapeError, because=reason) for n in pair
    )
    return height, width


def _set(op: Op, **fields: object) -> None:
    """Write the fields of a frozen op under construction."""
    for name, value in fields.items():
        object.__setattr__(op, name, value)
