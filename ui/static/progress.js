// How far a run is, in words and as a bar; and what went wrong, in one sentence.
const { t, on, el } = earshot;
const find = name => element.querySelector(name);

function numbers(view) {
  const speed = view.elapsed > 0 ? view.heard / view.elapsed : 0;
  return {
    heard: view.heard.toFixed(1),
    duration: view.duration.toFixed(1),
    elapsed: view.elapsed.toFixed(1),
    speed: speed >= 10 ? speed.toFixed(0) : speed.toFixed(1),
  };
}
function sentence(view) {
  if (view.phase === "idle") return "";
  if (view.phase === "failed") return earshot.has("error." + view.code) ? t("error." + view.code, view) : view.message;
  if (view.silent) return t("progress.silent");
  if (view.phase === "hearing" && !view.heard) return t("progress.starting", numbers(view));
  return t("progress." + view.phase, numbers(view));
}
let refused = null; // what the door said to the last thing that was asked, until there is an answer
function render() {
  const view = refused ?? (props.value?.phase ? props.value : { phase: "idle", heard: 0, duration: 0, elapsed: 0, warnings: [] });
  const part = view.phase === "done" ? 1 : view.duration ? view.heard / view.duration : 0;
  const box = find(".progress"), track = find(".track"), words = find(".words");
  box.dataset.phase = view.phase;
  box.classList.toggle("silent", Boolean(view.silent));
  track.setAttribute("aria-label", t("progress.name"));
  track.setAttribute("aria-valuenow", Math.round(100 * part));
  find(".fill").style.width = 100 * part + "%";
  words.setAttribute("role", view.phase === "failed" ? "alert" : "status");
  words.setAttribute("aria-live", view.phase === "hearing" ? "off" : "polite"); // twice a second is too often to read out
  words.textContent = sentence(view);
  words.title = view.message || "";
  const warnings = (view.warnings || []).filter(code => earshot.has("warning." + code));
  find(".warnings").replaceChildren(...warnings.map(code => el("li", "", t("warning." + code))));
  earshot.say("phase", view.phase);
}
render();
watch("value", () => { refused = null; render(); });
on("refused", error => { refused = { phase: "failed", duration: 0, ...error }; render(); });
on("tongue", render);
