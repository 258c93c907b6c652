"""Ops that put elements elsewhere: for each element of the result, generated arithmetic says where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from engine.devices.base import DeviceError
from engine.program.enclosed import EPILOGUE
from engine.program.fused import FusedBody
from engine.tensor.spec import DType, Shape, normalize_axis
from gl_kernels.bodies import Chain, finish_of, literal
from gl_kernels.indexing import IndexMap, strides_of
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request


def load(name: str, operand: Operand, index: str) -> str:
    """GLSL for element `index` of the array `name`; bytes come four to a word."""
    if operand.spec.dtype is not DType.UINT8:
        return f"load_{name}({index})"
    return f"bitfieldExtract(load_{name}(({index}) / 4u), int(({index}) % 4u) * 8, 8)"


def element_map(request: Request, code: str, first: int = 0, count: int = 1) -> Launch:
    """A launch that runs `code` for each element `e` of the output `y`; inputs `first` .. are `x<i>`.

    Raises:
        DeviceError: the output is of bytes, which invocations cannot write one by one.
    """
    output = request.outputs[0]
    if output.spec.dtype is DType.UINT8:
        raise DeviceError(
            f"The gl device cannot write bytes, as {request.op.name} would. Use the cpu device."
        )
    draft = Draft("map", sections={"ELEMENT": code})
    for i, operand in enumerate(request.inputs[first : first + count], start=first):
        draft.fetches(f"x{i}", operand)
    draft.writes("y", output)
    return draft.threads(output.spec.size, request.tuning)


def coordinates(shape: Shape) -> list[str]:
    """GLSL for each coordinate of the element number `e`."""
    result = [f"e / {s}u" if s > 1 else "e" for s in strides_of(shape)]
    return [c if i == 0 else f"({c}) % {shape[i]}u" for i, c in enumerate(result)]


def _lower_transpose(request: Request) -> Sequence[Launch]:
    source = request.inputs[0]
    strides = strides_of(source.spec.shape)
    perm = request.attrs["perm"]
    index_map = IndexMap.of(request.outputs[0].spec.shape, [strides[i] for i in perm])
    moved = index_map.offset(
        "e", handed=bool(perm) and perm[0] != 0
    )  # else the batch stays where nothing is divided by it
    return [element_map(request, f"y[e] = {load('x0', source, moved)};")]


def _lower_slice(request: Request) -> Sequence[Launch]:
    source = request.inputs[0]
    strides = strides_of(source.spec.shape)
    start = sum(s * n for s, n in zip(request.attrs["starts"], strides, strict=True))
    index_map = IndexMap.of(request.outputs[0].spec.shape, strides)
    return [element_map(request, f"y[e] = {load('x0', source, f'{start}u + ' + index_map.offset('e'))};")]


def _lower_pad(request: Request) -> Sequence[Launch]:
    source, shape = request.inputs[0], request.outputs[0].spec.shape
    strides = strides_of(source.spec.shape)
    before, lengths = request.attrs["before"], source.spec.shape
    lines = [f"uint c{i} = {c} - {before[i]}u;" for i, c in enumerate(coordinates(shape))]  # below 0: huge
    inside = " && ".join(f"c{i} < {n}u" for i, n in enumerate(lengths)) or "true"
    index = " + ".join(f"c{i} * {s}u" for i, s in enumerate(strides)) or "0u"
    value = request.attrs["value"]
    empty = literal(value) if source.spec.dtype is DType.FLOAT32 else f"{int(value)}"
    lines.append(f"y[e] = {empty};")
    lines.append(f"if ({inside}) y[e] = {load('x0', source, index)};")
    return [element_map(request, "\n    ".join(lines))]


def _segments(request: Request, prefix: str, choose: list[tuple[str, str]]) -> list[Launch]:
    """Launches over as many inputs at once as the driver can bind: each input has a condition and an assignment."""
    step = max(1, request.tuning.storage_blocks - 1)
    launches = []
    for first in range(0, len(choose), step):
        part = choose[first : first + step]
        code = "\n    else ".join(f"if ({condition}) {{ {code} }}" for condition, code in part)
        launches.append(element_map(request, f"{prefix}\n    {code}", first, len(part)))
    return launches


def _lower_concat(request: Request) -> Sequence[Launch]:
    shape = request.outputs[0].spec.shape
    axis = normalize_axis(request.attrs["axis"], len(shape))
    inner = strides_of(shape)[axis]
    prefix = (
        f"uint rest = e % {inner}u, c = (e / {inner}u) % {shape[axis]}u, outer = e / {inner * shape[axis]}u;"
    )
    choose = []
    start = 0
    for i, operand in enumerate(request.inputs):
        length = operand.spec.shape[axis]
        index = f"(outer * {length}u + c - {start}u) * {inner}u + rest"
        choose.append((f"c >= {start}u && c < {start + length}u", f"y[e] = {load(f'x{i}', operand, index)};"))
        start += length
    return _segments(request, prefix, choose)


def _lower_pack(request: Request) -> Sequence[Launch]:
    """Each input writes up to where the next one begins: what lies between is zero."""
    offsets = request.attrs["offsets"]
    order = sorted(range(len(offsets)), key=lambda i: offsets[i])
    ends = dict(zip(order, [*(offsets[i] for i in order[1:]), request.attrs["size"]], strict=True))
    choose = []
    for i, operand in enumerate(request.inputs):
        start, stop = offsets[i], offsets[i] + operand.spec.size
        condition = f"e < {ends[i]}u" if i == order[0] else f"e >= {start}u && e < {ends[i]}u"
        inside = f"e >= {start}u && e < {stop}u"
        choose.append(
            (condition, f"y[e] = 0.0; if ({inside}) y[e] = {load(f'x{i}', operand, f'e - {start}u')};")
        )
    return _segments(request, "", choose)


def _lower_cast(request: Request) -> Sequence[Launch]:
    source, output = request.inputs[0], request.outputs[0]
    if EPILOGUE not in request.attrs:
        return [element_map(request, f"y[e] = {output.scalar}({load('x0', source, 'e')});")]
    draft = Draft("cast", sections={"ELEMENT": f"emit(e, float({load('x0', source, 'e')}));"})
    draft.fetches("x0", source)
    finish_of(request, 1).install(draft, quads=False)
    return [draft.threads(output.spec.size, request.tuning)]


def _lower_one_hot(request: Request) -> Sequence[Launch]:
    depth = request.attrs["depth"]
    return [element_map(request, f"y[e] = float(uint(load_x0(e / {depth}u)) == e % {depth}u);")]


def _lower_copy(request: Request) -> Sequence[Launch]:
    source, output = request.inputs[0], request.outputs[0]
    chain = Chain(FusedBody(1, (), (0,), output.spec.shape), (source,), (output,), {})
    draft = Draft("elementwise")
    quads = chain.quads()
    chain.install(draft, quads=quads)
    return [draft.threads(output.spec.size // 4 if quads else output.spec.size, request.tuning)]


transpose = Kernel("transpose", _lower_transpose)
slice_ = Kernel("slice", _lower_slice)
pad = Kernel("pad", _lower_pad)
concat = Kernel("concat", _lower_concat)
pack = Kernel("pack", _lower_pack)
cast = Kernel("cast", _lower_cast, ends=True)
one_hot = Kernel("one_hot", _lower_one_hot)
copy = Kernel("copy", _lower_copy)
