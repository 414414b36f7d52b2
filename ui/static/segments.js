// What was heard, one row a segment. A click goes there; the word that is being said is marked.
// The value is one line of JSON a segment, and grows while a run goes on.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const list = find(".list");
const LANG = { zh: "zh-Hans", yue: "zh-HK", ja: "ja", ko: "ko", en: "en" }; // for fonts and screen readers
let shown = "", segments = [], phase = "idle", rows = [], rowStarts = [], words = [], wordStarts = [], wordEnds = [], row = -1, word = -1;

function chips(segment) {
  const marks = el("div", "marks");
  marks.append(el("span", "emotion", t("emotion." + segment.emotion), { "data-emotion": segment.emotion }));
  marks.append(el("span", "tag", t("short." + segment.language)));
  for (const event of segment.events) marks.append(el("span", "event", t("event." + event)));
  return marks;
}
function said(segment) {
  const line = el("p", "said", "", { lang: LANG[segment.language] || "" });
  if (!segment.pieces.length) line.append(el("span", "wordless", t("segments.sound")));
  for (const [text, start, end] of segment.pieces) {
    const piece = el("span", start === undefined ? "" : "w", text);
    if (start !== undefined) {
      piece.dataset.t = start;
      words.push(piece), wordStarts.push(start), wordEnds.push(end);
    }
    line.append(piece);
  }
  return line;
}
function build(segment) {
  const item = el("li", "segment", "", { "data-t": segment.start, "data-emotion": segment.emotion });
  const time = el("button", "time", earshot.clock(segment.start, true), { type: "button", "data-t": segment.start });
  time.setAttribute("aria-label", t("segments.seek", { time: earshot.clock(segment.start, true) }));
  item.append(time, chips(segment), said(segment));
  rows.push(item), rowStarts.push(segment.start);
  return item;
}
function rebuild() {
  rows = [], rowStarts = [], words = [], wordStarts = [], wordEnds = [], row = word = -1;
  list.replaceChildren(...segments.map(build));
}

// --- what is being said now ---
function mark(nodes, old, next, name) {
  nodes[old]?.classList.remove(name);
  nodes[next]?.classList.add(name);
}
function follow(now) {
  const last = earshot.lastAt(rowStarts, now), nextRow = last >= 0 && now <= segments[last].end + 0.3 ? last : -1;
  const said = earshot.lastAt(wordStarts, now), nextWord = said >= 0 && now <= wordEnds[said] + 0.3 ? said : -1;
  if (nextWord !== word) { mark(words, word, nextWord, "on"); word = nextWord; }
  if (nextRow === row) return;
  mark(rows, row, nextRow, "on");
  rows[row]?.removeAttribute("aria-current");
  rows[nextRow]?.setAttribute("aria-current", "true");
  row = nextRow;
  if (row >= 0) reveal(rows[row]);
}
function reveal(item) { // inside the list only: the page stays where the reader has it
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = item.offsetTop - list.offsetTop, room = list.clientHeight - item.offsetHeight;
  if (top < list.scrollTop || top > list.scrollTop + room) list.scrollTo({ top: top - room / 3, behavior: calm ? "auto" : "smooth" });
}

list.addEventListener("click", event => {
  const place = event.target.closest("[data-t]");
  if (place && getSelection().isCollapsed) earshot.say("seek", Number(place.dataset.t));
});

function renderNothing() {
  const coming = phase === "hearing", key = coming ? "segments.coming" : phase === "done" ? "progress.silent" : "segments.empty";
  find(".nothing").textContent = t(key);
  find(".nothing").hidden = segments.length > 0;
  list.setAttribute("aria-label", t("segments.name"));
}
function load() {
  const next = String(props.value || ""), grows = next.startsWith(shown);
  const fresh = (grows ? next.slice(shown.length) : next).split("\n").filter(Boolean).map(line => JSON.parse(line));
  shown = next;
  segments = grows ? segments.concat(fresh) : fresh;
  if (grows) list.append(...fresh.map(build));
  else rebuild();
  renderNothing();
  earshot.say("segments", segments);
}
load();
watch("value", load);
on("time", follow);
on("phase", next => { phase = next; renderNothing(); });
on("tongue", () => { rebuild(); renderNothing(); earshot.say("segments", segments); });
