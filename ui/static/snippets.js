// How to ask the same of the REST API, with this page's own address filled in.
const { t, on, el } = earshot;
const address = new URL(".", document.baseURI).href.replace(/\/$/, "");

const snippets = () => [
  ["api.curl", `curl ${address}/v1/audio/transcriptions \\\n  -F file=@speech.mp3 \\\n  -F model=${props.model} \\\n  -F response_format=verbose_json`],
  ["api.subtitles", `curl ${address}/v1/audio/transcriptions \\\n  -F file=@talk.mp4 -F response_format=srt -o talk.srt`],
  ["api.python", [
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url="${address}/v1", api_key="unused")`,
    'with open("speech.mp3", "rb") as file:',
    "    heard = client.audio.transcriptions.create(",
    `        model="${props.model}", file=file, response_format="verbose_json"`,
    "    )",
    "for segment in heard.segments:",
    "    print(segment.start, segment.end, segment.emotion, segment.text)",
  ].join("\n")],
];
function block([key, code]) {
  const box = el("section", "snippet"), top = el("div", "snippet-top"), button = el("button", "copy", t("api.copy"), { type: "button" });
  button.addEventListener("click", async () => {
    await earshot.copy(code);
    button.textContent = t("api.copied");
    setTimeout(() => { button.textContent = t("api.copy"); }, 1500);
  });
  top.append(el("h2", "", t(key)), button);
  const pre = el("pre", "", "", { tabindex: "0" });
  pre.append(el("code", "", code));
  box.append(top, pre);
  return box;
}
function render() {
  element.querySelector(".lead").textContent = t("api.lead");
  element.querySelector(".snippets").replaceChildren(...snippets().map(block));
}
render();
on("tongue", render);
