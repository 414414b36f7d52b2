// The sound: waveform from the server's peaks, emotion ribbon, events, transport. Tells the segments the time, hears where to go.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const player = find(".player"), audio = find("audio"), wave = find(".wave"), canvas = find("canvas"), ribbon = find(".ribbon");
const BAR = 3; // CSS pixels from one bar to the next
const FELT = ["happy", "sad", "angry", "fearful", "disgusted", "surprised"]; // what has a colour of its own
const DRAG = 5; // CSS pixels from which a press is a range and no place
const MANY = 300, NARROW = 4; // marks of a ribbon; CSS pixels
let media = null, peaks = [], segments = [], starts = [], drawn = -1, range = null, loops = false, follows = true, pressed = null;
let busy = false, turn = 0; // whether something is opened or heard; of what was last asked for: what comes later than something newer is not shown

const length = () => media?.duration || audio.duration || 0;
function seek(time) {
  if (!media) return;
  audio.currentTime = Math.min(Math.max(0, time), length());
  tick();
}

// --- drawing ---
function emotionAt(time) {
  const segment = segments[earshot.lastAt(starts, time)];
  return segment && time <= segment.end ? (FELT.includes(segment.emotion) ? segment.emotion : "neutral") : "";
}
function draw() {
  const width = canvas.clientWidth, height = canvas.clientHeight, scale = window.devicePixelRatio || 1;
  if (!media || !width) return;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d"), n = Math.floor(width / BAR), palette = {};
  pen.scale(scale, scale);
  const loudest = Math.max(40, ...peaks);
  for (let i = 0; i < n; i++) {
    const from = Math.floor((i * peaks.length) / n), to = Math.max(from + 1, Math.floor(((i + 1) * peaks.length) / n));
    const tall = Math.max(2, (Math.max(...peaks.slice(from, to)) / loudest) * (height - 4));
    const name = emotionAt(((i + 0.5) / n) * length()) || "silence";
    pen.fillStyle = palette[name] ??= earshot.colour("--e-" + name);
    pen.globalAlpha = i < drawn || drawn <= 0 ? 1 : 0.55;
    pen.beginPath();
    pen.roundRect(i * BAR, (height - tall) / 2, BAR - 1, tall, 1);
    pen.fill();
  }
}
function stretches(name, perPixel) { // neighbours of one name as one, where no gap could be seen
  const found = [], gap = 2 * perPixel;
  for (const segment of segments) {
    const called = name(segment), last = found.at(-1);
    if (called && last?.name === called && segment.start - last.end < gap) last.end = segment.end;
    else if (called) found.push({ name: called, start: segment.start, end: segment.end });
  }
  return found.length > MANY ? coarse(found, NARROW * perPixel) : found;
}
function coarse(found, step) { // of what is too narrow to be told apart, in each step what takes most of it
  const steps = new Map();
  for (const { name, start, end } of found) for (let at = Math.floor(start / step); at * step < end; at++) {
    const share = Math.min(end, (at + 1) * step) - Math.max(start, at * step), told = steps.get(at);
    if (!told || told.share < share) steps.set(at, { name, share });
  }
  const marks = [];
  for (const [at, { name }] of [...steps].sort((a, b) => a[0] - b[0])) {
    const last = marks.at(-1), start = at * step;
    if (last?.name === name && start - last.end < step / 2) last.end = start + step;
    else marks.push({ name, start, end: start + step });
  }
  return marks;
}
const letter = label => (earshot.tongue === "zh" ? label.slice(0, 1) : label.slice(0, 1).toUpperCase());
function stretch({ start, end }, label, short, perPixel, attributes) {
  const wide = (end - start) / perPixel, letters = label.length * (earshot.tongue === "zh" ? 13 : 8);
  const shown = wide > 14 + letters + (attributes["data-event"] ? 18 : 0) ? (attributes["data-event"] ? `${short} ${label}` : label) : wide > 14 ? short : "";
  const mark = el("button", "", shown, { type: "button", tabindex: "-1", ...attributes, "aria-label": `${earshot.clock(start)} ${label}` });
  mark.style.left = (100 * start) / length() + "%";
  mark.style.width = (100 * (end - start)) / length() + "%";
  mark.title = `${earshot.clock(start)} – ${earshot.clock(end)} ${label}`;
  mark.addEventListener("click", () => seek(start));
  return mark;
}
function drawRibbon() {
  if (!length()) return;
  const perPixel = length() / (ribbon.clientWidth || 800);
  const felt = stretches(({ emotion }) => (FELT.includes(emotion) ? emotion : ""), perPixel);
  ribbon.setAttribute("aria-label", t("player.ribbon"));
  ribbon.replaceChildren(...felt.map(one => {
    const label = t("emotion." + one.name);
    return stretch(one, label, letter(label), perPixel, { "data-emotion": one.name });
  }));
  drawEvents(perPixel);
  const names = FELT.filter(name => felt.some(one => one.name === name));
  find(".legend").replaceChildren(...names.map(name => {
    const label = t("emotion." + name), item = el("li", "", "", { "data-emotion": name });
    item.append(el("span", "swatch", letter(label), { "aria-hidden": "true" }), el("span", "", label));
    return item;
  }), ...heardEvents().map(name => {
    const item = el("li", "", "", { "data-event": name });
    item.append(el("span", "glyph", earshot.GLYPHS[name], { "aria-hidden": "true" }), el("span", "", t("event." + name)));
    return item;
  }));
}
const heardEvents = () => Object.keys(earshot.GLYPHS).filter(name => segments.some(({ events }) => events.includes(name)));
function drawEvents(perPixel) { // a lane for each sound that was heard
  const lanes = find(".events"), names = heardEvents();
  lanes.hidden = !names.length;
  lanes.setAttribute("aria-label", t("player.events"));
  lanes.replaceChildren(...names.map(name => {
    const lane = el("div", "lane"), found = stretches(({ events }) => (events.includes(name) ? name : ""), perPixel);
    lane.append(...found.map(one => stretch(one, t("event." + name), earshot.GLYPHS[name], perPixel, { "data-event": name })));
    return lane;
  }));
}

