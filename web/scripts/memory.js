/* What a network takes in memory, with the sizes to slide. */
import { byId, latest, parsed, problem } from "./dom.js";
import * as link from "./link.js";
import { totals } from "./open.js";
import { ask } from "./python.js";
import { Source } from "./source.js";

const batchOf = (step) => 2 ** Number(step);
const contextOf = (step) => (Number(step) ? 2 ** (Number(step) + 6) : 0);
const USUAL = { batch: "0", context: "0", encoder: "0", dtype: "", cache: "f16", purpose: "inference", optimizer: "adamw" };
const FIELDS = Object.keys(USUAL);

/* What a network has no use for is not asked: a context where nothing is a sequence, a cache where nothing is kept. */
function offer(field, answer) {
  for (const name of ["context", "cache", "encoder"]) field(name).closest("label").hidden = !answer[name];
  field("optimizer").closest("label").hidden = field("purpose").value !== "training";
  const said = byId("memory-command");
  said.hidden = false;
  said.querySelector("code").textContent = answer.command;
}

export function start() {
  const result = byId("memory-result");
  const field = (name) => byId(`memory-${name}`);
  const source = new Source(document.querySelector('[data-source="memory"]'), "memory", "The network", () => show());
  const show = latest(150, async (current) => {
    const batch = batchOf(field("batch").value);
    const context = contextOf(field("context").value);
    field("batch-said").textContent = batch.toLocaleString("en");
    field("context-said").textContent = context ? context.toLocaleString("en") : "as it is";
    link.write({ memory: source.value, ...Object.fromEntries(FIELDS.map((name) => ["m-" + name, field(name).value === USUAL[name] ? "" : field(name).value])) });
    byId("memory-command").hidden = true;
    if (source.empty) {
      byId("memory-total").replaceChildren();
      return result.replaceChildren();
    }
    const answer = await ask({ op: "memory", what: source.value, batch, context, dtype: field("dtype").value,
      cache: field("cache").value || "f16", encoder: Number(field("encoder").value) || 0,
      purpose: field("purpose").value || "inference", optimizer: field("optimizer").value || "adamw" }, source.files);
    if (!current()) return undefined;
    if (answer.error) return result.replaceChildren(problem(answer));
    totals(byId("memory-total"), { total: answer.ok.total }, [["total", "bytes"]]);
    offer(field, answer.ok);
    return result.replaceChildren(parsed(answer.ok.html));
  });
  for (const name of FIELDS) field(name).addEventListener("input", () => show());
  return { restore: () => {
    source.value = link.get("memory");
    for (const name of FIELDS) field(name).value = link.get("m-" + name, USUAL[name]);
    show();
  } };
}
