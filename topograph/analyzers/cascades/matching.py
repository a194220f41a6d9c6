"""How many entries of a matrix the weights of a cascade could set, each weight one entry."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.bit_rows import WORD, words_for
from topograph.analyzers.cascades.drawn_pairs import LISTED
from topograph.analyzers.cascades.links import Cascade, Flags, Ints, cascade_links
from topograph.analyzers.cascades.live_links import live_links
from topograph.analyzers.cascades.matching_proof import is_cover, is_matching
from topograph.analyzers.cascades.maximum_matching import maximum_matching
from topograph.analyzers.cascades.memory import check_memory
from topograph.arrays.device import Device, choose_device
from topograph.arrays.namespace import to_host
from topograph.graph.architecture import Architecture
from topograph.result import Result
from topograph.rng import as_generator

__all__ = ["Matching", "matching"]


@dataclass(frozen=True, slots=True, eq=False)
class Matching(Result):
    """A maximum matching of weights and input-output pairs, with its proof; `matching` makes it.

    Attributes
    ----------
    size : int
        Number of matched pairs.
    weights : int
        Weights that take part.
    live : int
        Those of them that lie on a path from an input to an output.
    weight : int array, shape (size,)
        Matched weights: numbers of links, counted through the layers and in each layer through
        its targets and their sources, constant links included.
    input, output : int array, shape (size,)
        The pair of each.
    by_weight : bool array, shape (size,)
        True where the weight is in the cover, False where the pair is.
    """

    size: int = field(metadata={"unit": "input-output pairs"})
    weights: int = field(metadata={"unit": "links"})
    live: int = field(metadata={"unit": "links"})
    weight: Ints
    input: Ints
    output: Ints
    by_weight: NDArray[np.bool_]
    _cascade: Cascade = field(repr=False)
    _competing: list[Flags] = field(repr=False)

    @property
    def pairs(self) -> dict[int, tuple[int, int]]:
        """The pair (input, output) of each matched weight."""
        ends = zip(self.input.tolist(), self.output.tolist(), strict=True)
        return dict(zip(self.weight.tolist(), ends, strict=True))

    @property
    def is_matching(self) -> bool:
        """True if no weight and no pair comes twice and a path joins each pair over its weight."""
        return is_matching(self._cascade, self._competing, self)

    @property
    def is_maximum(self) -> bool:
        """True if this is a matching and its cover proves that there is no larger one.

        A cover takes one end, weight or pair, of each match; since every weight that may take a
        pair has one of both in the cover, no matching has more members than the cover.
        """
        return self.is_matching and is_cover(self._cascade, self._competing, self)


def matching(
    cascade: Architecture,
    *,
    trainable_only: bool = True,
    device: Device | str = "cpu",
    rng: np.random.Generator | int | None = None,
) -> Matching:
    r"""Match as many input-output pairs as possible with weights on paths between them.

    A cascade computes :math:`W_d = S_L \cdots S_1`. Weight :math:`w`, from neuron :math:`u` to
    neuron :math:`v`, acts on the entries

    .. math:: \{(i, o) : w \in P(i, o)\} = \mathrm{anc}(u) \times \mathrm{desc}(v)

    of :math:`W_d`, where :math:`P(i, o)` holds the weights on paths from :math:`i` to :math:`o`. A
    weight can serve one entry, an entry needs one weight: the size of a maximum matching bounds the
    number of entries that can be set exactly.

    Parameters
    ----------
    cascade : Architecture
        A chain of linear maps from one input to one output.
    trainable_only : bool
        True if constant links are no weights; they are part of paths always.
    device : {"cpu", "cuda", "auto"} or Device
        Where the arrays of the search live.
    rng : numpy.random.Generator, int or None
        Draws the random walks. The size does not depend on it.

    Returns
    -------
    Matching
        Its `is_maximum` verifies the matching and the cover that proves it maximal.

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade, or no input reaches an output.
    BudgetError
        If the sets of pairs would not fit into memory.

    Notes
    -----
    The bipartite graph has :math:`\sum_w |\mathrm{anc}(u)| |\mathrm{desc}(v)|` links, up to
    :math:`E n^2`, and is never written down. Random walks from each weight to both sides propose
    pairs; where weights are many for the pairs, they draw among all their pairs and displace each
    other. What is left over, augmenting paths match: a set of pairs is a row of output bits for
    each input, and its union along the layers tells in :math:`O(E n / 64)` which weights may take
    one of its pairs, so that each step of a breadth-first search from all free pairs costs that
    much, and walks back along it find disjoint paths. All steps are operations on whole arrays. The
    search ends when every weight has a pair, or when no path is left; then the weights that it
    reached and the pairs of the others are a cover (Koenig).

    The size is the structural rank of the Jacobian of :math:`W_d` and at least its generic rank,
    `degrees_of_freedom`: the bottleneck 2-1-2 of four weights matches 4 pairs, and can set 3. The
    paper calls the problem bipartite *maximal* matching, solved in linear time; that holds for a
    greedy matching, not for a maximum one.

    A device other than the CPU needs CuPy. The checks run on the CPU, and so does the displacing.

    References
    ----------
    .. [1] "NeuroFabric: Identifying ideal topologies for training a priori sparse networks",
           Section V.A, Eq. (6).

    Examples
    --------
    >>> import numpy as np
    >>> from topograph.generators.cascades import from_masks
    >>> bottleneck = from_masks([np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)])
    >>> found = matching(bottleneck)
    >>> found.size, found.is_maximum
    (4, True)
    """
    links = cascade_links(cascade)
    competing = links.competing(trainable_only)
    rng = as_generator(rng)
    place = choose_device(device) if isinstance(device, str) else device
    live = live_links(links, competing, device=place)
    needed = memory_of(live.widths, links.links)
    check_memory("a matching", needed, instead="fewer layers or narrower ones", device=place)
    found, by_weight = maximum_matching(live, rng)
    pairs = to_host(found.pairs)
    inputs = pairs // live.stride
    return Matching(
        size=len(pairs),
        weights=sum(int(flags.sum()) for flags in competing),
        live=live.weights,
        weight=live.link[to_host(found.weights)],
        input=live.inputs[inputs],
        output=live.outputs[pairs - inputs * live.stride],
        by_weight=to_host(by_weight),
        _cascade=links,
        _competing=competing,
    )


def memory_of(widths: tuple[int, ...], links: int) -> int:
    """Estimate the bytes of a search: sets of bits per neuron, lists of them, tables of links."""
    levels, (inputs, outputs) = 8, map(words_for, (widths[0], widths[-1]))
    lists = 3 * min(LISTED, sum(widths) * WORD * max(inputs, outputs))
    return 8 * ((levels * outputs + inputs) * sum(widths) + lists + 16 * links)