// --- time ---
function tick() {
  const now = audio.currentTime, part = length() ? now / length() : 0, bar = Math.floor((part * canvas.clientWidth) / BAR);
  find(".head").style.left = 100 * part + "%";
  find(".now").textContent = earshot.clock(now);
  wave.setAttribute("aria-valuenow", now.toFixed(1));
  wave.setAttribute("aria-valuetext", earshot.clock(now));
  if (bar !== drawn) { drawn = bar; draw(); }
  earshot.say("time", now);
}
function loop() {
  if (loops && range && (audio.currentTime >= range.end || audio.currentTime < range.start - 0.5)) audio.currentTime = range.start;
  tick();
  if (!audio.paused) requestAnimationFrame(loop);
}
// A stretch to be heard again and again; null for all of the recording.
function setRange(next, on = Boolean(next)) {
  range = next && { start: Math.max(0, Math.min(next.start, next.end)), end: Math.min(length(), Math.max(next.start, next.end)) };
  loops = on && Boolean(range);
  const place = find(".range");
  place.hidden = !range;
  if (range) {
    place.style.left = (100 * range.start) / length() + "%";
    place.style.width = (100 * (range.end - range.start)) / length() + "%";
  }
  renderToggles();
}
function renderToggles() {
  find("#loop").setAttribute("aria-pressed", String(loops));
  find("#loop").textContent = t("player.loop") + (range ? ` ${earshot.clock(range.start, true)} – ${earshot.clock(range.end, true)}` : "");
  find("#follow").setAttribute("aria-pressed", String(follows));
  find("#follow").textContent = t("player.follow");
}
function playing() { // the segment under the head
  return segments[earshot.lastAt(starts, audio.currentTime)] ?? null;
}
find("#loop").addEventListener("click", () => {
  if (loops) setRange(null);
  else if (playing() || range) setRange(range ?? playing());
});
find("#follow").addEventListener("click", () => {
  follows = !follows;
  earshot.say("follow", follows);
  renderToggles();
});
// The same sound before and after cleaning, at the same place; made when it is first asked for.
let source = null, cleaned = "", cleaning = null; // `cleaning`: the recording that is being cleaned
const isCleaned = () => Boolean(cleaned) && audio.src === cleaned;
async function compare() {
  if (!media || cleaning === media) return;
  const whose = cleaning = media;
  renderCompare();
  try {
    const sound = cleaned || new URL((await (await earshot.post("console/cleaned", JSON.stringify({ source }))).json()).url, document.baseURI).href;
    if (media === whose) {
      cleaned = sound;
      change(isCleaned() ? media.sound.url : cleaned);
    }
  } catch (fault) { earshot.say("notice", { fault }); }
  if (cleaning === whose) cleaning = null;
  renderCompare();
}
function change(url) {
  const { currentTime, paused, playbackRate } = audio;
  audio.src = new URL(url, document.baseURI).href;
  Object.assign(audio, { currentTime, playbackRate });
  if (!paused) play();
}
function renderCompare() {
  const button = find("#compare");
  button.hidden = !props.cleans || !media?.sound.url || !source;
  button.disabled = Boolean(media) && cleaning === media;
  button.setAttribute("aria-pressed", String(isCleaned()));
  button.textContent = t(button.disabled ? "player.cleaning" : "player.cleaned");
}
find("#compare").addEventListener("click", compare);
function speed(far) {
  const rate = find(".rate"), at = rate.selectedIndex + far;
  if (at >= 0 && at < rate.options.length) rate.selectedIndex = at;
  audio.playbackRate = Number(rate.value);
}
const play = () => audio.play().catch(() => {}); // a pause that comes at once is no fault, and what is one is told by an event
function toggle() { if (media) audio.paused ? play() : audio.pause(); }

