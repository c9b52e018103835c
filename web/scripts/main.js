/* The tabs, the examples, the state in the link; each tab is a file of its own. */
import * as askTab from "./ask.js";
import * as compareTab from "./compare.js";
import { byId, make } from "./dom.js";
import * as link from "./link.js";
import * as memoryTab from "./memory.js";
import * as openTab from "./open.js";
import { ask, ready, whenBusy } from "./python.js";

const TABS = { ask: askTab.start(), open: openTab.start(), compare: compareTab.start(), memory: memoryTab.start() };
const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(name) {
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  link.write({ tab: name === "ask" ? "" : name });
}

function keys(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  next.focus();
  choose(next.id.slice(4));
}

function restore() {
  if (!link.get("text") && !link.get("tab")) link.write({ text: examples[0].text, against: examples[0].against, net: "" });
  const name = link.get("tab", "ask");
  choose(name in TABS ? name : "ask");
  for (const tab of Object.values(TABS)) tab.restore();
}

function example(which) {
  link.write({ text: which.text, against: which.against, net: which.net || "", tab: "" });
  TABS.ask.restore();
}

/* A button that names a state does what a link that holds it does. */
function linked(button) {
  link.write(Object.fromEntries(new URLSearchParams(button.dataset.link)));
  TABS[button.closest("section").id].restore();
}

async function names() {
  const answer = await ask({ op: "names" });
  const options = (answer.ok || []).flatMap((network) => [
    make("option", { value: network.name, label: network.title }),
    ...network.aliases.map((alias) => make("option", { value: alias, label: `${network.name}: ${network.title}` })),
  ]);
  byId("networks").replaceChildren(...options);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab.id.slice(4)));
  tab.addEventListener("keydown", keys);
}

for (const button of document.querySelectorAll("button[data-link]")) button.addEventListener("click", () => linked(button));

const examples = await (await fetch(new URL("../examples.json", import.meta.url))).json();
byId("examples").replaceChildren(...examples.map((which) => make("button", { type: "button", text: which.name, on: { click: () => example(which) } })));
restore();
addEventListener("hashchange", () => { link.reread(); restore(); });

const failed = await ready;
if (failed) byId("state").textContent = `Python did not start: ${failed}`;
else whenBusy((waits) => { byId("state").textContent = waits ? "working…" : ""; });
document.body.dataset.ready = failed ? "failed" : "yes";
if (!failed) await names();
