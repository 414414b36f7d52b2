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

_CJK = r"々〇\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_CJK}]"
_WORD = re.compile(
    rf"[$¥€£₩]?\d+(?:[.,:/-]\d+)*%?{_LETTER}*"  # a number with its sign, its marks and its counter, as 3:30 or 3시에
    rf"|{_LETTER}+(?:['’-]{_LETTER}+)*"  # a word, as don't
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
    ends = [
        spike.last * FRAME + LEAD + (LINGER if spike.first == spike.last else 0.0) for spike in found
    ]
    nexts = [later for _, later in pairwise(starts)] + [duration]
    return [(start, max(start, min(end, later))) for start, end, later in zip(starts, ends, nexts, strict=False)]


def _spread(piece: str, start: float, end: float, probability: float) -> list[_Character]:
    """The characters of a piece, its time shared evenly among those that sound."""
    if is_tag(piece):
        return []
    sounding = len(piece.replace(SPACE, "")) or 1
    step = (end - start) / sounding
    characters, heard = [], 0
    for letter in piece:
        at = start + heard * step
        if letter == SPACE:
            characters.append(_Character(" ", at, at, probability))
        else:
            characters.append(_Character(letter, at, at + step, probability))
            heard += 1
    return characters


def _word(characters: Sequence[_Character]) -> Word:
    confidence = sum(character.probability for character in characters) / len(characters)
    text = "".join(character.text for character in characters)
    return Word(text, characters[0].start, characters[-1].end, confidence)
