"""Functions of the library that a program may name, with their types, but that are not carried out yet.

Inference treats them like the functions of the ABI table. A use is a `tast.Later` node, on which `check` has
nothing to say and lowering reports C0002. A function leaves this list when it gets its row in the ABI table.
"""

from __future__ import annotations

LATER: dict[str, str] = {
    # stdlib.md 2.14
    "Json.parse": "(String) -> Result<Json, String>",
    "Json.encode": "(T) -> String",
    "Json.encode_string": "(String) -> String",
    "Json.encode_int": "(Int) -> String",
    "Json.encode_bool": "(Bool) -> String",
    "Json.encode_map": "(Map<String, String>) -> String",
    "Json.encode_list": "(List<String>) -> String",
    # concurrency.md 18
    "Timer.send_after": "(Pid<T>, Int, T) -> ()",
    "Timer.start": "(Pid<T>, Int, T) -> TimerRef",
    "Timer.every": "(Pid<T>, Int, T) -> TimerRef",
    "Timer.cancel": "(TimerRef) -> Bool",
    # concurrency.md 17
    "Job.async": "(() -> T) -> Pid<T>",
    "Job.await": "(Pid<T>) -> Result<T, String>",
    "Job.await_timeout": "(Pid<T>, Int) -> Result<T, String>",
    "Job.map": "(List<A>, (A) -> B) -> List<Result<B, String>>",
    "Job.map_limit": "(List<A>, Int, (A) -> B) -> List<Result<B, String>>",
    "Job.cancel": "(Pid<T>) -> Bool",
    # concurrency.md 11 to 13, 23
    "Process.monitor": "(Pid) -> Int",
    "Process.demonitor": "(Int) -> Int",
    "Process.unlink": "(Pid) -> ()",
    "Process.trap_exit": "(Bool) -> Bool",
    "Process.exit": "(Pid, ExitReason) -> ()",
    "Process.stop": "(ExitReason) -> Never",
    "Process.next_signal": "(Int) -> Option<Signal>",
    "Process.register": "(String, Pid) -> Bool",
    "Process.unregister": "(String) -> Bool",
    "Process.whereis": "(String) -> Option<Pid>",
    "Process.names": "() -> List<String>",
    "Process.list": "() -> List<Pid>",
    "Process.info": "(Pid) -> Option<ProcessInfo>",
    # concurrency.md 15
    "Supervisor.child": "(Pid, String) -> Option<Pid>",
    "Supervisor.count_children": "(Pid) -> Int",
    "Supervisor.start_child": "(Pid) -> Result<Pid, String>",
    "Supervisor.terminate_child": "(Pid, Pid) -> Bool",
    # network.md, part (c)
    "Node.start": "(String, String) -> Int",
    "Node.connect": "(String) -> Int",
    "Node.self": "() -> String",
    "Node.list": "() -> List<String>",
    "Node.monitor": "(String) -> Int",
    "Node.spawn": "(String) -> Int",
    "Node.spawn_link": "(String) -> Int",
    "Node.spawn_pid": "(String) -> Result<Pid, String>",
    "Node.disconnect": "(String) -> Int",
    "Node.wait": "() -> ()",
    "Global.register": "(String, Pid) -> Int",
    "Global.whereis": "(String) -> Int",
    "Global.unregister": "(String) -> Int",
}
"""Name → type. `process_calls.py` has the rules of those that take more than their type says."""

LATER_KEYS: dict[str, str] = {name.replace(".", "_").lower(): name for name in LATER}
"""Builtin key → name."""
