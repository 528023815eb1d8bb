/* Claims: search and filters; each has an address and opens to its recomputation, mechanism and evidence. */
Explore.views.claims = (() => {
  const { data, el, select, values, fill, counted } = Explore;
  const { claims, mechanisms, verdicts, chapters, findings } = data.claims;
  const rows = new Map();
  let form, count, list;

  const searched = new Map(claims.map((claim) => {
    const mechanism = claim.mechanism === null ? "" : mechanisms[claim.mechanism].name;
    return [claim.id, [claim.id, claim.quantity, claim.where, claim.printed, mechanism, claim.note].join("\n").toLowerCase()];
  }));

  function cell(heading, text) {
    return el("span", { class: "cell" }, el("small", {}, heading), text || "–");
  }

  function row(claim) {
    const node = el("details", { class: "claim", id: claim.id },
      el("summary", {}, el("span", {}, el("b", {}, claim.quantity), el("span", { class: "id" }, claim.id)),
        cell("printed", claim.printed), cell("recomputed", claim.recomputed),
        el("span", { class: `verdict ${claim.verdict}` }, verdicts[claim.verdict], claim.decision ? el("em", {}, " · changes a finding") : null)));
    node.addEventListener("toggle", () => {
      if (!node.open) return;
      if (node.childElementCount === 1) node.append(account(claim));
    });
    return node;
  }

  function account(claim) {
    const lines = [["Where", claim.where], ["Printed", claim.printed], ["Recomputed", claim.recomputed || "not from public data"], ["Verdict", verdicts[claim.verdict]]];
    if (claim.findings.length) lines.push(["Touches", `Finding ${claim.findings.join(", ")}`]);
    if (claim.mechanism !== null) {
      const mechanism = mechanisms[claim.mechanism];
      lines.push(["Mechanism", mechanism.name]);
      if (claim.by_mechanism) lines.push(["By mechanism", claim.by_mechanism]);
      if (mechanism.evidence) lines.push(["Evidence", mechanism.evidence]);
      if (mechanism.explanation) lines.push(["Explanation", mechanism.explanation]);
    }
    if (claim.note) lines.push(["Remark", claim.note]);
    if (claim.today) lines.push(["Today's converters", claim.today]);
    if (chapters[claim.chapter]) lines.push(["Computed in", el("code", {}, chapters[claim.chapter])]);
    lines.push(["Compute it again", el("code", {}, `python -m analysis claims ${claim.id}`)]);
    lines.push(["Address", el("a", { href: `#${claim.id}` }, `#${claim.id}`)]);
    return el("dl", {}, ...lines.flatMap(([name, content]) => [el("dt", {}, name), el("dd", {}, content)]));
  }

  function update() {
    const wanted = values(form);
    const words = (wanted.search || "").toLowerCase().split(/\s+/).filter(Boolean);
    const shown = claims.filter((claim) => words.every((word) => searched.get(claim.id).includes(word))
      && (!wanted.verdict || claim.verdict === wanted.verdict) && (!wanted.chapter || claim.chapter === wanted.chapter)
      && (!wanted.finding || claim.findings.includes(Number(wanted.finding))) && (!wanted.decision || claim.decision));
    const ids = new Set(shown.map((claim) => claim.id));
    rows.forEach((node, id) => { node.hidden = !ids.has(id); });
    const by = counted(shown, (claim) => claim.verdict);
    const parts = Object.keys(verdicts).filter((verdict) => by.get(verdict)).map((verdict) => `${by.get(verdict)} ${verdicts[verdict]}`);
    count.textContent = `${shown.length} of ${claims.length} claims${parts.length ? `: ${parts.join(", ")}` : ""}`;
    Explore.remember("claims", wanted);
  }

  function make(section) {
    form = el("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      el("label", {}, "Search", el("input", { type: "search", name: "search", oninput: update, placeholder: "id, words, place" })),
      select("Verdict", "verdict", Explore.named(verdicts), "any", update),
      select("Chapter", "chapter", Object.keys(chapters).map((name) => [name, name]), "any", update),
      select("Finding", "finding", findings.map((number) => [number, `Finding ${number}`]), "any", update),
      el("label", { class: "check" }, el("input", { type: "checkbox", name: "decision", value: "yes", onchange: update }), "changes a finding"),
      el("button", { type: "button", onclick: () => { fill(form, {}); update(); } }, "Clear"));
    count = el("p", { class: "count", role: "status" });
    list = el("div", { class: "claims" });
    claims.forEach((claim) => { const node = row(claim); rows.set(claim.id, node); list.append(node); });
    section.append(form, count, list);
  }

  /* Open a claim by its id, whatever the filters hide. */
  function open(id) {
    const node = rows.get(id);
    fill(form, {});
    update();
    node.open = true;
    const go = () => { node.scrollIntoView(); node.querySelector("summary").focus({ preventScroll: true }); };
    go();
    // while it loads, a browser's own way to an address takes the focus away again
    if (document.readyState !== "complete") window.addEventListener("load", () => setTimeout(go), { once: true });
  }

  return { make, open, has: (id) => searched.has(id), show: (wanted) => { fill(form, wanted); update(); } };
})();
