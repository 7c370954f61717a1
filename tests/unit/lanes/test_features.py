from __future__ import annotations

from enforcer.lanes.features import BUCKETS, HEAD, TAIL, Seen, WordPieces, groups, read_part, seen, words

PIECES = WordPieces(["[UNK]", "[CLS]", "[SEP]", "fix", "the", "test", "##s", "##ing", "写", "!"])


def test_words_are_plain_and_every_sign_is_one() -> None:
    assert words("Écris-moi 写诗!") == ["ecris", "-", "moi", "写", "诗", "!"]


def test_what_has_no_shape_is_nothing() -> None:
    assert words("a\u200bb\u00adc") == ["abc"]


def test_a_request_is_read_without_what_was_pasted() -> None:
    assert read_part("why does this fail?\n```\nraise ValueError\n```") == "why does this fail?"


def test_of_a_long_request_both_ends_are_read() -> None:
    read = read_part("begin " + "x" * 5_000 + " end")
    assert (read[:5], read[-3:]) == ("begin", "end")
    assert len(read) == HEAD + TAIL + 3


def test_wide_letters_are_read_as_plain_ones() -> None:
    assert read_part("ｆｉｘ ｉｔ") == "fix it"


def test_a_prompt_in_english_is_seen_once() -> None:
    assert seen("fix the tests") == Seen("fix the tests", "fix the tests", "en")


def test_a_glossed_prompt_is_heard_in_both_languages() -> None:
    said = Seen("schreib", "write", "de")
    assert set(groups(said)) == set(groups(Seen("schreib", "schreib", "en"))) | set(
        groups(Seen("write", "write", "en"))
    )


def test_groups_are_buckets_and_each_counts_once() -> None:
    found = groups(seen("test test test"))
    assert len(found) == len(set(found))
    assert all(0 <= bucket < BUCKETS for bucket in found)


def test_an_empty_prompt_has_no_groups() -> None:
    assert groups(seen("")) == []


def test_pieces_are_the_longest_first() -> None:
    assert PIECES.encode("Testing the tests!", 96) == [1, 5, 7, 4, 5, 6, 9, 2]


def test_a_word_of_unknown_pieces_is_one_unknown() -> None:
    assert PIECES.encode("fix xyzzy 写", 96) == [1, 3, 0, 8, 2]


def test_of_many_pieces_the_beginning_and_the_end_are_kept() -> None:
    encoded = PIECES.encode("fix " + "the " * 50 + "test", 12)
    assert encoded == [1, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 2]


def test_a_word_of_sixty_letters_and_more_is_no_word() -> None:
    assert PIECES.encode("test" * 16, 96) == [1, 0, 2]
