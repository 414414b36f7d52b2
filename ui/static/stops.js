// Buttons that belong together are one stop of the Tab key; arrows, Home and End go from one to the next.
earshot.stops = (() => {
  const FAR = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const held = event => event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  function stop(all, button) {
    for (const one of all) one.tabIndex = one === button ? 0 : -1;
  }
  function move(event, buttons) {
    const at = buttons.indexOf(document.activeElement);
    if (at < 0 || held(event)) return;
    const next = event.key === "Home" ? buttons[0] : event.key === "End" ? buttons.at(-1) : buttons[at + (FAR[event.key] ?? NaN)];
    if (!next) return;
    event.preventDefault();
    stop(buttons, next);
    next.focus();
  }
  // `all` gives the buttons as they are. Returns what is to be told when they have changed: the one to stop at, else the first.
  function group(place, all) {
    place.addEventListener("keydown", event => move(event, all()));
    return (button = all()[0]) => stop(all(), button);
  }
  // Gradio's tabs: which of them is chosen, they say themselves. It makes and replaces them when it likes, so all of the page is watched.
  function tabs() {
    const all = place => [...place.querySelectorAll(".tab-container:not(.visually-hidden) > [role=tab]")];
    const look = () => {
      for (const buttons of [...document.querySelectorAll(".tab-wrapper")].map(all)) stop(buttons, buttons.find(tab => tab.ariaSelected === "true") ?? buttons[0]);
    };
    const about = node => node.nodeType === Node.ELEMENT_NODE && (node.closest(".tab-wrapper") || node.querySelector(".tab-wrapper"));
    document.addEventListener("keydown", event => { const place = event.target.closest?.(".tab-wrapper"); if (place) move(event, all(place)); });
    new MutationObserver(seen => { if (seen.some(({ target, addedNodes }) => target.closest(".tab-wrapper") || [...addedNodes].some(about))) look(); })
      .observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
    look();
  }
  // Gradio (6.31) leaves a dropdown's list open when one goes on with the Tab key: it is closed as Escape closes it.
  function lists() {
    document.addEventListener("focusout", ({ target }) => {
      if (target.getAttribute?.("role") !== "combobox") return;
      setTimeout(() => {
        if (target.ariaExpanded === "true" && document.activeElement !== target) target.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
      }, 200); // a click on a choice takes the focus, too
    });
  }
  return { group, tabs, lists };
})();
