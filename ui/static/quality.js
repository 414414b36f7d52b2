// Calls to listen to, the worst first: rules, moments, what people say of them, and charts. Labels err: all is "possible".
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const KEPT = "rules"; // in this browser
const SETTLED = 400; // ms after the last change of a rule
const LANG = { zh: "zh-Hans", yue: "zh-HK", ja: "ja", ko: "ko", en: "en" };
const audio = find("#quality-audio");
let calls = [], trouble = null, loaded = false, waiting = 0, asked = 0, playing = null;
const opened = new Set(), charts = new Map();

// --- rules: {label, seconds, within}, and which of them ranks ---
const usual = () => ({ rules: props.usual.map(([label, seconds, within, speaker]) => ({ label, seconds, within, speaker })), by: 0 });
const sound = rule => props.labels.includes(rule?.label) && ["", undefined, ...props.speakers].includes(rule.speaker) && rule.seconds > 0 && rule.within >= rule.seconds && rule.within <= 86_400;
function recall() {
  try {
    const kept = JSON.parse(earshot.recall(KEPT));
    return kept.rules.length && kept.rules.every(sound) ? { rules: kept.rules, by: kept.rules[kept.by] ? kept.by : 0 } : usual();
  } catch { return usual(); }
}
let chosen = recall();
const keep = () => earshot.keep(KEPT, JSON.stringify(chosen));
const nameOf = rule => rule.speaker ? `${rule.label}@${rule.speaker}` : rule.label;
const distinct = () => new Set(chosen.rules.map(nameOf)).size === chosen.rules.length;
const query = () => new URLSearchParams({
  rules: chosen.rules.map(rule => `${nameOf(rule)}:${rule.seconds}/${rule.within}`).join(","), by: nameOf(chosen.rules[chosen.by]),
});
function changed() {
  const right = chosen.rules.every(sound) && distinct();
  complain(right ? null : { words: "rule.wrong" });
  if (!right) return;
  keep();
  clearTimeout(waiting);
  waiting = setTimeout(load, SETTLED);
}
const called = (speaker, { names = {} } = {}) => names[speaker] || speaker; // in a call, where there is one
function labelWord(name, call) { // a label, or a rule's name as angry@B
  const [label, speaker] = name.split("@"), word = t(earshot.has("alert." + label) ? "alert." + label : "event." + label);
  return speaker ? t("rule.of", { label: word, speaker: called(speaker, call) }) : word;
}

