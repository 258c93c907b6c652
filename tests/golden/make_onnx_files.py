"""Writes `onnx_files.zip`: small networks of PyTorch as its two exporters write them, with inputs and what PyTorch says.

Run by hand, outside the project's environment, when networks are added:

    python3 -m venv torch-venv && torch-venv/bin/pip install torch onnx onnxscript
    torch-venv/bin/python -m tests.golden.make_onnx_files
"""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

EXAMPLES = 2


class Network(nn.Module):  # type: ignore[misc]  # where mypy runs there is no PyTorch
    """What all of them are."""


class Block(Network):
    """Two convolutions and a way past them."""

    def __init__(self, channels: int, filters: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()
        )
        self.second = nn.Sequential(nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters))
        past = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))
        self.past = past if channels != filters or stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """As in the paper."""
        return torch.relu(self.second(self.first(x)) + self.past(x))


class ResNet(Network):
    """The shape of ResNet-18, narrow."""

    def __init__(self, width: int = 3) -> None:
        super().__init__()
        stem = [
            nn.Conv2d(3, width, 7, 2, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        ]
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        pairs = [
            block
            for k in range(4)
            for block in (Block(widths[k], widths[k + 1], 1 + (k > 0)), Block(widths[k + 1], widths[k + 1]))
        ]
        self.body = nn.Sequential(*stem, *pairs)
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures to scores."""
        return self.head(torch.flatten(F.adaptive_avg_pool2d(self.body(x), 1), 1))


class Reader(Network):
    """A recurrent layer and what it ended with."""

    def __init__(self, kind: type[nn.RNNBase], layers: int = 1, *, both: bool = False) -> None:
        super().__init__()
        self.reader = kind(5, 4, layers, batch_first=True, bidirectional=both)
        self.head = nn.Linear(8 if both else 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Sequences to scores."""
        return self.head(self.reader(x)[0][:, -1])


class Words(Network):
    """Word numbers through an embedding and a GRU."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.reader, self.head = (
            nn.Embedding(9, 3),
            nn.GRU(3, 4, batch_first=True),
            nn.Linear(4, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        """From its last state."""
        return self.head(self.reader(self.embedding(x))[1][-1])


class Encoder(Network):
    """A transformer's layer over sequences."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, activation="gelu")
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Sequences to scores."""
        return self.head(self.layer(x).mean(1))


class Writer(Network):
    """Attention that sees only what was before, with learned places."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(11, 8), nn.Parameter(torch.randn(1, 6, 8))
        self.norm, self.asks, self.tells, self.head = (
            nn.LayerNorm(8),
            nn.Linear(8, 24),
            nn.Linear(8, 8),
            nn.Linear(8, 11),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Word numbers to scores of the next ones."""
        y = self.words(x) + self.places[:, : x.shape[1]]
        batch, steps, width = y.shape
        parts = self.asks(self.norm(y)).split(width, 2)
        q, k, v = (p.view(batch, steps, 2, 4).transpose(1, 2) for p in parts)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.head(y + self.tells(seen.transpose(1, 2).reshape(batch, steps, width)))


class Patches(Network):
    """A small vision transformer with a learned token in front."""

    def __init__(self) -> None:
        super().__init__()
        self.cut, self.head = nn.Conv2d(3, 8, 4, 4), nn.Linear(8, 3)
        self.token, self.places = nn.Parameter(torch.randn(1, 1, 8)), nn.Parameter(torch.randn(1, 5, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, norm_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures to scores."""
        y = self.cut(x).flatten(2).transpose(1, 2)
        y = torch.cat([self.token.expand(y.shape[0], -1, -1), y], 1) + self.places
        return self.head(self.layer(y)[:, 0])


class Mobile(Network):
    """Depthwise convolutions, squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.depth = nn.Conv2d(3, 6, 3, 2, 1), nn.Conv2d(6, 6, 3, 1, 1, groups=6)
        self.less, self.more = nn.Conv2d(6, 3, 1), nn.Conv2d(3, 6, 1)
        self.mix, self.norm, self.head = nn.Conv2d(6, 8, 1), nn.BatchNorm2d(8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures to scores."""
        y = F.relu6(self.depth(F.hardswish(self.stem(x))))
        y = y * torch.sigmoid(self.more(torch.relu(self.less(y.mean((2, 3), keepdim=True)))))
        return self.head(F.silu(self.norm(self.mix(y))).mean((2, 3)))


class Segments(Network):
    """Down and up again."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 3, 3, 1, 1), nn.Conv2d(3, 5, 3, 1, 1)
        self.up, self.out = nn.ConvTranspose2d(5, 3, 2, 2), nn.Conv2d(6, 2, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures to pictures."""
        a = torch.relu(self.one(x))
        b = torch.relu(self.two(F.max_pool2d(a, 2)))
        large = F.interpolate(b, scale_factor=2, mode="bilinear", align_corners=False)
        return self.out(torch.cat([self.up(b), a], 1)) + large[:, :2]


class Shuffle(Network):
    """Channels dealt out anew, numbers between channels and places."""

    def __init__(self) -> None:
        super().__init__()
        self.mix, self.norm, self.slopes, self.head = (
            nn.Conv2d(3, 8, 1),
            nn.GroupNorm(2, 8),
            nn.PReLU(8),
            nn.Linear(128, 4),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures to logarithms of probabilities."""
        y = self.slopes(self.norm(self.mix(x)))
        b, c, h, w = y.shape
        y = y.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
        y = F.pixel_shuffle(F.pixel_unshuffle(y, 2), 2)
        return torch.log_softmax(self.head(y.reshape(b, -1)), 1)


class Sound(Network):
    """Convolutions over a line."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = (
            nn.Conv1d(3, 6, 5, padding=2),
            nn.InstanceNorm1d(6, affine=True),
            nn.Linear(6, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Lines to scores."""
        return self.head(F.avg_pool1d(F.leaky_relu(self.norm(self.conv(x))), 2).amax(2))


class Scaled(Network):
    """Arithmetic that is no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.gain = nn.Linear(6, 8), nn.Linear(8, 2), nn.Parameter(torch.randn(8))

    def forward(self, x: Tensor) -> Tensor:
        """Rows to scores."""
        y = self.one(x)
        return self.two(y * self.gain / torch.sqrt((y**2).mean(-1, keepdim=True) + 1e-5))


def networks() -> dict[str, tuple[nn.Module, Tensor]]:
    """Each with a batch of inputs."""
    return {
        "resnet": (ResNet(), torch.randn(EXAMPLES, 3, 64, 64)),
        "lstm": (Reader(nn.LSTM, 2), torch.randn(EXAMPLES, 6, 5)),
        "bilstm": (Reader(nn.LSTM, both=True), torch.randn(EXAMPLES, 6, 5)),
        "rnn": (Reader(nn.RNN), torch.randn(EXAMPLES, 6, 5)),
        "words": (Words(), torch.randint(0, 9, (EXAMPLES, 7))),
        "encoder": (Encoder(), torch.randn(EXAMPLES, 5, 8)),
        "writer": (Writer(), torch.randint(0, 11, (EXAMPLES, 6))),
        "patches": (Patches(), torch.randn(EXAMPLES, 3, 8, 8)),
        "mobile": (Mobile(), torch.randn(EXAMPLES, 3, 16, 16)),
        "segments": (Segments(), torch.randn(EXAMPLES, 1, 8, 8)),
        "shuffle": (Shuffle(), torch.randn(EXAMPLES, 3, 4, 4)),
        "sound": (Sound(), torch.randn(EXAMPLES, 3, 12)),
        "scaled": (Scaled(), torch.randn(EXAMPLES, 6)),
    }


def exported(model: nn.Module, x: Tensor, kind: str, path: Path) -> None:
    """The network in a file: by the old exporter, by the new one, or by the old one with a batch of one for ever."""
    names = {"input_names": ["x"], "output_names": ["y"]}
    if kind == "new":
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(
            model, (x,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, verbose=False, **names
        )
    elif kind == "old":
        axes = {"x": {0: "batch"}, "y": {0: "batch"}}
        torch.onnx.export(model, (x,), path, dynamo=False, opset_version=17, dynamic_axes=axes, **names)
    else:
        torch.onnx.export(model, (x[:1],), path, dynamo=False, opset_version=14, **names)


def main() -> None:
    """Write the archive."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(Path(__file__).parent / "onnx_files.zip", "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, (model, x) in networks().items():
            model.eval()
            with torch.no_grad():
                y = model(x)
            buffer = io.BytesIO()
            np.savez(buffer, x=x.numpy(), y=y.numpy())
            archive.writestr(f"{name}.npz", buffer.getvalue())
            for kind in ("old", "new", "fixed"):
                path = Path(folder) / f"{name}_{kind}.onnx"
                exported(model, x, kind, path)
                archive.write(path, path.name)


if __name__ == "__main__":
    main()
