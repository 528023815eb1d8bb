/* Conversion campaigns: outcomes by converter and by size, errors, operators; the smallest models that show a cause. */
Explore.views.conversions = (() => {
  const { data, el, select, values, fill, table, wilson, shareText, bar, plain } = Explore;
  const { outcomes, campaigns, reproducers } = data.conversions;
  const SHOWN = 40;
  let form, place, converterField;

  const sum = (rows) => rows.reduce((total, row) => total + row[row.length - 1], 0);
  const unique = (items) => [...new Set(items)];
  const key = (outcome) => el("i", { class: `key o-${outcome}` });

  function byConverter(campaign, converters) {
    const totals = Object.fromEntries(converters.map((name) => [name, sum(campaign.outcomes.filter((row) => row[0] === name))]));
    const used = outcomes.filter((outcome) => campaign.outcomes.some((row) => row[2] === outcome));
    return table("Outcome by converter: models, share [95 % interval]", ["Outcome", ...converters.map((name) => [`${name} (${totals[name]})`, "number"])],
      used.map((outcome) => [el("span", {}, key(outcome), plain(outcome)), ...converters.map((name) => {
        const count = sum(campaign.outcomes.filter((row) => row[0] === name && row[2] === outcome));
        return `${count}, ${shareText(wilson(count, totals[name]))}`;
      })]));
  }

  function bySize(campaign, converter) {
    const own = campaign.outcomes.filter((row) => row[0] === converter && row[1] !== null);
    const sizes = unique(own.map((row) => row[1])).sort((a, b) => a - b);
    if (sizes.length < 2) return null;
    const used = outcomes.filter((outcome) => own.some((row) => row[2] === outcome));
    const at = (size, outcome) => sum(own.filter((row) => row[1] === size && (!outcome || row[2] === outcome)));
    const drawing = el("div", { class: "sizes", "aria-hidden": "true" }, ...sizes.map((size, number) => {
      const stack = el("div", { class: "stack" }, ...[...used].reverse().map((outcome) => {
        const part = el("i", { class: `o-${outcome}`, title: `${size} nodes: ${at(size, outcome)} ${plain(outcome)}` });
        part.style.flex = `${at(size, outcome)} 0 0`;
        return part;
      }));
      return el("div", {}, stack, el("small", {}, number % Math.ceil(sizes.length / 9) ? "" : String(size)));
    }));
    const numbers = table(`${converter}: models by nodes and outcome`, ["Nodes", ...used.map((outcome) => [plain(outcome), "number"]), ["all", "number"]],
      sizes.map((size) => [String(size), ...used.map((outcome) => String(at(size, outcome))), String(at(size))]));
    return el("div", {}, el("h2", {}, `${converter}: outcome by size of the model (nodes)`), drawing,
      el("ul", { class: "legend" }, ...used.map((outcome) => el("li", {}, key(outcome), plain(outcome)))),
      el("details", {}, el("summary", {}, "as a table"), numbers));
  }

  function errors(campaign, converters) {
    const found = campaign.errors.filter((row) => converters.includes(row[0])).sort((a, b) => b[4] - a[4]);
    if (!found.length) return null;
    return table(found.length > SHOWN ? `Errors: the ${SHOWN} commonest of ${found.length}` : "Errors", ["Class", ["Models", "number"], "Operator", "Stage", "Converter"],
      found.slice(0, SHOWN).map(([converter, stage, name, operator, count]) => [plain(name), String(count), operator || "–", plain(stage || "–"), converter]));
  }

  function operators(campaign, converters, words) {
    const found = campaign.operators.filter((row) => converters.includes(row[0]) && row[1].toLowerCase().includes(words))
      .map((row) => [...row, wilson(row[5], row[3])]).sort((a, b) => b[6].low - a[6].low || b[3] - a[3]);
    if (!campaign.operators.length) return el("p", { class: "quiet" }, "This campaign kept no table of operators; errors name theirs above.");
    return el("div", {}, table(found.length > SHOWN ? `Operators: the first ${SHOWN} of ${found.length}, by the lower end of the interval` : "Operators, by the lower end of the interval",
      ["Operator", "Types of its inputs", "Converter", ["Graphs that hold it", "number"], ["of these no success [95 % interval]", "number"], ["from none to all", "bar"]],
      found.slice(0, SHOWN).map(([converter, operator, types, graphs, , , share]) => [operator, types || "–", converter, String(graphs), shareText(share), bar(share)])),
    el("p", { class: "quiet small" }, "A graph holds many operators: those beside a guilty one look guilty, too. A graph that was never converted is not counted."));
  }

  /* A reproducer opens to the commands that make it again, and to the model itself. */
  function reproducer(each) {
    const code = (text) => el("pre", { tabindex: "0" }, el("code", {}, text));
    const account = [["Commands", el("div", {}, ...each.commands.map(code))], ["Attributes", each.attributes || "–"], ["Reduced", each.steps],
      ["Model", code(each.model)], ["Inputs", code(each.inputs)]];
    return el("details", { class: "claim reproducer" },
      el("summary", {}, el("span", {}, el("span", { class: "id" }, each.reproducer), el("b", {}, each.operator)),
        el("span", { class: "cell" }, el("small", {}, "at fault"), plain(each.party)), el("span", { class: "cell" }, el("small", {}, "types"), each.types || "–"),
        el("span", { class: "cell" }, el("small", {}, "nodes"), `${each.nodes} of ${each.nodes_before}`)),
      el("dl", {}, ...account.flatMap(([name, content]) => [el("dt", {}, name), el("dd", {}, content)])));
  }

  function smallest(words) {
    const found = reproducers.filter((each) => each.operator.toLowerCase().includes(words));
    return found.length ? el("div", {}, el("h2", {}, `Reproducers of all campaigns (${found.length}): the smallest model found for each cause`), ...found.map(reproducer)) : null;
  }

  function update() {
    const wanted = values(form);
    const campaign = campaigns.find((each) => each.name === wanted.campaign) || campaigns[0];
    const all = unique(campaign.outcomes.map((row) => row[0]));
    const field = converterField.querySelector("select");
    if ([...field.options].slice(1).map((option) => option.value).join() !== all.join()) {
      field.replaceChildren(el("option", { value: "" }, "all"), ...all.map((name) => el("option", { value: name }, name)));
      field.value = all.includes(wanted.converter) ? wanted.converter : "";
    }
    const converters = field.value ? [field.value] : all;
    place.replaceChildren(...[
      el("p", { class: "count", role: "status" }, `${sum(campaign.outcomes.filter((row) => converters.includes(row[0])))} conversions of ${campaign.name}`),
      byConverter(campaign, converters), ...converters.map((name) => bySize(campaign, name)), errors(campaign, converters),
      operators(campaign, converters, (wanted.operator || "").toLowerCase()), smallest((wanted.operator || "").toLowerCase()),
    ].filter(Boolean));
    Explore.remember("conversions", { ...wanted, campaign: campaign.name, converter: field.value });
  }

  function make(section) {
    converterField = select("Converter", "converter", [], "all", update);
    form = el("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
      select("Campaign", "campaign", campaigns.map((each) => [each.name, each.name]), null, update), converterField,
      el("label", {}, "Operator", el("input", { type: "search", name: "operator", oninput: update, placeholder: "part of its name" })));
    place = el("div");
    section.append(form, el("p", { class: "quiet small" },
      "Campaigns differ in generator, data types, operators, operator set and criterion: compare within one."), place);
  }

  return { make, show: (wanted) => {
    const campaign = campaigns.find((each) => each.name === wanted.campaign) || campaigns[0];
    const all = unique(campaign.outcomes.map((row) => row[0]));
    converterField.querySelector("select").replaceChildren(el("option", { value: "" }, "all"), ...all.map((name) => el("option", { value: name }, name)));
    fill(form, { ...wanted, campaign: campaign.name });
    update();
  } };
})();
