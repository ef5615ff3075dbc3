"""The table: every function with a C symbol that compiled Snow code may call, one row each.

Everything else about such a function is derived from its row: the C header and the stubs of host
functions, the LLVM declarations, the ctypes prototypes, the ABI page (`abi_gen`), the types and
ownership that the compiler knows. Nothing is imported here that costs start-up time.

How a row is read is told in `abi_row`; the rows of WebSockets are in `abi_websocket`.
"""

from __future__ import annotations

from snowrt.abi_row import Param as Param
from snowrt.abi_row import Row as Row
from snowrt.abi_row import builtin_key as builtin_key
from snowrt.abi_row import read_row as _row
from snowrt.abi_websocket import WEBSOCKET

ABI_VERSION = 1
"""Changes with every incompatible change of the object layout or of `struct snow_program`."""

NEEDS_SERVICES = 1
"""The bit of `needs` in `struct snow_program` that says that the program calls host functions."""

LAYOUT_CLASSES = ("i64", "f64", "i1", "unit", "ptr")
"""A layout class is passed to generic functions as its index here."""

FIRST_PROGRAM_DESC = 128
DESC_STRING = 1
DESC_LIST = 2
DESC_SLICE = 7
DESC_ASCII = 12
DESC_OPTION = 16
DESC_RESULT = 32
DESC_ORDERING = 96
"""Descriptor ids of the core: the first of each family (see `option_desc`, `result_desc`). A string known to
be all ASCII has the second of the two that strings can have."""


def option_desc(layout: str) -> int:
    """Descriptor id of `Some` for an argument of this layout class; `None` has the next one."""
    return DESC_OPTION + 2 * LAYOUT_CLASSES.index(layout)


def result_desc(ok: str, err: str) -> int:
    """Descriptor id of `Ok` for these layout classes; `Err` has the next one."""
    return DESC_RESULT + 2 * (5 * LAYOUT_CLASSES.index(ok) + LAYOUT_CLASSES.index(err))


_OUTPUT = (
    _row("snow_println", "ptr -> void", "println", "(String) -> ()", "IO.println", "(String) -> ()",
         effect="io", doc="Write text and a line feed to standard output."),
    _row("snow_print", "ptr -> void", "print", "(String) -> ()", "IO.print", "(String) -> ()",
         effect="io", doc="Write text to standard output."),
    _row("snow_io_eprintln", "ptr -> void", "IO.eprintln", "(String) -> ()",
         effect="io", doc="Write text and a line feed to standard error."),
    _row("snow_io_eprint", "ptr -> void", "IO.eprint", "(String) -> ()",
         effect="io", doc="Write text to standard error."),
    _row("snow_io_flush", "-> void", "IO.flush", "() -> ()",
         effect="io", doc="Hand everything printed so far to the operating system."),
    _row("snow_io_read_line", "-> ptr", "IO.read_line", "() -> Result<String, String>",
         fails="result", effect="block", doc="The next line of standard input without its end; `Ok(\"\")` at the end."),
    _row("snow_io_read_line_opt", "-> ptr", "IO.read_line_opt", "() -> Option<String>",
         fails="option", effect="block", doc="The next line of standard input, None at its end or if it is not UTF-8."),
    _row("snow_io_read_all", "-> ptr", "IO.read_all", "() -> Result<String, String>",
         fails="result", effect="block", doc="The rest of standard input."),
)

_FILES = (
    _row("snow_file_read", "ptr -> ptr", "File.read", "(String) -> Result<String, String>",
         fails="result", effect="block", doc="A whole file as text."),
    _row("snow_file_read_lines", "ptr -> ptr", "File.read_lines", "(String) -> Result<List<String>, String>",
         fails="result", effect="block", doc="The lines of a file without their ends."),
    _row("snow_file_write", "ptr ptr -> ptr", "File.write", "(String, String) -> Result<(), String>",
         fails="result", effect="block", doc="Create or replace a file: path, contents."),
    _row("snow_file_append", "ptr ptr -> ptr", "File.append", "(String, String) -> Result<(), String>",
         fails="result", effect="block", doc="Append to a file, creating it if missing."),
    _row("snow_file_exists", "ptr -> i8", "File.exists", "(String) -> Bool",
         effect="block", doc="Whether the path names anything; links are followed."),
    _row("snow_file_delete", "ptr -> ptr", "File.delete", "(String) -> Result<(), String>",
         fails="result", effect="block", doc="Remove a file; a directory is an error."),
)

