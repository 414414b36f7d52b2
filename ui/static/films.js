// The video with the page's captions in it. Offered where the file looks like a video: whether it is one, the server says.
const { t, on, el, transcript } = earshot;
const group = element.querySelector(".films"), buttons = [...element.querySelectorAll("button")];
const WORDS = { soft: ["films.soft", "films.soft-hint"], burnt: ["films.burnt", "films.burnt-hint"] };
const VIDEO = /\.(3gp|avi|flv|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|ogv|ts|webm|wmv)$/i;
let source = null, making = "", part = 0, style = props.style;

async function make(mode) {
  earshot.say("settle"); // what is being typed is on the page, too
  const shown = transcript.shown();
  making = mode, part = 0;
  render();
  try {
    const answer = await earshot.post("console/film", JSON.stringify({ source, shown, mode, labels: style }));
    const film = await made(answer.body, shown.duration);
    el("a", "", "", { href: new URL("console/film/" + film, document.baseURI), download: "" }).click();
  } catch (fault) { earshot.say("notice", { fault: fault.code ? fault : { code: "away" } }); }
  making = "";
  render();
}
async function made(body, duration) { // under which name it can be fetched; says how far it is meanwhile
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) throw { code: "away" };
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const told of lines.map(line => JSON.parse(line))) {
      if (told.error) throw told.error;
      if (told.film) return told.film;
      part = duration ? Math.min(told.seconds / duration, 1) : 0;
    }
    render();
  }
}
element.addEventListener("click", event => {
  const button = event.target.closest("[data-film]");
  if (button && !making) make(button.dataset.film);
});
function render() {
  group.hidden = !source || source.job || !VIDEO.test(transcript.media.name);
  group.setAttribute("aria-label", t("films.name"));
  for (const button of buttons) {
    const mode = button.dataset.film, [name, hint] = WORDS[mode];
    button.textContent = t(making === mode ? "films.making" : name, { percent: Math.floor(100 * part) });
    button.title = t(hint);
    button.disabled = Boolean(making) || !transcript.segments.length;
    button.setAttribute("aria-busy", String(making === mode));
  }
}
on("source", next => { source = next; render(); });
on("segments", render);
on("media", render);
on("option", next => { style = next.labels ?? style; });
on("tongue", render);
render();
