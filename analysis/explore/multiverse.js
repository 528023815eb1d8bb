/* The multiverse: choose a specification by its choices, see where it falls among all, and what one other choice would change. */
Explore.views.multiverse = (() => {
  const { data, el, svg, select, values, fill, table, percent } = Explore;
  const { choices, described, scale, steps, nulls } = data.multiverse;
  const POINTS = 400;
  let form, answer, drawing, others, r, p, n, sorted, positive;

  function bytes(text) {
    return new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  }

  function decode() {
    const [rs, ps, ns] = [data.multiverse.r, data.multiverse.p, data.multiverse.n].map(bytes);
    n = new Uint8Array(ns.buffer);
    r = Float64Array.from(n, (_, cell) => rs.getInt16(2 * cell, true) / scale);
    p = Float64Array.from(n, (_, cell) => ps.getUint16(2 * cell, true) / steps);
    sorted = r.filter((_, cell) => n[cell] > 0).sort();
    positive = sorted.filter((value) => value > 0).length / sorted.length;
  }

  function cellOf(chosen) {
    return choices.reduce((cell, choice) => cell * choice.values.length + choice.values.findIndex(([value]) => value === chosen[choice.name]), 0);
  }

  /* How many specifications lie below; of ties the half. */
  function rank(value) {
    let below = 0, ties = 0;
    for (const other of sorted) { if (other < value) below += 1; else if (other === value) ties += 1; else break; }
    return (below + ties / 2) / sorted.length;
  }

  const signed = (value) => (value < 0 ? "−" : "") + Math.abs(value).toFixed(2);
  const probability = (value) => (value < 0.001 ? "< 0.001" : value.toFixed(3));

  function say(cell) {
    if (!n[cell]) {
      return "There is no such specification: too few releases have an outcome, or all have the same, or the combination makes no sense "
        + "(a plain number of releases that were not observed throughout, the first release where it has no outcome).";
    }
    const place = rank(r[cell]);
    return `r = ${signed(r[cell])} over ${n[cell]} releases (p = ${probability(p[cell])}, by itself, two-sided, by Student's t). `
      + `${percent(place)} % of the ${sorted.length.toLocaleString("en")} specifications lie below, ${percent(1 - place)} % above.`;
  }

  function curve(cell) {
    const points = Array.from({ length: POINTS + 1 }, (_, step) => {
      const place = Math.min(sorted.length - 1, Math.round((step / POINTS) * (sorted.length - 1)));
      return `${(100 * step) / POINTS},${50 - 50 * sorted[place]}`;
    });
    const picture = svg("svg", { class: "curve", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img",
      "aria-label": "All specifications in the order of their correlation, from most negative to most positive; the chosen one is marked" },
    svg("line", { class: "zero", x1: 0, x2: 100, y1: 50, y2: 50 }), svg("path", { d: `M${points.join("L")}` }));
    const frame = el("div", { class: "frame" }, picture);
    const label = (text, style) => { const span = el("span", {}, text); Object.assign(span.style, style); frame.append(span); };
    [["+1", "0%"], ["0", "50%"], ["−1", "100%"]].forEach(([text, top]) => label(text, { left: "0", top: `calc(.4rem + 15rem * ${parseFloat(top) / 100} - .6rem)` }));
    label("most negative", { left: "2.6rem", bottom: "0" });
    label("most positive", { right: "0", bottom: "0" });
    if (n[cell]) {
      const x = 100 * rank(r[cell]);
      picture.append(svg("line", { class: "here", x1: x, x2: x, y1: 0, y2: 100 }));
      const dot = el("span", { class: "dot" });
      Object.assign(dot.style, { left: `calc(2.6rem + (100% - 2.6rem) * ${x / 100})`, top: `calc(.4rem + 15rem * ${(1 - r[cell]) / 2})` });
      frame.append(dot);
    }
    return frame;
  }

  function alternatives(chosen) {
    const rows = choices.flatMap((choice) => choice.values.filter(([value]) => value !== chosen[choice.name]).map(([value, words]) => {
      const other = { ...chosen, [choice.name]: value }, cell = cellOf(other);
      const take = el("button", { type: "button", onclick: () => { fill(form, other); update(); form.elements[choice.name].focus(); } }, words);
      return [el("span", {}, choice.title), n[cell] ? take : el("span", { class: "quiet" }, words), n[cell] ? signed(r[cell]) : "–", n[cell] ? probability(p[cell]) : "–", n[cell] ? String(n[cell]) : "–"];
    }));
    return table("One other choice", ["Choice", "instead", ["r", "number"], ["p", "number"], ["releases", "number"]], rows, { class: "alternatives" });
  }

  function update() {
    const chosen = values(form), cell = cellOf(chosen);
    answer.textContent = say(cell);
    drawing.replaceChildren(curve(cell));
    others.replaceChildren(alternatives(chosen));
    Explore.remember("multiverse", chosen);
  }

  function make(section) {
    decode();
    form = el("form", { class: "choices", onsubmit: (event) => event.preventDefault() },
      ...choices.map((choice) => select(choice.title, choice.name, choice.values, null, update)));
    const back = el("p", {}, "The paper's tests: ", ...Object.entries(described).flatMap(([claim, chosen], place) => [
      place ? " · " : "", el("button", { type: "button", onclick: () => { fill(form, chosen); update(); } }, choices[0].values.find(([value]) => value === chosen.outcome)[1]),
      " ", el("a", { href: `#${claim}` }, claim)]));
    answer = el("p", { class: "answer", role: "status" });
    drawing = el("div");
    others = el("div");
    const middle = sorted[Math.floor(sorted.length / 2)];
    const tested = Object.entries(nulls).map(([name, value]) => `${probability(value)} (${Explore.plain(name)})`).join(", ");
    section.append(el("p", {}, "Do releases of ONNX that change more bring more failures? Every defensible way to ask is a specification. Choose yours first, then see where it falls."),
      form, back, answer, drawing, el("p", { class: "quiet" }, `Of all ${percent(positive)} % are positive, the median is ${signed(middle)}; its p under each null: ${tested}. `
        + "A single specification's p is approximate here (the report counts permutations) and says nothing once one has looked at others."), others);
  }

  return { make, show: (wanted) => { fill(form, { ...Object.values(described)[0], ...wanted }); update(); } };
})();