_ENVIRONMENT = (
    _row("snow_env_get", "ptr -> ptr", "Env.get", "(String) -> Option<String>",
         fails="option", effect="io", doc="An environment variable; None when unset, not UTF-8 or badly named."),
    _row("snow_env_args", "-> ptr", "Env.args", "() -> List<String>", "System.args", "() -> List<String>",
         effect="io", doc="The arguments after the program's name."),
    _row("snow_system_exit", "i64 -> void", "System.exit", "(Int) -> Never",
         effect="io", doc="Flush standard output and end the program with this status."),
)

_PANIC = (
    _row("snowi_panic_string", "ptr -> void", "panic", "(String) -> Never", "__panic", "(String) -> Never",
         loc=True, effect="io", doc="End the process with this message."),
)

_STRING = (
    _row("snow_string_length", "ptr -> i64", "String.length", "(String) -> Int", doc="The number of characters."),
    _row("snow_string_slice", "ptr i64 i64 -> ptr", "String.slice", "(String, Int, Int) -> String",
         effect="alloc", doc="Characters from start up to but without end, both clamped."),
    _row("snow_string_contains", "ptr ptr -> i8", "String.contains", "(String, String) -> Bool",
         doc="Whether the second occurs in the first."),
    _row("snow_string_starts_with", "ptr ptr -> i8", "String.starts_with", "(String, String) -> Bool",
         doc="Whether the first begins with the second."),
    _row("snow_string_ends_with", "ptr ptr -> i8", "String.ends_with", "(String, String) -> Bool",
         doc="Whether the first ends with the second."),
    _row("snow_string_trim", "ptr -> ptr", "String.trim", "(String) -> String",
         effect="alloc", doc="Without Unicode white space at both ends."),
    _row("snow_string_trim_start", "ptr -> ptr", "String.trim_start", "(String) -> String",
         effect="alloc", doc="Without Unicode white space at the beginning."),
    _row("snow_string_trim_end", "ptr -> ptr", "String.trim_end", "(String) -> String",
         effect="alloc", doc="Without Unicode white space at the end."),
    _row("snow_string_to_upper", "ptr -> ptr", "String.to_upper", "(String) -> String",
         effect="alloc", doc="Upper case by the full Unicode mapping."),
    _row("snow_string_to_lower", "ptr -> ptr", "String.to_lower", "(String) -> String",
         effect="alloc", doc="Lower case by the full Unicode mapping, final sigma included."),
    _row("snow_string_replace", "ptr ptr ptr -> ptr", "String.replace", "(String, String, String) -> String",
         effect="alloc", doc="Subject, pattern, replacement: every match from the left."),
    _row("snow_string_split", "ptr ptr -> ptr", "String.split", "(String, String) -> List<String>",
         effect="alloc", doc="The pieces between occurrences of the separator, empty ones kept."),
    _row("snow_string_join", "ptr ptr -> ptr", "String.join", "(List<String>, String) -> String",
         effect="alloc", doc="The strings of a list with a separator between them."),
    _row("snow_string_lines", "ptr -> ptr", "String.lines", "(String) -> List<String>",
         effect="alloc", doc="The lines without LF or CRLF; a final line end opens no further line."),
    _row("snow_string_words", "ptr -> ptr", "String.words", "(String) -> List<String>",
         effect="alloc", doc="The pieces between runs of Unicode white space, none empty."),
    _row("snow_string_chars", "ptr -> ptr", "String.chars", "(String) -> List<String>",
         effect="alloc", doc="Every character as a string of its own."),
    _row("snow_string_repeat", "ptr i64 -> ptr", "String.repeat", "(String, Int) -> String",
         loc=True, effect="alloc", doc="The string n times; a negative n counts as 0."),
    _row("snow_string_to_int", "ptr -> ptr", "String.to_int", "(String) -> Option<Int>",
         fails="option", effect="alloc", doc="Trimmed decimal digits with an optional sign, in range."),
    _row("snow_string_to_float", "ptr -> ptr", "String.to_float", "(String) -> Option<Float>",
         fails="option", effect="alloc", doc="Trimmed decimal, fraction and exponent optional; inf, infinity, nan."),
    _row("snow_string_concat", "ptr! ptr -> ptr", "__string_concat", "(String, String) -> String",
         effect="alloc", doc="Join two strings; extends the first in place when it is unique."),
    _row("snow_string_eq", "ptr ptr -> i8", "__string_eq", "(String, String) -> Bool", doc="Equal contents."),
    _row("snow_string_compare", "ptr ptr -> i64", "__string_compare", "(String, String) -> Int",
         doc="Order by bytes: -1, 0 or 1."),
    _row("snow_string_hash", "ptr -> i64", "__string_hash", "(String) -> Int",
         doc="A fast hash under the seed of this run, for tables; never shown to programs."),
    _row("snow_string_byte_length", "ptr -> i64", "__string_byte_length", "(String) -> Int",
         doc="The number of bytes."),
    _row("snow_string_byte_at", "ptr i64 -> i64", "__string_byte_at", "(String, Int) -> Int",
         doc="The byte at an index that is in range (unchecked)."),
    _row("snow_string_byte_slice", "ptr i64 i64 -> ptr", "__string_byte_slice", "(String, Int, Int) -> String",
         effect="alloc", doc="Bytes from start up to end; both are character boundaries in range (unchecked)."),
    _row("snow_string_find", "ptr ptr i64 -> i64", "__string_find", "(String, String, Int) -> Int",
         doc="Byte index of the first occurrence at or behind a byte index in range, or -1."),
    _row("snow_string_find_last", "ptr ptr -> i64", "__string_find_last", "(String, String) -> Int",
         doc="Byte index of the last occurrence, or -1."),
    _row("snow_string_count_chars", "ptr i64 i64 -> i64", "__string_count_chars", "(String, Int, Int) -> Int",
         doc="The number of characters that begin between two byte indices (unchecked)."),
    _row("snow_string_code_at", "ptr i64 -> i64", "__string_code_at", "(String, Int) -> Int",
         doc="The code point that begins at a byte index (unchecked)."),
    _row("snow_string_next", "ptr i64 -> i64", "__string_next", "(String, Int) -> Int",
         doc="The byte index behind the character that begins at this one (unchecked)."),
    _row("snow_string_from_code", "i64 -> ptr", "__string_from_code", "(Int) -> String",
         effect="alloc", doc="The string of one code point, \"\" if it is no Unicode scalar value."),
    _row("snow_string_from_bytes", "ptr -> ptr", "__string_from_bytes", "(List<Int>) -> Option<String>",
         fails="option", effect="alloc", doc="The string of these bytes, None unless they are UTF-8."),
)

