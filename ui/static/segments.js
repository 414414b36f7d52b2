// The transcript, one row a segment. A click goes there; the word that is being said is marked; a row can be corrected.
// The value is one line of JSON a segment, and grows while a run goes on. What a person does is in transcript.js.
const { t, on, el, edits, transcript } = earshot;
const find = name => element.querySelector(name);
const list = find(".list");
const LANG = { zh: "zh-Hans", yue: "zh-HK", ja: "ja", ko: "ko", en: "en" }; // for fonts and screen readers
const SLACK = 0.3; // s for which a word and a row stay marked after their end
const MOST = 2000; // places that are painted at once
const EMOTIONS = ["happy", "sad", "angry", "fearful", "disgusted", "surprised", "neutral", "other", "unknown"];
const EVENTS = ["bgm", "laughter", "applause", "cry", "sneeze", "breath", "cough", "sing", "noise"];
let shown = "", segments = [], starts = [], phase = "idle", rows = new Map(), now = 0, playing = -1, spoken = null;
let chosen = "", editing = null, kept = () => true, follows = true, source = null, itn = true, clean = false, found = null;
const words = new WeakMap(); // row: its words, made when it comes into view

// --- rows ---
function chips(segment) {
  const marks = el("div", "marks"), name = t("emotion." + segment.emotion);
  const felt = el("button", "emotion", name, { type: "button", "data-emotion": segment.emotion, title: t("segments.correct") });
  if (segment.speaker) marks.append(label(el("button", "speaker", "", { type: "button", "aria-haspopup": "dialog", "data-speaker": segment.speaker })));
  marks.append(felt, el("span", "tag", t("short." + segment.language)));
  marks.append(...segment.events.map(event => earshot.heard(event)));
  if (segment.edited) marks.append(el("span", "edited", t("segments.edited")));
  return marks;
}
function label(chip) { // who speaks, by the name a person gave
  if (!chip) return null;
  const { speaker } = chip.dataset, name = transcript.nameOf(speaker);
  chip.textContent = name || speaker;
  chip.title = [name, t("speaker.call", { name: speaker })].filter(Boolean).join(" – ");
  return chip;
}
function build(segment) {
  const clock = earshot.clock(segment.start, true);
  const row = el("div", "segment", "", { role: "listitem", "data-id": segment.id, "data-t": segment.start, "data-emotion": segment.emotion });
  const said = el("p", "said", edits.text(segment), { lang: LANG[segment.language] || "" });
  if (!segment.pieces.length) said.append(el("span", "wordless", t("segments.sound")));
  const time = el("button", "time", clock, { type: "button", "data-t": segment.start, "aria-label": t("segments.seek", { time: clock }) });
  row.append(time, chips(segment), said);
  return row;
}
function fill(row) { // words are many: they are made for the rows in view
  const segment = rows.get(row.dataset.id)?.segment;
  if (!segment || words.has(row) || editing?.row === row || !segment.pieces.some(edits.timed)) return;
  const spans = [], from = [], to = [];
  row.querySelector(".said").replaceChildren(...segment.pieces.map(([text, start, end]) => {
    const piece = el("span", start === undefined ? "" : "w", text);
    if (start !== undefined) { piece.dataset.t = start; spans.push(piece), from.push(start), to.push(end); }
    return piece;
  }));
  words.set(row, { spans, from, to });
}
const lay = earshot.stretches(list, seen => {
  seen.forEach(fill);
  if (found) paint();
});
const settle = () => lay(segments.filter(kept).map(segment => rowOf(segment.id)));
const rowOf = id => rows.get(id)?.row;
const segmentOf = id => rows.get(id)?.segment;

function render(next, anew = false) {
  const known = anew ? new Map() : rows;
  rows = new Map();
  for (const segment of next) {
    const old = known.get(segment.id), same = old && (old.segment === segment || editing?.id === segment.id);
    rows.set(segment.id, { segment, row: same ? old.row : null });
  }
  segments = next, starts = next.map(segment => segment.start);
  for (const place of rows.values()) place.row ??= build(place.segment);
  settle();
  playing = -1, spoken = null;
  choose(rows.has(chosen) ? chosen : "");
  follow(now, false);
  renderNothing();
  if (found) paint();
}

