"""The loop over a prepared list of calls, and the team of threads that share the large ones.

A call's tasks are handed out one by one, so that a thread that loses its core holds up nobody for longer than one task.
Who does which task changes no result: tasks never write what others read.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import SIGNATURE, TABLE
from engine.devices.cpu.native.vectors import I64, Value

# Words of the table that the threads share, each on a cache line of its own.
LINE = 8
TICKET, DONE, FUNCTION, ARGUMENTS, TASKS, ACTIVE = (k * LINE for k in range(6))
TEAM_WORDS = 6 * LINE
ENTRY_WORDS = 3  # of a call: function, arguments, tasks
CLOSED = 0xFFFFFFFF  # in the lower half of a ticket: nothing to hand out
SPINS = 2_000  # waits of a few nanoseconds before the core is offered to others
YIELDS = 200  # offers before the thread goes to sleep; where somebody takes them, each lasts milliseconds
RUN = ir.FunctionType(ir.VoidType(), [TABLE, TABLE, I64, I64, I64, I64, TABLE])
OFFER = ir.FunctionType(ir.IntType(32), [])
SERVE = ir.FunctionType(ir.VoidType(), [TABLE, I64, I64])


def run_function(module: Any, name: str, pause: str) -> None:
    """Add `run(team, entries, count, shared, yield_, steps, number)` to a module: all entries, so many times.

    `shared` says whether others help, `yield_` offers the core to them, and `number` is where the step's number goes.

    Args:
        module: of LLVM.
        name: of the function.
        pause: the intrinsic function of this processor for waiting in a loop; empty for none.
    """
    _Run(module, name, pause).write()


def serve_function(module: Any, name: str, pause: str) -> None:
    """Add `serve(team, thread, yield_)` to a module: help until there is nothing to do for a while."""
    _Serve(module, name, pause).write()


def run_list_function(module: Any, name: str) -> None:
    """Add a function of an entry to a module: its table is pairs (entries, count), one for each task."""
    writer = _Writer(module, name, SIGNATURE, "")
    b = writer.b
    table, task, thread = writer.function.args
    first = b.mul(task, writer.whole(2))
    entries = b.inttoptr(b.load(b.gep(table, [first])), TABLE)
    count = b.load(b.gep(table, [b.add(first, writer.whole(1))]))
    _over_entries(writer, entries, count, lambda f, a, n: _all_tasks(writer, f, a, n, thread))
    b.ret_void()


class _Writer:
    def __init__(self, module: Any, name: str, kind: Any, pause: str) -> None:
        self.function = ir.Function(module, kind, name)
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._pause = pause

    def whole(self, number: int) -> Value:
        return ir.Constant(I64, number)

    def word(self, table: Value, number: int) -> Value:
        return self.b.gep(table, [self.whole(number)])

    def read(self, table: Value, number: int, ordering: str = "monotonic") -> Value:
        return self.b.load_atomic(self.word(table, number), ordering, 8)

    def write_word(self, value: Value, table: Value, number: int, ordering: str = "monotonic") -> None:
        self.b.store_atomic(value, self.word(table, number), ordering, 8)

    def pause(self) -> None:
        if self._pause:
            kind = ir.FunctionType(ir.VoidType(), [])
            self.b.call(self.b.module.declare_intrinsic(self._pause, fnty=kind), [])

    def block(self, name: str) -> Any:
        return self.function.append_basic_block(name)

    def call(self, function: Value, arguments: Value, task: Value, thread: Value) -> None:
        pointer = self.b.inttoptr(function, SIGNATURE.as_pointer())
        self.b.call(pointer, [self.b.inttoptr(arguments, TABLE), task, thread])

    def claim(self, team: Value, thread: Value, nothing: Any, after: Any) -> None:
        """Do one task and go to `after`, or go to `nothing`."""
        b = self.b
        ticket = self.read(team, TICKET, "acquire")
        number = b.and_(ticket, self.whole(0xFFFFFFFF))
        function, arguments = self.read(team, FUNCTION), self.read(team, ARGUMENTS)
        there = self.block("there")
        b.cbranch(b.icmp_unsigned("<", number, self.read(team, TASKS)), there, nothing)
        b.position_at_end(there)
        following = b.add(ticket, self.whole(1))
        # if anything changed meanwhile, so did the ticket: what was read then belongs to no task of ours
        swapped = b.cmpxchg(self.word(team, TICKET), ticket, following, "acq_rel", "monotonic")
        mine = self.block("mine")
        b.cbranch(b.extract_value(swapped, 1), mine, after)
        b.position_at_end(mine)
        self.call(function, arguments, number, thread)
        b.atomic_rmw("add", self.word(team, DONE), self.whole(1), "acq_rel")
        b.branch(after)


def _over_entries(writer: _Writer, entries: Value, count: Value, do: Any) -> None:
    b = writer.b
    head, body, after = writer.block("entries"), writer.block("entry"), writer.block("end")
    before = b.block
    b.branch(head)
    b.position_at_end(head)
    number = b.phi(I64)
    number.add_incoming(writer.whole(0), before)
    b.cbranch(b.icmp_unsigned("<", number, count), body, after)
    b.position_at_end(body)
    base = b.mul(number, writer.whole(ENTRY_WORDS))
    words = [b.load(b.gep(entries, [b.add(base, writer.whole(k))])) for k in range(ENTRY_WORDS)]
    do(*words)
    number.add_incoming(b.add(number, writer.whole(1)), b.block)
    b.branch(head)
    b.position_at_end(after)


def _all_tasks(writer: _Writer, function: Value, arguments: Value, tasks: Value, thread: Value) -> None:
    b = writer.b
    head, after = writer.block("tasks"), writer.block("all")
    before = b.block
    b.branch(head)
    b.position_at_end(head)
    task = b.phi(I64)
    task.add_incoming(writer.whole(0), before)
    writer.call(function, arguments, task, thread)
    following = b.add(task, writer.whole(1))
    task.add_incoming(following, b.block)
    b.cbranch(b.icmp_unsigned("<", following, tasks), head, after)
    b.position_at_end(after)


class _Run(_Writer):
    def __init__(self, module: Any, name: str, pause: str) -> None:
        super().__init__(module, name, RUN, pause)

    def write(self) -> None:
        b = self.b
        team, entries, count, shared, offer, steps, number = self.function.args
        self.team, self.shared = team, shared
        self.offer = b.inttoptr(offer, OFFER.as_pointer())
        self.write_word(shared, team, ACTIVE)  # others stay until the last step, however long they wait
        before, head, body, after = b.block, self.block("steps"), self.block("step"), self.block("done")
        b.branch(head)
        b.position_at_end(head)
        step = b.phi(I64)
        step.add_incoming(self.whole(0), before)
        b.cbranch(b.icmp_signed("<", step, steps), body, after)
        b.position_at_end(body)
        b.store(step, number)
        _over_entries(self, entries, count, self._entry)
        step.add_incoming(b.add(step, self.whole(1)), b.block)
        b.branch(head)
        b.position_at_end(after)
        self.write_word(self.whole(0), team, ACTIVE)
        b.ret_void()

    def _entry(self, function: Value, arguments: Value, tasks: Value) -> None:
        b = self.b
        many = b.and_(
            b.icmp_unsigned(">", tasks, self.whole(1)), b.icmp_unsigned("!=", self.shared, self.whole(0))
        )
        with b.if_else(many) as (together, alone):
            with together:
                self._share(function, arguments, tasks)
            with alone:
                _all_tasks(self, function, arguments, tasks, self.whole(0))

    def _share(self, function: Value, arguments: Value, tasks: Value) -> None:
        b, team = self.b, self.team
        old = self.read(team, TICKET)
        closed = b.or_(old, self.whole(CLOSED))
        self.write_word(closed, team, TICKET, "release")
        b.fence("seq_cst")  # the old call is closed for good before its words change
        self.write_word(self.whole(0), team, DONE)
        self.write_word(function, team, FUNCTION)
        self.write_word(arguments, team, ARGUMENTS)
        self.write_word(tasks, team, TASKS)
        self.write_word(b.add(closed, self.whole(1)), team, TICKET, "release")  # the next generation, task 0
        work, wait, ready = self.block("work"), self.block("wait"), self.block("ready")
        b.branch(work)
        b.position_at_end(work)
        self.claim(team, self.whole(0), wait, work)
        b.position_at_end(wait)
        waits = b.phi(I64)
        waits.add_incoming(self.whole(0), work)
        self.pause()
        more, again, late = b.add(waits, self.whole(1)), self.block("again"), self.block("late")
        b.cbranch(b.icmp_unsigned("<", self.read(team, DONE, "acquire"), tasks), again, ready)
        b.position_at_end(again)
        waits.add_incoming(more, b.block)
        b.cbranch(b.icmp_unsigned("<", more, self.whole(SPINS)), wait, late)
        b.position_at_end(late)
        b.call(self.offer, [])  # whoever does the last task may wait for this very core
        waits.add_incoming(more, b.block)
        b.branch(wait)
        b.position_at_end(ready)


class _Serve(_Writer):
    def __init__(self, module: Any, name: str, pause: str) -> None:
        super().__init__(module, name, SERVE, pause)

    def write(self) -> None:
        b = self.b
        team, thread, offer = self.function.args
        offered = b.inttoptr(offer, OFFER.as_pointer())
        start, work = self.block("start"), self.block("work")
        idle, patient, leave = self.block("idle"), self.block("patient"), self.block("leave")
        b.branch(start)
        b.position_at_end(start)
        b.branch(work)
        b.position_at_end(work)
        waits = b.phi(I64)
        waits.add_incoming(self.whole(0), start)
        self.claim(team, thread, idle, start)
        b.position_at_end(idle)
        more = b.add(waits, self.whole(1))
        self.pause()
        waits.add_incoming(more, b.block)
        b.cbranch(b.icmp_unsigned("<", more, self.whole(SPINS)), work, patient)
        b.position_at_end(patient)
        b.call(offered, [])
        waits.add_incoming(more, b.block)
        active = b.icmp_unsigned("!=", self.read(team, ACTIVE), self.whole(0))
        b.cbranch(b.or_(active, b.icmp_unsigned("<", more, self.whole(SPINS + YIELDS))), work, leave)
        b.position_at_end(leave)
        b.ret_void()