_TEXT_OF_NUMBERS = (
    _row("snow_int_to_string", "i64 -> ptr", "__int_to_string", "(Int) -> String",
         effect="alloc", doc="Decimal text."),
    _row("snow_float_to_string", "f64 -> ptr", "__float_to_string", "(Float) -> String",
         effect="alloc", doc="Shortest text that reads back, without exponent and without `.0`."),
    _row("snow_bool_to_string", "i8 -> ptr", "__bool_to_string", "(Bool) -> String",
         effect="alloc", doc="`true` or `false`."),
    _row("snow_float_to_fixed", "f64 i64 -> ptr", "Float.to_fixed", "(Float, Int) -> String",
         effect="alloc", doc="Text with exactly n digits behind the point, n clamped to 0..100."),
)

_HASHES = (
    _row("snow_hash_int", "i64 -> i64", "__hash_int", "(Int) -> Int", doc="FNV-1a over 8 little-endian bytes."),
    _row("snow_hash_float", "f64 -> i64", "__hash_float", "(Float) -> Int", doc="FNV-1a over the IEEE bits."),
    _row("snow_hash_bool", "i8 -> i64", "__hash_bool", "(Bool) -> Int", doc="FNV-1a over one byte."),
    _row("snow_hash_string", "ptr -> i64", "__hash_string", "(String) -> Int", doc="FNV-1a over the UTF-8 bytes."),
    _row("snow_hash_combine", "i64 i64 -> i64", "__hash_combine", "(Int, Int) -> Int",
         doc="Continues FNV-1a from state a over the 8 little-endian bytes of b."),
    _row("snow_hash_seed", "-> i64", "__hash_seed", "() -> Int",
         doc="A number that differs from run to run and is constant within one."),
)

