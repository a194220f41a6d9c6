import json
import runpy
import subprocess
import sys

import pytest

from topograph import __version__
from topograph.analyzers import cost, nn_mass
from topograph.cli import app, main
from topograph.generators import (
    dense_cnn,
    dense_mlp,
    densenet,
    mobilenet_v2,
    nasbench201_network,
    resnet,
    vgg,
)
from topograph.graph import load

COMMANDS = [
    ("generate", "dense-mlp"),
    ("generate", "dense-cnn"),
    ("generate", "resnet"),
    ("generate", "mobilenet-v2"),
    ("generate", "densenet"),
    ("generate", "vgg"),
    ("generate", "nasbench201"),
    ("measure",),
    ("draw",),
    ("export",),
    ("study",),
]


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; returns exit code, stdout and stderr."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["topograph", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return call


@pytest.fixture
def saved(run, tmp_path):
    """Path of a generated MLP."""
    path = tmp_path / "mlp.json"
    code, *_ = run("generate", "dense-mlp", "--depth", 24, "--candidates", 2, "-o", path)
    assert code == 0
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example_that_is_understood(run, command):
    code, out, _ = run(*command, "--help")
    example = " ".join(out.split()).partition("Example: topograph ")[2]
    assert code == 0
    assert example.startswith(" ".join(command))


def test_every_command_is_among_those_tested():
    assert {command.name or command.callback.__name__ for command in app.registered_commands} == {
        "measure",
        "draw",
        "export",
        "study",
    }


def test_version(run):
    assert run("--version") == (0, f"topograph {__version__}\n", "")


def test_generated_files_hold_what_the_generators_return(run, saved, tmp_path):
    assert load(saved) == dense_mlp(8, 24, candidates=2, rng=0)
    path = tmp_path / "cnn.graphml"
    words = ("--widths", "2,3", "--cell-depth", 4, "--candidates", "3,4", "--seed", 7, "-o", path)
    assert run("generate", "dense-cnn", *words)[0] == 0
    assert load(path) == dense_cnn((2, 3), 4, candidates=(3, 4), rng=7)


@pytest.mark.parametrize(
    ("words", "network"),
    [
        (("resnet", "--depth", 18, "--width-multiplier", 1.5), resnet(18, width_multiplier=1.5)),
        (("mobilenet-v2", "--blocks", "1,1,1,1,1,1,2"), mobilenet_v2(blocks=(1, 1, 1, 1, 1, 1, 2))),
        (("densenet", "--classes", 3), densenet(121, classes=3)),
        (("vgg", "--depth", 11, "--image", "1,32,64"), vgg(11, image=(1, 32, 64))),
        (("nasbench201", "--cell", 9, "--repeats", 1), nasbench201_network(9, repeats=1)),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_published_families_are_written(run, tmp_path, words, network):
    assert run("generate", *words, "-o", tmp_path / "network.json")[0] == 0
    assert load(tmp_path / "network.json") == network


def test_measures_are_printed_in_each_format(run, saved):
    code, out, _ = run("measure", saved, "--names", "nn_mass,parameters", "--format", "json")
    (row,) = json.loads(out)
    network = load(saved)
    assert code == 0
    assert row["nn_mass"] == pytest.approx(nn_mass(network))
    assert row["parameters"] == cost(network).parameters == 8310
    header, line = run("measure", saved, "--format", "csv")[1].splitlines()
    assert header.split(",")[:3] == ["file", "architecture", "digest"]
    assert line.startswith(str(saved))
    assert "nn_mass" in run("measure", saved)[1]


@pytest.mark.parametrize("suffix", ["pdf", "png", "svg"])
def test_a_drawing_is_written(run, saved, tmp_path, suffix):
    path = tmp_path / f"mlp.{suffix}"
    assert run("draw", saved, "-o", path)[0] == 0
    signature = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}[suffix]
    assert path.read_bytes().startswith(signature)


def test_an_export_runs_and_takes_its_weights(run, saved, tmp_path):
    import torch
    from safetensors.torch import load_file

    source, weights = tmp_path / "mlp.py", tmp_path / "mlp.safetensors"
    assert run("export", saved, "-o", source, "--weights", weights, "--seed", 3)[0] == 0
    names = runpy.run_path(str(source))
    (kind,) = [
        value
        for value in names.values()
        if isinstance(value, type) and issubclass(value, torch.nn.Module)
    ]
    module = kind()
    module.load_state_dict(load_file(weights))
    assert module(torch.zeros(2, 784)).shape == (2, 10)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("measure", "absent.json"), 1, "absent.json"),
        (("generate", "dense-mlp", "--width", "0", "-o", "x.json"), 1, "Received 0"),
        (("generate", "dense-mlp", "-o", "x.txt"), 1, "x.txt"),
        (("generate", "dense-cnn", "--widths", "2,x", "-o", "x.json"), 2, "2,x"),
        (("generate",), 2, ""),
        (("measure",), 2, "Missing argument"),
        (("study", "absent.toml"), 1, "absent.toml"),
    ],
)
def test_refusals_go_to_stderr_with_an_exit_code(run, tmp_path, monkeypatch, words, code, told):
    monkeypatch.chdir(tmp_path)
    found, out, err = run(*words)
    assert found == code
    assert told in (err or out)
    assert "Traceback" not in err
    if code == 1:
        assert err.startswith("topograph: ")
        assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_measure_is_refused(run, saved):
    code, _, err = run("measure", saved, "--names", "mass")
    assert code == 1
    assert "Received 'mass'" in err


def test_help_loads_neither_torch_nor_matplotlib():
    program = (
        "import sys; sys.argv = ['topograph', '--help']\n"
        "from topograph.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'matplotlib', 'pandas', 'igraph', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_interrupted_study_says_how_to_go_on(run, tmp_path, monkeypatch):
    from topograph.studies import FamilyStudy

    def stop(*arguments, **options):
        raise KeyboardInterrupt("Run the same study again: it goes on with the others.")

    plan = tmp_path / "study.toml"
    plan.write_text(
        '[study]\nname = "s"\n[grid]\ndepth = [4]\n[recipe]\ngenerator = "dense_mlp"\n'
        'data = "digits"\nmeasures = []\ntraining = {}\nrelations = {}\n'
    )
    monkeypatch.setattr(FamilyStudy, "run", stop)
    code, _, err = run("study", plan)
    assert code == 130
    assert "goes on with the others" in err
