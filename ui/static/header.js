// Name, state of the engine, language and theme, and the banner of the demo checkpoint.
const { t, on } = earshot;
const find = name => element.querySelector(name);

function stateText(view) {
  const waiting = view.waiting > 0 ? [t("state.waiting", { seconds: view.waiting })] : [];
  if (view.state === "ready") return [t("state.ready"), view.checkpoint, view.vad, ...waiting].filter(Boolean).join(" · ");
  return [t("state." + view.state), view.detail].filter(Boolean).join(" · ");
}

function render() {
  const view = props.value?.state ? props.value : { state: "loading", detail: "" };
  find(".tagline").textContent = t("app.tagline");
  find("#state").dataset.state = view.state;
  find("#state-text").textContent = stateText(view);
  find("#state").title = stateText(view);
  find("#tongue").textContent = t("tongue.switch");
  find("#tongue").title = t("tongue.hint");
  find("#tongue").lang = earshot.tongue === "zh" ? "en" : "zh-Hans";
  const hint = t(earshot.isDark() ? "theme.light" : "theme.dark");
  find("#theme").title = hint;
  find("#theme").setAttribute("aria-label", hint);
  find("#demo").hidden = !view.demo;
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
earshot.applyTheme(); // both after Gradio has applied its own
earshot.applyTongue();
fillBanner();
render();
watch("value", render);
on("tongue", render);
on("theme", render);
