"""Depthwise convolution: a filter sees one channel, so there is no product of matrices to make of it.

Neighbouring invocations take neighbouring channels, which are neighbours in memory, four at once where that fits. The
gradient of the filters is a long sum for few results: it is split, and the parts are added in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from engine.ops.windows import Window
from engine.tensor.spec import TensorSpec
from gl_kernels.bodies import Chain
from gl_kernels.kernels.reductions import LONGEST, Fold, lower_fold
from gl_kernels.launch import Draft, Launch, Request
from gl_kernels.sizes import Size, parts
from gl_kernels.sweeps import Sweep

SHORTEST_SPLIT = 64  # positions below which splitting a sum does not pay


def lower_forward(request: Request, window: Window, finish: Chain) -> Sequence[Launch]:
    """Each result from what its window sees."""
    x, weight = request.inputs[:2]
    channels, filters = x.spec.shape[-1], weight.spec.shape[-1]
    multiplier = filters // channels
    request.tuning.check_rounds(2 * window.taps, "twice a window")
    channel = f"channel / {multiplier}u" if multiplier > 1 else "channel"
    sweep = Sweep(window, filters, channels, channel)
    if multiplier == 1 and sweep.in_strips:
        return [_strips(sweep, request, finish, backwards=False)]
    draft = _draft(request, filters, multiplier, spread=False)
    sweep.over_taps(draft)
    return [_launch(draft, request, finish, request.outputs[0].spec.size, quads=multiplier == 1)]


def lower_input_grad(request: Request, window: Window, finish: Chain) -> Sequence[Launch]:
    """Each element from the gradients of the windows over it."""
    channels, filters = request.outputs[0].spec.shape[-1], request.inputs[1].spec.shape[-1]
    multiplier = filters // channels
    request.tuning.check_rounds(2 * window.taps * multiplier, "twice a window")
    sweep = Sweep(window, channels, filters, f"channel * {multiplier}u" if multiplier > 1 else "channel")
    if multiplier == 1 and sweep.in_strips:
        return [_strips(sweep, request, finish, backwards=True)]
    draft = _draft(request, filters, multiplier, spread=True)
    sweep.over_windows(draft)
    return [_launch(draft, request, finish, request.outputs[0].spec.size, quads=multiplier == 1)]


def _draft(request: Request, filters: int, multiplier: int, *, spread: bool) -> Draft:
    results = request.outputs[0].spec.size
    return Draft(
        "depthwise",
        {"RESULTS": Size(results), "FILTERS": filters, "MULTIPLIER": multiplier, "SPREAD": spread},
    )


def _strips(sweep: Sweep, request: Request, finish: Chain, *, backwards: bool) -> Launch:
    draft = Draft("depthwise_strip")
    pictures = request.inputs[0].spec.shape[0]
    strips = pictures * sweep.strips(draft, backwards=backwards) * sweep.channels
    draft.options = {"STRIPS": Size(strips), "FILTERS": sweep.channels}
    return _launch(draft, request, finish, strips, quads=True)


def _launch(
    draft: Draft, request: Request, finish: Chain, tasks: int, *, quads: bool, second: str = "w"
) -> Launch:
    """Bind and launch an invocation for each task, or for four neighbouring channels where `quads` and sizes allow."""
    quads = quads and request.inputs[1].spec.shape[-1] % 4 == 0 and finish.quads()
    kind = "vec4" if quads else "float"
    draft.fetches("x", request.inputs[0], kind)
    draft.fetches(second, request.inputs[1], kind)
    finish.install(draft, quads=quads)
    return draft.threads(tasks // (4 if quads else 1), request.tuning)


def lower_weight_grad(request: Request, window: Window, finish: Chain) -> Sequence[Launch]:
    """Each element of the filters as a sum over all windows."""
    x, grad = request.inputs[:2]
    channels, filters = x.spec.shape[-1], grad.spec.shape[-1]
    multiplier, results = filters // channels, window.taps * filters
    sweep = Sweep(window, 1, channels, f"channel / {multiplier}u" if multiplier > 1 else "channel")
    pictures = grad.spec.shape[0]
    draft = Draft("depthwise_filters")
    if multiplier == 1 and sweep.in_strips:
        draft = Draft("depthwise_filters_strip", {"TAPS": window.size[-1]})
        positions, rows = pictures * sweep.strips_of_a_row(draft), window.taps // window.size[-1]
    else:
        sweep.at_positions(draft)
        positions, rows = pictures * prod(window.count), window.taps
    quads = multiplier == 1 and channels % 4 == 0
    busy = -(-request.tuning.parallel // (rows * filters // (4 if quads else 1)))
    splits = max(1, min(busy, positions // SHORTEST_SPLIT), -(-positions // LONGEST))
    draft.options |= {
        "RESULTS": results,
        "ROWS": rows,
        "FILTERS": filters,
        "SPLITS": parts(splits),
        "POSITIONS": Size(positions),
        "LENGTH": Size(-(-positions // splits)),
    }
    if splits == 1:
        return [_launch(draft, request, finish, rows * filters, quads=quads, second="grad")]
    partial = request.scratch(TensorSpec((splits, results)))
    tasks = splits * rows * filters
    first = _launch(draft, request, Chain.store(partial), tasks, quads=quads, second="grad")
    return [first, *lower_fold(Fold.rows("sum", partial, splits), finish, request)]
