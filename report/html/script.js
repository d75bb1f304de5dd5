"use strict";
(() => {
  // Without this script every link still leads to what it names; with it, cards
  // open in place, the theme can be chosen, and paragraph links are copied.
  const root = document.documentElement;

  const button = document.querySelector(".theme");
  const remember = (v) => { try { v ? localStorage.setItem("theme", v) : localStorage.removeItem("theme"); } catch {} };
  const recall = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const choose = (v) => {
    if (v === "light" || v === "dark") root.dataset.theme = v; else delete root.dataset.theme;
    button.textContent = { light: "Light", dark: "Dark" }[v] || "Light or dark";
    button.title = v ? "Theme chosen here" : "Theme as the system has it";
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = { light: "dark", dark: "" }[root.dataset.theme] ?? "light";
    choose(next);
    remember(next);
  });
  choose(recall() ?? root.dataset.theme);

  const open = () => {
    const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (at instanceof HTMLDetailsElement) { at.open = true; at.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();

  const pop = document.createElement("div");
  pop.id = "card";
  pop.className = "pop";
  pop.popover = "auto";
  pop.tabIndex = -1;
  document.body.append(pop);
  const show = (card, link) => {
    const head = document.createElement("p");
    head.className = "head";
    head.append(...card.querySelector("summary").cloneNode(true).childNodes);
    const body = card.querySelector("dl").cloneNode(true);
    for (const a of body.querySelectorAll("a[href^='#records-']")) {
      const list = document.getElementById(a.hash.slice(1)).cloneNode(true);
      list.removeAttribute("id");
      a.replaceWith(list);
    }
    pop.replaceChildren(head, body);
    pop.showPopover();
    const at = link.getBoundingClientRect(), gap = 8;
    const below = at.bottom + gap + pop.offsetHeight <= innerHeight;
    const top = below ? at.bottom + gap : Math.max(gap, at.top - gap - pop.offsetHeight);
    const left = Math.max(gap, Math.min(at.left, root.clientWidth - pop.offsetWidth - gap));
    pop.style.top = top + scrollY + "px";
    pop.style.left = left + scrollX + "px";
    pop.focus({ preventScroll: true });
  };
  document.addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href^='#']");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    const at = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (at?.matches("details.card") && pop.showPopover) {
      e.preventDefault();
      show(at, link);
      return;
    }
    if (pop.contains(link)) pop.hidePopover();
    if (link.matches(".num")) {
      navigator.clipboard?.writeText(link.href).then(() => {
        link.dataset.copied = "";
        setTimeout(() => delete link.dataset.copied, 1500);
      }, () => {});
    }
  });

  // The contents show where the reader is: the topmost heading in sight.
  const entries = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const inSight = new Set();
  let here;
  const watch = new IntersectionObserver((seen) => {
    for (const s of seen) inSight[s.isIntersecting ? "add" : "delete"](s.target.parentElement.id);
    const first = [...entries.keys()].find((id) => inSight.has(id));
    if (!first) return;
    here?.removeAttribute("aria-current");
    here = entries.get(first);
    here.setAttribute("aria-current", "true");
  }, { rootMargin: "0px 0px -60% 0px" });
  for (const id of entries.keys()) {
    const heading = document.getElementById(id)?.querySelector("h2, h3");
    if (heading) watch.observe(heading);
  }
})();
