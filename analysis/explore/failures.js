/* Failures: filters, counts with intervals that follow them, and a link to each issue. */
Explore.views.failures = (() => {
  const { data, el, select, values, fill, counted, shares, table } = Explore;
  const { names, failures } = data.failures;
  const UNKNOWN = "not known";
  const year = (row) => (row.year === null ? UNKNOWN : String(row.year));
  const word = { symptom: "Symptom", cause: "Root cause", location: "Location", converter: "Converter", year: "Year", sample: "Sample" };
  const read = { symptom: (r) => r.symptom, cause: (r) => r.cause, location: (r) => r.location, converter: (r) => r.converter, year, sample: (r) => r.sample };
  let form, count, tables, list;

  function options(name) {
    const present = new Set(failures.map(read[name]));
    if (names[name]) return Explore.named(names[name]).filter(([code]) => present.has(code));
    return [...present].sort().map((value) => [value, value]);
  }

  function update() {
    const wanted = values(form);
    const filters = Object.keys(read).filter((name) => wanted[name]);
    const shown = failures.filter((row) => filters.every((name) => read[name](row) === wanted[name]));
    const chosen = filters.map((name) => `${word[name].toLowerCase()}: ${names[name]?.[wanted[name]] || wanted[name]}`);
    count.textContent = `${shown.length} of ${failures.length} failures${chosen.length ? ` (${chosen.join("; ")})` : ""}`;
    tables.replaceChildren(...["symptom", "cause", "location", "converter", "year"].map((name) => {
      const by = counted(shown, read[name]);
      const entries = options(name).filter(([code]) => by.get(code)).map(([code, text]) => [text, by.get(code)]);
      if (name !== "year") entries.sort((a, b) => b[1] - a[1]);
      return shares(word[name], { year: "Opened", converter: "Name" }[name] || "Code", entries, shown.length);
    }));
    list.replaceChildren(table("Issues", ["Issue", "Converter", "Opened", "Symptom", "Root cause", "Location"], shown.map((row) => [
      el("a", { href: `https://github.com/${row.issue.replace("#", "/issues/")}`, rel: "noreferrer" }, row.issue), row.converter,
      row.from === row.to ? row.from : `${row.from} to ${row.to}`, names.symptom[row.symptom] || row.symptom,
      (names.cause[row.cause] || row.cause) + (row.detail ? `: ${names.detail[row.detail] || row.detail}` : ""), names.location[row.location] || row.location,
    ]), { class: "failures-list" }));
    Explore.remember("failures", wanted);
  }

  function make(section) {
    form = el("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
      ...Object.keys(read).filter((name) => options(name).length > 1).map((name) => select(word[name], name, options(name), "any", update)),
      el("button", { type: "button", onclick: () => { fill(form, {}); update(); } }, "Clear"));
    count = el("p", { class: "count", role: "status" });
    tables = el("div", { class: "pair" });
    list = el("div");
    section.append(form, count, el("p", { class: "quiet small" },
      "Shares of what the filter leaves, with Wilson's intervals for draws from a large population; of many shares looked at, some stray."), tables, list);
  }

  return { make, show: (wanted) => { fill(form, wanted); update(); } };
})();
