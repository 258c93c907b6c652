"""The operations of scripts, as functions of tensors that give tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from engine.ops import api
from engine.ops.op import Tensor


class Operations:
    """`o.matmul` is `engine.ops.api.matmul` for tensors alone; those with several results give them one after the other."""

    def __getattr__(self, name: str) -> Callable[..., Tensor]:
        return cast("Callable[..., Tensor]", getattr(api, name))


o = Operations()
