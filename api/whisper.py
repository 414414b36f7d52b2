"""What the Whisper servers beside OpenAI's say of a transcript: segments that can be joined, and the languages believed."""

from __future__ import annotations

from collections import defaultdict

from speech.labels import Labels
from speech.render import Json, whisper_segments
from speech.transcript import Language, Transcript


def segments(transcript: Transcript, labels: Labels) -> list[tuple[Json, list[Json]]]:
    """Each segment and its words. Sounds without words are left out, as they are of tables and subtitles."""
    said = tuple(segment for segment in transcript.segments if segment.text.strip())
    return whisper_segments(Transcript(said, transcript.duration), labels)


def languages(transcript: Transcript) -> dict[Language, float]:
    """What the model believes is spoken, the most probable first: its scores, weighted by the lengths of the segments.

    They add up to 1; none where nobody speaks.
    """
    weights: defaultdict[Language, float] = defaultdict(float)
    for segment in transcript.segments:
        if segment.language is not Language.NONE:
            for language, score in segment.scores.languages.items():
                weights[language] += score * (segment.end - segment.start)
    total = sum(weights.values())
    ordered = sorted(weights, key=lambda language: -weights[language])
    return {language: round(weights[language] / total, 4) for language in ordered} if total else {}
