/* The core's own examples, run by node in Pyodide on the built wheel: node web/tests/core_in_pyodide.mjs */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "../dist/pyodide/pyodide.mjs";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const pyodide = await loadPyodide({ indexURL: dist + "pyodide/" });
pyodide.unpackArchive(readFileSync(dist + "netledger.whl").buffer, "whl", {
  extractDir: pyodide.runPython("import site; site.getsitepackages()[0]"),
});
const failed = pyodide.runPython(`
import doctest, importlib, pkgutil, netledger
ROOMS = ("formula", "layers", "notation", "catalogue", "ledger", "wire", "compare", "audit", "documents", "renderers", "budgets")
tried = failed = 0
for module in pkgutil.walk_packages(netledger.__path__, "netledger."):
    if module.name.split(".")[1] in ROOMS and "picture" not in module.name:
        result = doctest.testmod(importlib.import_module(module.name))
        tried, failed = tried + result.attempted, failed + result.failed
print(f"{tried} examples of the core in Pyodide, {failed} failed")
failed if tried > 100 else 1
`);
process.exit(failed ? 1 : 0);
