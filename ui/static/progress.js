// How far a run is, in words and as a bar; and what went wrong, with what to do next.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);
const NOTHING = { phase: "idle", heard: 0, duration: 0, elapsed: 0, hearing: 0, others: 0, queued: 0, warnings: [] };
let refused = null; // what the door said to the last thing that was asked, until there is an answer
let furthest = 0, most = 0; // of the run that is shown: neither falls

// "3 492", and tenths where there are few
const seconds = value => (most < 100 ? value.toFixed(1) : Math.floor(value).toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
const rate = speed => (speed >= 10 ? speed.toFixed(0) : speed.toFixed(1));
function numbers(view) {
  const done = view.phase === "done", speed = (done ? view.heard : furthest) / ((done || view.phase === "stopped" ? view.elapsed : view.hearing) || Infinity);
  return {
    heard: seconds(furthest), duration: seconds(most), elapsed: view.elapsed.toFixed(1), speed: rate(speed),
    eta: speed > 0 ? Math.ceil(Math.max(0, most - furthest) / speed).toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f") : "…",
    others: view.others, queued: Math.round(view.queued),
  };
}
function sentence(view) {
  if (view.phase === "idle") return "";
  if (view.phase === "failed") return earshot.told(view).sentence;
  if (view.silent) return t("progress.silent");
  if (view.phase === "hearing" && !furthest) return t(view.others ? "progress.waiting" : "progress.starting", numbers(view));
  return t("progress." + view.phase, numbers(view));
}
function measure(view) {
  if (view.phase === "opening" || view.phase === "idle") furthest = most = 0;
  furthest = view.phase === "done" ? view.heard : Math.max(furthest, view.heard || 0);
  most = view.phase === "done" ? view.duration : Math.max(most, view.duration || 0);
}
function render() {
  const view = refused ?? (props.value?.phase ? props.value : NOTHING);
  measure(view);
  const part = view.phase === "done" ? 1 : most ? furthest / most : 0;
  const box = find(".progress"), track = find(".track"), words = find(".words"), failed = view.phase === "failed";
  box.dataset.phase = view.phase;
  box.classList.toggle("silent", Boolean(view.silent));
  track.setAttribute("aria-label", t("progress.name"));
  track.setAttribute("aria-valuenow", Math.round(100 * part));
  find(".fill").style.width = 100 * part + "%";
  words.setAttribute("role", failed ? "alert" : "status");
  words.setAttribute("aria-live", view.phase === "hearing" ? "off" : "polite"); // twice a second is too often to read out
  words.textContent = sentence(view);
  words.title = view.message || "";
  const told = failed ? earshot.told(view) : { next: "", trail: "" };
  find(".next").hidden = !failed;
  find(".what").textContent = told.next;
  find(".trail").textContent = told.trail;
  const warnings = (view.warnings || []).filter(code => earshot.has("warning." + code));
  find(".warnings").replaceChildren(...warnings.map(code => el("li", "", t("warning." + code))));
  earshot.say("phase", view.phase);
}
render();
watch("value", () => { refused = null; render(); });
on("refused", error => { refused = { ...NOTHING, phase: "failed", ...error }; render(); });
on("tongue", render);
