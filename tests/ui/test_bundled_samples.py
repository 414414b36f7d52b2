from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.present import samples as view
from ui.samples import read_samples


@pytest.mark.parametrize("content", [None, "", "not json", "{}", "[1]", '[{"file": "a.wav"}]', "null", '[{"title": {"zh": 1}}]'])
def test_a_missing_or_broken_list_is_no_samples(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "samples.json").write_text(content)
    assert read_samples(tmp_path) == []
    assert read_samples(tmp_path / "absent") == []
    assert read_samples(None) == []


def test_samples_that_are_there_are_listed(tmp_path: Path) -> None:
    entries = [
        {"file": "a.wav", "title": {"zh": "甲", "en": "A"}, "language": "zh", "text": "你好"},
        {"file": "gone.wav", "title": {"zh": "乙", "en": "B"}, "language": "en", "text": ""},
        {"file": "../a.wav", "title": "one for both"},
    ]
    (tmp_path / "samples.json").write_text(json.dumps(entries))
    (tmp_path / "a.wav").write_bytes(b"x")
    found = read_samples(tmp_path)
    assert [sample.path for sample in found] == [tmp_path / "a.wav", tmp_path / "a.wav"]  # never outside the folder
    assert view(found)[0] == {"file": "a.wav", "title": {"zh": "甲", "en": "A"}, "language": "zh"}
