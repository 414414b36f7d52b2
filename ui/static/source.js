// Where sound comes from: a dropped or chosen file, the microphone, or a sample. The value is {token} or {sample}.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const drop = find(".drop"), input = find("#upload-file"), bar = find(".bar"), record = find("#record");
let turn = 0, request = null, chosen = "", trouble = null, recorder = null, asking = false, began = 0;
let opening = false, wanted = false; // whether what was chosen is not opened yet; whether it is to be heard then

// --- the server learns what was chosen ---
function choose(value, name) {
  chosen = name;
  opening = true;
  complain(null);
  props.value = { ...value, turn: ++turn }; // the same file twice is two choices
  render();
}
function complain(key, values) {
  trouble = key && [key, values];
  if (trouble) wanted = false;
  find(".trouble").hidden = !trouble;
  find(".trouble").textContent = trouble ? t(...trouble) : "";
}

// --- upload: XMLHttpRequest, because fetch does not tell how far it is ---
function send(file) {
  complain(null);
  if (file.size > props.limit) return complain("source.too-large", { size: earshot.size(props.limit) });
  request?.abort();
  request = new XMLHttpRequest();
  request.upload.onprogress = event => showBar(event.loaded / event.total);
  request.onload = () => arrived(file);
  request.onerror = () => { hideBar(); complain("source.failed"); };
  request.open("POST", new URL("console/upload", document.baseURI));
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-File-Name", encodeURIComponent(file.name.toWellFormed?.() ?? file.name));
  request.send(file);
  showBar(0);
}
function arrived(file) {
  hideBar();
  if (request.status === 413) return complain("source.too-large", { size: earshot.size(props.limit) });
  if (request.status !== 200) return complain(refusal(request.responseText));
  choose({ token: JSON.parse(request.responseText).token }, file.name);
}
function refusal(body) { // the key of the words for it
  try {
    const key = "error." + JSON.parse(body).error.code;
    return earshot.has(key) ? key : "source.failed";
  } catch { return "source.failed"; }
}
function showBar(part) {
  bar.hidden = false;
  find(".fill").style.width = 100 * part + "%";
  find(".bar-text").textContent = t("source.uploading", { percent: Math.round(100 * part) });
}
function hideBar() { bar.hidden = true; }

input.addEventListener("change", () => { if (input.files[0]) send(input.files[0]); input.value = ""; });
function giveUp() { request?.abort(); hideBar(); wanted = false; }
find(".give-up").addEventListener("click", giveUp);
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", event => { event.preventDefault(); if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]); });

// --- microphone ---
async function startRecording() {
  if (!navigator.mediaDevices) return complain("source.insecure");
  if (asking) return; // for the microphone, which is asked for once
  asking = true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    complain(null);
    keepRecording(stream);
  } catch (fault) {
    complain(fault.name === "NotAllowedError" ? "source.denied" : "source.no-mic");
  }
  asking = false;
}
function keepRecording(stream) {
  const chunks = [];
  recorder = new MediaRecorder(stream);
  recorder.ondataavailable = event => chunks.push(event.data);
  recorder.onstop = () => {
    for (const track of stream.getTracks()) track.stop();
    const ending = recorder.mimeType.includes("mp4") ? "m4a" : recorder.mimeType.includes("ogg") ? "ogg" : "webm";
    const stamp = new Date().toISOString().slice(0, 19).replace(/\D/g, "");
    recorder = null;
    render();
    send(new File(chunks, `recording-${stamp}.${ending}`));
  };
  began = performance.now();
  recorder.start(1000);
  watchLevel(stream);
  render();
}
function watchLevel(stream) {
  const context = new AudioContext(), meter = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(meter);
  const samples = new Float32Array(meter.fftSize);
  function look() {
    if (!recorder) return void context.close();
    meter.getFloatTimeDomainData(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    find(".level b").style.transform = `scaleX(${Math.min(1, loudest * 1.5)})`;
    find(".record-text").textContent = `${t("source.stop")} ${earshot.clock((performance.now() - began) / 1000)}`;
    requestAnimationFrame(look);
  }
  look();
}
record.addEventListener("click", () => (recorder ? recorder.stop() : startRecording()));

// --- samples ---
function renderSamples() {
  const list = find("#samples ul"), samples = props.samples || [];
  find("#samples").hidden = !samples.length;
  find("#samples p").textContent = t("source.samples");
  list.replaceChildren(...samples.map(sample => {
    const item = el("li"), button = el("button", "sample", "", { type: "button", "data-file": sample.file });
    button.append(el("span", "sample-title", sample.title[earshot.tongue]));
    if (earshot.has("short." + sample.language)) button.append(el("span", "tag", t("short." + sample.language)));
    button.setAttribute("aria-pressed", String(props.value?.sample === sample.file));
    button.addEventListener("click", () => { giveUp(); choose({ sample: sample.file }, sample.title[earshot.tongue]); });
    item.append(button);
    return item;
  }));
  settle(list.querySelector('[aria-pressed="true"]') ?? undefined);
}
const settle = earshot.stops.group(find("#samples ul"), () => [...element.querySelectorAll("#samples ul button")]);

function render() {
  find(".source").setAttribute("aria-label", t("source.name"));
  find(".drop-title").textContent = t("source.drop");
  find(".drop-choose").textContent = t("source.choose");
  find(".drop-limit").textContent = t("source.limit", { size: earshot.size(props.limit) });
  find(".record-text").textContent = t(recorder ? "source.stop" : "source.record");
  record.classList.toggle("on", Boolean(recorder));
  find(".give-up").setAttribute("aria-label", t("source.give-up"));
  find(".chosen").hidden = !chosen;
  find(".chosen-word").textContent = t("source.chosen");
  find(".chosen-name").textContent = chosen;
  if (trouble) complain(...trouble);
  renderSamples();
}
render();
on("tongue", render);
let job = false; // whether what is on the page came from the Batch tab, where it is heard again
on("source", next => {
  job = Boolean(next?.job);
  if (job) { chosen = ""; render(); }
});
document.addEventListener("click", event => {
  const comes = opening || !bar.hidden;
  if (!(job || comes) || !event.target.closest?.("#run")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  wanted = comes;
  earshot.say("notice", { words: comes ? "source.wanted" : "source.job" });
}, true);
function start() { // as soon as the button can be pressed
  const run = document.querySelector("#run");
  if (!wanted || opening) return;
  if (run.disabled) return setTimeout(start, 50);
  wanted = false;
  run.click();
}
on("phase", phase => {
  if (phase === "opening" || phase === "failed") opening = false;
  if (phase === "failed") wanted = false;
  if (phase === "idle") start();
  find(".source").inert = phase === "opening" || phase === "hearing";
});
