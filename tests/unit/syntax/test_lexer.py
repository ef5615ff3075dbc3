"""The lexer: every token form, escapes, comments, and mistakes that do not stop it."""

from __future__ import annotations

import pytest

from snowc.diag.core import Diagnostic
from snowc.syntax.lexer import Lexed, lex


def lexed(text: str) -> tuple[Lexed, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return lex(text, 0, found.append), found


def kinds(text: str) -> list[str]:
    made, found = lexed(text)
    assert not found, [d.message() for d in found]
    return [token.kind for token in made.tokens]


def values(text: str) -> list[object]:
    made, found = lexed(text)
    assert not found, [d.message() for d in found]
    return [token.value for token in made.tokens]


def problems(text: str) -> list[str]:
    return [d.message() for d in lexed(text)[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42), ("1_000_000", 1_000_000), ("1_", 1), ("0xFF", 255), ("0XfF", 255), ("0b1010", 10), ("0o17", 15),
        ("0x_F_F", 255), ("1.5", 1.5), ("1e6", 1e6), ("2.5E-7", 2.5e-7), ("1_0.2_5", 10.25),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2**63), ("0xffff_ffff_ffff_f", 2**52 - 1), ("007", 7),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float) -> None:
    (token,) = lexed(text)[0].tokens
    assert (token.value, type(token.value)) == (value, type(value))
    assert not problems(text)


def test_dots_behind_numbers() -> None:
    assert kinds("1..5") == ["INT", "DOTDOT", "INT"]
    assert kinds("42.to_string()") == ["INT", "DOT", "IDENT", "LPAR", "RPAR"]
    assert kinds("1.5.floor") == ["FLOAT", "DOT", "IDENT"]


@pytest.mark.parametrize(
    "text",
    ["0x", "0b", "0b102", "0o8", "0xG", "9223372036854775809", "9" * 30, "1" * 5000, "12px", "1e999", "1e5x"],
)
def test_wrong_numbers_are_reported_once_and_lexing_goes_on(text: str) -> None:
    made, found = lexed(f"{text} + a")
    assert len(found) == 1
    assert [token.kind for token in made.tokens][1:] == ["PLUS", "IDENT"]


def test_a_number_may_touch_a_keyword() -> None:
    assert kinds("1else 2end") == ["INT", "ELSE", "INT", "END"]


def test_operators_take_the_longest_match() -> None:
    assert kinds("== != <= >= && || |> .. <> ++ -> => :: + - * / % < > ! = ? |") == (
        """EQEQ NE LE GE ANDAND OROR PIPE DOTDOT DIAMOND PLUSPLUS ARROW FATARROW CC PLUS MINUS STAR SLASH PERCENT
        LT GT BANG EQ QMARK BAR""".split()
    )
    assert kinds(">>") == ["GT", "GT"]
    assert kinds("List<Int>=") == ["IDENT", "LT", "IDENT", "GE"]
    assert kinds("%{} % \t{ a % b") == ["MAPOPEN", "RBRACE", "MAPOPEN", "IDENT", "PERCENT", "IDENT"]


def test_words() -> None:
    assert kinds("end endx _ _x été Ünicode") == ["END", "IDENT", "IDENT", "IDENT", "IDENT", "IDENT"]
    assert problems("²x")


def test_line_ends_are_one_token_per_run() -> None:
    assert kinds("a\r\n\n \r b\n") == ["IDENT", "NEWLINE", "IDENT", "NEWLINE"]


def test_spans_cover_exactly_the_text() -> None:
    text = ' fn f(x)  = "a${ x }b" <> """q""" # end\n'
    tokens = lexed(text)[0].tokens
    assert [text[t.start : t.end] for t in tokens] == [
        "fn", "f", "(", "x", ")", "=", '"', "a", "${", "x", "}", "b", '"', "<>", '"""q"""', "\n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\n\t\r\0\\\"\$"', '\n\t\r\0\\"$'), (r'"\x41\u{2744}\u{1F600}"', "A❄😀"), (r'"\${x}"', "${x}"),
        ('"$5 $"', "$5 $"),
        ('""', ""), ('"a\nb"', "a\nb"), ('"""a"b""c"""', 'a"b""c'), ('"""say \\""""', 'say "'),
        ('"""\nx\n"""', "\nx\n"),
        ('"#{x}"', "#{x}"), ('"it\'s"', "it's"), ('"a\r\nb"', "a\r\nb"),
    ],
)  # fmt: skip
def test_plain_strings_are_one_token_with_decoded_text(text: str, value: str) -> None:
    assert values(text) == [value]
    assert kinds(text) == ["STRING"]


