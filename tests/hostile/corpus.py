"""Documents that cost a naive server much more than their sender. An anonymous caller can send each."""

from collections.abc import Iterator
from typing import Any, Final

LOGIN: Final = 'login(input: {tenant: "a", username: "b", password: "c"})'
PUBLIC: Final = f"mutation {{ {LOGIN} {{ userErrors {{ @ }} }} }}"
"""Open to everybody, so that nothing but its size can be why it is refused."""

Body = dict[str, Any]


def corpus() -> Iterator[tuple[str, Body]]:
    """(what it is, the request's body)."""
    for name, document in _documents():
        yield name, {"query": document}
    yield from _with_variables()


def _documents() -> Iterator[tuple[str, str]]:
    yield from _repetitions()
    yield from _fragments()
    yield from _guesses()
    yield from _texts()
    yield from _nesting()


def _repetitions() -> Iterator[tuple[str, str]]:
    yield "one field, repeated in a selection", PUBLIC.replace("@", "code " * 1_900)
    yield "one field, repeated in an unknown field", f"{{ nothing {{ {'a ' * 1_900} }} }}"
    yield "one field, in many inline fragments", PUBLIC.replace("@", "... { code } " * 480)
    yield "one field, in nested inline fragments", PUBLIC.replace("@", "... { " * 600 + "code" + " }" * 600)
    yield (
        "a selection, repeated",
        PUBLIC.replace("@", "code").replace("userErrors { code }", "userErrors { code } " * 450),
    )
    square = "user { " + "name " * 20 + "} "
    yield "repetitions in repetitions", PUBLIC.replace("userErrors { @ }", square * 70)
    cube = "user { " + ("... { " + "name " * 6 + "} ") * 6 + "} "
    yield "repetitions in repetitions in repetitions", PUBLIC.replace("userErrors { @ }", cube * 25)
    yield "aliases of one field", PUBLIC.replace("@", " ".join(f"a{n}: code" for n in range(600)))
    yield "aliases of a root field", "{ " + " ".join(f"a{n}: __typename" for n in range(600)) + " }"
    yield "directives on one field", PUBLIC.replace("@", "code" + " @include(if: true)" * 320)
    yield "unknown directives", PUBLIC.replace("@", "code" + " @nothing" * 900)
    yield "arguments of one field", f"mutation {{ login({'input: 1 ' * 600}) {{ userErrors {{ code }} }} }}"
    yield "operations", " ".join(f"query Q{n} {{ __typename }}" for n in range(390))
    yield "operations of one name", "query Q { __typename } " * 390
    yield "variables", "query(" + " ".join(f"$v{n}: Int" for n in range(480)) + ") { __typename }"
    yield "variables of one name", "query(" + "$v: Int " * 480 + ") { __typename }"


def _fragments() -> Iterator[tuple[str, str]]:
    def chain(fragments: int, spreads: int, leaf: str = "__typename") -> str:
        body = "".join(f"fragment F{n} on Query {{ {f'...F{n + 1} ' * spreads}}} " for n in range(fragments - 1))
        return f"{{ ...F0 }} {body}fragment F{fragments - 1} on Query {{ {leaf} }}"

    yield "fragments that double", chain(49, 2)
    yield "fragments that multiply by sixteen", chain(40, 16)
    yield "fragments in a long chain", chain(240, 1)
    yield "fragments in a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A __typename }"
    ladder = " ".join(
        f"fragment F{n} on Query {{ {' '.join(f'...F{m}' for m in range(n + 1, 30))} __typename }}" for n in range(30)
    )
    yield "fragments that each spread all others", f"{{ ...F0 }} {ladder}"
    meeting = " ".join(f"fragment F{n} on User {{ {'name displayName role ' * 4} }}" for n in range(45))
    spread = " ".join(f"...F{n}" for n in range(45))
    yield "fragments with the same fields", f"{PUBLIC.replace('userErrors { @ }', f'user {{ {spread} }}')} {meeting}"
    nested = " ".join(
        f"fragment F{n} on LoginPayload {{ user {{ name }} {f'...F{n + 1} ' * 3} user {{ role }} }}" for n in range(45)
    )
    last = "fragment F45 on LoginPayload { user { name } }"
    yield "fragments whose fields meet", f"{PUBLIC.replace('userErrors { @ }', '...F0')} {nested} {last}"
    unused = " ".join(f"fragment F{n} on Query {{ __typename }}" for n in range(270))
    yield "fragments that nobody uses", f"{{ __typename }} {unused}"
    yield "spreads of one fragment", f"{{ {'...F ' * 900} }} fragment F on Query {{ __typename }}"
    yield "spreads of fragments that are missing", "{ " + " ".join(f"...F{n}" for n in range(900)) + " }"


