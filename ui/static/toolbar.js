// Above the transcript: undo, filters with counts, find and replace, notices, and the help with all keys.
const { t, on, el, edits, transcript } = earshot;
const find = name => element.querySelector(name);
const box = find(".finder"), needle = find("#find"), dialog = find("#help-dialog");
document.querySelector(".gradio-container").append(dialog); // to be seen on every tab
const FELT = ["happy", "sad", "angry", "fearful", "disgusted", "surprised", "neutral"]; // keys 1 to 7
const WORDS = { emotion: "emotion.", event: "event.", language: "short." };
const word = (kind, name) => (kind === "speaker" ? t("speaker", { name }) : t(WORDS[kind] + name));
let segments = [], wanted = { speaker: new Set(), emotion: new Set(), event: new Set(), language: new Set() }, matches = [], current = 0, notice = null, asked = true, heardWith = null, itn = true;

// --- filters ---
const marks = { speaker: segment => (segment.speaker ? [segment.speaker] : []), emotion: segment => [segment.emotion], event: segment => segment.events, language: segment => [segment.language] };
const kept = segment => Object.keys(wanted).every(kind => !wanted[kind].size || marks[kind](segment).some(name => wanted[kind].has(name)));
const filtered = () => Object.values(wanted).some(names => names.size);
function counts(kind) {
  const found = new Map();
  for (const segment of segments) for (const name of marks[kind](segment)) found.set(name, (found.get(name) ?? 0) + 1);
  for (const name of wanted[kind]) if (!found.has(name)) found.set(name, 0);
  const order = name => (FELT.includes(name) ? FELT.indexOf(name) : FELT.length);
  return [...found].sort((a, b) => order(a[0]) - order(b[0]) || (kind === "speaker" ? a[0].localeCompare(b[0]) : b[1] - a[1]));
}
function renderFilters() {
  const groups = Object.keys(wanted).map(kind => [kind, counts(kind)]).filter(([kind, found]) => found.length > (kind === "event" ? 0 : 1) || wanted[kind].size);
  const focused = document.activeElement?.closest?.("#filters [data-name]")?.dataset.name;
  find("#filters").replaceChildren(...groups.map(([kind, found]) => {
    const group = el("div", "filter-group", "", { role: "group", "aria-label": t("filter." + kind) });
    group.append(...found.map(([name, count]) => {
      const chip = el("button", "filter", "", { type: "button", "data-kind": kind, "data-name": name, "aria-pressed": String(wanted[kind].has(name)) });
      if (kind === "emotion") chip.dataset.emotion = name;
      if (kind === "emotion" || kind === "event") chip.append(el("span", kind === "emotion" ? "swatch" : "glyph", kind === "emotion" ? "" : earshot.GLYPHS[name], { "aria-hidden": "true" }));
      chip.append(el("span", "", word(kind, name)), el("b", "", String(count)));
      return chip;
    }));
    return group;
  }));
  if (filtered()) {
    const clear = el("button", "tool", t("filter.clear"), { type: "button", id: "filter-clear" });
    const left = el("span", "filter-left", t("filter.left", { n: segments.filter(kept).length, all: segments.length }), { role: "status" });
    find("#filters").append(left, clear);
  }
  if (focused) find(`#filters [data-name="${focused}"]`)?.focus();
}
function filter(kind, name) {
  if (!wanted[kind].delete(name)) wanted[kind].add(name);
  refilter();
}
function refilter() {
  earshot.say("filter", kept);
  renderFilters();
  if (!box.hidden) search();
}
find("#filters").addEventListener("click", event => {
  const chip = event.target.closest(".filter");
  if (chip) return filter(chip.dataset.kind, chip.dataset.name);
  if (event.target.id === "filter-clear") { for (const names of Object.values(wanted)) names.clear(); refilter(); }
});

// --- find and replace ---
function search() {
  const query = needle.value.toLowerCase();
  matches = [];
  if (query && !box.hidden) for (const segment of segments) {
    if (!kept(segment)) continue;
    const text = edits.text(segment).toLowerCase();
    for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) matches.push({ id: segment.id, at, length: query.length });
  }
  current = Math.min(current, Math.max(0, matches.length - 1));
  find("#find-count").textContent = query ? t("find.count", { n: matches.length ? current + 1 : 0, all: matches.length }) : "";
  for (const name of ["#find-previous", "#find-next", "#replace-one", "#replace-all"]) find(name).disabled = !matches.length;
  earshot.say("found", box.hidden ? null : { matches, current });
}
function go(far) {
  if (!matches.length) return;
  current = (current + far + matches.length) % matches.length;
  search();
}
function openFinder() {
  if (!segments.length) return;
  box.hidden = false;
  find("#find-open").setAttribute("aria-expanded", "true");
  needle.focus();
  needle.select();
  search();
}
function closeFinder() {
  box.hidden = true;
  find("#find-open").setAttribute("aria-expanded", "false");
  search();
  find("#find-open").focus();
}
function replaced(segment, places) { // from the end, so that places before stay where they are
  let text = edits.text(segment);
  for (const { at, length } of [...places].reverse()) text = text.slice(0, at) + find("#replace").value + text.slice(at + length);
  return { ids: [segment.id], after: [edits.retexted(segment, text)] };
}
function replaceOne() {
  const match = matches[current], segment = match && segments[transcript.at(match.id)];
  if (segment) transcript.apply([replaced(segment, [match])]);
}
function replaceAll() {
  const bySegment = Map.groupBy ? Map.groupBy(matches, match => match.id) : matches.reduce((all, match) => all.set(match.id, [...(all.get(match.id) ?? []), match]), new Map());
  const n = matches.length;
  transcript.apply([...bySegment].map(([id, places]) => replaced(segments[transcript.at(id)], places)));
  earshot.say("notice", { words: "find.replaced", values: { n } });
}
needle.addEventListener("input", () => { current = 0; search(); });
box.addEventListener("keydown", event => {
  if (event.key === "Escape") closeFinder();
  else if (event.key === "Enter" && event.target === needle) go(event.shiftKey ? -1 : 1);
  else if (event.key === "Enter" && event.target.id === "replace") replaceOne();
  else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey)) openFinder();
  else return;
  event.preventDefault();
});
find("#find-open").addEventListener("click", () => (box.hidden ? openFinder() : closeFinder()));
find("#find-close").addEventListener("click", closeFinder);
find("#find-next").addEventListener("click", () => go(1));
find("#find-previous").addEventListener("click", () => go(-1));
find("#replace-one").addEventListener("click", replaceOne);
find("#replace-all").addEventListener("click", replaceAll);