// --- what is being said now ---
function follow(time, moves = true) {
  now = time;
  const last = earshot.lastAt(starts, time), at = last >= 0 && time <= segments[last].end + SLACK ? last : -1;
  if (at !== playing) {
    const [old, next] = [segments[playing], segments[at]].map(segment => segment && rowOf(segment.id));
    old?.classList.remove("on"), old?.removeAttribute("aria-current");
    next?.classList.add("on"), next?.setAttribute("aria-current", "true");
    playing = at;
    if (next && moves && follows && !editing) reveal(next);
  }
  const word = at < 0 ? null : wordAt(rowOf(segments[at].id), time);
  if (word !== spoken) { spoken?.classList.remove("on"); word?.classList.add("on"); spoken = word; }
}
function wordAt(row, time) {
  if (!words.has(row)) fill(row);
  const said = words.get(row);
  const at = said && row !== editing?.row ? earshot.lastAt(said.from, time) : -1;
  return at >= 0 && time <= said.to[at] + SLACK ? said.spans[at] : null;
}
function reveal(row) { // inside the list only: the page stays where the reader has it
  if (!row.isConnected) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const box = row.getBoundingClientRect(), room = list.clientHeight - box.height;
  const top = box.top - list.getBoundingClientRect().top + list.scrollTop;
  if (top < list.scrollTop || top > list.scrollTop + room) {
    const near = Math.abs(top - list.scrollTop) < 2 * list.clientHeight; // a long way is not shown
    list.scrollTo({ top: top - room / 3, behavior: near && !calm ? "smooth" : "auto" });
  }
}

// --- the chosen row, and what can be done with it ---
const acts = el("div", "acts", "", { role: "toolbar" });
const ACTS = [["edit", "segments.edit"], ["split", "segments.split"], ["merge", "segments.merge"], ["delete", "segments.delete"],
  ["loop", "segments.loop"], ["again", "segments.again"]];
function renderActs() {
  acts.setAttribute("aria-label", t("segments.acts"));
  acts.replaceChildren(...ACTS.map(([name, key]) => el("button", "act", t(key), { type: "button", "data-act": name })));
}
function choose(id, moves = false) {
  rowOf(chosen)?.classList.remove("chosen");
  chosen = id;
  const row = rowOf(id);
  if (!row) return acts.remove();
  row.classList.add("chosen");
  if (acts.parentNode !== row) row.append(acts);
  if (moves) reveal(row);
}
const current = () => segmentOf(chosen) ?? segments[playing];
function step(far) {
  const visible = segments.filter(kept), at = visible.findIndex(segment => segment.id === (chosen || segments[playing]?.id));
  const next = visible[at < 0 ? 0 : Math.min(Math.max(0, at + far), visible.length - 1)];
  if (next) choose(next.id, true);
}