_LISTS = (
    _row("snow_list_new", "-> ptr", "__list_new", "() -> List<T>", generics="T", classes="T",
         effect="alloc", doc="An empty list."),
    _row("snow_list_fill", "word i64 -> ptr", "__list_fill", "(T, Int) -> List<T>", generics="T", classes="T",
         effect="alloc", doc="A list of n times the same value (n below 0 counts as 0)."),
    _row("snow_list_reserve", "ptr! i64 -> ptr", "__list_reserve", "(List<T>, Int) -> List<T>", generics="T",
         classes="T", effect="alloc", doc="The same list, unique and with room for n more elements."),
    _row("snow_list_length", "ptr -> i64", "__list_length", "(List<T>) -> Int", generics="T",
         doc="The number of elements."),
    _row("snow_list_get", "ptr i64 -> word&", "__list_get", "(List<T>, Int) -> T", generics="T",
         doc="The element at an index that is in range (unchecked)."),
    _row("snow_list_push", "ptr! word! -> ptr", "__list_push", "(List<T>, T) -> List<T>", generics="T", classes="T",
         effect="alloc", doc="One more element at the end; in place when the list is unique."),
    _row("snow_list_set", "ptr! i64 word! -> ptr", "__list_set", "(List<T>, Int, T) -> List<T>", generics="T",
         classes="T", effect="alloc", doc="Another element at an index in range (unchecked); in place when unique."),
    _row("snow_list_tail", "ptr! i64 -> ptr", "__list_tail", "(List<T>, Int) -> List<T>", generics="T", classes="T",
         effect="alloc", doc="All but the first n (clamped); shares the elements, in place when unique."),
    _row("snow_list_take", "ptr! i64 -> ptr", "__list_take", "(List<T>, Int) -> List<T>", generics="T", classes="T",
         effect="alloc", doc="The first n (clamped); shares the elements, in place when unique."),
    _row("snow_list_concat", "ptr! ptr! -> ptr", "__list_concat", "(List<T>, List<T>) -> List<T>", generics="T",
         classes="T", effect="alloc", doc="Both lists; extends the first in place, or a longer second at its front."),
    _row("snow_list_is_scalar", "ptr -> i8", "__is_scalar", "(List<T>) -> Bool", generics="T", classes="T",
         doc="Whether the elements are Int, Float or Bool, so that they have a zero."),
    _row("snow_list_zero", "ptr -> word", "__zero", "(List<T>) -> T", generics="T", classes="T",
         doc="0, 0.0 or false, as the elements are."),
    _row("snow_list_is_unique", "ptr -> i8", "__list_is_unique", "(List<T>) -> Bool", generics="T",
         doc="Whether nobody else holds the list, so that the next change of it is in place."),
)

