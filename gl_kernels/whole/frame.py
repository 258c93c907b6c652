"""Puts a written step into its shader: what is declared, loaded before the first step and stored after the last one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.tensor.spec import Array
from gl_kernels.whole.fused import Fused, UnfitError
from gl_kernels.whole.passes import Pass
from gl_kernels.whole.uniforms import Places
from gl_kernels.whole.writer import Writer

STATE_ALIGNMENT = 64


def framed(step: Pass) -> Fused:
    """The sections, after a pass that found nothing new.

    Raises:
        UnfitError: the shared memory does not do.
    """
    places = Places(4 * step.bounds.lanes)
    offsets = {s.name: places.of(s.id, s.spec.size) for s in step.states}
    outputs = {name: places.size + e for e, name in _output_words(step)}
    total = places.size + sum(step.spec_of(v).size for v in step.program.outputs.values())
    clocks = step.clock.ending()
    state_words = -(-(total + len(clocks)) // STATE_ALIGNMENT) * STATE_ALIGNMENT
    load, store = Writer(), Writer()
    for state in step.states:
        _around(step, state.id, offsets[state.name], load, store)
    for name, start in outputs.items():
        value = step.program.outputs[name]
        for e in range(step.spec_of(value).size):
            word = start + e
            store.line(f"if (lane == 0) states[origin + {word // 4}].{'xyzw'[word % 4]} = o{value}_{e};")
    for word, text in enumerate(clocks, total):
        store.line(f"if (lane == 0) states[origin + {word // 4}].{'xyzw'[word % 4]} = {text};")
    sums = max(1, -(-step.uniforms.sums.size // 4))
    rows = (sums + (step.bounds.lanes if step.bounds.lockstep else 0)) * (step.bounds.lanes + 1)
    nbytes = 16 * rows + 4 * max(4, step.uniforms.shared.size)
    if nbytes > step.bounds.shared:
        raise UnfitError(
            f"A step needs {nbytes} bytes of shared memory; the device has {step.bounds.shared}."
        )
    return Fused(
        {
            "DECLARE": _declarations(step, state_words, rows, sums),
            "LOAD": "\n".join([*step.clock.beginning(), *step.declared, load.text]),
            "STEP": f"int row = (int(number) * int(models) + model) * ROW_WORDS;\n{step.out.text}",
            "STORE": store.text,
        },
        {step.program.values[i].name: w for i, w in step.feeds.starts.items()},
        step.feeds.size,
        offsets,
        outputs,
        state_words,
        tuple(step.program.values[i].name for i in step.data),
        _constants(step),
        nbytes,
        step.out.statements,
        step.bounds.lanes,
        step.bounds.steps(step.out.iterations),
        parts=step.clock.parts(in_memory=False),
        clocks=total,
    )


def _declarations(step: Pass, state_words: int, rows: int, sums: int) -> str:
    """What stands before `main`.

    The lanes read behind the last sums. On a processor there is room for that; elsewhere shared memory is what limits how
    many models run at a time, and the last ones are read instead.
    """
    place = "(q)" if step.bounds.lockstep else f"min(q, {sums - 1})"
    lines = [
        "#define SYNC memoryBarrierShared();" + ("" if step.bounds.lockstep else " barrier();"),
        f"#define STATE_QUADS {state_words // 4}",
        f"#define ROW_WORDS {step.feeds.size}",
        f"shared vec4 us[{max(1, step.uniforms.shared.size // 4)}];",
        f"shared vec4 r[{rows}];",
        "#define u(q) us[q]",
        f"#define whole(q) r[{place} * {step.bounds.lanes + 1}]",
    ]
    return "\n".join(lines)


def _output_words(step: Pass) -> Iterator[tuple[int, str]]:
    word = 0
    for name, value in step.program.outputs.items():
        yield word, name
        word += step.spec_of(value).size


def _constants(step: Pass) -> Array:
    flat = np.zeros(step.uniforms.consts.size, np.float32)
    for i, start in step.uniforms.consts.starts.items():
        array = step.program.constants[i].reshape(-1)
        flat[start : start + array.size] = array if array.dtype == np.float32 else array.view(np.float32)
    return flat


def _around(step: Pass, state: int, offset: int, load: Writer, store: Writer) -> None:
    """Bring a state in before the first step, and out after the last one."""
    size, lanes = step.spec_of(state).size, step.bounds.lanes
    there = f"states[origin + {offset // 4}{{}}]"
    changed = state in step.updates
    if state in step.scalars:
        for e in range(size):
            word = f"{there.format(f' + {e // 4}')}.{'xyzw'[e % 4]}"
            load.line(f"float s{state}_{e} = {word};")
            if changed:
                store.line(f"if (lane == 0) {word} = s{state}_{e};")
        return
    if state in step.found.shared:
        start = step.uniforms.shared.of(state, size) // 4
        head = f"for (int c = lane; c < {step.slots(size) * lanes}; c += {lanes})"
        load.line(f"{head} us[{start} + c] = {there.format(' + c')};")
        if changed and state not in step.uniforms.states:
            store.line(f"{head} {there.format(' + c')} = us[{start} + c];")
    if state not in step.uniforms.states:
        return
    for slot in range(step.slots(size)):
        here = there.format(f" + {slot * lanes} + lane")
        load.line(f"vec4 l{state}_{slot} = {here};")
        for c in "xyzw":
            load.line(f"float s{state}_{slot}{c} = l{state}_{slot}.{c};")
        if changed:
            names = ", ".join(f"s{state}_{slot}{c}" for c in "xyzw")
            store.line(f"{here} = vec4({names});")