// --- correcting ---
function offsetIn(said, node, at) {
  if (!node || !said.contains(node)) return -1;
  const range = document.createRange();
  range.setStart(said, 0), range.setEnd(node, at);
  return range.toString().length;
}
function caret(said) {
  const chosen = getSelection();
  return chosen.rangeCount ? offsetIn(said, chosen.anchorNode, chosen.anchorOffset) : -1;
}
function edit(segment, at = -1) {
  if (!segment || editing?.id === segment.id) return;
  leave();
  choose(segment.id, true);
  const row = rowOf(segment.id), said = row.querySelector(".said"), text = edits.text(segment);
  words.delete(row);
  said.textContent = text;
  said.setAttribute("contenteditable", "plaintext-only");
  if (said.contentEditable !== "plaintext-only") said.contentEditable = "true";
  said.setAttribute("role", "textbox"), said.setAttribute("aria-label", t("segments.text"));
  row.classList.add("editing");
  editing = { id: segment.id, row, said, text };
  said.focus({ preventScroll: true });
  const place = Math.min(at < 0 ? text.length : at, text.length);
  if (said.firstChild) getSelection().collapse(said.firstChild, place);
}
const typed = () => editing.said.textContent.replace(/\s+/g, " ").trim();
function leave() { // keeps what was typed: it can be undone
  if (!editing) return;
  const { id, row, said, text } = editing, next = typed(), segment = transcript.segments[transcript.at(id)];
  editing = null;
  said.removeAttribute("contenteditable"), said.removeAttribute("role"), said.removeAttribute("aria-label");
  row.classList.remove("editing");
  transcript.type(segment, null);
  if (segment && next !== text) transcript.replace([segment], [edits.retexted(segment, next)]);
  else if (rows.get(id)?.row === row) { rows.get(id).row = null; render(segments); } // as it was
}
function split(at = -1) {
  const row = editing?.row ?? rowOf(current()?.id);
  if (!row) return;
  const said = row.querySelector(".said"), id = row.dataset.id;
  let place = at >= 0 ? at : caret(said);
  leave();
  const segment = segmentOf(id), text = segment ? edits.text(segment) : "";
  if (place <= 0 || place >= text.length) place = spokenPlace(segment);
  if (place <= 0 || place >= text.length) return earshot.say("notice", { words: "segments.no-place" });
  const [left, right] = edits.split(segment, place);
  transcript.replace([segment], [left, right]);
  choose(right.id, true);
}
function spokenPlace(segment) { // before the word that is being said
  let place = 0;
  for (const [text, start, end] of segment?.pieces ?? []) {
    if (end !== undefined && now < end) return now >= segment.start ? place : 0;
    place += text.length;
  }
  return 0;
}
function merge(segment) {
  const next = segment && segments[transcript.at(segment.id) + 1];
  if (!next) return;
  if ((next.speaker || "") !== (segment.speaker || "")) return earshot.say("notice", { words: "segments.other-speaker" });
  const one = edits.merged(segment, next);
  transcript.replace([segment, next], [one]);
  choose(one.id, true);
}
function remove(segment) {
  if (!segment) return;
  const at = transcript.at(segment.id), next = segments[at + 1] ?? segments[at - 1];
  transcript.replace([segment], []);
  if (next) choose(next.id, true);
}

