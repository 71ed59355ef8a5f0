"use strict";
// Changes the page in place, so that focus, selection, open details and scroll position stay.
const $ = (id) => document.getElementById(id);
const EVERY = 5000;
const main = $("main"), filter = $("filter"), live = $("live");
let lost = "";

function same(a, b) {
  return a.nodeName === b.nodeName && a.id === b.id;
}

function follow(a, b) {
  if (a.nodeType === Node.TEXT_NODE) {
    if (a.data !== b.data) a.data = b.data;
    return;
  }
  const own = (name) => name === "open" || name === "hidden";
  for (const { name } of [...a.attributes]) if (!own(name) && !b.hasAttribute(name)) a.removeAttribute(name);
  for (const { name, value } of b.attributes)
    if (!own(name) && a.getAttribute(name) !== value) a.setAttribute(name, value);
  [...b.childNodes].forEach((next, at) => {
    const now = a.childNodes[at];
    if (now && same(now, next)) follow(now, next);
    else if (now) now.replaceWith(document.importNode(next, true));
    else a.append(document.importNode(next, true));
  });
  while (a.childNodes.length > b.childNodes.length) a.lastChild.remove();
}

function show() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text) => words.every((word) => text.includes(word));
  const counts = {};
  for (const section of main.querySelectorAll("section")) {
    const name = section.querySelector("h2").textContent.toLowerCase();
    let any = has(name);
    for (const item of section.querySelectorAll("article, .targets tbody tr")) {
      const kind = item.nodeName === "TR" ? "targets" : "metrics";
      const count = counts[kind] ??= { found: 0, all: 0 };
      item.hidden = !has(name + " " + (kind === "targets" ? item.id.toLowerCase() + " " : "") + item.textContent.toLowerCase());
      count.all += 1;
      count.found += !item.hidden;
      any ||= !item.hidden;
    }
    section.hidden = !any;
  }
  const found = Object.entries(counts).map(([kind, { found, all }]) => `${found} of ${all} ${kind}`);
  $("found").textContent = words.length ? found.join(", ") : "";
}

function states(root) {
  return [...root.querySelectorAll("section, .targets tbody tr")].map((item) => [item, item.matches("tr") ? "" : ".head "])
    .map(([item, head]) => [item.id.slice(2), [...item.querySelectorAll(head + ".state")].map((state) => state.textContent)])
    .filter(([, states]) => states.length)
    .map(([name, states]) => name + ": " + states.join(", "));
}

function list(changed) {
  const more = changed.length - 5;
  return changed.slice(0, 5).join(". ") + (more > 0 ? `. And ${more} more changes` : "");
}

function say(text) {
  if ($("announcement").textContent !== text) $("announcement").textContent = text;
}

async function refresh() {
  try {
    const response = await fetch(location.pathname + location.search, { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    if (!response.ok) throw new Error(response.status);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const before = states(main), now = states(page);
    for (const id of ["facts", "main"]) follow($(id), page.getElementById(id));
    document.title = page.title;
    show();
    const known = new Set(before), changed = now.filter((state) => !known.has(state));
    if (lost || changed.length) say(list(changed));
    lost = "";
  } catch {
    lost ||= new Date().toLocaleTimeString();
    say(`The exporter has not responded since ${lost}. The page shows older values. Retrying.`);
  }
}

function later() {
  setTimeout(async () => {
    if (live.checked && !document.hidden) await refresh();
    later();
  }, EVERY);
}

filter.addEventListener("input", show);
live.addEventListener("change", () => live.checked && refresh());
document.addEventListener("visibilitychange", () => !document.hidden && live.checked && refresh());
$("tools").addEventListener("submit", (event) => event.preventDefault());
$("tools").hidden = false;
show();
later();