_NUMBERS = (
    _row("prim.i_to_f", "i64 -> f64", "Int.to_float", "(Int) -> Float",
         provider="inline", doc="The nearest Float."),
    _row("prim.f_to_i", "f64 -> i64", "Float.to_int", "(Float) -> Int",
         provider="inline", doc="Toward zero; saturates, NaN gives 0."),
    _row("prim.iand", "i64 i64 -> i64", "Int.band", "(Int, Int) -> Int", provider="inline", doc="Bitwise and."),
    _row("prim.ior", "i64 i64 -> i64", "Int.bor", "(Int, Int) -> Int", provider="inline", doc="Bitwise or."),
    _row("prim.ixor", "i64 i64 -> i64", "Int.bxor", "(Int, Int) -> Int",
         provider="inline", doc="Bitwise exclusive or."),
    _row("prim.ishl", "i64 i64 -> i64", "Int.shl", "(Int, Int) -> Int", provider="inline", doc="Shift left."),
    _row("prim.ishr", "i64 i64 -> i64", "Int.shr", "(Int, Int) -> Int",
         provider="inline", doc="Shift right, keeping the sign."),
    _row("llvm.ctpop.i64", "i64 -> i64", "Int.popcount", "(Int) -> Int", provider="inline", doc="Number of set bits."),
    _row("prim.f_bits", "f64 -> i64", "__float_bits", "(Float) -> Int", provider="inline", doc="The IEEE bits."),
    _row("prim.pid_to_i", "i64 -> i64", "__pid_to_int", "(Pid) -> Int", provider="inline", doc="The word of a pid."),
    _row("prim.b_to_i", "i8 -> i64", "__bool_to_int", "(Bool) -> Int", provider="inline", doc="1 or 0."),
    _row("llvm.fabs.f64", "f64 -> f64", "__float_abs", "(Float) -> Float",
         provider="inline", doc="Without its sign."),
    _row("llvm.minnum.f64", "f64 f64 -> f64", "__float_min", "(Float, Float) -> Float",
         provider="inline", doc="The smaller; a NaN is ignored if the other is a number."),
    _row("llvm.maxnum.f64", "f64 f64 -> f64", "__float_max", "(Float, Float) -> Float",
         provider="inline", doc="The larger; a NaN is ignored if the other is a number."),
    _row("llvm.sqrt.f64", "f64 -> f64", "Math.sqrt", "(Float) -> Float",
         provider="inline", doc="Square root; NaN for a negative number."),
    *(
        _row(f"snow_math_{name}", "f64 -> i64", f"Math.{name}", "(Float) -> Int", doc=doc)
        for name, doc in (
            ("floor", "The largest Int not above; saturates, NaN gives 0."),
            ("ceil", "The smallest Int not below; saturates, NaN gives 0."),
            ("round", "The nearest Int, halves away from zero; saturates, NaN gives 0."),
        )
    ),
    *(
        _row(f"snow_float_{name}", "f64 -> f64", f"Float.{name}", "(Float) -> Float", doc=doc)
        for name, doc in (
            ("floor", "The largest whole number not above."),
            ("ceil", "The smallest whole number not below."),
            ("round", "The nearest whole number, halves away from zero."),
            ("trunc", "Without its fraction."),
        )
    ),
    *(
        _row(f"snow_math_{name}", "f64 f64 -> f64", f"Math.{name}", "(Float, Float) -> Float", doc=doc)
        for name, doc in (
            ("pow", "The first to the power of the second, as C pow."),
            ("atan2", "Angle of the point (second, first)."),
            ("hypot", "Length of the hypotenuse."),
            ("log", "Logarithm of the first to the base of the second."),
        )
    ),
    *(
        _row(f"snow_math_{name}", "f64 -> f64", f"Math.{name}", "(Float) -> Float", doc=doc)
        for name, doc in (
            ("sin", "Sine."), ("cos", "Cosine."), ("tan", "Tangent."),
            ("asin", "Inverse sine."), ("acos", "Inverse cosine."), ("atan", "Inverse tangent."),
            ("sinh", "Hyperbolic sine."), ("cosh", "Hyperbolic cosine."), ("tanh", "Hyperbolic tangent."),
            ("exp", "Power of e."), ("ln", "Natural logarithm."), ("log2", "Logarithm to base 2."),
            ("log10", "Logarithm to base 10."), ("cbrt", "Cube root."),
        )
    ),
)

