// The transcript on the page: what was heard, and what a person has done to it since, as a log that can be undone.
// An operation replaces neighbours, named by their ids, by others, or names a speaker. What is heard later never undoes it: the log
// is applied anew.
// Kept in the browser under the recording's key, so that it is there after a reload and after a restart of the server.
earshot.transcript = (() => {
  const PLACE = "earshot.edits.", MOST = 20; // recordings that are remembered
  const NOTHING = { key: "", name: "", duration: 0, job: "" }; // `job`: its id, or "running", where the server keeps it
  let media = NOTHING, base = [], done = [], undone = [], segments = [], stale = false, draft = null, timer = 0, unsaved = false;
  let given = {}, names = {}; // of speakers: those it came with, and those that hold
  let partial = false; // whether it was corrected before all of the job was heard
  let revision = ""; // of a job's text as the server keeps it: what the log stands on

  // --- the log ---
  function applied() {
    const list = [...base];
    for (const { changes = [] } of done) for (const change of changes) {
      const at = list.findIndex(segment => segment.id === change.ids[0]);
      if (at >= 0 && change.ids.every((id, i) => list[at + i]?.id === id)) list.splice(at, change.ids.length, ...change.after);
    }
    return list;
  }
  function renew() {
    const before = JSON.stringify(names);
    names = Object.assign({}, given, ...done.map(operation => operation.names));
    segments = applied();
    if (JSON.stringify(names) !== before) earshot.say("names");
    earshot.say("segments", segments);
  }
  function act(operation) {
    done.push(operation);
    partial ||= media.job === "running";
    undone = [];
    draft = null;
    renew();
    save();
  }
  const apply = changes => { if (changes.length) act({ changes }); };
  const replace = (old, after) => apply([{ ids: old.map(segment => segment.id), after }]);
  function move(from, to) {
    if (!from.length) return;
    to.push(from.pop());
    renew();
    save();
  }
  function discard() {
    done = [], undone = [], draft = null;
    renew();
    save();
  }

  // --- what was heard: lines only come at the end, or all anew ---
  function named(list, taken) {
    return list.map(segment => {
      let id = `${Math.round(segment.start * 1000)}-${Math.round(segment.end * 1000)}`; // the same when it is heard again
      while (taken.has(id)) id += "'";
      taken.add(id);
      return { ...segment, id };
    });
  }
  function clear() { // what a person has worked on stays until there is something new
    stale = true;
    if (!done.length) { base = []; renew(); }
  }
  function hear(list, called = {}) {
    if (!list.length) return;
    if (stale) { earshot.say("settle"); base = []; given = called; stale = false; }
    base = base.concat(named(list, new Set(base.map(segment => segment.id))));
    renew();
  }
  // What a job has now. Where it was last corrected here, what is kept has it already, and can be undone; where elsewhere, that counts.
  function reopen(list, called, now) {
    const elsewhere = now !== revision && done.length > 0;
    revision = now;
    if (!partial && elsewhere) {
      done = [], undone = [], draft = null;
      earshot.say("notice", { words: "edits.elsewhere" });
    }
    if (!partial && done.some(operation => operation.changes)) return;
    clear();
    hear(list, called);
    if (!partial) return;
    partial = media.job === "running";
    save();
  }
  function revised(key, next) { // what was sent is kept
    if (key === media.key) { revision = next; return store(true); }
    const known = recalled(key);
    if (!known) return;
    try {
      localStorage.setItem(PLACE + key, `${Date.now()}|` + JSON.stringify({ ...known, revision: next }));
    } catch { /* no room: it is opened as one that was corrected elsewhere */ }
  }
  function ended(phase) {
    if (phase === "done" && stale) { base = []; stale = false; renew(); } // there was nothing to hear
    if (phase === "done" && done.length) save();
  }

  // --- storage ---
  const places = () => Object.keys(localStorage).filter(place => place.startsWith(PLACE));
  const age = place => Number(localStorage.getItem(place).split("|", 1)[0]);
  function save() {
    clearTimeout(timer);
    timer = setTimeout(store, 300);
  }
  function store(quiet = false) {
    clearTimeout(timer);
    timer = 0;
    if (!media.key) return;
    try {
      const log = draft ? [...done, draft] : done, place = PLACE + media.key;
      if (!log.length) localStorage.removeItem(place);
      else write(place, `${Date.now()}|`, { duration: media.duration, partial, revision, done: log, names: given, base });
      unsaved = false;
    } catch { unsaved = true; } // refused, as in private windows, or full with this one alone
    if (!quiet) earshot.say("saved", !unsaved);
  }
  function write(place, stamp, { base, ...log }) {
    const others = places().filter(other => other !== place).sort((a, b) => age(a) - age(b));
    for (const old of others.splice(0, others.length + 1 - MOST)) localStorage.removeItem(old);
    for (const kept of [{ ...log, base }, { ...log, base: [] }]) { // the log alone is small, and fits what is heard again
      for (;;) {
        try { return localStorage.setItem(place, stamp + JSON.stringify(kept)); } catch (fault) {
          if (!others.length) { if (!kept.base.length) throw fault; break; }
          localStorage.removeItem(others.shift());
        }
      }
    }
  }
  function recalled(key) {
    try {
      const kept = localStorage.getItem(PLACE + key), known = kept && JSON.parse(kept.slice(kept.indexOf("|") + 1));
      return known && Array.isArray(known.done) && Array.isArray(known.base) ? known : null;
    } catch { return null; }
  }
  function open(next) {
    if (next.key === media.key) { media = next; return; }
    earshot.say("settle");
    if (timer) store();
    media = next;
    const known = next.key ? recalled(next.key) : null;
    base = known?.base ?? [], given = known?.names ?? {}, partial = Boolean(known?.partial), revision = known?.revision ?? "", done = known?.done ?? [], undone = [], stale = base.length > 0, draft = null;
    renew();
    if (known && base.length) earshot.say("restored");
  }
  addEventListener("pagehide", () => { if (done.length || draft) store(); });
  earshot.on("phase", ended);

  return {
    open, clear, hear, reopen, revised, apply, replace, discard, store,
    undo: () => move(done, undone),
    redo: () => move(undone, done),
    // What is being typed: kept, but not yet done.
    type(segment, next) {
      draft = next && { changes: [{ ids: [segment.id], after: [next] }] };
      save();
    },
    name: (speaker, name) => { if (name !== (names[speaker] ?? "")) act({ names: { [speaker]: name } }); },
    nameOf: speaker => names[speaker] || "",
    at: id => segments.findIndex(segment => segment.id === id),
    get segments() { return segments; },
    get media() { return media; },
    shown() { // what the page shows, as the server reads it
      const { name, duration } = media;
      return { name, duration, names, segments: segments.map(({ id, edited, ...segment }) => segment) };
    },
    get edits() { return done.length; },
    get undone() { return undone.length; },
    get saved() { return !unsaved; },
  };
})();