// --- menus ---
function open(menu, anchor, items) {
  menu.replaceChildren(...items);
  menu.showPopover();
  const place = anchor.getBoundingClientRect(), box = menu.getBoundingClientRect();
  menu.style.left = Math.max(8, Math.min(place.left, innerWidth - box.width - 8)) + "px";
  menu.style.top = Math.max(8, Math.min(place.bottom + 4, innerHeight - box.height - 8)) + "px";
  menu.querySelector("input, button")?.focus();
}
function markMenu(segment, anchor) {
  const menu = find("#mark-menu");
  const change = part => {
    const known = segmentOf(segment.id);
    if (known) transcript.replace([known], [{ ...known, ...part, edited: true }]);
  };
  const pick = (kind, name, word, on, changed) => {
    const label = el("label", "pick"), input = el("input", "", "", { type: kind, name: "mark-" + kind, value: name });
    input.checked = on;
    input.addEventListener("change", () => changed(input.checked));
    label.append(input, el("span", kind === "radio" ? "emotion" : "", word, kind === "radio" ? { "data-emotion": name } : {}));
    return label;
  };
  const felt = EMOTIONS.map(name => pick("radio", name, t("emotion." + name), segment.emotion === name, () => change({ emotion: name })));
  const heard = EVENTS.map(name => pick("checkbox", name, t("event." + name), segment.events.includes(name), on => {
    const others = segmentOf(segment.id).events.filter(event => event !== name);
    change({ events: on ? [...others, name] : others });
  }));
  const group = (key, picks) => {
    const box = el("fieldset");
    box.append(el("legend", "", t(key)), ...picks);
    return box;
  };
  open(menu, anchor, [group("segments.emotion", felt), group("segments.events", heard)]);
}
function nameMenu({ speaker }, anchor) { // for all that he says
  leave();
  const menu = find("#name-menu"), box = el("label", "call-speaker"), note = el("p", "menu-title", t("speaker.everywhere"), { id: "speaker-note" });
  const input = el("input", "", "", { type: "text", id: "speaker-name", maxlength: props.longest, autocomplete: "off", spellcheck: "false", "aria-describedby": "speaker-note" });
  const name = () => transcript.name(speaker, input.value.replace(/\s+/g, " ").trim());
  input.value = transcript.nameOf(speaker);
  input.addEventListener("change", name);
  menu.onkeydown = event => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault(); // Enter would press the button that is focused next
    if (event.key === "Enter") name(); else input.value = transcript.nameOf(speaker);
    menu.hidePopover();
    anchor.focus();
  };
  menu.setAttribute("aria-label", t("speaker.call", { name: speaker }));
  box.append(el("span", "", t("speaker.call", { name: speaker })), input);
  open(menu, anchor, [box, note]);
}
function againMenu(segment) {
  if (!segment) return;
  choose(segment.id, true);
  if (!source) return earshot.say("notice", { words: "segments.no-source" });
  const menu = find("#again-menu"), languages = ["auto", ...(props.languages || [])];
  open(menu, acts.querySelector('[data-act="again"]') ?? rowOf(segment.id), [el("p", "menu-title", t("segments.again-in")), ...languages.map(language => {
    const button = el("button", "pick", t("language." + language), { type: "button", "data-language": language });
    button.addEventListener("click", () => { menu.hidePopover(); again(segmentOf(segment.id), language); });
    return button;
  })]);
}
async function again(segment, language) {
  if (!segment) return;
  leave();
  rowOf(segment.id)?.setAttribute("aria-busy", "true");
  try {
    const body = JSON.stringify({ source, start: segment.start, end: segment.end, language, itn, clean, speaker: segment.speaker || "" });
    const heard = await earshot.post("console/hear", body);
    const fresh = parsed((await heard.json()).lines).map(one => ({ ...one, id: edits.id(), edited: true }));
    if (segmentOf(segment.id) !== segment || editing?.id === segment.id) return earshot.say("notice", { words: "segments.changed" });
    if (fresh.length === 1) Object.assign(fresh[0], { start: segment.start, end: segment.end });
    transcript.replace([segment], fresh.length ? fresh : [{ ...segment, id: edits.id(), pieces: [], edited: true }]);
    if (fresh.length) choose(fresh[0].id);
    earshot.say("notice", { words: "segments.heard-again", values: { time: earshot.clock(segment.start, true) } });
  } catch (fault) {
    earshot.say("notice", { fault });
  } finally {
    rowOf(segment.id)?.removeAttribute("aria-busy");
  }
}

// --- hands ---
list.addEventListener("click", event => {
  const row = event.target.closest(".segment"), act = event.target.closest("[data-act]"), felt = event.target.closest("button.emotion"), who = event.target.closest("button.speaker");
  if (!row) return;
  if (act) return act.dataset.act === "split" ? undefined : command({ name: act.dataset.act });
  choose(row.dataset.id);
  if (felt) return markMenu(segmentOf(row.dataset.id), felt);
  if (who) return nameMenu(segmentOf(row.dataset.id), who);
  const place = event.target.closest("[data-t]");
  if (place && editing?.row !== row && getSelection().isCollapsed) earshot.say("seek", Number(place.dataset.t));
});
acts.addEventListener("pointerdown", event => event.preventDefault()); // the caret stays where it is
acts.addEventListener("mousedown", event => event.preventDefault());
acts.addEventListener("click", event => { if (event.target.dataset.act === "split") split(); });
list.addEventListener("dblclick", event => {
  const row = event.target.closest(".segment"), said = event.target.closest(".said");
  if (!row || !said || editing?.row === row) return;
  edit(segmentOf(row.dataset.id), caret(said));
});
list.addEventListener("input", () => {
  if (!editing) return;
  const segment = segmentOf(editing.id), next = typed();
  transcript.type(segment, next === editing.text ? null : edits.retexted(segment, next));
});
list.addEventListener("focusout", event => { if (editing && event.target === editing.said) setTimeout(() => { if (editing && document.activeElement !== editing.said && document.hasFocus()) leave(); }); });
list.addEventListener("keydown", event => {
  if (!editing || event.isComposing) return;
  if (event.key === "Escape" || event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    const id = editing.id;
    leave();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return rowOf(id)?.querySelector(".time")?.focus({ preventScroll: true });
    chosen = id;
    step(1);
    if (chosen !== id) edit(segmentOf(chosen), 0);
  }
});
function command({ name, detail }) {
  if (name === "step") step(detail);
  else if (name === "go" && current()) earshot.say("seek", current().start);
  else if (name === "edit") edit(current());
  else if (name === "split") split();
  else if (name === "merge") merge(current());
  else if (name === "delete") remove(segmentOf(chosen));
  else if (name === "loop" && current()) earshot.say("loop", { start: current().start, end: current().end });
  else if (name === "again") againMenu(current());
}

