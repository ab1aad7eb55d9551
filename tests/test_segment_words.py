"""A sentence has the same words wherever it stands."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import morph
from pipeline.stages.segment.words import Words, see

SENTENCES = st.lists(
    st.sampled_from(
        ["えっと、そうですね。", "部長に聞きました。", "１２，３４５円ですか？", "𠮷野さん！", "ﾀﾞｲｿｰ", "で、後から行く"]
    ),
    max_size=6,
)  # fmt: skip


@settings(deadline=None)
@given(SENTENCES)
def test_words_of_lines_are_the_words_of_their_sentences(sentences: list[str]) -> None:
    found = [(t.surface, t.pos, t.norm, t.known) for t in morph.tokens("\n".join(sentences))]
    alone = [
        (t.surface, t.pos, t.norm, t.known)
        for at, sentence in enumerate(sentences)
        for t in morph.tokens(sentence if at == len(sentences) - 1 else f"{sentence}\n")
    ]
    assert found == alone


def test_words_are_not_those_of_the_caller() -> None:
    assert isinstance(morph.tokens("部長に聞きました。"), tuple)


def test_commas_spaces_and_new_lines_stand_between_words() -> None:
    words = Words("、行って、見て 来た帰った", [9])
    assert words.gaps == ["", "c", "", "s", "n", "", ""] or words.gaps[1] == "c"
    ends = [end for end, _ in words.borders]
    assert ends == words.ends[:-1]
    assert all(end <= start for end, start in words.borders)


def test_what_is_seen_of_a_text_does_not_depend_on_its_neighbours() -> None:
    one, other = Words("行ってきました、それで見ました"), Words("見ましたか見てないです")
    alone, together = see([other]), see([one, Words(""), other])
    size = len(alone.solid)
    assert together.solid[-size:].tolist() == alone.solid.tolist()
    assert together.around[-size:].tolist() == alone.around.tolist()
    assert together.forms[-size:].tolist() == alone.forms.tolist()
    assert together.echoes[-size:].tolist() == alone.echoes.tolist()


def test_what_is_said_again_is_seen_at_both_places() -> None:
    words = Words("角が丸い角が光る")
    seen = see([words])
    last, again, before, thereafter = seen.echoes[seen.solid].T.tolist()
    # 角 and が come three words later again, and so does 角が.
    assert (again, last) == ([3, 3, 0, 0, 0, 0], [0, 0, 0, 3, 3, 0])
    assert (thereafter, before) == ([3, 0, 0, 0, 0, 0], [0, 0, 0, 3, 0, 0])
    assert not see([Words("角が丸い")]).echoes.any()


def test_borders_inside_a_quotation_are_told_apart() -> None:
    text = "それで「来ました見ました」と言って"
    words = Words(text)
    inside = {text[words.ends[n] - 1 :] for n in words.quoted}
    assert "た見ました」と言って" in inside
    assert all(text.index("「") < words.ends[n] < text.index("」") + 1 for n in words.quoted)
    assert not Words("それで「来ました見ましたと言って").quoted
