"""The examples of docs/intelligence.md, run as they stand there, one after the other."""

import re
from pathlib import Path
from typing import Any, Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "intelligence.md"
BLOCK: Final = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
PRINTED: Final = [
    ["0 3 3 4 customers_needing_attention", "1 156.0 336.0"],
    ["['a', 'alpha', 'b', 'r'] False", "598 True True"],
    ["598 True", "['best single feature', 'boosting', 'logistic', 'purchase model', 'stack']"],
    ["1.0 ('plan', 'months', 'calls')", "900 True"],
    ["True True", "True"],
    ["1.0", "True 800", "look False", "True"],
    ["1.0 True"],
    ["True 2000"],
    ["value must be finite (first in row 1)", "customers of the rarer outcome: 50 needed, 1 there"],
]


def test_every_example_prints_what_it_should(capsys: Any) -> None:
    examples = BLOCK.findall(PAGE.read_text())
    assert len(examples) == len(PRINTED)
    names: dict[str, Any] = {}
    for example, printed in zip(examples, PRINTED, strict=True):
        exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102  (the page's own text)
        assert capsys.readouterr().out.splitlines() == printed
