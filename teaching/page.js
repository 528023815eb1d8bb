(() => {
  const { dimensions, vignettes } = JSON.parse(document.getElementById("data").textContent);
  const STORE = "label-it-yourself-1";
  const COLUMNS = ["vignette", "symptom", "cause", "cause_detail", "location", "rater"];
  const KEYS = { symptom: "123456", cause: "abcdefghijklmnop", location: "uvwxyz", detail: "789" };
  const one = (id) => document.getElementById(id);
  const names = Object.fromEntries(dimensions.map((d) => [d.slug, Object.fromEntries(d.codes.map((c) => [c.slug, c]))]));
  let answers = {}, at = 0, others = [];

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") made.className = value; else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  /* keeping: a reload, or a phone that drops the page, loses nothing */
  function keep() {
    try { localStorage.setItem(STORE, JSON.stringify({ answers, at, rater: one("name").value })); } catch { /* no storage: export */ }
  }
  function recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE) || "null");
      if (!kept) return;
      answers = kept.answers || {}; at = Math.min(kept.at || 0, vignettes.length - 1); one("name").value = kept.rater || "";
    } catch { answers = {}; at = 0; }
  }

  /* labelling */
  const detailsOf = (cause) => (cause ? names.cause[cause].details : []);
  /* the codebook says whose detail must be named: an algorithmic error may be neither in optimising nor in tracing */
  const detailRequired = (cause) => Boolean(cause) && names.cause[cause].detail_required;
  const whole = (a) => Boolean(a && a.symptom && a.cause && a.location && (a.detail || !detailRequired(a.cause)));
  const done = () => vignettes.filter((v) => whole(answers[v.id])).length;

  function choice(dimension, code, key, chosen) {
    const input = element("input", { type: "radio", name: dimension, value: code.slug });
    input.checked = chosen === code.slug;
    input.addEventListener("change", () => choose(dimension, code.slug));
    const text = element("span", {}, element("span", {}, code.name), element("small", {}, `${code.definition} ${code.rule}`));
    return element("label", { class: "code" }, input, element("kbd", { "aria-hidden": "true" }, key), text);
  }

  function choose(dimension, code) {
    const id = vignettes[at].id;
    const answer = { ...(answers[id] || {}), [dimension]: code };
    if (dimension === "cause") delete answer.detail;
    answers[id] = answer;
    keep();
    show(dimension, code);
  }

  function fieldset(dimension, title, codes, chosen) {
    const box = element("fieldset", { "data-dimension": dimension }, element("legend", {}, title));
    const list = element("div", { class: "grid" });
    codes.forEach((code, position) => list.append(choice(dimension, code, KEYS[dimension][position], chosen)));
    box.append(list);
    return box;
  }

  function show(dimension, code) {
    const vignette = vignettes[at], answer = answers[vignette.id] || {};
    one("count").textContent = `Report ${at + 1} of ${vignettes.length} (invented)`;
    one("title").textContent = vignette.title;
    one("text").textContent = vignette.report;
    one("fix").textContent = vignette.fix;
    one("previous").disabled = at === 0;
    one("next").textContent = at === vignettes.length - 1 ? "To the results →" : "Next →";
    const form = one("codes");
    form.replaceChildren();
    for (const d of dimensions) {
      const box = fieldset(d.slug, d.name, d.codes, answer[d.slug]);
      const details = d.slug === "cause" ? detailsOf(answer.cause) : [];
      if (details.length) box.append(fieldset("detail", `${names.cause[answer.cause].name}: which kind${detailRequired(answer.cause) ? "" : ", if one fits"}?`, details, answer.detail));
      form.append(box);
    }
    const left = vignettes.length - done();
    one("bar").value = done();
    one("progress").textContent = left ? `${done()} labelled, ${left} to go` : "All labelled: see the results.";
    /* the choice is drawn anew: whoever moves with the keyboard must not lose the place */
    if (dimension) {
      const input = form.querySelector(`input[name="${dimension}"][value="${code}"]`);
      if (input) input.focus({ preventScroll: true });
    }
  }

  function move(step) {
    const target = at + step;
    if (target >= vignettes.length) { results(); return; }
    if (target < 0) return;
    at = target;
    keep();
    show();
    one("main").focus({ preventScroll: true });
    one("report").scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("labelling").hidden || event.target.id === "name") return;
    const control = event.target.closest("button, a, input:not([type=radio])");
    if (event.key === "Enter" && !control) { move(1); event.preventDefault(); return; }
    if (event.key === "Backspace" && !control) { move(-1); event.preventDefault(); return; }
    for (const [dimension, keys] of Object.entries(KEYS)) {
      const position = keys.indexOf(event.key);
      if (position < 0) continue;
      const answer = answers[vignettes[at].id] || {};
      const codes = dimension === "detail" ? detailsOf(answer.cause) : dimensions.find((d) => d.slug === dimension).codes;
      if (position < codes.length) { choose(dimension, codes[position].slug); event.preventDefault(); }
    }
  });

  /* files */
  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  function toCsv() {
    const rater = one("name").value.trim().replace(/^[=+\-@\t\r]+/, "") || "anonymous";
    const rows = vignettes.filter((v) => answers[v.id]).map((v) => {
      const a = answers[v.id];
      return [v.id, a.symptom || "", a.cause || "", a.detail || "", a.location || "", rater].map(cell).join(",");
    });
    return `${COLUMNS.join(",")}\n${rows.join("\n")}\n`;
  }

  function fromCsv(text) {
    const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line.trim());
    if (!lines.length) throw new Error("the file is empty");
    const separator = lines[0].includes(";") ? ";" : ",";
    const split = (line) => [...line.matchAll(new RegExp(`(?:^|${separator})(?:"((?:[^"]|"")*)"|([^"${separator}]*))`, "g"))]
      .map((match) => (match[1] === undefined ? match[2] : match[1].replaceAll('""', '"')).trim());
    const header = split(lines[0]);
    const lacking = COLUMNS.slice(0, 5).filter((column) => !header.includes(column));
    if (lacking.length) throw new Error(`it lacks the column${lacking.length > 1 ? "s" : ""} ${lacking.join(", ")}; save it from this page`);
    const loaded = {}, faults = [];
    let rater = "a classmate";
    lines.slice(1).forEach((line, index) => {
      const row = Object.fromEntries(split(line).map((value, position) => [header[position], value]));
      if (!vignettes.some((v) => v.id === row.vignette)) { faults.push(`row ${index + 2}: no report "${row.vignette}"`); return; }
      for (const d of dimensions) {
        if (row[d.slug] && !names[d.slug][row[d.slug]]) faults.push(`row ${index + 2}: "${row[d.slug]}" is no code of ${d.name.toLowerCase()}`);
      }
      loaded[row.vignette] = { symptom: row.symptom, cause: row.cause, detail: row.cause_detail, location: row.location };
      rater = row.rater || rater;
    });
    if (faults.length) throw new Error(faults.join("\n"));
    return { rater, answers: loaded };
  }

  async function load(files) {
    const troubles = [];
    for (const file of files) {
      try { others.push(fromCsv(await file.text())); } catch (error) { troubles.push(`${file.name}: ${error.message}`); }
    }
    results();
    one("message").textContent = troubles.join("\n");
  }

  /* results */
  const reference = Object.fromEntries(vignettes.map((v) => [v.id, v]));
  const both = (first, second, dimension) => vignettes.map((v) => v.id)
    .filter((id) => first[id] && second[id] && first[id][dimension] && second[id][dimension]);
  const number = (value) => (Number.isNaN(value) ? "undefined" : value.toFixed(2));
  const nameOf = (dimension, code) => names[dimension][code].name;

  function compare(first, second, dimension) {
    const ids = both(first, second, dimension);
    return Agreement.kappa(ids.map((id) => first[id][dimension]), ids.map((id) => second[id][dimension]));
  }

  function agreementTable(title, first, second) {
    const table = element("table", {}, element("caption", {}, title));
    const head = element("tr");
    ["", "reports", "alike", "κ", "95 % interval"].forEach((text) => head.append(element("th", { scope: "col", class: text ? "number" : "" }, text)));
    table.append(element("thead", {}, head));
    const body = element("tbody");
    for (const d of dimensions) {
      const result = compare(first, second, d.slug);
      const row = element("tr", { "data-dimension": d.slug }, element("th", { scope: "row" }, d.name));
      const cells = [String(result.n), result.n ? `${Math.round(100 * result.percent)} %` : "–", number(result.kappa),
        Number.isNaN(result.low) ? "–" : `[${number(result.low)}, ${number(result.high)}]`];
      cells.forEach((text) => row.append(element("td", { class: "number" }, text)));
      body.append(row);
    }
    table.append(body);
    return element("div", { class: "wide" }, table);
  }

  function matrix(dimension, first, second, rows, columns) {
    const ids = both(first, second, dimension.slug);
    const used = dimension.codes.filter((c) => ids.some((id) => first[id][dimension.slug] === c.slug || second[id][dimension.slug] === c.slug));
    const table = element("table", { class: "matrix" }, element("caption", {}, `${dimension.name}: ${rows} in rows, ${columns} in columns`));
    const head = element("tr", {}, element("td"));
    used.forEach((c) => head.append(element("th", { scope: "col" }, c.name)));
    table.append(element("thead", {}, head));
    const body = element("tbody");
    for (const r of used) {
      const row = element("tr", {}, element("th", { scope: "row" }, r.name));
      for (const c of used) {
        const count = ids.filter((id) => first[id][dimension.slug] === r.slug && second[id][dimension.slug] === c.slug).length;
        row.append(element("td", { class: count ? (r === c ? "agree" : "part") : "" }, count ? String(count) : ""));
      }
      body.append(row);
    }
    table.append(body);
    return element("div", { class: "wide" }, table);
  }

  function disagreements() {
    const list = element("div", {}, element("h3", {}, "Where you and the reference part"));
    let parted = 0;
    for (const v of vignettes) {
      const a = answers[v.id];
      if (!a) continue;
      const apart = dimensions.filter((d) => a[d.slug] && a[d.slug] !== v[d.slug]);
      if (!apart.length) continue;
      parted += 1;
      const box = element("div", { class: "reason" }, element("strong", {}, v.title));
      for (const d of apart) {
        const mine = names[d.slug][a[d.slug]], its = names[d.slug][v[d.slug]];
        const open = (v.also[d.slug] || []).includes(mine.slug);
        const verdict = open
          ? "Here the codebook leaves both open: the disagreement is its fault, not yours."
          : `${mine.name}: ${mine.rule} ${its.name}: ${its.rule}`;
        box.append(element("p", {}, `${d.name}: you chose ${mine.name}, the reference ${its.name}. ${verdict}`));
      }
      box.append(element("p", { class: "note" }, `Reasons of the reference: ${v.why}`));
      list.append(box);
    }
    if (!parted) list.append(element("p", {}, "Nowhere, so far."));
    return list;
  }

  function results() {
    one("labelling").hidden = true;
    one("results").hidden = false;
    one("message").textContent = "";
    const place = one("agreement");
    const labelled = done();
    place.replaceChildren(
      element("p", { class: "note" }, labelled < vignettes.length
        ? `${labelled} of ${vignettes.length} reports are labelled completely; the tables count what there is.`
        : "κ takes off the agreement that chance would give; with so few reports its interval is wide, and that is the first lesson."),
      agreementTable("You against the reference", answers, reference),
      ...dimensions.map((d) => matrix(d, answers, reference, "you", "the reference")),
    );
    others.forEach((other) => {
      place.append(element("h3", {}, `You and ${other.rater}`), agreementTable(`You against ${other.rater}`, answers, other.answers),
        ...dimensions.map((d) => matrix(d, answers, other.answers, "you", other.rater)));
    });
    place.append(disagreements());
    one("results-title").focus();
  }

  one("previous").addEventListener("click", () => move(-1));
  one("next").addEventListener("click", () => move(1));
  one("show-results").addEventListener("click", results);
  one("back").addEventListener("click", () => { one("results").hidden = true; one("labelling").hidden = false; show(); });
  one("save").addEventListener("click", () => {
    const link = element("a", { download: `labels-${(one("name").value.trim() || "anonymous").replace(/[^\w-]+/g, "-")}.csv` });
    link.href = URL.createObjectURL(new Blob([toCsv()], { type: "text/csv" }));
    link.click();
    URL.revokeObjectURL(link.href);
  });
  one("load").addEventListener("change", (event) => { load([...event.target.files]); event.target.value = ""; });
  one("again").addEventListener("click", () => {
    if (!window.confirm("Forget all labels on this device?")) return;
    answers = {}; at = 0; others = []; keep();
    one("results").hidden = true; one("labelling").hidden = false; show();
  });
  one("name").addEventListener("input", keep);
  one("rules").addEventListener("change", (event) => document.body.classList.toggle("no-rules", !event.target.checked));
  if (window.matchMedia("(max-width: 56rem)").matches) { one("rules").checked = false; document.body.classList.add("no-rules"); }
  one("codes").addEventListener("submit", (event) => event.preventDefault());
  recall();
  show();
})();
