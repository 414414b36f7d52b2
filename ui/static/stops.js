// Buttons that belong together are one stop of the Tab key; arrows, Home and End go from one to the next.
earshot.stops = (() => {
  const FAR = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const held = event => event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  function stop(all, button) {
    for (const one of all) one.tabIndex = one === button ? 0 : -1;
  }
  // `all` gives the buttons as they are. Returns what is to be told when they have changed: the one to stop at, else the first.
  function group(place, all) {
    place.addEventListener("keydown", event => {
      const buttons = all(), at = buttons.indexOf(document.activeElement);
      if (at < 0 || held(event)) return;
      const next = event.key === "Home" ? buttons[0] : event.key === "End" ? buttons.at(-1) : buttons[at + (FAR[event.key] ?? NaN)];
      if (!next) return;
      event.preventDefault();
      stop(buttons, next);
      next.focus();
    });
    return (button = all()[0]) => stop(all(), button);
  }
  function tabs(place) { // Gradio's: which of them is chosen, it says itself
    const all = () => [...place.querySelectorAll(".tab-container:not(.visually-hidden) > [role=tab]")];
    const settle = group(place, all), look = () => settle(all().find(tab => tab.ariaSelected === "true"));
    new MutationObserver(look).observe(place, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
    look();
  }
  return { group, tabs };
})();
