/* Two networks side by side. */
import { byId, latest, parsed, problem } from "./dom.js";
import * as link from "./link.js";
import { ask } from "./python.js";
import { Source } from "./source.js";

export function start() {
  const result = byId("compare-result");
  const place = (name) => document.querySelector(`[data-source="${name}"]`);
  const left = new Source(place("left"), "left", "The first network", () => show());
  const right = new Source(place("right"), "right", "The second network", () => show());
  const show = latest(150, async (current) => {
    link.write({ left: left.value, right: right.value });
    if (left.empty || right.empty) return result.replaceChildren();
    const files = [...(left.files || []).map((entry) => ({ ...entry, path: "left/" + entry.path })),
      ...(right.files || []).map((entry) => ({ ...entry, path: "right/" + entry.path }))];
    const side = (source, name) => (source.files ? { place: name } : { what: source.value });
    const answer = await ask({ op: "compare", left: side(left, "left"), right: side(right, "right") }, files.length ? files : null);
    if (!current()) return undefined;
    return result.replaceChildren(answer.error ? problem(answer) : parsed(answer.ok.html));
  });
  return { restore: () => { left.value = link.get("left"); right.value = link.get("right"); show(); } };
}