// --- undo ---
find("#undo").addEventListener("click", transcript.undo);
find("#redo").addEventListener("click", transcript.redo);
find("#discard").addEventListener("click", () => { if (confirm(t("edits.discard-sure"))) transcript.discard(); });
function renderEdits() {
  const n = transcript.edits;
  find("#undo").disabled = !n;
  find("#redo").disabled = !transcript.undone;
  find("#discard").hidden = !n;
  find(".edit-state").textContent = !n ? "" : t(transcript.saved ? "edits.kept" : "edits.unsaved", { n });
}

// --- notices ---
function renderNotice() {
  const place = find(".notice");
  place.hidden = !notice;
  if (!notice) return;
  const told = notice.fault ? earshot.told(notice.fault) : null;
  place.classList.toggle("bad", Boolean(told));
  find(".notice-text").textContent = told ? [told.sentence, told.next, told.trail].filter(Boolean).join(" ") : t(notice.words, notice.values);
  find("#notice-do").hidden = !notice.act;
  find("#notice-do").textContent = notice.act ? t(notice.act.words) : "";
  find("#notice-close").setAttribute("aria-label", t("notice.close"));
}
function tell(next) { notice = next; renderNotice(); }
find("#notice-close").addEventListener("click", () => tell(null));
find("#notice-do").addEventListener("click", () => { const { act } = notice; tell(null); act.run(); });
function switched(part) { // digits and marks come from the engine: no text can be turned into the other kind
  if (!("itn" in part)) return;
  itn = part.itn;
  if (segments.length && heardWith !== null && itn !== heardWith) {
    tell({ words: "itn.hear-again", act: { words: "itn.hear", run: () => document.querySelector("#run")?.click() } });
  } else if (notice?.words === "itn.hear-again") tell(null);
}

// --- help ---
function renderHelp() {
  const rows = [...earshot.keys.COMMANDS.filter(([shown]) => !/^\d$/.test(shown)).map(([shown, key]) => [shown, t(key)]), ...earshot.keys.TYPING.map(([shown, key]) => [shown, t(key)]),
    ["1 – 7", t("key.filter") + ": " + FELT.map(name => t("emotion." + name)).join(", ")]];
  const part = name => dialog.querySelector(name);
  part("#help-title").textContent = t("help.title");
  part(".help-note").textContent = t("help.note");
  part("#help-close").textContent = t("help.close");
  part("tbody").replaceChildren(...rows.map(([shown, words]) => {
    const row = el("tr"), head = el("th", "", "", { scope: "row" });
    head.append(...shown.split(" ").map(part => el(part === "–" ? "span" : "kbd", "", part)));
    row.append(head, el("td", "", words));
    return row;
  }));
}
function help() {
  if (dialog.open) return;
  renderHelp();
  dialog.showModal();
}
find("#keys-open").addEventListener("click", help);
dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });

on("command", ({ name, detail }) => {
  if (name === "find") openFinder();
  else if (name === "undo") transcript.undo();
  else if (name === "redo") transcript.redo();
  else if (name === "help") help();
  else if (name === "dark") earshot.setDark(!earshot.isDark());
  else if (name === "felt") filter("emotion", FELT[detail]);
  else if (name === "leave" && !box.hidden) closeFinder();
});
on("help", help);
on("notice", tell);
on("option", switched);
on("restored", () => tell({ words: "edits.restored" }));
on("saved", renderEdits);
on("phase", phase => {
  if (phase === "opening") { asked = itn; tell(null); }
  else if (["hearing", "done", "stopped"].includes(phase)) heardWith = asked;
});
on("media", () => { for (const names of Object.values(wanted)) names.clear(); heardWith = null; refilter(); });
on("segments", list => {
  segments = list;
  find(".toolbar").hidden = !list.length && !transcript.edits;
  renderFilters();
  renderEdits();
  if (!box.hidden) search();
});
function render() {
  for (const [name, key] of [["#undo", "edits.undo"], ["#redo", "edits.redo"], ["#discard", "edits.discard"], ["#find-open", "find.open"],
    ["#keys-open", "help.keys"], ["#replace-one", "find.replace-one"], ["#replace-all", "find.replace-all"]]) find(name).textContent = t(key);
  for (const [name, key] of [["#find", "find.for"], ["#replace", "find.with"], ["#find-next", "find.next"], ["#find-previous", "find.previous"], ["#find-close", "find.close"]]) {
    find(name).setAttribute("aria-label", t(key));
    if (find(name).tagName === "INPUT") find(name).placeholder = t(key);
  }
  find("#filters").setAttribute("aria-label", t("filter.name"));
  find("#filters").setAttribute("role", "group");
  renderFilters();
  renderEdits();
  renderNotice();
  if (dialog.open) renderHelp();
  search();
}
render();
on("tongue", render);