_PROCESSES = (
    _row("snow_actor_spawn", "ptr ptr i64 ptr -> i64",
         "__actor_spawn", "(Fun() -> (), String, Int, String) -> Pid", effect="alloc",
         doc="A process that runs a copy of the closure: body, label, accepted type as fingerprint (0: all) and name."),
    _row("snow_actor_send", "i64 word -> void", "__actor_send", "(Pid, T) -> ()", generics="T", classes="T",
         effect="alloc", doc="Copy a message into a mailbox; dropped silently if the process is gone."),
    _row("snow_actor_send_untyped", "i64 word i64 ptr -> void",
         "__actor_send_untyped", "(Pid, T, Int, String) -> ()", generics="T", classes="T", effect="alloc",
         doc="As snow_actor_send unless the process accepts another type; fingerprint and name of the sent one."),
    _row("snow_actor_receive", "i64 -> i8", "__actor_receive", "(Int) -> Bool", effect="park",
         doc="Wait for the oldest message, this many ms (below 0: for ever); whether there is one."),
    _row("snow_actor_message", "-> word", "__actor_message", "() -> T", generics="T", effect="alloc",
         doc="The message that snow_actor_receive has found; once for each."),
    _row("snow_actor_may_rest", "-> i8", "__actor_may_rest", "() -> Bool", effect="io",
         doc="Whether an actor that is to receive next should give its stack back: nobody wrote to it, and it is one "
         "of many."),
    _row("snow_actor_rest", "ptr! -> void", "__actor_rest", "(Fun() -> ()) -> Never", effect="park",
         doc="Give the stack back; at the next message the process goes on with this closure, on another."),
    _row("snow_actor_nest", "-> void", "__actor_nest", "() -> ()", effect="io",
         doc="From here on the process has more on its stack than its actor, and must not rest."),
    _row("snow_actor_accepts", "i64 -> i8", "__actor_accepts", "(Int) -> Bool",
         doc="Whether the process that runs accepts messages of exactly this fingerprint."),
    _row("snow_actor_self", "-> i64", "Process.self", "() -> Pid", "__actor_self", "() -> Pid",
         doc="The process that runs."),
    _row("snow_service_start", "ptr ptr ptr -> i64", "__service_start", "(Fun() -> (), String, String) -> Pid",
         loc=True, effect="park", doc="A process that runs the closure, once it is ready: body, label, full name."),
    _row("snow_service_ready", "-> void", "__service_ready", "() -> ()", effect="io", doc="Let the starter go on."),
    _row("snow_service_next", "-> i64", "__service_next", "() -> Int", effect="park",
         doc="The handler of the next request, when it has come; __actor_message gives the arguments."),
    _row("snow_service_reply", "word -> void", "__service_reply", "(T) -> ()", generics="T", classes="T",
         effect="alloc", doc="Answer the call that came last."),
    _row("snow_service_cast", "i64 ptr i64 word -> void", "__service_cast", "(Pid, String, Int, T) -> ()",
         generics="T", classes="T", effect="alloc", doc="Service, its full name, handler, arguments."),
    _row("snow_service_call", "i64 ptr ptr i64 word -> void", "__service_call", "(Pid, String, String, Int, T) -> ()",
         generics="T", classes="T", loc=True, effect="park",
         doc="Service, its full name, `Name.function`, handler, arguments; __actor_message gives the reply."),
    _row("snow_service_try", "i64 ptr ptr i64 word i64 -> i8", "__service_try",
         "(Pid, String, String, Int, T, Int) -> Bool", generics="T", classes="T", effect="park",
         doc="As a call, for this many ms; if it fails, __actor_message gives the reason, a String."),
    _row("snow_process_is_alive", "i64 -> i8", "Process.is_alive", "(Pid) -> Bool", effect="io",
         doc="Whether the process has not ended yet."),
    _row("snow_process_count", "-> i64", "Process.count", "() -> Int", effect="io", doc="The number of processes."),
    _row("snow_timer_sleep", "i64 -> void", "Timer.sleep", "(Int) -> ()", effect="park",
         doc="Suspend the process for this many ms, at least for one turn."),
    _row("snow_timer_now", "-> i64", "Timer.now", "() -> Int", effect="io", doc="Milliseconds of a monotonic clock."),
)

