"""The command line: generate, measure, draw and export architectures, and run studies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topograph import __version__
from topograph._atomic import replacing
from topograph.errors import TopographError

if TYPE_CHECKING:
    from topograph.graph import Architecture

FAILED, INTERRUPTED = 1, 130

app = typer.Typer(
    name="topograph",
    help="Turn neural networks into graphs, ask them questions, and get trainable networks back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
generate = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(generate, name="generate", help="Write an architecture of a family to a file.")

Output = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0)]
Source = Annotated[Path, typer.Argument(help="Architecture, .json or .graphml.")]
Inputs = Annotated[int, typer.Option(help="Neurons of the input.")]
Classes = Annotated[int, typer.Option(help="Neurons of the classifier.")]
Depth = Annotated[int, typer.Option(help="One of the published depths.")]
Image = Annotated[str, typer.Option(help="Channels, height and width.")]
Multiplier = Annotated[float, typer.Option(help="Factor of the widths.")]


class TableFormat(StrEnum):
    """Forms in which a table can be printed."""

    text = "text"
    csv = "csv"
    json = "json"


class DeviceName(StrEnum):
    """Where networks are trained."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


def main() -> None:
    """Run the command line; refusals are one line on stderr and exit code 1."""
    with _one_line_errors():
        app()


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Print what went wrong in one line instead of a traceback."""
    try:
        yield
    except (TopographError, OSError) as error:
        typer.echo(f"topograph: {' '.join(str(error).split())}", err=True)
        sys.exit(FAILED)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"topograph {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_print_version, is_eager=True, help="Show it and exit."),
]


@app.callback()
def _front(version: Version = False) -> None:
    """Options of the program itself."""


@generate.command("dense-mlp")
def generate_dense_mlp(
    output: Output,
    width: Annotated[int, typer.Option(help="Neurons per layer.")] = 8,
    depth: Annotated[int, typer.Option(help="Linear layers, the classifier included.")] = 16,
    candidates: Annotated[int, typer.Option(help="Most earlier neurons that a layer reads.")] = 4,
    inputs: Inputs = 784,
    classes: Classes = 10,
    seed: Seed = 0,
) -> None:
    """Write an MLP with random skip connections.

    Example: topograph generate dense-mlp --depth 24 --candidates 2 -o mlp.json
    """
    from topograph.generators import dense_mlp

    network = dense_mlp(
        width, depth, candidates=candidates, inputs=inputs, classes=classes, rng=seed
    )
    _save(network, output)


@generate.command("dense-cnn")
def generate_dense_cnn(
    output: Output,
    widths: Annotated[str, typer.Option(help="Channels of each cell, as in 16,32,64.")],
    cell_depth: Annotated[int, typer.Option(help="Layers per cell.")] = 8,
    candidates: Annotated[str, typer.Option(help="Most earlier channels, one or per cell.")] = "8",
    image: Image = "3,32,32",
    classes: Classes = 10,
    separable: Annotated[bool, typer.Option(help="Use MobileNetV2 expansion blocks.")] = False,
    seed: Seed = 0,
) -> None:
    """Write a CNN of cells with random skip connections.

    Example: topograph generate dense-cnn --widths 16,32,64 --candidates 20,30,40 -o cnn.json
    """
    from topograph.generators import dense_cnn

    limits = _numbers("candidates", candidates)
    shape: Any = _numbers("image", image)
    network = dense_cnn(
        _numbers("widths", widths),
        cell_depth,
        candidates=limits[0] if len(limits) == 1 else limits,
        image=shape,
        classes=classes,
        separable=separable,
        rng=seed,
    )
    _save(network, output)


@generate.command("resnet")
def generate_resnet(
    output: Output,
    depth: Depth = 50,
    width_multiplier: Multiplier = 1.0,
    image: Image = "3,224,224",
    classes: Classes = 1000,
) -> None:
    """Write a residual network, or a wide one.

    Example: topograph generate resnet --depth 50 --width-multiplier 2 -o wide.json
    """
    from topograph.generators import resnet

    shape: Any = _numbers("image", image)
    network = resnet(depth, width_multiplier=width_multiplier, image=shape, classes=classes)
    _save(network, output)


@generate.command("mobilenet-v2")
def generate_mobilenet_v2(
    output: Output,
    width_multiplier: Multiplier = 1.0,
    blocks: Annotated[str, typer.Option(help="Blocks of the seven stages.")] = "1,2,3,4,3,3,1",
    image: Image = "3,224,224",
    classes: Classes = 1000,
) -> None:
    """Write a MobileNetV2.

    Example: topograph generate mobilenet-v2 --width-multiplier 1.4 -o mobile.json
    """
    from topograph.generators import mobilenet_v2

    shape: Any = _numbers("image", image)
    network = mobilenet_v2(
        width_multiplier=width_multiplier,
        blocks=_numbers("blocks", blocks),
        image=shape,
        classes=classes,
    )
    _save(network, output)


@generate.command("densenet")
def generate_densenet(
    output: Output, depth: Depth = 121, image: Image = "3,224,224", classes: Classes = 1000
) -> None:
    """Write a DenseNet.

    Example: topograph generate densenet --depth 121 -o dense.json
    """
    from topograph.generators import densenet

    shape: Any = _numbers("image", image)
    _save(densenet(depth, image=shape, classes=classes), output)


@generate.command("vgg")
def generate_vgg(
    output: Output, depth: Depth = 16, image: Image = "3,224,224", classes: Classes = 1000
) -> None:
    """Write a VGG.

    Example: topograph generate vgg --depth 16 -o plain.json
    """
    from topograph.generators import vgg

    shape: Any = _numbers("image", image)
    _save(vgg(depth, image=shape, classes=classes), output)


@generate.command("nasbench201")
def generate_nasbench201(
    output: Output,
    cell: Annotated[str, typer.Option(help="Official index, or string of the cell.")],
    channels: Annotated[int, typer.Option(help="Channels of the first stage.")] = 16,
    repeats: Annotated[int, typer.Option(help="Cells per stage.")] = 5,
    classes: Classes = 10,
) -> None:
    """Write a network of NAS-Bench-201 cells.

    Example: topograph generate nasbench201 --cell 13714 -o cell.json
    """
    from topograph.generators import nasbench201_network

    chosen = int(cell) if cell.isdecimal() else cell
    network = nasbench201_network(chosen, channels=channels, repeats=repeats, classes=classes)
    _save(network, output)


@app.command()
def measure(
    sources: Annotated[list[Path], typer.Argument(help="Architectures, .json or .graphml.")],
    names: Annotated[str, typer.Option(help="Measures, separated by commas; all if empty.")] = "",
    table: Annotated[
        TableFormat, typer.Option("--format", help="Form of the table.")
    ] = TableFormat.text,
) -> None:
    """Print one row of measures per architecture.

    Example: topograph measure mlp.json cnn.json --names nn_mass,parameters --format csv
    """
    from topograph.analyzers import measure as measured
    from topograph.graph.files import load

    chosen = [name.strip() for name in names.split(",") if name.strip()] or None
    frame = measured([load(source) for source in sources], chosen)
    frame.insert(0, "file", [str(source) for source in sources])
    frame["digest"] = frame["digest"].str[:12]
    if table is TableFormat.csv:
        typer.echo(frame.to_csv(index=False).rstrip())
    elif table is TableFormat.json:
        typer.echo(frame.to_json(orient="records", indent=1))
    else:
        typer.echo(frame.to_string(index=False))


@app.command()
def draw(
    source: Source,
    output: Output,
    venue: Annotated[str, typer.Option(help="Venue whose sizes and fonts to use.")] = "neurips",
) -> None:
    """Draw an architecture as PDF, PNG or SVG.

    Example: topograph draw mlp.json -o mlp.pdf --venue icml
    """
    from matplotlib.figure import Figure

    from topograph import plots
    from topograph.graph.files import load

    architecture = load(source)
    with plots.style(venue):
        figure = Figure()
        plots.plot_architecture(architecture, ax=figure.add_subplot())
        with replacing(output) as partial:
            figure.savefig(partial)
    typer.echo(f"{output}: {architecture!r}")


@app.command()
def export(
    source: Source,
    output: Output,
    weights: Annotated[Path | None, typer.Option(help="Write weights here, .safetensors.")] = None,
    init: Annotated[str, typer.Option(help="How weights are drawn.")] = "default",
    seed: Seed = 0,
) -> None:
    """Write an architecture as a Python file that needs only torch, and its first weights.

    Example: topograph export mlp.json -o mlp.py --weights mlp.safetensors --init kaiming_normal
    """
    from topograph.exporter import save_weights, to_module, to_source
    from topograph.graph.files import load

    architecture = load(source)
    with replacing(output) as partial:
        partial.write_text(to_source(architecture))
    typer.echo(f"{output}: {architecture!r}")
    if weights is not None:
        save_weights(to_module(architecture, init=init, rng=seed), weights)
        typer.echo(f"{weights}: weights drawn by {init!r} from seed {seed}")


@app.command()
def study(
    plan: Annotated[Path, typer.Argument(help="Plan of the study, .toml.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")] = Path("out"),
    data: Annotated[str, typer.Option(help="Data set, in place of the plan's.")] = "",
    device: Annotated[DeviceName, typer.Option(help="Where to train.")] = DeviceName.auto,
    workers: Annotated[int, typer.Option(help="Processes that train side by side.", min=1)] = 1,
    seed: Annotated[int | None, typer.Option(help="Seed, in place of the plan's.", min=0)] = None,
    smoke: Annotated[bool, typer.Option(help="Run the plan's small version.")] = False,
) -> None:
    """Generate, measure and train a family of networks; resumes where it was interrupted.

    Example: topograph study analyses/nn_mass/study.toml -o out/study --data digits
    """
    from topograph.studies import FamilyStudy

    family = FamilyStudy.read(plan, smoke=smoke, data=data or None, seed=seed)
    try:
        table = family.run(output, device=device.value, workers=workers)
    except KeyboardInterrupt as stop:
        typer.echo(f"topograph: {stop}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(family.relations(table).to_string(index=False))
    typer.echo(f"{len(table)} trials in {output}")


def _save(architecture: Architecture, path: Path) -> None:
    from topograph.graph.files import save

    save(architecture, path)
    typer.echo(f"{path}: {architecture!r}")


def _numbers(what: str, text: str) -> tuple[int, ...]:
    """Read whole numbers separated by commas."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{what} are whole numbers and commas, not {text!r}") from None
