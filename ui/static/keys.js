// The keyboard: each key says a command on the bus. None fires while a person types, or while another tab is shown.
earshot.keys = (() => {
  // [shown, command, detail, test]; what is shown as [key, words' key] is also the help.
  const plain = event => !event.ctrlKey && !event.metaKey && !event.altKey;
  const control = event => (event.ctrlKey || event.metaKey) && !event.altKey;
  const key = (name, shift) => event => plain(event) && event.key.toLowerCase() === name && (shift === undefined || event.shiftKey === shift);
  const held = (name, shift = false) => event => control(event) && event.key.toLowerCase() === name && event.shiftKey === shift;
  const alt = name => event => event.altKey && !event.ctrlKey && !event.metaKey && event.key === name;
  const COMMANDS = [
    ["Space", "key.play", "play", null, key(" ")],
    ["Alt ←", "key.back", "skip", -5, alt("ArrowLeft")],
    ["Alt →", "key.ahead", "skip", 5, alt("ArrowRight")],
    ["J", "key.back-little", "skip", -2, key("j")],
    ["L", "key.ahead-little", "skip", 2, key("l")],
    ["↑", "key.previous", "step", -1, key("arrowup")],
    ["↓", "key.next", "step", 1, key("arrowdown")],
    ["Enter", "key.seek", "go", null, key("enter")],
    ["E", "key.edit", "edit", null, key("e")],
    ["S", "key.split", "split", null, key("s")],
    ["M", "key.merge", "merge", null, key("m")],
    ["Delete", "key.delete", "delete", null, key("delete")],
    ["R", "key.again", "again", null, key("r")],
    ["Ctrl Z", "key.undo", "undo", null, held("z")],
    ["Ctrl Y", "key.redo", "redo", null, event => held("y")(event) || held("z", true)(event)],
    ["Ctrl F", "key.find", "find", null, held("f")],
    ["U", "key.doubts", "doubts", null, key("u")],
    ["[", "key.slower", "speed", -1, key("[")],
    ["]", "key.faster", "speed", 1, key("]")],
    ["D", "key.dark", "dark", null, key("d")],
    ["?", "key.help", "help", null, key("?")],
    ["Esc", "key.leave", "leave", null, key("escape")],
    ...["1", "2", "3", "4", "5", "6", "7"].map((digit, n) => [digit, "key.filter", "felt", n, key(digit)]),
  ];
  // While a text is edited: shown in the help, done by the text itself.
  const TYPING = [["Esc", "key.unedit"], ["Ctrl Enter", "key.save"]];

  const slides = node => node?.type === "range";
  const types = node => node?.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(node?.tagName || "") && !slides(node));
  const presses = node => /^(BUTTON|A|SUMMARY)$/.test(node?.tagName || "") || /^(slider|tab|option|menuitem)$/.test(node?.getAttribute?.("role") || "");
  const shown = () => Boolean(document.getElementById("desk")?.offsetParent);
  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.isComposing || types(event.target) || document.querySelector("dialog[open]") || !shown()) return;
    const found = COMMANDS.find(([, , , , test]) => test(event));
    if (!found || (presses(event.target) && [" ", "Enter"].includes(event.key))) return;
    if ((event.target.getAttribute?.("role") || slides(event.target)) && event.key.startsWith("Arrow") && !event.altKey) return; // tabs and sliders have their own
    event.preventDefault();
    earshot.say("command", { name: found[2], detail: found[3] });
  });
  return { COMMANDS, TYPING };
})();
