"""How many ratios of inputs each output of a sparse cascade can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, nan, pi
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.analyzers.cascades.control_memory import needed
from topograph.analyzers.cascades.control_settings import ControlReading, ControlTraining
from topograph.analyzers.cascades.control_training import Flow, State
from topograph.analyzers.cascades.memory import check_memory
from topograph.analyzers.cascades.reach import budgets, reaches
from topograph.analyzers.cascades.uniform_control import uniform_control
from topograph.arrays import choose_device, to_host
from topograph.errors import BudgetError, ShapeError
from topograph.graph.cascade import cascade_wirings
from topograph.result import Result
from topograph.rng import as_generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from topograph.arrays.device import Device
    from topograph.graph.architecture import Architecture
    from topograph.graph.wiring import Sparse

__all__ = ["Controllability", "controllability"]

METHODS = ("uniform", "eq20", "fair")
PATIENCE = 50
"""Steps over which the loss must change for training to go on."""
TILE = 32
INSTEAD = "the method 'uniform', which needs no pairs, or precision='float32', or a larger device"


@dataclass(frozen=True, slots=True, eq=False)
class Controllability(Result):
    r"""Control of outputs over ratios of inputs; `controllability` makes it.

    Attributes
    ----------
    method : {"uniform", "eq20", "fair"}
    K : float array, shape (inputs, outputs)
        Control of each output over the ratios of an input to the others, each ratio shared between
        its two inputs.
    mean, std, minimum, maximum : float
        Of the entries of `K`.
    total : float
        Their sum: the ratios that the outputs can set.
    budget : float
        Ratios that the trainable connections could set: the sum of :math:`\min(t, k - 1)` over
        neurons with k connections, of which t train.
    loss : float
        Eq. (20) of the paper; with the method ``"fair"`` the sum of the squares of
        :math:`K_{ik} - (n - 1) / n`; plus the penalty of a cap.
    peak : float
        Bound of the control of any neuron over any pair, before it is clipped to 1; NaN for
        trained methods.
    lost : float
        Control that was clipped. The closed form of ``"uniform"`` holds without clipping only: 0
        where `peak` proves that there is none, NaN where it does not.
    iterations : int
        Steps that were trained.
    has_converged : bool
        True unless training took all its steps, or was interrupted.
    """

    method: str
    K: NDArray[np.float64] = field(metadata={"unit": "ratios"})
    mean: float = field(metadata={"unit": "ratios"})
    std: float = field(metadata={"unit": "ratios"})
    minimum: float = field(metadata={"unit": "ratios"})
    maximum: float = field(metadata={"unit": "ratios"})
    total: float = field(metadata={"unit": "ratios"})
    budget: float = field(metadata={"unit": "ratios"})
    loss: float = field(metadata={"unit": "ratios squared"})
    peak: float = field(metadata={"unit": "ratios"})
    lost: float = field(metadata={"unit": "ratios"})
    iterations: int = field(metadata={"unit": "steps"})
    has_converged: bool


def controllability(
    cascade: Architecture,
    *,
    method: str = "uniform",
    reading: ControlReading | None = None,
    training: ControlTraining | None = None,
    device: str = "auto",
    memory: int | None = None,
    progress: bool = True,
    rng: np.random.Generator | int | None = None,
) -> Controllability:
    r"""Measure how many ratios of inputs each output of a sparse cascade can set.

    A neuron with k connections, of which t train, can set :math:`b = \min(t, k - 1)` ratios of the
    inputs that reach it, and what it controls is split among the neurons that read it. Over the
    unordered pairs :math:`\{i, j\}` of inputs,

    .. math:: c_v = \min\Big(1, \sum_{u \to v} R_{uv} \, c_u + D_v\Big), \qquad
              \sum_v R_{uv} = 1, \qquad \sum_{\{i,j\}} D_v \le b_v ,

    with :math:`c = 0` at the inputs, and

    .. math:: K_{ik} = \frac{1}{2} \sum_j c_k(\{i, j\}) .

    Parameters
    ----------
    cascade : Architecture
        One input and a chain of linear layers, from :mod:`topograph.generators.cascades`.
    method : {"uniform", "eq20", "fair"}
        How :math:`R` and :math:`D` are chosen:

        - ``"uniform"``: :math:`R` evenly among the edges that leave a neuron, :math:`D` evenly
          among the pairs that it can mix. A closed form of :math:`O(n E)` operations for
          :math:`n` inputs and :math:`E` edges, without any tensor;
        - ``"eq20"``: trained to minimise the published loss,
          :math:`\sum_k \big((n - 1) - \sum_i K_{ik}\big)^2`;
        - ``"fair"``: trained to minimise :math:`\sum_{ik} \big(K_{ik} - \frac{n-1}{n}\big)^2`.
    reading : ControlReading, optional
        What the definition leaves open.
    training : ControlTraining, optional
        How the last two methods are trained.
    device : {"auto", "cpu", "cuda"}
        Where.
    memory : int, optional
        Bytes that the trained tensors may take; by default what is free on the device.
    progress : bool
        Whether training shows a bar.
    rng : numpy.random.Generator, int or None
        For initial logits, where ``training.noise`` is not 0.

    Returns
    -------
    Controllability

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade.
    ShapeError
        If there are fewer than two inputs.
    BudgetError
        If the method is unknown, or its tensors exceed the memory.

    Notes
    -----
    Eq. (20) sees the sums of control over outputs and nothing else, so the spread of K over inputs
    is where its start left it: a property of initial logits, not of the topology. Report the spread
    of ``"uniform"``, which is that of unbiased routing, or that of ``"fair"``, which is the least
    spread found. Totals agree between the methods.

    Departures from the paper: pairs are unordered, since the control of i over j and that of j over
    i are bounded by their sum (Lemma VI.1); :math:`\Delta C` is kept by neuron, as Eq. (18) reads
    its sum over edges only; Eq. (12) is read with the shares of Eq. (16), without which control
    would be duplicated; and neurons are not decomposed into neurons of two inputs, which
    Corollary A.0.1 makes needless.

    Unbiased routing obeys no bound on the control of a neuron (Lemma VI.3): where budgets exceed
    the ratios of the outputs, so does its total. Trained methods then leave budget unused.

    The tensors hold only what is not 0 by construction: existing edges, and pairs that reach them.
    A trained run that is interrupted returns what it has.

    References
    ----------
    .. [1] M. Isakov and M. A. Kinsy, "NeuroFabric: Identifying ideal topologies for training a
           priori sparse networks", 2020, Section VI, Eqs. (9)-(20), (27), (28) and Fig. 5.

    Examples
    --------
    >>> import numpy as np
    >>> from topograph.generators.cascades import from_masks
    >>> skips = np.eye(2, dtype=bool)
    >>> square = from_masks([np.ones((2, 2), dtype=bool)], constant=[skips])
    >>> found = controllability(square)  # both outputs can set the one ratio of the inputs
    >>> found.K
    array([[0.5, 0.5],
           [0.5, 0.5]])
    >>> found.total, found.budget, found.loss
    (2.0, 2.0, 0.0)
    """
    if method not in METHODS:
        raise BudgetError(
            f"Controllability is found by one of {', '.join(METHODS)}, which treat routing "
            f"differently. Received {method!r:.80}. Choose one of these."
        )
    wirings = cascade_wirings(cascade)
    if wirings[0].sources < 2:
        raise ShapeError(
            "Control is over ratios of two inputs. Received a cascade of 1 input. "
            "Give it at least two."
        )
    reading = ControlReading() if reading is None else reading
    place = choose_device(device)
    if method == "uniform":
        strict = reading.mixing == "strict"
        control, peak = uniform_control(wirings, strict=strict, device=place)
        values = to_host(control)
        loss = float(np.sum((values.shape[0] - 1 - values.sum(axis=0)) ** 2))
        rest: Any = {"loss": loss, "peak": peak, "lost": 0.0 if peak <= 1 + 1e-12 else nan}
        return _result(method, values, wirings, iterations=0, has_converged=True, **rest)
    training = ControlTraining() if training is None else training
    flow = _prepared(
        wirings, method, reading=reading, training=training, place=place, memory=memory, rng=rng
    )
    state, has_converged = _trained(flow, training, method, progress=progress)
    values = to_host(state.control).T.astype(np.float64)
    rest = {"loss": state.loss, "peak": nan, "lost": state.lost}
    steps = flow.steps
    return _result(method, values, wirings, iterations=steps, has_converged=has_converged, **rest)


def _prepared(
    wirings: Sequence[Sparse],
    method: str,
    *,
    reading: ControlReading,
    training: ControlTraining,
    place: Device,
    memory: int | None,
    rng: np.random.Generator | int | None,
) -> Flow:
    """Return the untrained tensors, if they fit into the memory."""
    reach = reaches(wirings, strict=reading.mixing == "strict")
    side = training.tile or (TILE if place.name == "cpu" else wirings[0].sources)
    asked, trained = needed(wirings, reach, side=side, dtype=training.precision)
    what = f"trained controllability, {trained:,} numbers of pairs at neurons and connections,"
    check_memory(what, asked, instead=INSTEAD, device=place, limit=memory)
    return Flow(
        wirings,
        reach,
        fair=method == "fair",
        slack=reading.budget == "slack",
        capped=reading.cap == "neurons",
        side=side,
        device=place,
        dtype=training.precision,
        noise=training.noise,
        rng=as_generator(rng),
    )


def _trained(
    flow: Flow, training: ControlTraining, method: str, *, progress: bool
) -> tuple[State, bool]:
    """Train until the loss stands still; return the state, and whether it does."""
    from tqdm import tqdm

    losses: list[float] = []
    state = flow.evaluate()
    with tqdm(
        total=training.iterations, desc=f"controllability, {method}", disable=not progress
    ) as bar:
        try:
            for number in range(training.iterations):
                losses.append(state.loss)
                if _stands_still(losses, training.tolerance):
                    return state, True
                rate = training.learning_rate * (1 + cos(pi * number / training.iterations)) / 2
                flow.descend(state, rate=rate, epsilon=training.epsilon)
                state = flow.evaluate()
                bar.update()
                bar.set_postfix(loss=f"{state.loss:.6g}", refresh=False)
        except KeyboardInterrupt:
            bar.set_postfix(interrupted=True)
    return state, False


def _stands_still(losses: list[float], tolerance: float) -> bool:
    """Tell whether the loss has hardly changed in the last steps."""
    recent = losses[-PATIENCE:]
    return len(losses) > PATIENCE and max(recent) - min(recent) <= tolerance * max(recent)


def _result(
    method: str, values: NDArray[np.float64], wirings: Sequence[Sparse], **rest: Any
) -> Controllability:
    """Put the result together."""
    return Controllability(
        method=method,
        K=values,
        mean=float(values.mean()),
        std=float(values.std()),
        minimum=float(values.min()),
        maximum=float(values.max()),
        total=float(values.sum()),
        budget=float(sum(budgets(wiring).sum() for wiring in wirings)),
        **rest,
    )
