// How to ask the same of the REST API, with this page's own address filled in; a try at it; what is allowed and refused.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const address = new URL(".", document.baseURI).href.replace(/\/$/, "");
const MOST_SHOWN = 20_000; // characters of an answer
const HEADERS = ["x-request-id", "retry-after", "content-type"];
const FORMATS = ["json", "verbose_json", "text", "srt", "vtt", "stream"];
const ROUTES = ["/v1/audio/transcriptions", "/transcribe"];

// --- snippets ---
const key = () => (props.keyed ? ' \\\n  -H "Authorization: Bearer $EARSHOT_KEY"' : "");
const curl = (route, ...fields) => `curl ${address}${route}${key()} \\\n  ${fields.join(" \\\n  ")}`;
const keyOf = (there, code) => (props.keyed ? code : `"${there}"`);
const python = () => [
  ...(props.keyed ? ["import os", ""] : []),
  "from openai import OpenAI",
  "",
  `client = OpenAI(base_url="${address}/v1", api_key=${keyOf("unused", 'os.environ["EARSHOT_KEY"]')})`,
  'with open("speech.mp3", "rb") as file:',
  "    heard = client.audio.transcriptions.create(",
  `        model="${props.model}", file=file, response_format="verbose_json"`,
  "    )",
  "for segment in heard.segments:",
  "    print(segment.start, segment.end, segment.emotion, segment.text)",
];
const javascript = () => [
  'import { openAsBlob } from "node:fs"; // in a page: the file of an <input type="file">',
  "",
  "const form = new FormData();",
  'form.append("file", await openAsBlob("speech.mp3"), "speech.mp3");',
  `form.append("model", "${props.model}");`,
  'form.append("response_format", "verbose_json");',
  `const answer = await fetch("${address}/v1/audio/transcriptions", {`,
  '  method: "POST",',
  ...(props.keyed ? ["  headers: { Authorization: `Bearer ${process.env.EARSHOT_KEY}` },"] : []),
  "  body: form,",
  "});",
  "const heard = await answer.json();",
  "if (!answer.ok) throw new Error(heard.error.message);",
  "for (const { start, end, emotion, text } of heard.segments) console.log(start, end, emotion, text);",
];
const snippets = () => [
  ["curl", "api.curl", curl(ROUTES[0], "-F file=@speech.mp3", `-F model=${props.model}`, "-F response_format=verbose_json")],
  ["subtitles", "api.subtitles", curl(ROUTES[0], "-F file=@talk.mp4", "-F response_format=srt", "-o talk.srt")],
  ["stream", "api.stream", curl(ROUTES[0], "-N -F file=@speech.mp3", `-F model=${props.model}`, "-F stream=true")],
  ["transcribe", "api.transcribe", curl(ROUTES[1], "-F file=@speech.mp3", "-F language=auto", "-F labels=emoji")],
  ["python", "api.python", python().join("\n")],
  ["javascript", "api.javascript", javascript().join("\n")],
  ...(props.jobs ? [["jobs", "api.jobs", jobs()]] : []),
];
const jobs = () => [
  curl("/v1/jobs", "-F file=@meeting.mp3"),
  `curl ${address}/v1/jobs${key()}`,
  `curl "${address}/v1/jobs/JOB/transcript?format=srt"${key()}`,
].join("\n");
function block([name, title, code]) {
  const box = el("section", "snippet", "", { "data-snippet": name }), top = el("div", "snippet-top");
  const button = el("button", "copy", t("api.copy"), { type: "button" });
  button.setAttribute("aria-label", `${t("api.copy")}: ${t(title)}`);
  button.addEventListener("click", async () => {
    await earshot.copy(code);
    button.textContent = t("api.copied");
    setTimeout(() => { button.textContent = t("api.copy"); }, 1500);
  });
  top.append(el("h2", "", t(title)), button);
  const pre = el("pre", "", "", { tabindex: "0" });
  pre.append(el("code", "", code));
  box.append(top, pre);
  return box;
}

