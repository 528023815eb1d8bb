/* Addresses: #VIEW, #VIEW?filter=value, or a claim's id. A view is made when it is first asked for. */
(() => {
  const made = new Set();
  const section = (name) => document.getElementById(`view-${name}`);

  /* Keep the filters in the address without a step in the history; a claim's own address stays. */
  Explore.remember = (name, wanted) => {
    if (Explore.opening) return;
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value)).toString();
    history.replaceState(null, "", `#${name}${query ? `?${query}` : ""}`);
  };

  function enter(name) {
    for (const each of Object.keys(Explore.views)) {
      section(each).hidden = each !== name;
      document.getElementById(`to-${each}`).toggleAttribute("aria-current", each === name);
      if (each === name) document.getElementById(`to-${each}`).setAttribute("aria-current", "page");
    }
    if (!made.has(name)) { made.add(name); Explore.views[name].make(section(name)); }
  }

  function go() {
    const [encoded, query = ""] = location.hash.slice(1).split("?"), address = decodeURIComponent(encoded);
    if (address === "main") return;
    Explore.opening = true;
    if (Explore.views.claims.has(address)) {
      enter("claims");
      Explore.views.claims.open(address);
    } else {
      const name = address in Explore.views ? address : "claims";
      enter(name);
      // an address of no claim: search for it, so that a mistyped id finds its neighbours
      Explore.views[name].show(name === address || !address ? Object.fromEntries(new URLSearchParams(query)) : { search: address });
    }
    Explore.opening = false;
  }

  window.addEventListener("hashchange", go);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
    const field = document.querySelector("section:not([hidden]) input[type=search]");
    if (field) { event.preventDefault(); field.focus(); }
  });
  go();
})();
