"""A network of ours as a module of PyTorch that people can read, with its weights beside it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.exchange.net import Net
from engine.exchange.outgoing import Outgoing, specs_of
from engine.exchange.torch.classes import File, Made
from engine.exchange.torch.options import TorchOptions
from engine.exchange.torch.text import docstring, indented, plain, quoted, wrapped
from engine.exchange.use import facts_of
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.tensor.spec import Array, DType, TensorSpec, format_shape

_WORDS = {DType.FLOAT32: "float32", DType.INT32: "int32: numbers of classes or words"}


@dataclass(frozen=True, eq=False)
class Module:
    """A network in PyTorch.

    Attributes:
        text: of the Python file.
        state: what is in the file of weights, by name.
        made: the class of the network: where its weights are, and what they obey.
        inputs, outputs: names of what it takes and gives, in order.
    """

    text: str
    state: Mapping[str, Array]
    made: Made
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def write_torch(out: Outgoing, path: Path, options: TorchOptions | None = None) -> None:
    """Write the module and, beside it, its weights and what trains it; what was there stays if that fails.

    Raises:
        FormatError: a layer can't be said in PyTorch, with the reason, or the operating system refused.
    """
    from engine.exchange.scripts.data import write_data  # which stand on this module
    from engine.exchange.scripts.torch_training import ray_script, training_script

    chosen = options or TorchOptions(training=False)
    module = module_of(out, path.stem)
    texts = {path: module.text}
    if chosen.training:
        texts[path.with_name(f"train_{path.stem}.py")] = training_script(out, module, path.stem)
        texts[path.with_name(f"train_{path.stem}_ray.py")] = ray_script(out, path.stem)
    if chosen.data:
        write_data(out, path.with_name(f"{path.stem}.npz"))
    write_weights(weights_of(path), module.state)
    for place, text in texts.items():
        write_text(place, text)


def weights_of(path: Path) -> Path:
    """Where the weights of a module are written."""
    return path.with_name(f"{path.stem}.safetensors")


def write_text(path: Path, text: str) -> None:
    """Write a file of text; raises FormatError where the operating system refuses."""
    with replacing(path) as file:
        file.write(text.encode())


def write_weights(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write a file of weights; raises FormatError where the operating system refuses."""
    from safetensors.numpy import save

    data = save({n: np.ascontiguousarray(a) for n, a in arrays.items()}, metadata={"format": "pt"})
    with replacing(path) as file:
        file.write(data)


def module_of(out: Outgoing, stem: str) -> Module:
    """A network as text and arrays.

    Args:
        out: the network.
        stem: of the files' names.

    Raises:
        FormatError: a layer can't be said in PyTorch; the sentence names it.
    """
    with suppress(FormatError):  # `_numeric` says it in words of its own
        out, _ = facts_of(out)  # text becomes numbers before the module
    net = _numeric(out.net)
    taken = {"Path", "WEIGHTS", "F", "nn", "torch"}
    file = File(taken)
    title = plain(out.meaning.title) or stem
    made = file.network(net, title if title != "Network" else stem, _about(out, net), top=True)
    state = {name: entry.array(out.weights) for name, entry in made.state.items()}
    inputs = tuple(net.names.get(i.id, i.id) for i in net.inlets)
    outputs = out.targets if len(out.targets) == len(net.outputs) else ("y",) * len(net.outputs)
    text = _file(file, made, out, net, stem)
    return Module(text, state, made, inputs, outputs)


def _numeric(net: Net) -> Net:
    """The network, unless it takes text."""
    for inlet in net.inlets:
        if inlet.dtype is DType.STRING:
            name = net.names.get(inlet.id, inlet.id)
            raise FormatError(
                f"The input {name} is text, and PyTorch has no tensors of text; export what follows the layer that turns "
                "it into numbers."
            )
    return net


