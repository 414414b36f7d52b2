// Above the transcript: undo, filters with counts, what finds places in it, notices, and the help with all keys.
const { t, on, el, edits, transcript } = earshot;
const find = name => element.querySelector(name);
const dialog = find("#help-dialog");
document.querySelector(".gradio-container").append(dialog); // to be seen on every tab
const FELT = ["happy", "sad", "angry", "fearful", "disgusted", "surprised", "neutral"]; // keys 1 to 7
const WORDS = { emotion: "emotion.", event: "event.", language: "short." };
const word = (kind, name) => (kind === "speaker" ? transcript.nameOf(name) || t("speaker", { name }) : t(WORDS[kind] + name));
let segments = [], wanted = { speaker: new Set(), emotion: new Set(), event: new Set(), language: new Set() }, notice = null, asked = true, heardWith = null, itn = true, drawn = "";
const chips = new Map(); // of filters, by kind and name, and their groups by kind

// --- filters ---
const marks = { speaker: segment => (segment.speaker ? [segment.speaker] : []), emotion: segment => [segment.emotion], event: segment => segment.events, language: segment => [segment.language] };
const kept = segment => Object.keys(wanted).every(kind => !wanted[kind].size || marks[kind](segment).some(name => wanted[kind].has(name)));
const finder = earshot.finder(element, kept);
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
  const shape = JSON.stringify(groups.map(([kind, found]) => [kind, found.map(([name]) => name)]));
  if (shape !== drawn) draw(groups);
  drawn = shape;
  for (const [kind, found] of groups) {
    chips.get(kind).setAttribute("aria-label", t("filter." + kind));
    for (const [name, count] of found) {
      const chip = chips.get(kind + name);
      chip.setAttribute("aria-pressed", String(wanted[kind].has(name)));
      chip.querySelector(".word").textContent = word(kind, name);
      chip.querySelector("b").textContent = count;
    }
  }
  find("#filter-clear").textContent = t("filter.clear");
  find("#filter-left").textContent = filtered() ? t("filter.left", { n: segments.filter(kept).length, all: segments.length }) : "";
  for (const id of ["#filter-clear", "#filter-left"]) find(id).hidden = !filtered();
}
function draw(groups) { // anew where there are others: a chip that is being pressed stays
  const focused = document.activeElement?.closest?.("#filters [data-name]")?.dataset.name;
  chips.clear();
  find("#filter-groups").replaceChildren(...groups.map(([kind, found]) => {
    const group = el("div", "filter-group", "", { role: "group" });
    chips.set(kind, group);
    group.append(...found.map(([name]) => {
      const chip = el("button", "filter", "", { type: "button", "data-kind": kind, "data-name": name });
      if (kind === "emotion") chip.dataset.emotion = name;
      if (kind === "emotion" || kind === "event") chip.append(el("span", kind === "emotion" ? "swatch" : "glyph", kind === "emotion" ? "" : earshot.GLYPHS[name], { "aria-hidden": "true" }));
      chip.append(el("span", "word"), el("b"));
      chips.set(kind + name, chip);
      return chip;
    }));
    return group;
  }));
  if (focused) find(`#filters [data-name="${focused}"]`)?.focus();
}
function filter(kind, name) {
  if (!wanted[kind].delete(name)) wanted[kind].add(name);
  refilter();
}
function refilter() {
  earshot.say("filter", kept);
  renderFilters();
  if (finder.shown) finder.search();
}
find("#filters").addEventListener("click", event => {
  const chip = event.target.closest(".filter");
  if (chip) return filter(chip.dataset.kind, chip.dataset.name);
  if (event.target.id === "filter-clear") { for (const names of Object.values(wanted)) names.clear(); refilter(); }
});

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
  if (name === "find") finder.open("text");
  else if (name === "doubts") finder.toggle("doubts");
  else if (name === "undo") transcript.undo();
  else if (name === "redo") transcript.redo();
  else if (name === "help") help();
  else if (name === "dark") earshot.setDark(!earshot.isDark());
  else if (name === "felt") filter("emotion", FELT[detail]);
  else if (name === "leave" && finder.shown) finder.close();
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
  if (finder.shown) finder.search();
});
function render() {
  for (const [name, key] of [["#undo", "edits.undo"], ["#redo", "edits.redo"], ["#discard", "edits.discard"], ["#keys-open", "help.keys"]]) find(name).textContent = t(key);
  find("#filters").setAttribute("aria-label", t("filter.name"));
  find("#filters").setAttribute("role", "group");
  renderFilters();
  renderEdits();
  renderNotice();
  if (dialog.open) renderHelp();
  finder.render();
}
render();
on("tongue", render);
