// Places in the transcript that one goes through: where a text is found, to be replaced, or words the engine was unsure of.
earshot.finder = (element, kept) => {
  const { t, edits, transcript } = earshot;
  const find = name => element.querySelector(name);
  const box = find(".finder"), needle = find("#find"), slider = find("#sure"), SURE = "sure", USUAL = 60; // %
  const OPENERS = { text: find("#find-open"), doubts: find("#doubts-open") };
  let by = "", matches = [], current = 0;
  slider.value = earshot.recall(SURE) ?? USUAL;

  // --- the places, by what is looked for ---
  const PLACES = {
    text(segment) {
      const query = needle.value.toLowerCase(), text = edits.text(segment).toLowerCase(), found = [];
      if (query) for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + query.length)) found.push({ at, length: query.length });
      return found;
    },
    doubts: segment => edits.doubtful(segment, slider.value / 100),
  };
  function search(moves = false) { // it moves there only where a person has asked for it: rows are chosen and edited meanwhile
    matches = by ? transcript.segments.filter(kept).flatMap(segment => PLACES[by](segment).map(place => ({ id: segment.id, ...place }))) : [];
    current = Math.min(current, Math.max(0, matches.length - 1));
    renderCount();
    earshot.say("found", by ? { by, matches, current, moves } : null);
  }
  function go(far) {
    if (!matches.length) return;
    current = (current + far + matches.length) % matches.length;
    search(true);
    if (by === "doubts") earshot.say("seek", matches[current].start); // it is judged by ear
  }

  // --- open and closed ---
  function open(next) {
    if (!transcript.segments.length) return;
    if (by !== next) current = 0;
    by = next;
    render();
    search();
    go(0);
    (by === "text" ? needle : slider).focus();
    if (by === "text") needle.select();
  }
  function close() {
    const opener = OPENERS[by];
    by = "";
    render();
    search();
    opener?.focus();
  }
  const toggle = next => (by === next ? close() : open(next));

  // --- replacing ---
  function replaced(segment, places) { // from the end, so that places before stay where they are
    let text = edits.text(segment);
    for (const { at, length } of [...places].reverse()) text = text.slice(0, at) + find("#replace").value + text.slice(at + length);
    return edits.retexted(segment, text.replace(/\s+/g, " "));
  }
  const put = (segment, after) => transcript.apply([{ ids: [segment.id], after: [after] }]);
  const segmentOf = id => transcript.segments[transcript.at(id)];
  function replaceOne() {
    const match = matches[current], segment = match && segmentOf(match.id), said = find("#replace").value;
    if (!segment) return;
    if (by === "doubts") { if (said.trim()) settle(segment, edits.assured(replaced(segment, [match]), match.at, said.length)); return; }
    put(segment, replaced(segment, [match]));
    const next = matches.findIndex(({ id, at }, n) => n >= current && !(id === match.id && at < match.at + said.length)); // what was put in is not looked at again
    current = Math.max(0, next);
    go(0);
  }
  function approve() {
    const match = matches[current], segment = match && segmentOf(match.id);
    if (segment) settle(segment, edits.assured(segment, match.at, match.length));
  }
  function settle(segment, after) { // no longer in doubt: the next one has its place
    const last = current === matches.length - 1;
    put(segment, after);
    find("#replace").value = "";
    if (!last) go(0);
  }
  function replaceAll() {
    const bySegment = new Map(), n = matches.length;
    for (const match of matches) bySegment.set(match.id, [...(bySegment.get(match.id) ?? []), match]);
    transcript.apply([...bySegment].map(([id, places]) => ({ ids: [id], after: [replaced(segmentOf(id), places)] })));
    earshot.say("notice", { words: "find.replaced", values: { n } });
  }

  // --- hands ---
  needle.addEventListener("input", () => { current = 0; search(true); });
  slider.addEventListener("input", () => { earshot.keep(SURE, slider.value); current = 0; render(); search(true); });
  box.addEventListener("keydown", event => {
    if (event.isComposing) return;
    const looks = event.target === needle || event.target === slider;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && looks) go(event.shiftKey ? -1 : 1);
    else if (event.key === "Enter" && event.target.id === "replace") { if (!event.repeat) replaceOne(); }
    else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey)) open("text");
    else return;
    event.preventDefault();
  });
  for (const [name, opener] of Object.entries(OPENERS)) opener.addEventListener("click", () => toggle(name));
  find("#find-close").addEventListener("click", close);
  find("#find-next").addEventListener("click", () => go(1));
  find("#find-previous").addEventListener("click", () => go(-1));
  find("#replace-one").addEventListener("click", replaceOne);
  find("#replace-all").addEventListener("click", replaceAll);
  find("#approve").addEventListener("click", approve);
  earshot.on("media", () => { current = 0; });

  // --- what it says ---
  function renderCount() {
    const match = matches[current], place = t("find.count", { n: match ? current + 1 : 0, all: matches.length });
    const word = by === "doubts" && match ? ` · ${edits.text(segmentOf(match.id)).slice(match.at, match.at + match.length)} · ${Math.round(match.sure * 100)} %` : "";
    find("#find-count").textContent = by === "doubts" || needle.value ? place + word : "";
    for (const name of ["#find-previous", "#find-next", "#replace-one", "#replace-all", "#approve"]) find(name).disabled = !match;
  }
  function render() {
    box.hidden = !by;
    box.dataset.by = by;
    for (const [name, opener] of Object.entries(OPENERS)) opener.setAttribute("aria-expanded", String(by === name));
    for (const [name, key] of [["#find-open", "find.open"], ["#doubts-open", "find.doubts"], ["#replace-one", "find.replace-one"], ["#replace-all", "find.replace-all"], ["#approve", "find.approve"]]) find(name).textContent = t(key);
    find("#sure-words").textContent = t("find.sure", { n: slider.value });
    for (const [name, key] of [["#find", "find.for"], ["#replace", "find.with"], ["#find-next", "find.next"], ["#find-previous", "find.previous"], ["#find-close", "find.close"]]) {
      find(name).setAttribute("aria-label", t(key));
      if (find(name).tagName === "INPUT") find(name).placeholder = t(key);
    }
    renderCount();
  }
  return { open, close, toggle, search, render, get shown() { return Boolean(by); } };
};
