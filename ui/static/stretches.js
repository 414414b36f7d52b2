// The rows of a long list, laid in stretches: what is out of sight costs as much as its stretch, and not as all of its rows.
// `seen` is told the rows that come into view or nearly: the browser draws thousands of pixels beyond it.
// Returns what lays rows, all that are to be there, in their order; only what differs from before is touched.
earshot.stretches = (list, seen) => {
  const MOST = 10, ROW = 47; // rows of a stretch, and px of one that was never drawn
  const near = new WeakSet(); // stretches in view or nearly
  let laid = [];
  const sight = new IntersectionObserver(found => {
    for (const { target, isIntersecting } of found) if (isIntersecting) near.add(target); else near.delete(target);
    const rows = found.filter(one => one.isIntersecting).flatMap(one => [...one.target.children]);
    if (rows.length) seen(rows);
  }, { root: list, rootMargin: "400px" });

  function opened(before) { // a stretch behind another one, or the first
    const stretch = earshot.el("div", "stretch", "", { role: "presentation" });
    if (before) before.after(stretch); else list.prepend(stretch);
    sight.observe(stretch);
    return stretch;
  }
  function append(fresh, stretch, after) { // to the end of a stretch, and to new ones behind it; what comes after gets its own
    if (after && after.parentNode === stretch) {
      const rest = [...stretch.children];
      opened(stretch).append(...rest.slice(rest.indexOf(after)));
    }
    for (const row of fresh) {
      if (!stretch || stretch.childElementCount >= MOST) stretch = opened(stretch);
      stretch.append(row);
    }
  }
  return next => {
    const old = laid, shared = Math.min(old.length, next.length);
    let first = 0, last = 0;
    while (first < shared && old[first] === next[first]) first++;
    while (last < shared - first && old[old.length - 1 - last] === next[next.length - 1 - last]) last++;
    const fresh = next.slice(first, next.length - last), after = old[old.length - last] ?? null;
    for (const row of old.slice(first, old.length - last)) row.remove();
    if (after && fresh.length <= MOST) after.before(...fresh);
    else append(fresh, next[first - 1]?.parentNode, after);
    for (const stretch of [...list.children]) {
      if (!stretch.childElementCount) stretch.remove();
      else stretch.style.containIntrinsicBlockSize = `auto ${stretch.childElementCount * ROW}px`;
    }
    laid = next;
    seen(fresh.filter(row => near.has(row.parentNode)));
  };
};
