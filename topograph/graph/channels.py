"""The channel graph: every channel a node, every connection of two channels a link.

All channels of a layer usually read the same sources, so a link list would repeat itself. The graph
is kept as *bicliques*, each a set of sources times a run of targets, and a list of the loose links
that belong to none. Degrees come from this form without ever writing the links down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.errors import ArchitectureError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from topograph.graph.architecture import Architecture

Ints = NDArray[np.int32]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ChannelGraph:
    r"""Channels of an architecture and the links between them.

    Block :math:`k` joins every channel of ``members[bounds[k]:bounds[k + 1]]`` to every channel of
    the run ``starts[k], ..., stops[k] - 1``. Loose link :math:`j` leads from ``loose_sources[j]``
    to ``loose_targets[j]``.

    Attributes
    ----------
    nodes : tuple of str
        Feature maps whose channels are here, in the order of the architecture.
    offsets : int array, shape (nodes + 1,)
        Channel `offsets[i] + c` is channel `c` of feature map `nodes[i]`.
    members : int array, shape (memberships,)
    bounds : int array, shape (blocks + 1,)
    starts, stops : int array, shape (blocks,)
    loose_sources, loose_targets : int array, shape (loose,)

    Notes
    -----
    A concatenation of identities is no place of its own: whoever reads it reads the channels that
    it gathers, so it is contracted away. (One that is an output, or that gathers pooled maps, has
    channels of its own.) Pooling, normalisation and activation link channel to channel; `Zero`
    links nothing. Two edges that join the same two channels are two links.
    """

    nodes: tuple[str, ...]
    offsets: Counts
    members: Ints
    bounds: Counts
    starts: Counts
    stops: Counts
    loose_sources: Ints
    loose_targets: Ints

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.offsets[-1])

    @property
    def blocks(self) -> int:
        """Number of bicliques."""
        return len(self.starts)

    @cached_property
    def links(self) -> int:
        """Number of links, parallel ones counted apart."""
        return int(self.sizes @ (self.stops - self.starts)) + len(self.loose_sources)

    @property
    def sizes(self) -> Counts:
        """Number of sources of each biclique."""
        return np.diff(self.bounds)

    @property
    def nbytes(self) -> int:
        """Memory of this form, in bytes."""
        arrays = (self.offsets, self.members, self.bounds, self.starts, self.stops)
        return sum(a.nbytes for a in (*arrays, self.loose_sources, self.loose_targets))

    @cached_property
    def node_of(self) -> Counts:
        """Index into `nodes` of each channel."""
        return np.repeat(np.arange(len(self.nodes)), np.diff(self.offsets))

    @cached_property
    def out_degree(self) -> Counts:
        """Number of links that leave each channel."""
        fans = np.repeat(self.stops - self.starts, self.sizes)
        degree = np.bincount(self.members, weights=fans, minlength=self.channels)
        return degree.astype(np.int64) + np.bincount(self.loose_sources, minlength=self.channels)

    @cached_property
    def in_degree(self) -> Counts:
        """Number of links that enter each channel."""
        change = np.zeros(self.channels + 1, dtype=np.int64)
        np.add.at(change, self.starts, self.sizes)
        np.subtract.at(change, self.stops, self.sizes)
        degree = np.cumsum(change)[:-1]
        return degree + np.bincount(self.loose_targets, minlength=self.channels)

    @property
    def ones(self) -> Ints:
        """A read-only 1 for every link, all of them one number in memory.

        It is the data of both matrices, where no links are parallel.
        """
        return np.broadcast_to(np.int32(1), (self.links,))

    @cached_property
    def adjacency(self) -> csr_array:
        """Links from source (row) to target (column), with their number; shape (n, n).

        Where no links are parallel its data are one 1 in memory, which cannot be written to:
        copy it before writing into it.
        """
        from topograph.graph.expand import outgoing

        return outgoing(self)

    @cached_property
    def incoming(self) -> csr_array:
        """Links into target (row) from source (column), with their number; shape (n, n)."""
        from topograph.graph.expand import incoming

        return incoming(self)

    def within(self, names: Iterable[str]) -> ChannelGraph:
        """Keep the channels of some feature maps, and the links among them."""
        from topograph.graph.contract import restrict

        wanted = set(names)
        missing = wanted.difference(self.nodes)
        if missing:
            raise ArchitectureError(
                "A channel graph is restricted to feature maps that it holds; concatenations are "
                f"contracted away. Received {sorted(missing)[0]!r}. Choose among `nodes`."
            )
        return restrict(self, np.array([name in wanted for name in self.nodes]))

    def skips(self, architecture: Architecture) -> ChannelGraph:
        """Keep the long-range links: those inside a cell that pass over at least one layer."""
        from topograph.graph.contract import keep
        from topograph.graph.places import long_range

        return keep(self, *long_range(self, architecture))

    def __repr__(self) -> str:
        return f"ChannelGraph({self.channels} channels, {self.links} links, {self.blocks} blocks)"
