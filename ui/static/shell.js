// What all widgets share: words, theme, clocks and a way to tell one another things. Runs in <head>, before any widget.
// Expects window.EARSHOT_WORDS = {zh: {key: word}, en: {key: word}}.
window.earshot = (() => {
  const bus = new EventTarget();
  const root = document.documentElement;
  const on = (name, listener) => bus.addEventListener(name, event => listener(event.detail));
  const say = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

  // Storage may be refused (private windows): then a choice lasts as long as the page.
  const recall = key => { try { return localStorage.getItem("earshot." + key); } catch { return null; } };
  const keep = (key, value) => { try { localStorage.setItem("earshot." + key, value); } catch { /* lasts as long as the page */ } };

  // --- the door: where it refuses an event, Gradio's page says so in its own words or not at all ---
  const ask = window.fetch;
  window.fetch = async (...request) => {
    const answer = await ask(...request);
    if (!answer.ok && /\/queue\/join$/.test(new URL(answer.url).pathname)) {
      const known = { code: "internal", fault: "service", reference: answer.headers.get("x-request-id"), wait: answer.headers.get("retry-after") };
      answer.clone().json().then(said => say("refused", { ...known, ...said.error }), () => say("refused", known));
    }
    return answer;
  };

  // --- words ---
  let tongue = recall("tongue") || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
  const has = key => Boolean(window.EARSHOT_WORDS[tongue][key]);
  const t = (key, values = {}) =>
    (window.EARSHOT_WORDS[tongue][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  function applyTongue() {
    root.lang = tongue === "zh" ? "zh-Hans" : "en";
    say("tongue", tongue);
  }
  function setTongue(next) {
    tongue = next;
    keep("tongue", next);
    applyTongue();
  }
  const put = key => (Array.isArray(key) ? key.map(([name, value]) => [t(name), value]) : t(key));
  const reword = keys => keys.map(properties =>
    ({ __type__: "update", ...Object.fromEntries(Object.entries(properties).map(([name, key]) => [name, put(key)])) }));

  // --- theme: the system's until a person chooses ---
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (recall("theme") ? recall("theme") === "dark" : system.matches);
  function applyTheme() {
    document.body.classList.toggle("dark", isDark());
    say("theme", isDark());
  }
  function setDark(dark) {
    keep("theme", dark ? "dark" : "light");
    applyTheme();
  }
  system.addEventListener("change", () => setTimeout(applyTheme));
  const colour = name => getComputedStyle(document.body).getPropertyValue(name).trim();

  // --- numbers ---
  function clock(seconds, tenths = false) {
    const whole = tenths ? Math.round(Math.max(0, seconds) * 10) / 10 : Math.floor(Math.max(0, seconds));
    const [h, m] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
    const s = (whole % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function size(bytes) {
    const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"];
    return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
  }

  // --- DOM: text is always text ---
  function el(tag, className = "", text = "", attributes = {}) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== "") node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }
  // The last index whose start is not after t; -1 before the first.
  function lastAt(starts, time) {
    let [low, high, found] = [0, starts.length - 1, -1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= time) { found = middle; low = middle + 1; } else high = middle - 1;
    }
    return found;
  }
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); } catch { // no clipboard on plain http
      const area = el("textarea", "", text);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }
  // --- the server ---
  // What a route of ours answers. Throws what it answers where that is no success: {code, message, reference, wait}.
  const post = (place, body) => get(place, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  async function get(place, request) {
    let answer;
    try {
      answer = await ask(new URL(place, document.baseURI), request);
    } catch { throw { code: "away" }; }
    if (answer.ok) return answer;
    const known = { code: "internal", reference: answer.headers.get("x-request-id"), wait: answer.headers.get("retry-after"), fault: answer.status >= 500 || answer.status === 429 ? "service" : "request" };
    throw { ...known, ...(await answer.json().catch(() => ({}))).error };
  }
  // A fault in words: what happened, what to do next, and what to tell whoever runs the server.
  function told(view) {
    const sentence = has("error." + view.code) ? t("error." + view.code, view) : view.message || t("error.internal", view);
    const next = view.fault ? t("next." + view.fault) : "", trail = [view.code, view.reference].filter(Boolean).join(" · ");
    return { sentence, next, trail: trail && `(${trail})` };
  }

  const GLYPHS = { bgm: "♪", laughter: "😄", applause: "👏", cry: "😭", sneeze: "🤧", breath: "〰", cough: "😷", sing: "🎤", noise: "≈" };
  const heard = (event, times = 1) => el("span", "event", `${GLYPHS[event] ?? ""} ${t("event." + event)}${times > 1 ? ` ×${times}` : ""}`, { "data-event": event });
  return {
    get, post, told, GLYPHS, heard,
    on, say, t, has, recall, keep, applyTongue, setTongue, reword, isDark, applyTheme, setDark, colour, clock, size, el, lastAt, copy,
    get tongue() { return tongue; },
  };
})();
