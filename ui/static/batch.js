// Many files: sent one after the other, heard as jobs of the server. The list is the server's: a page that is closed loses nothing of it.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const root = find(".batch"), drop = find(".drop"), input = find("#batch-file"), list = find("#jobs"), track = find(".batch-sum .track");
const PACE = 1500, LATER = 5000, SHOWN = 500; // ms between two looks; after one that failed; files of a folder that are listed at once
const OPEN = ["waiting", "running"];
let jobs = [], uploads = [], request = null, timer = 0, looking = false, known = false, trouble = null;
let fresh = [], outdated = false; // jobs that came since the last look began; whether something was done to others meanwhile
let alerts = new Map(), judged = ""; // moments that meet a rule, by job
let paused = false, held = 0, folder = [], whole = true, picked = new Set(), spoken = "", sure = 0, turn = 0;

const isOpen = job => OPEN.includes(job.state);
const isSeen = () => !document.hidden && element.getClientRects().length > 0;
const sum = (values, of) => values.reduce((whole, each) => whole + (of(each) || 0), 0);

// --- the server's list ---
async function look() {
  clearTimeout(timer);
  timer = 0;
  if (looking) outdated = true;
  if (looking || !isSeen()) return;
  [looking, outdated, fresh] = [true, false, []];
  let pause = PACE;
  try {
    const told = await (await earshot.get("v1/jobs?limit=1000")).json(), ids = new Set(told.data.map(job => job.id));
    [jobs, paused, known] = [[...fresh.filter(job => !ids.has(job.id)), ...told.data], told.paused, true];
    if (trouble?.look) complain(null);
  } catch (fault) {
    complain({ ...fault, look: true });
    pause = LATER;
  }
  looking = false;
  if (outdated && pause === PACE) return look();
  render();
  judge();
  if (jobs.some(isOpen) || uploads.length || trouble?.look) timer = setTimeout(look, pause);
}
// What the Quality tab's rules find in what was heard; its rules are kept in this browser, without any the server has its own.
function rules() {
  try {
    return JSON.parse(earshot.recall("rules")).rules.map(({ label, seconds, within, speaker }) => `${label}${speaker ? "@" + speaker : ""}:${seconds}/${within}`).join(",");
  } catch { return ""; }
}
async function judge() {
  const asked = rules(), about = asked + jobs.filter(job => job.state === "done").map(job => job.id);
  if (about === judged || !jobs.some(job => job.state === "done")) return;
  judged = about;
  try {
    const told = await (await earshot.get(`v1/quality?limit=1000&rules=${encodeURIComponent(asked)}`)).json();
    if (about !== judged) return; // a later question has come
    const moments = call => call.measures.flatMap(measure => measure.moments).filter(moment => moment.confirmed !== false);
    alerts = new Map(told.data.map(call => [call.id, moments(call).length]));
    render();
  } catch { judged = ""; }
}
async function change(place, method) {
  try {
    await earshot.get(place, { method });
  } catch (fault) { if (fault.code !== "job_not_found") complain(fault); }
}
const act = (place, method = "POST") => change(place, method).then(look);
function complain(fault) {
  trouble = fault;
  const { sentence = "", trail = "" } = fault ? earshot.told(fault) : {};
  find(".trouble").hidden = !fault;
  find(".trouble").textContent = [sentence, trail].filter(Boolean).join(" ");
}

// --- files on their way: XMLHttpRequest, because fetch does not tell how far it is ---
function asked() {
  const form = new FormData();
  form.set("language", find("#batch-language").value);
  for (const name of ["itn", "vad", "clean", "multichannel"]) form.set(name, find("#batch-" + name).checked);
  return form;
}
function send(files) {
  complain(null);
  for (const file of files) uploads.push({ id: "upload-" + ++turn, name: file.name, size: file.size, file, form: asked(), part: 0, fault: file.size > props.limit ? { code: "file_too_large" } : null });
  render();
  next();
}
function next() {
  if (request || held) return;
  const upload = uploads.find(each => !each.fault);
  if (!upload) return;
  if (upload.path) upload.form.set("path", upload.path);
  else {
    upload.form.set("name", upload.name.toWellFormed?.() ?? upload.name); // a form writes the file's own name otherwise than it is
    upload.form.set("file", upload.file);
  }
  request = new XMLHttpRequest();
  upload.request = request;
  request.upload.onprogress = event => { upload.part = event.loaded / event.total; render(); };
  request.onloadend = () => arrived(upload, upload.request);
  request.open("POST", new URL("v1/jobs", document.baseURI));
  request.send(upload.form);
}
function arrived(upload, answer) {
  request = null;
  if (answer.status === 202) {
    uploads = uploads.filter(each => each !== upload);
    const job = JSON.parse(answer.responseText);
    jobs = [job, ...jobs], fresh = [job, ...fresh];
  } else if (uploads.includes(upload)) refused(upload, answer);
  render();
  next();
  if (!looking) timer ||= setTimeout(look, PACE);
}
function refused(upload, answer) {
  let fault = { code: answer.status ? "internal" : "away", reference: answer.getResponseHeader?.("x-request-id") };
  try { fault = { ...fault, ...JSON.parse(answer.responseText).error }; } catch { /* nothing was said */ }
  if (answer.status !== 429) { upload.fault = fault; return; }
  held = setTimeout(() => { held = 0; next(); }, 1000 * (Number(answer.getResponseHeader("retry-after")) || 5)); // it is full, or too fast: that passes
}
function giveUp(upload) {
  uploads = uploads.filter(each => each !== upload);
  if (upload.request && upload.request === request) request.abort();
  render();
  next();
}
function again(upload) { upload.fault = null; upload.part = 0; render(); next(); }

