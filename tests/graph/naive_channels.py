"""The channel graph written down link by link, straight from its definition."""

from collections import Counter
from math import prod

from topograph.graph import Flatten, Grouped, Identity, OneToOne, Select, Sparse, Zero


def naive_links(architecture):
    """Count the links (source node, channel) -> (target node, channel) in plain loops."""
    found = Counter()
    for node in architecture.nodes:
        if is_gathered(architecture, node.name):
            continue
        before = 0
        for edge in architecture.in_edges(node.name):
            seen = channels_seen(architecture, edge)
            start = before if node.merge == "concat" else 0
            before += len(seen)
            if isinstance(edge.op, Zero):
                continue
            for place, target in pairs(edge, architecture, seen, node.width):
                origin = seen[place]
                if origin is not None:
                    found[origin, (node.name, start + target)] += 1
    return found


def is_gathered(architecture, name):
    """True for concatenations of identities that are no output."""
    edges = architecture.in_edges(name)
    return (
        bool(edges)
        and architecture.node(name).merge == "concat"
        and name not in architecture.outputs
        and all(isinstance(edge.op, Identity | Zero) for edge in edges)
    )


def origin_of(architecture, name, channel):
    """Follow a channel back through gathering nodes; None if it carries zeros."""
    if not is_gathered(architecture, name):
        return (name, channel)
    for edge in architecture.in_edges(name):
        width = edge.reads(architecture.node(edge.source).width)
        if channel < width:
            if isinstance(edge.op, Zero):
                return None
            chosen = edge.wiring.channels[channel] if isinstance(edge.wiring, Select) else channel
            return origin_of(architecture, edge.source, int(chosen))
        channel -= width
    raise AssertionError("the channel is no channel of the node")


def channels_seen(architecture, edge):
    """Origins of the channels that the op of an edge reads, one per value of a Flatten."""
    width = architecture.node(edge.source).width
    numbers = edge.wiring.channels if isinstance(edge.wiring, Select) else range(width)
    copies = prod(architecture.node(edge.source).size) if isinstance(edge.op, Flatten) else 1
    return [origin_of(architecture, edge.source, int(c)) for c in numbers for _ in range(copies)]


def pairs(edge, architecture, seen, targets):
    """Yield (place among the channels seen, target channel) of each link."""
    sources, wiring = len(seen), edge.wiring
    if not edge.op.mixes or isinstance(wiring, OneToOne):
        yield from ((i, i) for i in range(sources))
    elif isinstance(wiring, Sparse):
        for i in range(targets):
            row = wiring.indices[wiring.indptr[i] : wiring.indptr[i + 1]]
            yield from ((int(j), i) for j in row)
    else:
        groups = wiring.groups if isinstance(wiring, Grouped) else 1
        for i in range(targets):
            for j in range(sources):
                if i * groups // targets == j * groups // sources:
                    yield j, i
