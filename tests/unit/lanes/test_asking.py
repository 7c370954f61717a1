from __future__ import annotations

import pytest

from enforcer.lanes.asking import asking_words, without_quotes

TRACE = """\
Traceback (most recent call last):
  File "poem.py", line 3, in <module>
    recite(sonnet)
NameError: name 'sonnet' is not defined"""
LOG = """\
2024-05-09 09:00 story engine started
2024-05-09 09:14 story engine stopped
2024-05-09 09:31 the dragon did not answer"""
DIFF = """\
diff --git a/tale.py b/tale.py
@@ -1,3 +1,3 @@
-title = "once"
+title = "twice\""""


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        pytest.param(f"what is wrong here?\n\n{TRACE}", "what is wrong here?", id="a stack trace behind it"),
        pytest.param(f"{LOG}\n\nmake a bedtime story of this", "make a bedtime story of this", id="a log before it"),
        pytest.param(f"write the commit message\n\n{DIFF}", "write the commit message", id="a diff"),
        pytest.param("```python\ndef haiku(): ...\n```\nname this product", "name this product", id="a block of code"),
        pytest.param(
            "id,title,mood,year\n1,rain,sad,1999\n2,sun,glad,2001\n\nplot the moods per year please",
            "plot the moods per year please",
            id="a table",
        ),
    ],
)
def test_pasted_evidence_is_not_the_request(prompt: str, expected: str) -> None:
    assert asking_words(prompt) == (expected, True)


@pytest.mark.parametrize(
    "prompt",
    [
        pytest.param("write a haiku about a stack trace", id="one line"),
        pytest.param("Write a story.\nIt begins in Lisbon.", id="two lines of request"),
    ],
)
def test_a_plain_request_is_kept_whole(prompt: str) -> None:
    assert asking_words(prompt) == (prompt, False)


def test_a_prompt_of_nothing_but_evidence_comes_back_whole() -> None:
    assert asking_words(TRACE)[0] == TRACE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('rename "poem" to item', 'rename  ""  to item', id="double quotes"),
        pytest.param("drop the `haiku` table", 'drop the  ""  table', id="code"),
        pytest.param('"a poem"', '"a poem"', id="nothing but a quotation"),
    ],
)
def test_quoted_words_are_mentioned_not_asked_for(text: str, expected: str) -> None:
    assert without_quotes(text) == expected