// --- what was found, painted without touching the rows ---
function paint() {
  if (!window.CSS?.highlights) return;
  for (const name of ["found", "found-now", "doubted"]) CSS.highlights.delete(name);
  const all = [], here = [];
  found?.matches.forEach((match, n) => {
    const row = rowOf(match.id), is = n === found.current;
    if (!row || editing?.row === row || (!is && (!words.has(row) || all.length >= MOST))) return;
    const range = rangeIn(row.querySelector(".said"), match.at, match.at + match.length);
    if (range) (is ? here : all).push(range);
  });
  CSS.highlights.set(found?.by === "doubts" ? "doubted" : "found", new Highlight(...all));
  CSS.highlights.set("found-now", new Highlight(...here));
}
function rangeIn(said, from, to) {
  const range = document.createRange(), nodes = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  let at = 0, begun = false;
  while (nodes.nextNode()) {
    const node = nodes.currentNode, length = node.data.length;
    if (!begun && from < at + length) { range.setStart(node, from - at); begun = true; }
    if (begun && to <= at + length) { range.setEnd(node, to - at); return range; }
    at += length;
  }
  return null;
}
on("found", state => {
  found = state;
  const match = state?.matches[state.current];
  if (match && state.moves && rowOf(match.id)) {
    fill(rowOf(match.id));
    if (!editing) choose(match.id);
    reveal(rowOf(match.id));
  }
  paint();
});

function renderNothing() {
  const coming = phase === "hearing", key = coming ? "segments.coming" : phase === "done" ? "progress.silent" : "segments.empty";
  find(".nothing").textContent = t(key);
  find(".nothing").hidden = segments.length > 0;
  list.setAttribute("aria-label", t("segments.name"));
}
const parsed = lines => lines.split("\n").filter(Boolean).map(line => JSON.parse(line));
function load() {
  const next = String(props.value || ""), grows = shown !== "" && next.startsWith(shown);
  const fresh = parsed(grows ? next.slice(shown.length) : next);
  if (!grows) transcript.clear();
  shown = next;
  transcript.hear(fresh);
}
renderActs();
on("names", () => { for (const { row } of rows.values()) if (row) label(row.querySelector(".speaker")); });
on("segments", list => render(list));
on("settle", () => { // what a menu was opened for may be gone next
  leave();
  const menu = element.querySelector(".menu:popover-open");
  if (menu?.contains(document.activeElement)) document.activeElement.blur(); // a name that was typed is given
  menu?.hidePopover();
});
on("time", follow);
on("phase", next => { phase = next; renderNothing(); });
on("filter", next => {
  kept = next;
  settle();
});
on("command", command);
on("follow", next => { follows = next; });
on("source", next => { source = next; });
on("option", next => { itn = next.itn ?? itn; clean = next.clean ?? clean; });
on("tongue", () => { leave(); renderActs(); render(segments, true); });
load();
watch("value", load);
render(transcript.segments);