def _guesses() -> Iterator[tuple[str, str]]:
    """Each asks for what a helpful server would compare with all names that it knows."""
    yield "unknown fields", "{ " + " ".join(f"metricSeriez{n}" for n in range(19)) + " }"
    unknown = " ".join(f"userErrorz{n}" for n in range(900))
    yield "unknown fields of a payload", f"mutation {{ {LOGIN} {{ {unknown} }} }}"
    arguments = ", ".join(f"inputs{n}: 1" for n in range(480))
    yield "unknown arguments", f"mutation {{ login({arguments}) {{ userErrors {{ code }} }} }}"
    types = ", ".join(f"$v{n}: MetricSeriesInputz{n}" for n in range(480))
    yield "unknown types", f"query({types}) {{ __typename }}"
    conditions = " ".join(f"... on CustomerConnectionz{n} {{ __typename }}" for n in range(240))
    yield "unknown types of fragments", f"{{ {conditions} }}"
    inputs = ", ".join(f"passwordz{n}: 1" for n in range(480))
    yield "unknown fields of an input", f"mutation {{ login(input: {{ {inputs} }}) {{ userErrors {{ code }} }} }}"
    yield "a name of 60,000 letters", "{ " + "a" * 60_000 + " }"
    yield "a type of 60,000 letters", "query($a: " + "A" * 60_000 + ") { __typename }"


def _texts() -> Iterator[tuple[str, str]]:
    room = 250_000
    yield "blanks", "{" + " " * room + "__typename }"
    yield "commas", "{" + "," * room + "__typename }"
    yield "lines", "{" + "\n" * (room // 2) + "__typename }"
    yield "a comment", "{ __typename } #" + "x" * room
    yield "many comments", "{ __typename }" + "\n#x" * (room // 5)
    yield "a long text", PUBLIC.replace("@", "code").replace('"a"', f'"{"x" * room}"')
    escapes = "\\u0041" * (room // 8)
    yield "a text of escapes", f'{{ __type(name: "{escapes}") {{ name }} }}'
    yield "a block text", '{ __type(name: """' + "x\n" * (room // 4) + '""") { name } }'
    yield "a text without its end", '{ __type(name: "' + "x" * room
    yield "a long number", "query($n: Int = " + "9" * room + ") { __typename }"
    yield "tokens", "{" + " a" * 1_997 + "}"
    yield "more tokens than are read", "{" + " a" * 120_000 + "}"


def _nesting() -> Iterator[tuple[str, str]]:
    yield "selections in selections", "{ a " * 660 + "}" * 660
    yield "selections without their ends", "{ a " * 1_500
    yield "braces", "{" * 1_999
    yield "lists in lists", "{ me(x: " + "[" * 1_900 + ") }"
    yield "lists that end", "{ me(x: " + "[" * 900 + "]" * 900 + ") { name } }"
    yield "objects in objects", "{ me(x: " + "{a: " * 600 + "1" + "}" * 600 + ") { name } }"
    yield "types in types", "query($a: " + "[" * 900 + "Int" + "]" * 900 + ") { __typename }"
    typed = "ofType { " * 300 + "name " + "} " * 300
    yield "deep introspection", f"{{ __schema {{ types {{ {typed} }} }} }}"
    wide = "fields { type { " * 7 + "name " + "} } " * 7
    yield "introspection that multiplies", f"{{ __schema {{ types {{ {wide} }} }} }}"


def _with_variables() -> Iterator[tuple[str, Body]]:
    login = "mutation L($input: LoginInput!) { login(input: $input) { userErrors { code } } }"
    given = {"tenant": "a", "username": "b", "password": "c"}
    unknown = {f"passwordz{n}": 1 for n in range(12_000)}
    yield "unknown fields in a variable", {"query": login, "variables": {"input": {**given, **unknown}}}
    yield "unused variables", {"query": "{ __typename }", "variables": {f"v{n}": n for n in range(15_000)}}
    yield "a deep variable", {"query": login, "variables": {"input": _deep(250)}}
    yield "a list where there is none", {"query": login, "variables": {"input": [given] * 4_000}}


def _deep(levels: int) -> object:
    found: object = 1
    for _ in range(levels):
        found = {"tenant": found}
    return found