def _file(file: File, made: Made, out: Outgoing, net: Net, stem: str) -> str:
    blocks = _helpers(file)
    for name, lines in file.classes:
        blocks.append([f"class {name}(nn.Module):", *(w for line in indented(lines) for w in wrapped(line))])
    blocks += [_load(made), _predict(made, net), _main(made, net)]
    body = "\n\n\n".join("\n".join(block) for block in blocks)
    uses = " F." in body or "(F." in body or "-F." in body
    head = [
        *_docstring(out, net, stem),
        "",
        "from __future__ import annotations",
        "",
        "from pathlib import Path",
        "",
        "import torch",
        *(["import torch.nn.functional as F"] if uses else []),
        "from safetensors.torch import load_file",
        "from torch import nn",
        "",
        f"WEIGHTS = Path(__file__).with_name({quoted(stem + '.safetensors')})",
    ]
    return "\n".join(head) + "\n\n\n" + body + "\n"


def _helpers(file: File) -> list[list[str]]:
    """Functions that classes call; several of one text stand apart."""
    found: list[list[str]] = []
    for lines in file.helpers.values():
        block: list[str] = []
        for line in lines:
            if line.startswith("def ") and block:
                found.append(block)
                block = []
            block += wrapped(line)
        found.append(block)
    return [_trimmed(block) for block in found]


def _trimmed(block: list[str]) -> list[str]:
    while block and not block[-1]:
        block = block[:-1]
    return block


def _docstring(out: Outgoing, net: Net, stem: str) -> list[str]:
    lines = [
        f'"""{docstring(out.meaning.title) or "A network"}, as a module of PyTorch. Made with Layerloom.',
        "",
    ]
    specs = specs_of(net)
    lines += ["Takes:", *(f"    {_described(net.names.get(i.id, i.id), specs[i.id, 0])}" for i in net.inlets)]
    names = out.targets if len(out.targets) == len(net.outputs) else ("y",) * len(net.outputs)
    lines += ["", "Gives:"]
    lines += [f"    {_described(n, specs[end])}" for n, end in zip(names, net.outputs, strict=True)]
    lines += [
        "",
        "The batch comes first and, as in the data, the channels come last; inside, they stand where PyTorch wants",
        f"them. The weights are in {docstring(stem)}.safetensors beside this file.",
    ]
    if out.meaning.preparation is not None:
        lines += ["It takes prepared numbers: how the data is prepared is written beside it, too."]
    return [*lines, '"""']


def _described(name: str, spec: TensorSpec) -> str:
    shape = f"(n, {', '.join(map(str, spec.shape))})" if spec.shape else "(n,)"
    return f"{docstring(name) or 'x'}: {shape} {_WORDS.get(spec.dtype, spec.dtype.value)}"


def _about(out: Outgoing, net: Net) -> str:
    specs = specs_of(net)
    taken = " and ".join(format_shape(i.shape) or "1" for i in net.inlets)
    given = " and ".join(format_shape(specs[end].shape) or "1" for end in net.outputs)
    return f"{plain(out.meaning.title)}: {taken} -> {given}"


def _load(made: Made) -> list[str]:
    head = f'def load(path: str | Path = WEIGHTS, device: str = "cpu") -> {made.name}:'
    return [
        *wrapped(head),
        '    """The network with its weights, ready to predict."""',
        f"    model = {made.name}()",
        "    model.load_state_dict(load_file(path))",
        "    return model.to(device).eval()",
    ]


def _predict(made: Made, net: Net) -> list[str]:
    one = len(net.outputs) == 1
    kind = "torch.Tensor" if one else "tuple[torch.Tensor, ...]"
    return [
        "@torch.no_grad()",
        f"def predict(model: {made.name}, *inputs: object) -> {kind}:",
        '    """What the network says of arrays or tensors, the batch first."""',
        '    device = next((p.device for p in model.parameters()), torch.device("cpu"))',
        "    given = [torch.as_tensor(x, device=device) for x in inputs]",
        "    return model(*given).detach()" if one else "    return tuple(y.detach() for y in model(*given))",
    ]


def _main(made: Made, net: Net) -> list[str]:
    examples = []
    for inlet in net.inlets:
        shape = ", ".join(map(str, (1, *inlet.shape)))
        kind = ", dtype=torch.int32" if inlet.dtype is DType.INT32 else ""
        examples.append(f"torch.zeros({shape}{kind})")
    return [
        'if __name__ == "__main__":',
        *indented(wrapped(f"print(predict(load(), {', '.join(examples)}))", 96)),
    ]