audio.addEventListener("play", () => { renderPlay(); loop(); });
audio.addEventListener("pause", () => { renderPlay(); tick(); });
audio.addEventListener("seeked", tick);
audio.addEventListener("error", () => { find(".trouble").hidden = !media; });
find(".play").addEventListener("click", toggle);
find(".rate").addEventListener("change", event => { audio.playbackRate = Number(event.target.value); });
function timeAt(x) {
  const box = wave.getBoundingClientRect();
  return (Math.min(Math.max(0, x - box.left), box.width) / box.width) * length();
}
wave.addEventListener("pointerdown", event => { wave.setPointerCapture(event.pointerId); pressed = event.clientX; seek(timeAt(pressed)); });
wave.addEventListener("pointermove", event => {
  if (pressed !== null && Math.abs(event.clientX - pressed) >= DRAG) setRange({ start: timeAt(pressed), end: timeAt(event.clientX) });
});
wave.addEventListener("pointerup", event => {
  if (pressed !== null && Math.abs(event.clientX - pressed) < DRAG) setRange(null);
  else if (pressed !== null && range) seek(range.start);
  pressed = null;
});
wave.addEventListener("pointercancel", () => { pressed = null; });
wave.addEventListener("keydown", event => {
  const far = event.shiftKey ? 10 : 2;
  const places = { ArrowLeft: audio.currentTime - far, ArrowRight: audio.currentTime + far, Home: 0, End: length() };
  if (event.key in places) seek(places[event.key]);
  else if (event.key === " " || event.key === "Enter") toggle();
  else return;
  event.preventDefault();
});

