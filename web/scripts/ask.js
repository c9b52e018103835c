/* The calculation on the left, the verdict on the right. */
import { byId, latest, make, problem } from "./dom.js";
import * as link from "./link.js";
import { ask } from "./python.js";

const SIGNS = { right: "✓", adds_up: "=", wrong: "✗", carries: "↳", not_checked: "?" };
const WORDS = { right: "right", adds_up: "adds up", wrong: "wrong", carries: "carries an earlier mistake", not_checked: "not checked" };
const WHOLE = {
  right: "Right.", partly: "Right as far as checked.", adds_up: "It adds up; nothing says which network it is about.",
  wrong: "Wrong.", not_checked: "Nothing here could be checked.",
};
const verdictOf = (line) => (line.verdict in SIGNS ? line.verdict : "not_checked");

function spans(findings, length) {
  const found = [];
  for (const finding of findings) {
    const span = finding.span;
    if (!Array.isArray(span) || span[0] >= span[1] || span[1] > length) continue;
    if (found.some((other) => span[0] < other.to && other.from < span[1])) continue;
    found.push({ from: span[0], to: span[1], finding });
  }
  return found.sort((a, b) => a.from - b.from);
}

function mark(text, finding) {
  const said = finding.instead ? `${finding.instead} should stand here: ${finding.why || finding.kind}` : explained(finding);
  const tip = make("span", { class: "tip", role: "tooltip", text: said });
  const button = make("button", { type: "button", class: "mark", "aria-expanded": "false" }, text, tip);
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
  });
  button.addEventListener("keydown", (event) => { if (event.key === "Escape") button.setAttribute("aria-expanded", "false"); });
  return button;
}

function explained(finding) {
  const expected = typeof finding.expected === "number" ? finding.expected.toLocaleString("en") : "";
  return [expected, finding.why].filter(Boolean).join(" — ") || finding.kind;
}

/* Spans count characters as Python does, not UTF-16 units. */
function marked(text, findings) {
  const characters = Array.from(text);
  const code = make("code");
  let at = 0;
  for (const { from, to, finding } of spans(findings, characters.length)) {
    code.append(characters.slice(at, from).join(""), mark(characters.slice(from, to).join(""), finding));
    at = to;
  }
  code.append(characters.slice(at).join(""));
  return code;
}

function lineItem(line, text, findings) {
  const verdict = verdictOf(line);
  const why = findings.length ? findings.map(explained).join("; ") : line.why || "";
  const said = why && why !== "right" ? why : "";
  return make("li", { "data-verdict": verdict, "data-line": line.line_no },
    make("span", { class: "line-no", text: line.line_no }),
    make("span", { class: "sign", "aria-hidden": "true", text: SIGNS[verdict] }),
    marked(text, findings),
    make("span", { class: `why why-${verdict}` },
      make("span", { class: said || verdict === "right" ? "visually-hidden" : "", text: WORDS[verdict] + (said ? ": " : "") }), said));
}

function whole(result) {
  return [result.verdict, result.answer || WHOLE[result.verdict] || result.verdict];
}

export function start() {
  const text = byId("text");
  const against = byId("against");
  let description = "";
  const judge = latest(120, async (current) => {
    link.write({ text: text.value, against: against.value, net: description });
    const asked = text.value;
    if (!asked.trim()) return show({ verdict: "not_checked", answer: "Paste a calculation.", lines: [], findings: [] }, "");
    const answer = await ask({ op: "audit", text: asked, against: description || against.value });
    if (!current()) return undefined;
    byId("problem").replaceChildren();
    if (answer.error) {
      show({ verdict: "not_checked", answer: " ", lines: [], findings: [] }, "");
      return byId("problem").append(problem(answer));
    }
    return show(answer.ok, asked);
  });
  text.addEventListener("input", () => judge());
  against.addEventListener("input", () => { description = ""; judge(); });
  byId("described").addEventListener("input", () => {
    description = byId("described").value;
    against.value = "";
    judge();
  });
  byId("copy").addEventListener("click", copy);
  return { judge, restore: () => {
    text.value = link.get("text");
    against.value = link.get("against");
    description = link.get("net");
    byId("understood").open = Boolean(description);
    judge();
  } };
}

async function copy() {
  const button = byId("copy");
  try {
    await navigator.clipboard.writeText(byId("corrected").textContent);
    button.textContent = "copied";
  } catch {
    getSelection().selectAllChildren(byId("corrected"));
    button.textContent = "selected: press Ctrl+C";
  }
  setTimeout(() => { button.textContent = "copy"; }, 1500);
}

function show(result, asked) {
  const [verdict, said] = whole(result);
  const head = byId("verdict");
  head.dataset.verdict = verdict;
  head.textContent = said;
  const texts = asked.split(/\r\n|\r|\n/);
  const items = (result.lines || []).map((line) => lineItem(
    line, line.text || texts[line.line_no - 1] || "", result.findings.filter((finding) => finding.line_no === line.line_no)));
  byId("lines").replaceChildren(...items);
  const notes = [...(result.network ? [`judged against ${result.network}${result.convention ? ": " + result.convention : ""}`] : []),
    ...(result.passages || []).map((part) => `lines ${part.from_line} to ${part.to_line}${part.author ? ", " + part.author : ""}: ${part.answer || part.verdict}`),
    ...(result.assumed || []).map((note) => "assumed: " + note), ...(result.notes || [])];
  byId("notes").replaceChildren(...notes.map((note) => make("li", { text: note })));
  const corrected = verdict === "wrong" ? (result.corrected || []) : [];
  byId("correction").hidden = !corrected.length;
  byId("corrected").textContent = corrected.join("\n");
  byId("understood").hidden = !result.described;
  if (document.activeElement !== byId("described")) byId("described").value = result.described || "";
}
