/* One network: its totals, its picture, its table. */
import { byId, latest, make, parsed, problem } from "./dom.js";
import * as link from "./link.js";
import { ask } from "./python.js";
import { Source } from "./source.js";

const TOTALS = [["parameters", "parameters"], ["macs", "MACs"], ["neurons", "neurons"], ["bytes", "bytes"]];
const FIELDS = { batch: "open-batch", shape: "open-shape", quantity: "open-quantity", chart: "open-chart" };

/* 243.9 M → 243.9 MB, 512 → 512 B */
const inBytes = (short) => short + (/[A-Za-z]$/.test(short) ? "B" : " B");

export function totals(place, counts, named) {
  place.replaceChildren(...named.filter(([name]) => counts[name]).map(([name, title]) => make("div", { title: counts[name].exact },
    make("b", { text: name === "bytes" ? inBytes(counts[name].short) : counts[name].short }), make("span", { text: `${title}: ${counts[name].exact}` }))));
}

export function start() {
  const result = byId("open-result");
  const source = new Source(document.querySelector('[data-source="open"]'), "open", "A network's name, a description, a file", () => show());
  const value = (name) => byId(FIELDS[name]).value;
  const show = latest(150, async (current) => {
    link.write({ network: source.value, batch: value("batch") === "1" ? "" : value("batch"), shape: value("shape"),
      quantity: value("quantity") === "parameters" ? "" : value("quantity"), chart: value("chart") === "icicle" ? "" : value("chart") });
    if (source.empty) {
      byId("open-totals").replaceChildren();
      return result.replaceChildren();
    }
    const answer = await ask({ op: "ledger", what: source.value, shape: value("shape"), batch: Math.max(1, Math.trunc(Number(value("batch")) || 1)),
      quantity: value("quantity"), shape_of: value("chart") }, source.files);
    if (!current()) return undefined;
    if (answer.error) {
      byId("open-totals").replaceChildren();
      return result.replaceChildren(problem(answer));
    }
    totals(byId("open-totals"), answer.ok.totals, TOTALS);
    result.replaceChildren(parsed(answer.ok.html));
    const [table] = globalThis.netledgerTable.enhance(result);
    if (!table) return undefined;
    const kept = { sort: link.get("sort"), filter: link.get("filter"), fold: link.get("fold") };
    table.restore(kept);
    link.write(kept);
    for (const part of result.querySelectorAll("svg g[data-path]")) {
      part.addEventListener("click", () => table.filter(part.dataset.path));
    }
    return undefined;
  });
  result.addEventListener("netledger", (event) => link.write(event.detail));
  for (const id of Object.values(FIELDS)) byId(id).addEventListener("input", () => show());
  return { restore: () => {
    source.value = link.get("network");
    byId("open-batch").value = link.get("batch", "1");
    byId("open-shape").value = link.get("shape");
    byId("open-quantity").value = link.get("quantity", "parameters");
    byId("open-chart").value = link.get("chart", "icicle");
    show();
  } };
}