input.addEventListener("change", () => { send(input.files); input.value = ""; });
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", event => { event.preventDefault(); send(event.dataTransfer.files); });
addEventListener("beforeunload", event => { if (uploads.some(each => !each.fault)) event.preventDefault(); }); // what was not sent is lost

// --- folders of the server ---
async function lookForFolders() {
  try {
    const told = await (await earshot.get("v1/folders")).json();
    [folder, whole] = [told.data, told.whole];
  } catch { folder = []; }
  find("#batch-folder").hidden = !folder.length;
  renderFolder();
}
function matching() {
  const wanted = find("#folder-filter").value.toLowerCase();
  return folder.filter(file => file.name.toLowerCase().includes(wanted));
}
function renderFolder() {
  const found = matching(), shown = found.slice(0, SHOWN), rest = found.length - shown.length;
  find("#batch-folder").textContent = t("batch.folder", { n: folder.length });
  find(".folder-files").replaceChildren(...shown.map(file => {
    const item = el("li"), label = el("label", "check"), box = el("input", "", "", { type: "checkbox" });
    box.checked = picked.has(file.name);
    box.addEventListener("change", () => { picked[box.checked ? "add" : "delete"](file.name); renderPicked(); });
    label.append(box, el("span", "file-name", file.name), el("span", "file-size", earshot.size(file.size)));
    item.append(label);
    return item;
  }));
  find(".folder-more").textContent = rest ? t("batch.more", { n: rest }) : whole ? "" : t("batch.too-many", { n: folder.length });
  find("#folder-all").textContent = t("batch.pick-all", { n: found.length });
  renderPicked();
}
function renderPicked() {
  find("#folder-add").textContent = t("batch.add", { n: picked.size });
  find("#folder-add").disabled = !picked.size;
}
find("#batch-folder").addEventListener("click", () => {
  find("#folder").hidden = !find("#folder").hidden;
  find("#batch-folder").setAttribute("aria-expanded", String(!find("#folder").hidden));
});
find("#folder-filter").addEventListener("input", renderFolder);
find("#folder-all").addEventListener("click", () => { for (const file of matching()) picked.add(file.name); renderFolder(); });
find("#folder-add").addEventListener("click", () => {
  for (const file of folder.filter(each => picked.has(each.name))) uploads.push({ id: "upload-" + ++turn, name: file.name, size: file.size, path: file.name, form: asked(), part: 1, fault: null });
  picked = new Set();
  renderFolder();
  render();
  next();
});