// --- the server ---
async function ask(path, options) {
  const answer = await fetch(new URL(path, document.baseURI), { cache: "no-store", ...options });
  const said = await answer.json();
  if (!answer.ok) throw said.error;
  return said;
}
function complain(fault) {
  trouble = fault;
  find(".trouble").hidden = !fault;
  const words = fault?.words ? t(fault.words) : fault && (earshot.has("error." + fault.code) ? t("error." + fault.code, fault) : fault.message || t("quality.failed"));
  find(".trouble").textContent = fault ? [words, fault.request_id].filter(Boolean).join(" · ") : "";
}
async function load() {
  const mine = ++asked;
  try {
    const said = await ask("v1/quality?" + query());
    if (mine !== asked) return; // a later question has come
    calls = said.data;
    loaded = true;
    complain(null);
  } catch (fault) { if (mine === asked) complain(fault.code ? fault : {}); }
  renderCalls();
}
let judging = Promise.resolve(); // one after the other: the last word holds
function judge(call, moment, confirmed) { // null: what was said is taken back
  const body = JSON.stringify({ rule: moment.rule, start: moment.start, end: moment.end, confirmed });
  const say = () => ask(`v1/jobs/${call.id}/verdicts`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  judging = judging.then(say).then(load).catch(fault => complain(fault.code ? fault : {}));
}

// --- listening ---
function listen(call, moment) {
  const source = new URL(`v1/jobs/${call.id}/audio`, document.baseURI).href;
  const go = () => { audio.currentTime = playing.moment.text_start; }; // where the last click was
  playing = { call, moment };
  if (audio.src !== source) {
    audio.src = source;
    audio.addEventListener("loadedmetadata", go, { once: true });
  } else go();
  audio.play().catch(() => {}); // its error event says why
  renderListen();
}
function renderListen() {
  find(".listen").hidden = !playing;
  if (!playing) return;
  const { call, moment } = playing, said = find("#quality-said");
  audio.setAttribute("aria-label", t("quality.listen", { name: call.name }));
  said.replaceChildren(el("b", "", `${call.name} · ${earshot.clock(moment.text_start)} `), el("span", "", moment.text, { lang: LANG[moment.language] || "" }));
}
audio.addEventListener("error", () => { if (audio.src) complain({ code: "audio_gone" }); });

// --- rules on the page ---
const button = (text, act, attributes = {}) => {
  const made = el("button", "", text, { type: "button", ...attributes });
  made.addEventListener("click", act);
  return made;
};
function number(value, name, place, attributes) {
  const box = el("label"), input = el("input", "", "", { type: "number", step: "any", value, ...attributes });
  input.addEventListener("input", () => { chosen.rules[place][name] = Number(input.value); changed(); });
  box.append(el("span", "", t("rule." + name)), input, el("span", "", t("rule.unit")));
  return box;
}
function ruleRow(rule, place) {
  const row = el("div", "rule", "", { role: "group", "aria-label": labelWord(nameOf(rule)) });
  const choice = (name, options) => {
    const pick = el("select", "", "", { "aria-label": t("rule." + name), "data-part": name });
    pick.append(...options.map(([value, word]) => el("option", "", word, { value })));
    pick.value = rule[name] ?? "";
    pick.addEventListener("change", () => { rule[name] = pick.value; row.setAttribute("aria-label", labelWord(nameOf(rule))); changed(); });
    return pick;
  };
  const label = choice("label", props.labels.map(one => [one, labelWord(one)]));
  const speaker = choice("speaker", [["", t("rule.anyone")], ...props.speakers.map(one => [one, t("speaker", { name: one })])]);
  const by = el("label", "by"), radio = el("input", "", "", { type: "radio", name: "quality-by", value: place });
  radio.checked = place === chosen.by;
  radio.addEventListener("change", () => { chosen.by = place; changed(); });
  by.append(radio, el("span", "", t("rule.by")));
  row.append(label, speaker, number(rule.seconds, "seconds", place, { min: 0 }), number(rule.within, "within", place, { min: 1, max: 86_400 }));
  if (chosen.rules.length > 1) row.append(by, button("✕", () => drop(place), { "aria-label": t("rule.drop", { label: labelWord(nameOf(rule)) }) }));
  return row;
}
function drop(place) {
  chosen.rules.splice(place, 1);
  chosen.by = Math.max(0, chosen.by - (place <= chosen.by ? 1 : 0));
  renderRules();
  changed();
}
function renderRules() {
  find(".rule-rows").replaceChildren(...chosen.rules.map(ruleRow));
  find("#rule-add").disabled = !free() || chosen.rules.length >= props.most;
}
const free = () => props.labels.find(label => !chosen.rules.some(rule => nameOf(rule) === label));
find("#rule-add").addEventListener("click", () => {
  chosen.rules.push({ label: free(), seconds: 8, within: 60, speaker: "" });
  renderRules();
  changed();
});
find("#rules-usual").addEventListener("click", () => { chosen = usual(); renderRules(); changed(); });
find("#quality-refresh").addEventListener("click", () => { charts.clear(); load(); });
find("form").addEventListener("submit", event => event.preventDefault());

// --- calls on the page ---
const key = (call, moment, what) => [call.id, moment.rule, moment.start, what].join("|");
function momentRow(call, moment, where) {
  const row = el("div", "moment", "", { "data-confirmed": String(moment.confirmed) }), time = earshot.clock(moment.text_start);
  const play = button(`▶ ${time}`, () => listen(call, moment), { class: "play-moment", "data-key": where + key(call, moment, "play") });
  play.setAttribute("aria-label", t("quality.play", { time, name: call.name }));
  play.disabled = !call.sound;
  if (!call.sound) play.title = t("quality.no-sound");
  const facts = t("quality.moment", { label: labelWord(moment.rule, call), seconds: moment.seconds.toFixed(1), from: earshot.clock(moment.start), to: earshot.clock(moment.end) });
  const words = el("p", "words");
  if (moment.speaker) words.append(el("span", "speaker", called(moment.speaker, call), { title: t("speaker", { name: moment.speaker }), "data-speaker": moment.speaker }));
  words.append(el("span", "facts-of", facts), el("q", "", moment.text, { lang: LANG[moment.language] || "" }));
  const verdicts = el("div", "verdicts", "", { role: "group", "aria-label": t("quality.verdict") });
  for (const [what, word, confirmed] of [["confirm", "quality.confirm", true], ["dismiss", "quality.dismiss", false]]) {
    const pressed = moment.confirmed === confirmed;
    const attributes = { "aria-pressed": String(pressed), "data-key": where + key(call, moment, what), "data-verdict": what };
    const made = button(t(word), () => judge(call, moment, pressed ? null : confirmed), attributes);
    if (pressed) made.title = t("quality.withdraw");
    verdicts.append(made);
  }
  row.append(play, words, verdicts);
  return row;
}
function callRow(call) {
  const row = el("li", "call", "", { "data-id": call.id }), top = el("div", "call-top"), tongue = earshot.tongue === "zh" ? "zh-CN" : "en";
  const when = new Date(call.created * 1000).toLocaleString(tongue, { dateStyle: "medium", timeStyle: "short" });
  const by = nameOf(chosen.rules[chosen.by]), seconds = t("quality.seconds", { seconds: call.score.toFixed(1) });
  top.append(el("b", "call-name", call.name), el("span", "", earshot.clock(call.duration)), el("span", "", when));
  top.append(el("span", call.score > 0 ? "score high" : "score", call.score > 0 ? `${labelWord(by, call)} ${seconds}` : t("quality.calm", { label: labelWord(by, call) })));
  row.append(top);
  if (call.worst) row.append(momentRow(call, call.worst, "worst|"));
  row.append(details(call));
  return row;
}
function details(call) {
  const box = el("details"), inside = el("div", "inside"), moments = call.measures.flatMap(measure => measure.moments);
  box.append(el("summary", "", t("quality.details", { n: moments.length })), inside);
  box.open = opened.has(call.id);
  const fill = () => {
    inside.replaceChildren(...moments.map(moment => momentRow(call, moment, "")), drawn(call));
  };
  box.addEventListener("toggle", () => {
    if (box.open) { opened.add(call.id); if (!inside.childElementCount) fill(); } else opened.delete(call.id);
  });
  if (box.open) fill();
  return box;
}
function renderCalls() {
  const held = document.activeElement?.closest?.("#quality") && document.activeElement.dataset.key;
  find("#calls").replaceChildren(...calls.map(callRow));
  if (held) find(`[data-key="${CSS.escape(held)}"]`)?.focus();
  find(".nothing").hidden = !loaded || calls.length > 0;
  find(".count").textContent = loaded ? t("quality.count", { n: calls.length }) : "";
  find("#quality-csv").href = new URL("v1/quality.csv?" + query(), document.baseURI);
}

// --- charts ---
const SPACE = "http:" + "//www.w3.org/2000/svg"; // a name, not an address
const WIDTH = 600, TALL = 72; // of a chart's own units
function shape(tag, attributes, title) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (title) made.append(Object.assign(document.createElementNS(SPACE, "title"), { textContent: title }));
  return made;
}
function figure(title, parts, picture) { // parts: [what it is in words, and where it has a colour the emotion's name]
  const box = el("figure"), caption = el("figcaption");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `${title}: ${parts.map(([words]) => words).join(t("chart.and"))}`);
  caption.append(el("b", "", title), ...parts.map(([words, emotion]) => el("span", "key", words, emotion ? { "data-emotion": emotion } : {})));
  box.append(caption, picture);
  return box;
}
const percent = part => `${Math.round(100 * part)}%`;
const ribbon = tall => shape("svg", { viewBox: `0 0 ${WIDTH} ${tall}`, preserveAspectRatio: "none", height: tall, width: "100%" });
function perMinute(names, word, full) { // bars of each minute, one colour a name, the first at the foot; `full` fills one
  const picture = ribbon(TALL), n = names[0][1].length, width = WIDTH / n;
  for (let i = 0; i < n; i++) {
    let foot = TALL;
    for (const [name, each] of names) {
      const height = Math.min(each[i] / full, 1) * TALL;
      foot -= height;
      const about = { x: i * width, y: foot, width: Math.max(width - 1, width * 0.8), height, "data-emotion": name, "data-event": name };
      if (height) picture.append(shape("rect", about, t("chart.minute", { n: i + 1, label: word(name), value: +each[i].toFixed(1) })));
    }
  }
  return picture;
}
function eventsCharts(events) {
  const word = name => t("event." + name);
  return Object.entries(events).map(([name, each]) => {
    const n = each.reduce((sum, one) => sum + one, 0), most = Math.max(...each);
    const words = t("chart.event", { n, rate: (n / each.length).toFixed(1), most, minute: each.indexOf(most) + 1 });
    return figure(t("chart.events", { label: word(name) }), [[words]], perMinute([[name, each]], word, most));
  });
}
function emotionsChart(emotions, shares) {
  const word = name => t("emotion." + name);
  const parts = Object.entries(shares).map(([name, part]) => {
    const each = emotions[name] ?? [0], minute = each.indexOf(Math.max(...each)) + 1;
    return [t("chart.emotion", { label: word(name), share: percent(part), minute }), name];
  });
  return figure(t("chart.emotions"), parts, perMinute(Object.entries(emotions), word, 60));
}
function sharesChart(title, shares, word) {
  const picture = ribbon(16);
  let left = 0;
  Object.entries(shares).forEach(([name, part], i) => {
    const about = { x: left * WIDTH, y: 0, width: Math.max(0, part * WIDTH - 1), height: 16, "data-step": i };
    picture.append(shape("rect", about, `${word(name)} ${percent(part)}`));
    left += part;
  });
  return figure(title, Object.entries(shares).map(([name, part]) => [`${word(name)} ${percent(part)}`]), picture);
}
function drawn(call) {
  const place = el("div", "charts"), known = charts.get(call.id);
  const fill = told => {
    if (Object.keys(told.emotions).length) place.append(emotionsChart(told.emotions, told.shares));
    if (Object.keys(told.languages).length) place.append(sharesChart(t("chart.languages"), told.languages, name => t("short." + name)));
    if (Object.keys(told.speakers).length) place.append(sharesChart(t("chart.speakers"), told.speakers, name => call.names[name] || t("speaker", { name })));
    place.append(...eventsCharts(told.events));
  };
  if (known) fill(known);
  else ask(`v1/jobs/${call.id}/quality`).then(told => { charts.set(call.id, told); fill(told); }, fault => complain(fault.code ? fault : {}));
  return place;
}

function render() {
  find(".lead").textContent = t("quality.lead");
  find("legend").textContent = t("quality.rules");
  find("#rule-add").textContent = t("rule.add");
  find("#rules-usual").textContent = t("rule.usual");
  find("#quality-refresh").textContent = t("quality.refresh");
  find("#quality-csv").textContent = t("quality.csv");
  find(".nothing").textContent = t("quality.empty");
  if (trouble) complain(trouble);
  renderRules();
  renderCalls();
  renderListen();
}
render();
on("tongue", render);
new IntersectionObserver(seen => { if (seen.some(one => one.isIntersecting)) { charts.clear(); load(); } }).observe(find(".lead")); // each time the tab is opened