def test_interpolation_nests() -> None:
    assert kinds('"a${f("b${c}d")}e${%{1 => P { x: 2 }}}"') == (
        """STR_START STR_CONTENT INTERP_START IDENT LPAR STR_START STR_CONTENT INTERP_START IDENT INTERP_END
        STR_CONTENT STR_END RPAR INTERP_END STR_CONTENT INTERP_START MAPOPEN INT FATARROW IDENT LBRACE IDENT
        COLON INT RBRACE RBRACE INTERP_END STR_END""".split()
    )
    assert kinds('"""${a}"x"""') == ["STR_START", "INTERP_START", "IDENT", "INTERP_END", "STR_CONTENT", "STR_END"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r'"\q"', "`\\\\q`"), (r'"\N"', "`\\n`"), (r'"\x9Z"', "`\\u{9}`"), (r'"\x80"', "`\\u{80}`"),
        (r'"\u41"', "`\\u{41}`"),
        (r'"\e[0m"', "`\\u{1b}`"), (r'"\u{110000}"', "Valid escapes"), (r'"\u{D800}"', "Valid escapes"),
        (r'"\u{}"', "Valid"),
    ],
)  # fmt: skip
def test_unknown_escapes_propose_a_valid_one(text: str, wanted: str) -> None:
    made, found = lexed(text)
    assert [d.message().startswith("unknown escape `\\") for d in found] == [True]
    assert wanted in (found[0].help() or "")
    assert made.tokens[0].kind == "STRING"


def test_comments_are_kept_aside() -> None:
    made, found = lexed("a # one\n#= two #= nested =# =# b #==# #=== x =#")
    assert not found
    assert [t.kind for t in made.tokens] == ["IDENT", "NEWLINE", "IDENT"]
    assert [(c.kind, c.value) for c in made.comments] == [
        ("COMMENT", "# one"),
        ("BLOCK_COMMENT", "#= two #= nested =# =#"),
        ("BLOCK_COMMENT", "#==#"),
        ("BLOCK_COMMENT", "#=== x =#"),
    ]


def test_doc_comments_belong_to_the_next_token_and_the_file() -> None:
    text = "##! About\n##!  this file.\n\n## First\n##\n## line.\n# not this\nfn f() = 1\n### plain\nfn g() = 2\n"
    made, _ = lexed(text)
    assert made.module_doc == "About\n this file."
    assert list(made.docs.values()) == ["First\n\nline."]
    (start,) = made.docs
    assert next(t for t in made.tokens if t.start == start).kind == "FN"


@pytest.mark.parametrize(
    ("text", "what", "start"),
    [('x = "abc', "string", 4), ('x = """abc"', '`"""` string', 4), ("a #= b #= c =#", "block comment", 2),
    ('"a${b', "interpolation", 2)],
)
def test_unterminated_things_name_their_opening(text: str, what: str, start: int) -> None:
    made, found = lexed(text)
    assert [d.message() for d in found if f"unterminated {what}" in d.message()]
    assert len(found) == 1
    assert found[0].span.start == start
    assert made.flipped is not None


def test_an_unterminated_string_suspects_the_one_that_ran_over_its_line() -> None:
    _, found = lexed('let a = "open\nlet b = "x"\n')
    (suspect,) = found[0].secondary()
    assert suspect.span.start == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a & b", "unexpected character `&`"), ("'abc'", "unexpected character `'`"),
        ("a @@ b", "unexpected character `@@`"),
        ("a\x00b", "unexpected character U+0000"), ("a\u00a0b", "unexpected character U+00A0"),
        ("“x”", "unexpected character `“`"),
    ],
)  # fmt: skip
def test_stray_characters(text: str, message: str) -> None:
    assert problems(text)[0] == message


def test_blanks_at_the_end_are_no_token() -> None:
    assert kinds("a  \t") == ["IDENT"]
    assert kinds("  ") == []