_HOST_INTERFACE = (
    _row("snow_host_attach", "-> void", effect="io",
         doc="Services are there: from now on calls of host functions wait for an answer."),
    _row("snow_host_next", "i64 -> ptr", effect="block",
         doc="The next call, waiting up to ms (below 0: for ever); NULL after that time, and when the program ends."),
    _row("snow_host_ending", "-> i8", effect="io", doc="Whether the program ends, so that services must stop."),
    _row("snow_host_fd", "-> i32", effect="io",
         doc="A descriptor that is readable while calls wait or the program ends, for event loops."),
    _row("snow_host_hangup_fd", "-> i32", effect="io",
         doc="A descriptor that is readable after a SIGHUP, which no longer ends the program; -1 without one."),
    _row("snow_host_flush_crashes", "-> void", effect="io",
         doc="Say how many lines about crashes were held back, if their second is over; to be called now and then."),
    _row("snow_host_done", "ptr i64 -> void", effect="io",
         doc="Answer a call with a word: Int, Bool, Float bits, handle, immortal object; 0 for ()."),
    _row("snow_host_done_string", "ptr ptr i64 -> void", effect="io",
         doc="Answer a call with a String: call, UTF-8 bytes, their number."),
    _row("snow_host_fail", "ptr ptr i64 -> void", effect="io",
         doc="Let a call end in a panic of its caller: call, UTF-8 text, length."),
    _row("snow_host_region", "-> ptr", effect="alloc", doc="A region for values that a service keeps."),
    _row("snow_host_keep", "ptr ptr -> ptr", effect="alloc",
         doc="An immortal copy in a region of a value that a call has as argument: region, value."),
    _row("snow_host_region_close", "ptr -> void", effect="io", doc="Free a region and everything in it."),
    _row("snow_host_hold", "-> void", effect="io",
         doc="One more reason for the program to go on: a server that listens, a connection that is open."),
    _row("snow_host_release", "-> void", effect="io", doc="One reason less."),
    _row("snow_host_stopped", "-> void", effect="io", doc="All services have stopped after snow_host_ending."),
)

_GENERATED_CODE = (
    _row("snowi_alloc_slow", "ptr i64 -> ptr", effect="alloc",
         doc="A cell of size class c when its free list is empty: context, class."),
    _row("snowi_alloc_large", "ptr i64 -> ptr", effect="alloc",
         doc="An object of more than 512 bytes: context, size; the header is not set."),
    _row("snowi_free", "ptr ptr -> void",
         doc="Free an object whose count is 1, and all that only it holds: context, object."),
    _row("snowi_freeze", "ptr ptr! -> ptr", effect="alloc",
         doc="An immortal copy of a value for a module constant: context, object."),
    _row("snowi_panic", "ptr -> void", loc=True, effect="io",
         doc="End the process with a NUL-terminated message."),
    _row("snowi_stack_slow", "ptr -> void", loc=True, effect="park",
         doc="Called with convention preserve_mostcc when the stack pointer is below the limit: context."),
    _row("snowi_current", "-> ptr", effect="alloc", doc="The process that runs on this thread."),
    _row("snow_rt_start", "ptr i32 ptr -> i32", effect="block",
         doc="Run a program image: image, argc, argv; the exit status."),
    _row("snow_source_hash", "-> ptr", doc="The hash of the sources this library was built from, a C string."),
)

ROWS: tuple[Row, ...] = (
    *_OUTPUT, *_FILES, *_ENVIRONMENT, *_PANIC, *_STRING, *_TEXT_OF_NUMBERS, *_HASHES, *_LISTS, *_NUMBERS,
    *_PROCESSES, *WEBSOCKET, *_HOST_INTERFACE, *_GENERATED_CODE,
)
"""Every row, grouped as in docs/abi.md."""

BY_SYMBOL: dict[str, Row] = {row.symbol: row for row in ROWS}
BY_KEY: dict[str, Row] = {
    key: row for row in ROWS if row.key for key in (row.key, *(builtin_key(name) for name, _ in row.surface))
}
"""Rows by builtin key; every surface name has its key too (`io_println` is `println`)."""

BY_NAME: dict[str, Row] = {name: row for row in ROWS for name, _ in row.surface}
"""Rows by the name that a Snow source writes: `String.trim`, `println`, `__list_push`."""


def surface_types(name: str) -> tuple[str, ...]:
    """The types of a surface name, several when it is overloaded by argument count."""
    return tuple(text for known, text in BY_NAME[name].surface if known == name)


def symbol_of(key: str) -> str:
    """`ws_serve_tls` -> `snow_ws_serve_tls`."""
    return BY_KEY[key].symbol
