"""The graph of a wired network, read back from its edges."""


def wiring_of(network):
    """Read the graph back: pairs (i, j) with i < j, the sources and the sinks."""
    count = len(network.cells["cell"])
    read = {j: [e.source for e in network.in_edges(f"join_{j}")] for j in range(count)}
    sources = {j for j, names in read.items() if names == ["stem"]}
    pairs = {
        (int(name.removeprefix("node_")), j)
        for j, names in read.items()
        for name in names
        if name != "stem"
    }
    sinks = {int(edge.source.removeprefix("node_")) for edge in network.in_edges("sinks")}
    return pairs, sources, sinks
