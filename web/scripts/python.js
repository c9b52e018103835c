/* The worker that runs netledger: ask(question, files) → its answer. A worker whose Python ended is replaced. */
const waiting = new Map();
let last = 0;
let tell;
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
    }
  });
  made.addEventListener("error", (event) => tell(event.message || "the worker did not start"));
  return made;
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
  });
}
