// The sound: waveform from the server's peaks, emotion ribbon, transport. Tells the segments the time, hears where to go.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const player = find(".player"), audio = find("audio"), wave = find(".wave"), canvas = find("canvas"), ribbon = find(".ribbon");
const BAR = 3; // CSS pixels from one bar to the next
const FELT = ["happy", "sad", "angry", "fearful", "disgusted", "surprised"]; // what has a colour of its own
let media = null, peaks = [], segments = [], starts = [], drawn = -1;

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
function stretches(gap) { // neighbours of one emotion as one, where no gap could be seen
  const found = [];
  for (const { emotion, start, end } of segments.filter(segment => FELT.includes(segment.emotion))) {
    const last = found.at(-1);
    if (last?.emotion === emotion && start - last.end < gap) last.end = end;
    else found.push({ emotion, start, end });
  }
  return found;
}
function drawRibbon() {
  const perPixel = length() / (ribbon.clientWidth || 800), felt = stretches(2 * perPixel);
  ribbon.setAttribute("aria-label", t("player.ribbon"));
  ribbon.replaceChildren(...felt.map(({ emotion, start, end }) => {
    const label = t("emotion." + emotion), fits = (end - start) / perPixel > 12 + label.length * (earshot.tongue === "zh" ? 12 : 7);
    const mark = el("span", "", fits ? label : "", { role: "listitem", "data-emotion": emotion, "aria-label": label });
    mark.style.left = (100 * start) / length() + "%";
    mark.style.width = (100 * (end - start)) / length() + "%";
    mark.title = `${earshot.clock(start)} ${label}`;
    mark.addEventListener("click", () => seek(start));
    return mark;
  }));
  const names = FELT.filter(name => felt.some(stretch => stretch.emotion === name));
  find(".legend").replaceChildren(...names.map(name => el("li", "", t("emotion." + name), { "data-emotion": name })));
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
  tick();
  if (!audio.paused) requestAnimationFrame(loop);
}
function toggle() { if (media) audio.paused ? audio.play() : audio.pause(); }

audio.addEventListener("play", () => { renderPlay(); loop(); });
audio.addEventListener("pause", () => { renderPlay(); tick(); });
audio.addEventListener("seeked", tick);
audio.addEventListener("error", () => { find(".trouble").hidden = !media; });
find(".play").addEventListener("click", toggle);
find(".rate").addEventListener("change", event => { audio.playbackRate = Number(event.target.value); });
wave.addEventListener("pointerdown", event => { wave.setPointerCapture(event.pointerId); point(event); });
wave.addEventListener("pointermove", event => { if (wave.hasPointerCapture(event.pointerId)) point(event); });
function point(event) {
  const box = wave.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * length());
}
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
  return [earshot.clock(media.duration), `${media.rate / 1000} kHz`, channels, media.codec, media.container, ...size];
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
  drawRibbon();
  draw();
}
function load() {
  const next = props.value?.sound ? props.value : null;
  if (next?.sound.url !== media?.sound.url) {
    media = next;
    peaks = [...(media?.peaks ?? [])];
    segments = starts = [];
    drawn = -1;
    find(".trouble").hidden = true;
    if (media) audio.src = media.sound.url; else audio.removeAttribute("src");
    audio.playbackRate = Number(find(".rate").value);
  }
  render();
  tick();
}
load();
watch("value", load);
on("tongue", render);
on("theme", () => setTimeout(draw));
on("seek", seek);
on("segments", list => { segments = list; starts = list.map(segment => segment.start); drawRibbon(); draw(); });
new ResizeObserver(() => { drawRibbon(); draw(); }).observe(canvas);
