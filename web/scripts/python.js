/* The worker that runs netledger: ask(question, files) → its answer. */
const worker = new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let last = 0;
let tell;

export const ready = new Promise((resolve) => { tell = resolve; });

worker.addEventListener("message", (event) => {
  const { id, answer, ready: started, failed } = event.data;
  if (started || failed) tell(failed || "");
  else {
    waiting.get(id)(answer);
    waiting.delete(id);
  }
});
worker.addEventListener("error", (event) => tell(event.message || "the worker did not start"));

export function ask(request, files = null) {
  last += 1;
  const id = last;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, request, files });
  });
}
