// What a person can do to segments, as pure functions. A piece is [text], or [text, start, end, confidence] for a word.
earshot.edits = (() => {
  const LARGEST = 400; // words of one text that are compared one by one

  const text = segment => segment.pieces.map(piece => piece[0]).join("");
  const timed = piece => piece.length > 1;
  // Scripts that write no spaces: as is_unspaced in speech/transcript.py.
  function wide(character) {
    const code = character.codePointAt(0);
    return code >= 0x2e80 && !((code >= 0x3130 && code <= 0x318f) || (code >= 0xa960 && code <= 0xa97f) || (code >= 0xac00 && code <= 0xd7ff));
  }
  const letter = character => /[\p{L}\p{N}\p{M}]/u.test(character || "");

  // The words of a text and where each begins: one character in Chinese and Japanese, else what stands between spaces.
  function tokens(said) {
    const found = [];
    let run = "", at = 0;
    const close = () => {
      const lead = run.match(/^[^\p{L}\p{N}\p{M}]*/u)[0].length, word = run.slice(lead).replace(/[^\p{L}\p{N}\p{M}]+$/u, "");
      if (word) found.push({ text: word, at: at - run.length + lead });
      run = "";
    };
    for (const character of said) {
      if (/\s/.test(character) || wide(character)) close();
      else run += character;
      if (wide(character) && letter(character)) found.push({ text: character, at });
      at += character.length;
    }
    close();
    return found;
  }

  // Pairs [i, j] of words that are in both lists, in order, as many as there are.
  function common(old, next) {
    if (old.length > LARGEST || next.length > LARGEST) return [];
    const best = Array.from({ length: old.length + 1 }, () => new Uint16Array(next.length + 1)), pairs = [];
    for (let i = old.length - 1; i >= 0; i--) for (let j = next.length - 1; j >= 0; j--) {
      best[i][j] = old[i] === next[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
    for (let i = 0, j = 0; i < old.length && j < next.length;) {
      if (old[i] === next[j]) pairs.push([i++, j++]);
      else if (best[i + 1][j] >= best[i][j + 1]) i++;
      else j++;
    }
    return pairs;
  }

  // The pieces of a changed text: words that were there keep their times, new ones share what lies between.
  function retimed(segment, said) {
    const old = segment.pieces.filter(timed);
    if (!said) return [];
    if (!old.length) return [[said]];
    const words = tokens(said).map(token => ({ ...token, time: null }));
    for (const [i, j] of common(old.map(piece => piece[0].toLowerCase()), words.map(word => word.text.toLowerCase()))) words[j].time = old[i].slice(1);
    spread(words, segment);
    const pieces = [];
    let cursor = 0;
    for (const word of words) {
      if (word.at > cursor) pieces.push([said.slice(cursor, word.at)]);
      pieces.push([word.text, ...word.time]);
      cursor = word.at + word.text.length;
    }
    if (cursor < said.length) pieces.push([said.slice(cursor)]);
    return pieces;
  }
  function spread(words, segment) {
    for (let i = 0; i < words.length; i++) {
      if (words[i].time) continue;
      let last = i;
      while (last + 1 < words.length && !words[last + 1].time) last++;
      const from = i ? words[i - 1].time[1] : segment.start, to = Math.max(from, last + 1 < words.length ? words[last + 1].time[0] : segment.end);
      const each = (to - from) / (last - i + 1);
      for (let k = i; k <= last; k++) words[k].time = [rounded(from + each * (k - i)), rounded(from + each * (k - i + 1)), 1];
      i = last;
    }
  }
  const rounded = seconds => Math.round(seconds * 1000) / 1000;

  // A segment as the API writes it, as the page has it.
  function read({ text: said, words = [], scores = {}, no_speech_prob = 0, avg_logprob = 0, speaker = "", ...known }) {
    const text = said.trim(), low = text.toLowerCase(), pieces = [];
    let cursor = 0;
    for (const { word, start, end, confidence } of low.length === text.length ? words : []) {
      const at = low.indexOf(word.toLowerCase(), cursor);
      if (at < 0 || !word) continue;
      if (at > cursor) pieces.push([text.slice(cursor, at)]);
      cursor = at + word.length;
      pieces.push([text.slice(at, cursor), start, end, confidence]);
    }
    if (cursor < text.length) pieces.push([text.slice(cursor)]);
    const { start, end, language, emotion, events, raw = "" } = known;
    return { start, end, language, emotion, events, raw, speaker, pieces, scores: { ...scores, no_speech: no_speech_prob, avg_logprob } };
  }

  // The words the engine gave less than `below`, of its 1: where in the text, since when. What touches is one place.
  function doubtful(segment, below) {
    const found = [];
    let at = 0;
    for (const [said, start, , sure] of segment.pieces) {
      const last = found.at(-1);
      if (sure < below && last && last.at + last.length === at) Object.assign(last, { length: last.length + said.length, sure: Math.min(last.sure, sure) });
      else if (sure < below) found.push({ at, length: said.length, start, sure });
      at += said.length;
    }
    return found;
  }

  // The same text, of which nobody doubts what lies there any more.
  function assured(segment, from, length) {
    let at = 0;
    const pieces = segment.pieces.map(piece => {
      const begin = at, [said, start, end] = piece;
      at += said.length;
      return timed(piece) && begin < from + length && at > from ? [said, start, end, 1] : piece;
    });
    return { ...segment, pieces, edited: true };
  }

  let made = 0;
  const id = () => `x${Date.now().toString(36)}${(made++).toString(36)}`;
  const retexted = (segment, said) => ({ ...segment, pieces: retimed(segment, said.trim()), edited: true });

  // Two segments, cut before the character at `at`; a word in which the cut falls is cut with its time.
  function split(segment, at) {
    const left = [], right = [];
    let cursor = 0;
    for (const piece of segment.pieces) {
      const [said, start, end, sure] = piece, here = at - cursor;
      if (here >= said.length) left.push(piece);
      else if (here <= 0) right.push(piece);
      else if (timed(piece)) {
        const middle = rounded(start + ((end - start) * here) / said.length);
        left.push([said.slice(0, here), start, middle, sure]);
        right.push([said.slice(here), middle, end, sure]);
      } else left.push([said.slice(0, here)]), right.push([said.slice(here)]);
      cursor += said.length;
    }
    const before = left.findLast(timed), after = right.find(timed), share = cursor ? at / cursor : 0.5;
    const time = rounded(before && after ? (before[2] + after[1]) / 2 : before ? before[2] : after ? after[1] : segment.start + (segment.end - segment.start) * share);
    return [
      { ...segment, id: id(), end: Math.min(time, segment.end), pieces: trimmed(left), edited: true },
      { ...segment, id: id(), start: Math.max(time, segment.start), pieces: trimmed(right), raw: "", edited: true },
    ];
  }
  // Without the spaces at both ends, as texts of segments are.
  function trimmed(pieces) {
    const kept = pieces.map(piece => [...piece]);
    while (kept.length && !(kept[0][0] = kept[0][0].trimStart())) kept.shift();
    while (kept.length && !(kept.at(-1)[0] = kept.at(-1)[0].trimEnd())) kept.pop();
    return kept;
  }
  function merged(first, second) {
    const a = [...text(first)].at(-1), b = [...text(second)][0], longer = second.end - second.start > first.end - first.start ? second : first;
    const space = a && b && !(wide(a) || wide(b)) ? [[" "]] : [];
    return {
      ...longer, id: id(), start: first.start, end: Math.max(first.end, second.end), pieces: [...first.pieces, ...space, ...second.pieces],
      events: [...new Set([...first.events, ...second.events])], raw: first.raw + second.raw, edited: true,
    };
  }
  return { text, timed, tokens, retexted, split, merged, read, doubtful, assured, id };
})();
