// Files and texts made from the transcript on the page, corrections and all. The server writes them and keeps nothing.
const { t, on, el, transcript } = earshot;
const find = name => element.querySelector(name);
let style = props.style, phase = "idle", timer = 0, copied = 0, stale = false;

const body = () => JSON.stringify(transcript.shown());
const place = (what, options) => `console/${what}?${new URLSearchParams({ labels: style, ...options })}`;
const file = format => earshot.post(place("export", { format, ...(format === "txt" && find("#txt-times").checked ? { times: "1" } : {}) }), body());

async function download(format) {
  earshot.say("settle"); // what is being typed is on the page, too
  try {
    const answer = await file(format), link = el("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = decodeURIComponent(answer.headers.get("content-disposition").split("''")[1]);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (fault) { earshot.say("notice", { fault }); }
}
async function copy() {
  earshot.say("settle");
  try {
    await earshot.copy(await (await file("txt")).text());
    clearTimeout(copied);
    copied = setTimeout(() => { copied = 0; render(); }, 2000);
    render();
  } catch (fault) { earshot.say("notice", { fault }); }
}
// The values of the tabs beside the segments: rich, raw, json. Where they were asked for again meanwhile, the newest.
let newest = null;
async function texts(next) {
  style = next;
  await (newest = written());
  return newest;
}
async function written() {
  if (!transcript.segments.length) return ["", "", ""];
  try {
    const { rich, raw, json } = await (await earshot.post(place("texts"), body())).json();
    return [rich, raw, json];
  } catch (fault) {
    earshot.say("notice", { fault });
    return ["", "", ""];
  }
}
earshot.exports = { texts };
function changed() {
  stale = true;
  refresh(400);
}
// Texts are long: they are asked for only where somebody looks at one, and not while there is more to come.
function refresh(soon) {
  clearTimeout(timer);
  if (!stale || phase === "hearing" || phase === "opening") return;
  timer = setTimeout(() => {
    if (!["rich", "raw", "json"].some(id => document.getElementById(id)?.offsetParent)) return;
    stale = false;
    trigger("stale");
  }, soon);
}
document.addEventListener("click", event => { if (event.target.closest?.('[role="tab"], [role="option"]')) refresh(50); });
element.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (button?.dataset.format) download(button.dataset.format);
  else if (button) copy();
});
function render() {
  const empty = !transcript.segments.length;
  find(".exports").setAttribute("aria-label", t("exports.name"));
  find("#copy").textContent = t(copied ? "api.copied" : "api.copy");
  find(".with-times span").textContent = t("exports.times");
  for (const button of element.querySelectorAll("button")) button.disabled = empty;
}
on("segments", () => { render(); changed(); });
on("phase", next => { phase = next; changed(); });
on("tongue", render);
render();
