// What the server is doing, asked while somebody looks; language, theme and help; the banners that nobody may miss.
const { t, on } = earshot;
const find = name => element.querySelector(name);
const PAUSE = 2000, PATIENCE = 8000; // ms between two looks, and for the answer to one
const REFUSED = 401, OFTEN = 429;
let view = { state: "loading", detail: "" }, trouble = "", asking = false, timer = 0;

// --- the server ---
async function look() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(new URL("console/state", document.baseURI), { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) view = await answer.json();
    trouble = answer.ok || answer.status === OFTEN ? "" : answer.status === REFUSED ? "locked" : "gone";
  } catch { trouble = "gone"; }
  asking = false;
  render();
}
function watchServer() {
  clearInterval(timer);
  if (document.hidden) return;
  timer = setInterval(look, PAUSE);
  look();
}

// --- in words ---
const memory = bytes => { // in units of 2^30 bytes, by which memory is sold
  const value = bytes / 2 ** 30;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
};
function stateText() {
  if (view.state === "ready") return [t("state.ready"), view.checkpoint, view.vad].filter(Boolean).join(" · ");
  return [t("state." + view.state), view.detail].filter(Boolean).join(" · ");
}
function queueText() {
  return view.waiting > 0 ? t("queue.seconds", { requests: view.requests, seconds: view.waiting }) : t("queue.requests", { requests: view.requests });
}
function put(name, text, hint) {
  const place = find(name);
  place.hidden = !text;
  if (place.textContent !== text) place.textContent = text; // the same words are not said again
  place.title = [text, hint].filter(Boolean).join(" · "); // a narrow screen cuts it short
}
function banner() {
  const ending = view.state === "draining" || view.state === "stopped";
  return trouble ? t("away." + trouble) : ending ? t("away.ending") : "";
}
function render() {
  find(".skip").textContent = t("app.skip");
  find(".tagline").textContent = t("app.tagline");
  find("#state").dataset.state = trouble ? "gone" : view.state;
  const state = trouble ? t("state." + trouble) : stateText();
  if (find("#state-text").textContent !== state) find("#state-text").textContent = state;
  find("#state").title = state;
  put("#device", view.total && !trouble ? `${view.device} ${memory(view.used)}/${memory(view.total)} GB` : "", t("device.hint"));
  put("#queue", view.requests === undefined || trouble ? "" : queueText(), t("queue.hint"));
  put("#away", banner(), "");
  find("#tongue").textContent = t("tongue.switch");
  find("#tongue").title = t("tongue.hint");
  find("#tongue").lang = earshot.tongue === "zh" ? "en" : "zh-Hans";
  label("#theme", t(earshot.isDark() ? "theme.light" : "theme.dark"));
  label("#help", t("help.hint"));
  find(".knobs").setAttribute("aria-label", t("knobs.name"));
  find("#demo").hidden = !view.demo;
}
function label(name, hint) {
  find(name).title = hint;
  find(name).setAttribute("aria-label", hint);
}
function fillBanner() { // in both languages at once: nobody may miss it
  for (const place of element.querySelectorAll("#demo [data-word]")) {
    place.textContent = window.EARSHOT_WORDS[place.lang.slice(0, 2)][place.dataset.word];
  }
}

find("#tongue").addEventListener("click", () => {
  earshot.setTongue(earshot.tongue === "zh" ? "en" : "zh");
  trigger("tongue");
});
find("#theme").addEventListener("click", () => earshot.setDark(!earshot.isDark()));
find("#help").addEventListener("click", () => earshot.say("help"));
document.addEventListener("visibilitychange", watchServer);
earshot.applyTheme(); // both after Gradio has applied its own
earshot.applyTongue();
fillBanner();
earshot.stops.group(find(".knobs"), () => [...find(".knobs").children])();
render();
watchServer();
on("tongue", render);
on("theme", render);
find(".skip").addEventListener("click", event => {
  event.preventDefault();
  const tab = [...document.querySelectorAll("#tabs > .tabitem")].find(one => one.getClientRects().length);
  tab?.querySelector("input, button, select, a[href], textarea")?.focus();
});