// --- words ---
function facts() {
  const channels = media.channels === 1 ? t("media.mono") : media.channels === 2 ? t("media.stereo") : t("media.channels", { n: media.channels });
  const size = media.size === null ? [] : [earshot.size(media.size)];
  if (!media.rate) return [earshot.clock(media.duration)]; // a job says no more of its file
  return [earshot.clock(media.duration), `${media.rate / 1000} kHz`, channels, ...new Set([media.codec, media.container]), ...size];
}
function renderPlay() {
  const label = t(audio.paused ? "player.play" : "player.pause");
  find(".play").classList.toggle("on", !audio.paused);
  find(".play").setAttribute("aria-label", label);
  find(".play").title = label;
}
function render() {
  player.dataset.empty = String(!media);
  player.setAttribute("aria-label", t("player.name"));
  wave.setAttribute("aria-label", t("player.position"));
  wave.setAttribute("aria-valuemax", length().toFixed(1));
  find(".rate").setAttribute("aria-label", t("player.rate"));
  find(".nothing b").textContent = t("player.empty");
  find(".nothing span").textContent = t("player.hint");
  find(".trouble").textContent = t("player.broken");
  find(".name").textContent = media ? media.name : "";
  find(".rest").replaceChildren(...(media ? facts().map(fact => el("span", "", fact)) : []));
  find(".whole").textContent = earshot.clock(length());
  renderPlay();
  renderToggles();
  renderCompare();
  drawRibbon();
  draw();
}
function load() {
  const next = props.value?.sound ? props.value : null;
  if (next?.sound.url === media?.sound.url) return render();
  turn++;
  media = next;
  peaks = [...(media?.peaks ?? [])];
  begin();
}
function begin() {
  drawn = -1;
  cleaned = "";
  setRange(null);
  find(".trouble").hidden = true;
  if (media?.sound.url) audio.src = media.sound.url; else audio.removeAttribute("src");
  audio.playbackRate = Number(find(".rate").value);
  const { key = "", name = "", duration = 0, job = "" } = media ?? {};
  earshot.transcript.open({ key, name, duration, job });
  earshot.say("media", { key, name, duration });
  source = media?.source ?? null;
  earshot.say("source", source);
  render();
  tick();
}
// A job that was heard before: its sound and its text come from the API.
async function openJob({ id }) {
  if (busy) return earshot.say("notice", { words: "player.busy" }), showed();
  const mine = ++turn, at = `v1/jobs/${encodeURIComponent(id)}`;
  const ask = place => earshot.get(`${at}${place}`), read = async place => (await ask(place)).json();
  try {
    await keeping; // what was corrected is in it
    const [job, text, sound] = await Promise.all([read(""), ask("/transcript?format=json"), read("/peaks").catch(() => null)]), heard = await text.json();
    if (mine !== turn) return;
    const duration = sound?.duration || heard.duration || 0;
    media = { key: `job-${id}-${job.started}`, job: ["done", "failed", "cancelled"].includes(text.headers.get("x-earshot-state")) ? id : "running", name: job.name, duration, sound: { url: sound ? new URL(`${at}/audio`, document.baseURI).href : "" }, source: sound ? { job: id } : null };
    peaks = sound?.peaks ?? [];
    revisions.set(media.key, text.headers.get("x-earshot-revision"));
    begin();
    earshot.transcript.reopen(heard.segments.map(earshot.edits.read), heard.names, revisions.get(media.key));
  } catch (fault) {
    if (mine !== turn) return;
    earshot.say("notice", { fault });
  }
  showed();
}
const showed = () => document.querySelector("#tab-transcribe-button")?.click();

watch("value", load);
on("tongue", render);
on("theme", () => setTimeout(draw));
on("seek", seek);
on("segments", list => { segments = list; starts = list.map(segment => segment.start); drawRibbon(); draw(); });
// What a person has corrected takes the place of what was heard, for lists and archives; not while more is heard.
const revisions = new Map(); // of jobs that were opened, by the recording's key: what the server keeps by now
let keeping = Promise.resolve(); // one after the other: the last that is sent is the last that is kept
function keepJob() { // of the transcript: the player may have gone on to another recording
  const { key, job } = earshot.transcript.media;
  if (!job || job === "running") return;
  const shown = JSON.stringify(earshot.transcript.shown()), again = { words: "edits.theirs", run: () => openJob({ id: job }) };
  keeping = keeping.then(() => keep(key, job, shown)).catch(fault => {
    earshot.say("notice", fault.code === "job_changed" ? { words: "error.job_changed", act: again } : { fault });
  });
}
async function keep(key, job, shown) {
  const answer = await earshot.post(`console/corrected?${new URLSearchParams({ job, revision: revisions.get(key) })}`, shown);
  const { revision } = await answer.json();
  revisions.set(key, revision);
  earshot.transcript.revised(key, revision);
}
on("open-job", openJob);
on("saved", keepJob);
on("phase", phase => {
  busy = phase === "opening" || phase === "hearing";
  if (phase !== "opening") return;
  turn++;
  if (media?.job) load(); // what is heard next is no job
});
on("loop", span => { setRange(span); seek(span.start); });
on("command", ({ name, detail }) => {
  if (name === "play") toggle();
  else if (name === "skip") seek(audio.currentTime + detail);
  else if (name === "speed") speed(detail);
  else if (name === "leave") setRange(null);
});
load();
new ResizeObserver(() => { drawRibbon(); draw(); }).observe(canvas);