// --- a try ---
let own = null, told = null, sending = null;
const option = (value, text) => el("option", "", text, { value });
function choose(name, options) {
  const chosen = find(name).value;
  find(name).replaceChildren(...options);
  if (options.some(one => one.value === chosen)) find(name).value = chosen;
}
async function soundToSend() {
  if (own) return own;
  const name = find("#try-sample").value, answer = await fetch(new URL(`console/samples/${encodeURIComponent(name)}`, document.baseURI));
  if (!answer.ok) throw new Error(answer.status);
  return new File([await answer.blob()], name);
}
function form(sound) {
  const fields = new FormData(), format = find("#try-format").value, language = find("#try-language").value;
  fields.append("file", sound, sound.name);
  if (language !== "auto") fields.append("language", language);
  if (find("#try-route").value === ROUTES[1]) return fields;
  fields.append("model", props.model);
  if (format === "stream") fields.append("stream", "true");
  else fields.append("response_format", format);
  return fields;
}
async function read(answer, show) { // as it comes; no more is kept than is shown
  const reader = answer.body.getReader(), decoder = new TextDecoder();
  let text = "", whole = true;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const more = decoder.decode(next.value, { stream: true });
    whole = whole && text.length + more.length <= MOST_SHOWN;
    text = (text + more).slice(0, MOST_SHOWN);
    show(whole ? text : text + "\n…");
  }
}
function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2).slice(0, MOST_SHOWN); } catch { return text; }
}
async function send() {
  const place = find("#try-answer");
  sending?.abort();
  const mine = sending = new AbortController(), began = performance.now();
  tell(["try.sending"], []);
  place.hidden = true;
  try {
    const body = form(await soundToSend());
    const answer = await fetch(new URL("." + find("#try-route").value, document.baseURI), { method: "POST", body, signal: mine.signal });
    await read(answer, text => { place.textContent = text; });
    place.textContent = pretty(place.textContent);
    place.hidden = false;
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    tell(["try.answered", { status: answer.status, seconds }], HEADERS.map(name => [name, answer.headers.get(name)]).filter(([, value]) => value));
  } catch { if (!mine.signal.aborted) tell(["try.failed"], []); }
}
function tell(words, headers) {
  told = words;
  find(".try-told").textContent = t(...words);
  find(".try-headers").replaceChildren(...headers.flatMap(([name, value]) => [el("dt", "", name), el("dd", "", value)]));
}
function takeOwn() {
  const file = find("#try-file").files[0] ?? null;
  own = file && file.size <= props.most ? file : null;
  if (file && !own) tell(["try.too-large", { size: earshot.size(props.most) }], []);
  find("#try-sample").disabled = Boolean(own);
  renderSend();
}
function renderSend() {
  find("#try-send").disabled = !own && !props.samples.length;
  find(".format").hidden = find("#try-route").value === ROUTES[1];
}
function renderTry() {
  for (const place of element.querySelectorAll("[data-say]")) place.textContent = t(place.dataset.say);
  find("#try-title").textContent = t("try.title");
  find("#try-send").textContent = t("try.send");
  find(".from").hidden = !props.samples.length;
  choose("#try-sample", props.samples.map(sample => option(sample.file, sample.title[earshot.tongue])));
  choose("#try-route", ROUTES.map(route => option(route, route)));
  choose("#try-format", FORMATS.map(format => option(format, format === "stream" ? t("try.stream") : format)));
  choose("#try-language", ["auto", ...props.languages].map(code => option(code, t("language." + code))));
  if (told) find(".try-told").textContent = t(...told);
  renderSend();
}

// --- what is allowed, what is refused ---
const AMOUNTS = {
  upload: value => earshot.size(value), longest: value => earshot.clock(value), waiting: value => earshot.clock(value),
  deadline: value => t("limit.seconds", { n: value }), film: value => t("limit.seconds", { n: value }), rate: value => t("limit.a-minute", { n: value }),
};
function row(cells, tag = "td") {
  const line = el("tr");
  line.append(...cells.map(cell => (cell instanceof Node ? cell : el(tag, "", String(cell), tag === "th" ? { scope: "col" } : {}))));
  return line;
}
function table(name, heads, rows) {
  find(name + " thead").replaceChildren(row(heads, "th"));
  find(name + " tbody").replaceChildren(...rows.map(cells => row(cells)));
}
const coded = text => {
  const cell = el("td");
  cell.append(el("code", "", text));
  return cell;
};
function remedy({ code, status }) {
  const own = "remedy." + code;
  return t(earshot.has(own) ? own : status >= 500 || status === 429 ? "remedy.later" : "remedy.mend");
}
function renderTables() {
  find("#limits-title").textContent = t("limits.title");
  table("#limits", [t("limits.what"), t("limits.value"), t("limits.variable")],
    props.limits.map(([name, value, variable]) => [t("limit." + name), AMOUNTS[name]?.(value) ?? value, coded(variable)]));
  find(".known-faults").hidden = !props.faults.length;
  find("#faults-title").textContent = t("faults.title");
  table("#faults", [t("faults.code"), t("faults.status"), t("faults.remedy")],
    props.faults.map(fault => [coded(fault.code), fault.status, remedy(fault)]));
}
function render() {
  find(".lead").textContent = t("api.lead");
  find(".keyed").hidden = !props.keyed;
  find(".keyed").textContent = t("api.keyed");
  find(".snippets").replaceChildren(...snippets().map(block));
  renderTry();
  renderTables();
}
find("form").addEventListener("submit", event => { event.preventDefault(); send(); });
find("#try-file").addEventListener("change", takeOwn);
find("#try-route").addEventListener("change", renderSend);
render();
on("tongue", render);
