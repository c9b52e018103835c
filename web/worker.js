/* Python in a worker: one message in, one message out. Nothing is fetched but the files beside this one. */
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = new URL(".", import.meta.url);
let mounted = 0;

async function bytes(name) {
  const answer = await fetch(new URL(name, here));
  if (!answer.ok) throw new Error(`${name} is missing: build the page with make page`);
  return answer;
}

async function start() {
  const wheel = bytes("netledger.whl").then((answer) => answer.arrayBuffer());
  const bridge = bytes("bridge.py").then((answer) => answer.text());
  const pyodide = await loadPyodide({ indexURL: new URL("pyodide/", here).href });
  const site = pyodide.runPython("import site; site.getsitepackages()[0]");
  pyodide.unpackArchive(await wheel, "whl", { extractDir: site });
  pyodide.FS.writeFile("/bridge.py", await bridge);
  pyodide.runPython("import sys; sys.path.insert(0, '/'); import bridge");
  return { pyodide, call: pyodide.pyimport("bridge").call };
}

/* Files are read in slices where they lie; nothing is copied, whatever their size. */
function mount(pyodide, files) {
  mounted += 1;
  const place = `/files/${mounted}`;
  pyodide.FS.mkdirTree(place);
  const blobs = files.map((file) => ({ name: file.path, data: file.file }));
  pyodide.FS.mount(pyodide.FS.filesystems.WORKERFS, { blobs }, place);
  return place;
}

const ready = start();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error && error.message ? error.message : error) }),
);

addEventListener("message", async (event) => {
  const { id, request, files } = event.data;
  try {
    const { pyodide, call } = await ready;
    if (files) request.place = mount(pyodide, files);
    postMessage({ id, answer: JSON.parse(call(JSON.stringify(request))) });
  } catch (error) {
    if (error && (error.pyodide_fatal_error || error instanceof RangeError || error instanceof WebAssembly.RuntimeError)) {
      postMessage({ id, ended: true, answer: { error: "error: nested too deeply for a browser: the command line may read it" } });
      return;
    }
    const last = String(error && error.message ? error.message : error).trim().split("\n").pop();
    postMessage({ id, answer: { error: `${last} - this is a bug in netledger, please report what you did` } });
  }
});
