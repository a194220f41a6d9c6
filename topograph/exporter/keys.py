"""Names of the layers of an exported module, from which its parameters take theirs."""

from __future__ import annotations

from collections.abc import Iterable
from keyword import iskeyword

# The public attributes of torch.nn.Module, and those of an exported network: a layer of such a
# name would hide them. They are listed so that keys do not change with the version of torch.
RESERVED = frozenset(
    """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules
    named_parameters parameters register_backward_hook register_buffer register_forward_hook
    register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu
    zero_grad digest plan
    """.split()  # noqa: SIM905
)


class Names:
    """Hand out names, each once.

    A wanted name that is free is given as it is. A leading underscore gets ``node`` before it,
    since torch keeps its own attributes under such names; a name that is taken, reserved or a
    keyword of Python gets underscores behind it until it is free.

    Parameters
    ----------
    nodes : iterable of str
        Names of nodes. Each is kept free for its own node.
    reserved : collection of str
        Names that are never given.

    Examples
    --------
    >>> names = Names(["stem", "stem_norm", "type"])
    >>> names.give("stem", own="stem"), names.give("stem_norm"), names.give("type", own="type")
    ('stem', 'stem_norm_', 'type_')
    """

    def __init__(self, nodes: Iterable[str], *, reserved: Iterable[str] = RESERVED) -> None:
        self._taken = set(nodes)
        self._reserved = frozenset(reserved)

    def give(self, wanted: str, *, own: str | None = None) -> str:
        """Return a free name close to the wanted one; `own` is the node's name if it is that."""
        name = f"node{wanted}" if wanted.startswith("_") else wanted
        while self._is_refused(name, own):
            name += "_"
        self._taken.add(name)
        return name

    def _is_refused(self, name: str, own: str | None) -> bool:
        if iskeyword(name) or name in self._reserved:
            return True
        return name in self._taken and name != own