// --- all of them ---
const formats = () => [...element.querySelectorAll(".formats input:checked")].map(box => box.value);
function current() { // what was sent since last nothing was to be done
  const first = Math.min(...jobs.filter(isOpen).map(job => job.created));
  return jobs.filter(job => isOpen(job) || job.ended >= first);
}
function remaining() { // s until all is heard; null where nobody can know
  const running = jobs.filter(job => job.state === "running" && job.heard > 0 && job.elapsed > 0);
  const done = jobs.filter(job => job.state === "done"), waiting = jobs.filter(job => isOpen(job) && !job.duration);
  const speed = sum(running, job => job.heard / job.elapsed);
  const weight = sum(done, job => job.duration) / sum(done, job => job.size) || 0; // s of audio a byte
  if (!speed || (waiting.length && !weight)) return null;
  const left = sum(jobs.filter(job => isOpen(job) && job.duration), job => job.duration - job.heard) + sum(waiting, job => job.size * weight);
  return left / speed;
}
function renderSum() {
  const count = state => jobs.filter(job => job.state === state).length, open = jobs.filter(isOpen).length;
  find(".batch-sum").hidden = !jobs.length && !uploads.length && !paused;
  const parts = [t("batch.sum", { done: count("done"), all: jobs.length })];
  for (const state of ["running", "waiting", "failed", "cancelled"]) if (count(state)) parts.push(t("count." + state, { n: count(state) }));
  if (paused) parts.push(t("batch.paused-all"));
  const left = open && !paused ? remaining() : null;
  if (left !== null) parts.push(t("batch.left", { time: earshot.clock(left) }));
  find(".sum-words").textContent = parts.join(" · ");
  const batch = current(), part = batch.length ? sum(batch, job => (isOpen(job) ? job.heard / job.duration : 1)) / batch.length : 1;
  track.hidden = !open;
  track.setAttribute("aria-label", t("batch.progress"));
  track.setAttribute("aria-valuenow", Math.round(100 * part));
  track.firstElementChild.style.width = 100 * part + "%";
  find("#batch-cancel-all").hidden = !open && !uploads.length;
  find("#batch-pause").hidden = !open && !uploads.length && !paused;
  find("#batch-pause").textContent = t(paused ? "batch.resume" : "batch.pause");
  find("#batch-delete-done").hidden = !count("done");
  find("#batch-delete-done").textContent = t(sure ? "batch.sure" : "batch.delete-done", { n: count("done") });
  const any = jobs.some(job => job.segments || job.state === "done");
  find("#batch-zip").hidden = !any || !formats().length;
  find("#batch-zip").href = new URL(`v1/jobs.zip?formats=${formats().join(",")}`, document.baseURI);
  const ended = open ? "" : parts.join(", ");
  if (spoken === "open" && ended) find(".spoken").textContent = ended; // said once, when all is done
  spoken = open ? "open" : "";
}
find("#batch-cancel-all").addEventListener("click", async () => {
  uploads = [];
  request?.abort();
  for (const job of jobs.filter(isOpen)) await change(`v1/jobs/${job.id}/cancel`, "POST");
  look();
});
find("#batch-pause").addEventListener("click", () => act(paused ? "v1/queue/resume" : "v1/queue/pause"));
find("#batch-delete-done").addEventListener("click", async () => {
  clearTimeout(sure);
  if (!sure) { sure = setTimeout(() => { sure = 0; renderSum(); }, 4000); return renderSum(); }
  sure = 0;
  for (const job of jobs.filter(each => each.state === "done")) await change(`v1/jobs/${job.id}`, "DELETE");
  look();
});

