/* The worker that runs netledger: ask(question, files) → its answer. A worker whose Python ended is replaced. */
const waiting = new Map();
const PATIENCE = 400; /* milliseconds that an answer may take before it is said that one is awaited */
let last = 0;
let tell;
let busy = () => {};
let timer;
let worker = begin();

export const ready = new Promise((resolve) => { tell = resolve; });

function begin() {
  const made = new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
  made.addEventListener("message", (event) => {
    const { id, answer, ready: started, failed, ended } = event.data;
    if (started || failed) tell(failed || "");
    else {
      waiting.get(id)?.resolve(answer);
      waiting.delete(id);
      if (ended) anew();
      if (!waiting.size) awaited();
    }
  });
  made.addEventListener("error", (event) => tell(event.message || "the worker did not start"));
  return made;
}

/* Tell whether an answer is awaited: at once where none is, after a while where one is. */
function awaited() {
  clearTimeout(timer);
  if (waiting.size) timer = setTimeout(() => busy(true), PATIENCE);
  else busy(false);
}

export function whenBusy(told) {
  busy = told;
  busy(waiting.size > 0);
}

/* What was asked of the ended one after the question that ended it is asked of the new one. */
function anew() {
  worker.terminate();
  worker = begin();
  for (const [id, { asked }] of waiting) worker.postMessage({ id, ...asked });
}

export function ask(request, files = null) {
  last += 1;
  const id = last;
  return new Promise((resolve) => {
    waiting.set(id, { resolve, asked: { request, files } });
    worker.postMessage({ id, request, files });
    if (waiting.size === 1) awaited();
  });
}
