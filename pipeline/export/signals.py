"""What a request tells about trust, in words for readers of a tag's page."""

from __future__ import annotations

_GENERAL = (
    "頼られ方には型があります。事実や手順を尋ねる「答えを求める」のは窓口として見られている段階、"
    "「あなたならどうするか」と考えを尋ねる「意見を求める」のは相談相手として信頼されはじめた段階の兆候と読みます。"
    "「行動を求める」は、何かをしてほしいという頼みです。下の表は、このタグのカードの引用が何を求めているかを数えたものです。"
)
_OF_TAG = {
    "signal.opinion": "このタグは、考えや助言を求められる場面そのものを集めています。前より増えているなら、信頼が育っている兆候です。",
    "signal.answer": "このタグは、決まった答えを求められる場面を集めています。多いこと自体は悪くありませんが、いつまでも減らないなら、まだ相談相手と見られていないおそれがあります。",
    "signal.reliance": "このタグは、名指しや契約の外の相談など、求め方以外に表れる信頼を集めています。意見を求められる数と合わせて見てください。",
    "trust.erosion": "このタグは信頼を失わせる振る舞いを集めています。意見を求められなくなったときに、思い当たることがないかを見てください。",
}  # fmt: skip


def signal_text(tag: str) -> str:
    """What the requests counted on a tag's page mean."""
    own = _OF_TAG.get(tag)
    return f"{_GENERAL}\n{own}" if own else _GENERAL