// --- a row each ---
function state(job) {
  if (job.file || job.path) {
    if (job.fault) return words(job.fault);
    return job.path || !job.part ? t("batch.queued") : t("source.uploading", { percent: Math.round(100 * job.part) });
  }
  if (job.state === "waiting") return job.place ? t("batch.waiting", { n: job.place }) : t("batch.paused");
  if (job.state === "failed") return words(job.error);
  if (job.state !== "running") return t("job." + job.state);
  const percent = job.duration ? Math.floor((100 * job.heard) / job.duration) : 0, speed = job.heard / (job.elapsed || 1);
  if (!job.heard || !speed) return t("batch.running", { percent });
  const left = earshot.clock((job.duration - job.heard) / speed);
  return t("batch.hearing", { percent, speed: speed < 10 ? speed.toFixed(1) : Math.round(speed), left });
}
function words(fault) {
  const { sentence } = earshot.told(fault.code === "internal" && fault.message ? { ...fault, code: "" } : fault);
  return t("batch.failed", { reason: sentence, code: fault.code });
}
function marks(job) {
  const found = [];
  if (job.emotion) found.push(el("span", "emotion", t("emotion." + job.emotion), { "data-emotion": job.emotion }));
  if (job.language) found.push(el("span", "tag", t("short." + job.language)));
  if (alerts.get(job.id)) found.unshift(el("span", "alerts", t("batch.alerts", { n: alerts.get(job.id) })));
  found.push(...Object.entries(job.events ?? {}).map(([event, times]) => earshot.heard(event, times)));
  const odd = (job.warnings ?? []).map(words => "warning." + words.split(":")[0]).filter(earshot.has);
  return [...found, ...odd.map(key => el("span", "odd", t(key)))];
}
function actions(job) { // [key, what it does or where it leads]
  const at = `v1/jobs/${job.id}`, found = [];
  if (job.file || job.path) return job.fault ? [["retry", () => again(job)], ["delete", () => giveUp(job)]] : [["cancel", () => giveUp(job)]];
  if (job.segments || job.state === "done") found.push(["open", () => earshot.say("open-job", { id: job.id })]);
  if ((job.segments || job.state === "done") && formats().length) found.push(["download", formats().length > 1 ? `v1/jobs.zip?ids=${job.id}&formats=${formats().join(",")}` : `${at}/transcript?format=${formats()[0]}&download=true`]);
  if (isOpen(job)) found.push(["cancel", () => act(at + "/cancel")]);
  else if (job.sound) found.push(["retry", () => act(at + "/retry")]);
  found.push(["delete", () => act(at, "DELETE")]);
  return found;
}
function row(job) {
  const item = el("li", "job", "", { "data-id": job.id });
  item.append(el("b", "job-name"), el("span", "job-facts"), el("p", "job-state"), el("div", "track"), el("div", "marks"), el("div", "job-actions"));
  item.querySelector(".track").append(el("div", "fill"));
  return item;
}
function fill(item, job) {
  const part = job.file ? job.part : job.duration ? job.heard / job.duration : 0, busy = job.state === "running" || (job.file && !job.fault);
  const seconds = job.duration ? earshot.clock(job.duration) : "", bad = job.state === "failed" || job.fault;
  item.dataset.state = job.state ?? (job.fault ? "failed" : "upload");
  item.classList.toggle("bad", Boolean(bad));
  put(item.querySelector(".job-name"), job.name);
  put(item.querySelector(".job-facts"), [seconds, job.size ? earshot.size(job.size) : ""].filter(Boolean).join(" · "));
  put(item.querySelector(".job-state"), state(job));
  item.querySelector(".track").hidden = !busy;
  item.querySelector(".track .fill").style.width = 100 * part + "%";
  item.querySelector(".marks").replaceChildren(...marks(job));
  fillActions(item.querySelector(".job-actions"), job);
}
function put(node, text) { if (node.textContent !== text) node.textContent = text; }
function fillActions(place, job) { // only where they change: what has the focus keeps it
  const wanted = actions(job), key = earshot.tongue + wanted.map(([name, what]) => name + (typeof what === "string" ? what : "")).join() + job.name;
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  const focused = place.contains(document.activeElement);
  place.replaceChildren(...wanted.map(([name, what]) => {
    const label = { "aria-label": t("batch.of", { action: t("do." + name), name: job.name }), "data-do": name };
    if (typeof what === "string") return el("a", "plain", t("do." + name), { ...label, href: new URL(what, document.baseURI), download: "" });
    const button = el("button", "plain", t("do." + name), { ...label, type: "button" });
    button.addEventListener("click", what);
    return button;
  }));
  if (focused) place.firstElementChild?.focus();
}
function renderRows() {
  const all = [...uploads, ...jobs], old = new Map([...list.children].map(item => [item.dataset.id, item]));
  let before = list.firstElementChild;
  for (const job of all) {
    const item = old.get(job.id) ?? row(job);
    old.delete(job.id);
    fill(item, job);
    if (item === before) before = before.nextElementSibling; else list.insertBefore(item, before);
  }
  for (const item of old.values()) item.remove();
  find(".batch > .nothing").hidden = Boolean(all.length) || !known;
}

// --- words ---
function render() {
  renderRows();
  renderSum();
}
function reword() {
  root.setAttribute("aria-label", t("tab.batch"));
  for (const node of element.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  find(".drop-title").textContent = t("batch.drop");
  find(".drop-choose").textContent = t("batch.choose");
  find(".drop-limit").textContent = t("batch.limit", { size: earshot.size(props.limit) });
  find("#batch-zip").textContent = t("batch.zip");
  find("#batch-cancel-all").textContent = t("batch.cancel-all");
  find(".batch > .nothing").textContent = t("batch.empty");
  find(".batch-note").textContent = t("batch.note");
  list.setAttribute("aria-label", t("batch.jobs"));
  const language = find("#batch-language"), chosen = language.value || "auto";
  language.replaceChildren(...props.languages.map(code => el("option", "", t("language." + code), { value: code })));
  language.value = chosen;
  if (trouble) complain(trouble);
  renderFolder();
  render();
}
function offer() {
  for (const name of props.formats) {
    const label = el("label", "check"), box = el("input", "", "", { type: "checkbox", value: name });
    box.checked = props.chosen.includes(name);
    box.addEventListener("change", render);
    label.append(box, el("span", "", name.toUpperCase()));
    find(".formats").append(label);
  }
}
offer();
reword();
on("tongue", reword);
new IntersectionObserver(([seen]) => { if (seen.isIntersecting) { judged = ""; look(); lookForFolders(); } }).observe(root);
document.addEventListener("visibilitychange", look);
