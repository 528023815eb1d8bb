"use strict";
/* What the views share: elements from text (never from markup), filters, shares with Wilson's interval. */
const Explore = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);

  /* Append children: nodes as they are, everything else as text. */
  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function svg(name, attributes = {}, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  /* Wilson (1927), JASA 22:209-212; as methods.intervals.wilson, which the tests hold it against. */
  const Z = 1.959963984540054;
  function wilson(count, n) {
    if (!n) return null;
    const share = count / n, z2 = Z * Z;
    const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    const reach = (Z / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
    return { share, low: count === 0 ? 0 : middle - reach, high: count === n ? 1 : middle + reach };
  }

  function percent(value) {
    const number = 100 * value;
    return number > 0 && number < 9.95 ? number.toFixed(1) : number.toFixed(0);
  }

  function shareText(found) {
    return found ? `${percent(found.share)}\u00a0% [${percent(found.low)},\u00a0${percent(found.high)}]` : "–";
  }

  /* A bar from 0 to 1 with its interval; the words beside it say the same. */
  function bar(found) {
    const picture = svg("svg", { class: "plot", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: "ground", x: 0, y: 1, width: 100, height: 8 }));
    if (found) {
      picture.append(svg("rect", { x: 0, y: 2.5, width: 100 * found.share, height: 5 }),
        svg("line", { x1: 100 * found.low, x2: 100 * found.high, y1: 5, y2: 5 }));
    }
    return picture;
  }

  function counted(rows, key) {
    const counts = new Map();
    rows.forEach((row) => counts.set(key(row), (counts.get(key(row)) || 0) + 1));
    return counts;
  }

  /* A table: headings are texts, or [text, class]; the first cell of a row names it. */
  function table(caption, headings, rows, attributes = {}) {
    const cell = (heading) => (Array.isArray(heading) ? heading : [heading, ""]);
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, el("table", attributes, el("caption", {}, el("span", {}, caption)),
      el("thead", {}, el("tr", {}, ...headings.map((heading) => el("th", { scope: "col", class: cell(heading)[1] || null }, cell(heading)[0])))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((content, place) => (place === 0
        ? el("th", { scope: "row" }, content)
        : el("td", { class: cell(headings[place])[1] || null }, content))))))));
  }

  function shares(caption, heading, entries, n) {
    return table(caption, [heading, ["Count", "number"], ["Share [95 % interval]", "number"], ["from none to all", "bar"]],
      entries.map(([name, count]) => [name, String(count), shareText(wilson(count, n)), bar(wilson(count, n))]));
  }

  /* A select; options are [value, words]. */
  function select(title, name, options, all, change) {
    const field = el("select", { name, onchange: change },
      ...(all === null ? [] : [el("option", { value: "" }, all)]),
      ...options.map(([value, words]) => el("option", { value }, words)));
    return el("label", {}, title, field);
  }

  function values(form) {
    return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  }

  function fill(form, wanted) {
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") field.checked = Boolean(wanted[field.name]);
      else if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === (wanted[field.name] || ""))) field.selectedIndex = 0;
      else field.value = wanted[field.name] || "";
    }
  }

  const named = (codes) => Object.entries(codes);
  const plain = (text) => text.replaceAll("_", " ");
  /* Each view: {place, make(section), show(parameters)}. */
  return { data, el, svg, wilson, percent, shareText, bar, counted, table, shares, select, values, fill, named, plain, views: {} };
})();
