"""Makes torch_states.zip: weights that real PyTorch saved, with inputs and what its modules made of them.

Run with an interpreter that has torch and safetensors: `make_torch_states.py torch_states.zip`. Each network is there as
`NAME.pt`, `NAME.safetensors` and `NAME.npz` (x, y; pictures with the channels last, as ours are).
"""

import io
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import nn

EPOCH = (1980, 1, 1, 0, 0, 0)


class Reader(nn.Module):  # type: ignore[misc]  # PyTorch is none of our packages
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 3, batch_first=True)
        self.gru = nn.GRU(3, 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(4, eps=1e-3)
        self.out = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.gru(self.lstm(self.embedding(x))[0])[0]
        return self.out(self.norm(y.mean(dim=1)))


class Pictures(nn.Module):  # type: ignore[misc]  # PyTorch is none of our packages
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1),
            nn.BatchNorm2d(4, eps=1e-3),
            nn.ReLU(),
            nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False),
            nn.ConvTranspose2d(8, 3, 2, stride=2),
            nn.GroupNorm(3, 3, eps=1e-3),
        )
        self.head = nn.Linear(3, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x.movedim(-1, 1)).mean(dim=(2, 3)))


def mlp() -> nn.Module:
    """A chain without names."""
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 3))


def main() -> None:
    """Write the archive."""
    torch.manual_seed(11)
    networks: dict[str, tuple[Callable[[], nn.Module], Any]] = {
        "mlp": (mlp, torch.randn(5, 4)),
        "pictures": (Pictures, torch.randn(3, 5, 5, 2)),
        "reader": (Reader, torch.randint(0, 9, (4, 6))),
    }
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)

        for name, (make, x) in networks.items():
            model = make()
            with torch.no_grad():
                for tensor in model.state_dict().values():
                    if tensor.is_floating_point():
                        tensor.add_(torch.rand_like(tensor) * 0.2)
            state = model.state_dict()
            saved = io.BytesIO()
            torch.save({"epoch": 3, "state_dict": state} if name == "reader" else state, saved)
            put(f"{name}.pt", saved.getvalue())
            put(f"{name}.safetensors", save({n: t.contiguous() for n, t in state.items()}))
            arrays = io.BytesIO()
            with torch.no_grad():
                np.savez(arrays, x=x.numpy(), y=model.eval()(x).numpy())
            put(f"{name}.npz", arrays.getvalue())
        halves = {"weight": torch.randn(3, 2), "bias": torch.arange(3.0)}
        saved = io.BytesIO()
        kinds = {"half": torch.float16, "bf16": torch.bfloat16, "double": torch.float64}
        torch.save({f"{k}.{n}": t.to(d) for k, d in kinds.items() for n, t in halves.items()}, saved)
        put("kinds.pt", saved.getvalue())
        put(
            "kinds.safetensors",
            save({f"{k}.{n}": t.to(d) for k, d in kinds.items() for n, t in halves.items()}),
        )
        put("view.pt", _saved({"w": torch.arange(12.0).reshape(3, 4).T[1:, ::2]}))
        put("whole.pt", _saved(nn.Linear(2, 2)))


def _saved(value: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


if __name__ == "__main__":
    main()
