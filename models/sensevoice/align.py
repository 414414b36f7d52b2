"""The CTC path: which token stands in which frames, and the words they make. Pure functions over a path already taken.

Knows nothing of networks or audio. Times come from the path itself, never from aligning the decoded text again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from speech.transcript import Word

from .features import FRAME
from .tags import is_tag

BLANK = 0
LEAD = 0.030  # s: a frame stands for the 60 ms around its centre (funasr 1.4.16 SenseVoiceSmall.inference, ts_left)
LINGER = 0.200  # s: a one-frame spike says where a token is, not how long; it lasts to the next token, at most so long
SPACE = "▁"  # SentencePiece's mark of a space

_KANA = r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_CJK = rf"々〇{_KANA}\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_CJK}]"  # or a digit
_WORD = re.compile(
    rf"(?:[$¥€£₩](?=\d))?{_LETTER}+"  # a word or a number, as 3시에 and $25
    rf"(?:(?:['’-]|(?<=\d)[.,:/](?=\d)){_LETTER}+)*"  # and what its marks join to it, as don't, 9:30 and GPT-4.5
    rf"(?:(?<=\d)[%℃]{_LETTER}*)?"  # 20%, 20%의
    rf"|[{_CJK}]"
)


@dataclass(frozen=True, slots=True)
class Spike:
    """One token of the path: frames `first` to `last`, of the audio frames alone, and its mean probability."""

    token: int
    first: int
    last: int
    probability: float


@dataclass(frozen=True, slots=True)
class _Character:
    text: str
    start: float
    end: float
    probability: float


def spikes(path: Sequence[int], probabilities: Sequence[float]) -> list[Spike]:
    """The path (n,) of the most probable token of each frame, repeats collapsed and blanks dropped."""
    found = []
    for token, run in groupby(range(len(path)), key=lambda frame: path[frame]):
        frames = list(run)
        if token != BLANK:
            mean = sum(probabilities[frame] for frame in frames) / len(frames)
            found.append(Spike(token, frames[0], frames[-1], mean))
    return found


def words(found: Sequence[Spike], piece_of: Callable[[int], str], duration: float) -> tuple[Word, ...]:
    """Words of a clip of `duration` seconds: whole words and numbers, single characters of Chinese and Japanese."""
    characters = [
        character
        for spike, (start, end) in zip(found, _times(found, duration), strict=True)
        for character in _spread(piece_of(spike.token), start, end, spike.probability)
    ]
    text = "".join(character.text for character in characters)
    return tuple(_word(characters[match.start() : match.end()]) for match in _WORD.finditer(text))


def _times(found: Sequence[Spike], duration: float) -> list[tuple[float, float]]:
    """When each token starts and ends. A token held over frames ends with them, a spike lingers."""
    starts = [min(max(spike.first * FRAME - LEAD, 0.0), duration) for spike in found]
    ends = [spike.last * FRAME + LEAD + (LINGER if spike.first == spike.last else 0.0) for spike in found]
    nexts = [later for _, later in pairwise(starts)] + [duration]
    return [(start, max(start, min(end, later))) for start, end, later in zip(starts, ends, nexts, strict=False)]


def _spread(piece: str, start: float, end: float, probability: float) -> list[_Character]:
    """The characters of a piece, its time shared evenly among those that sound."""
    letters = [] if is_tag(piece) else list(piece)
    sounding = sum(letter != SPACE for letter in letters)
    edges = [*(start + (end - start) * i / sounding for i in range(sounding)), end]
    characters, heard = [], 0
    for letter in letters:
        began, heard = heard, heard + (letter != SPACE)
        characters.append(_Character(letter if heard > began else " ", edges[began], edges[heard], probability))
    return characters


def _word(characters: Sequence[_Character]) -> Word:
    confidence = sum(character.probability for character in characters) / len(characters)
    text = "".join(character.text for character in characters)
    return Word(text, characters[0].start, characters[-1].end, confidence)
