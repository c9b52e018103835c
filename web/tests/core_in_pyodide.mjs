/* The core's tests and its documentation's examples, run by node in Pyodide on the built wheel.
   node web/tests/core_in_pyodide.mjs SITE-PACKAGES-WITH-PYTEST [tests…] */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "../dist/pyodide/pyodide.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [site, ...tests] = process.argv.slice(2);
const pyodide = await loadPyodide({ indexURL: here("../dist/pyodide/") });
pyodide.unpackArchive(readFileSync(here("../dist/netledger.whl")).buffer, "whl", {
  extractDir: pyodide.runPython("import site; site.getsitepackages()[0]"),
});
for (const [inside, outside] of [["/root/checkout", here("../../")], ["/root/site", site]]) {
  pyodide.FS.mkdirTree(inside);
  pyodide.mountNodeFS(inside, outside);
}
const python = (code) => {
  try {
    return pyodide.runPython(code);
  } catch (error) {
    console.error(String(error.message).slice(-2000));
    return 1;
  }
};
pyodide.globals.set("words", JSON.stringify(tests));
let failed = 0;
if (!tests.length) {
  failed += python(`
import doctest, importlib, pkgutil, netledger
ELSEWHERE = ("execute", "train", "integrations", "fleet", "cli", "__main__", "pytest_plugin")
tried = failed = 0
for module in pkgutil.walk_packages(netledger.__path__, "netledger."):
    if module.name.split(".")[1] not in ELSEWHERE and "pytorch" not in module.name and "picture" not in module.name:
        result = doctest.testmod(importlib.import_module(module.name))
        tried, failed = tried + result.attempted, failed + result.failed
print(f"{tried} examples of the core in Pyodide, {failed} failed")
failed if tried > 200 else 1
`);
}
failed += python(`
import sys
sys.path.insert(0, "/root/checkout/web/tests")
import core_tests
core_tests.run("/root/checkout", "/root/site", words)
`);
process.exit(failed ? 1 : 0);
