/* A place that holds a network: a name, a description, or dropped files. */
import { make } from "./dom.js";

async function entriesOf(entry, above) {
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ path, file }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const inner of some) found.push(...(await entriesOf(inner, path + "/")));
  }
}

const picked = (list) => [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

export class Source {
  constructor(place, name, title, changed) {
    this.place = place;
    this.name = name;
    this.changed = changed;
    this.files = null;
    const id = `source-${name}`;
    this.input = make("input", { type: "text", id, list: "networks", autocomplete: "off", spellcheck: "false",
      placeholder: "alexnet, or conv2d(256, kernel_size=5, in_channels=96)", on: { input: () => this.typed() } });
    this.held = make("span", { class: "held", text: "or drop a file or a folder here" });
    const file = this.picker(false);
    const folder = this.picker(true);
    place.append(
      make("label", { for: id, text: title }), this.input,
      make("div", { class: "row" },
        make("button", { type: "button", text: "choose a file", on: { click: () => file.click() } }),
        make("button", { type: "button", text: "choose a folder", on: { click: () => folder.click() } }),
        this.held, file, folder),
    );
    for (const kind of ["dragenter", "dragover"]) {
      place.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
    }
    place.addEventListener("dragleave", () => place.classList.remove("over"));
    place.addEventListener("drop", (event) => this.dropped(event));
  }

  picker(folder) {
    const input = make("input", { type: "file", multiple: "", hidden: "", "aria-hidden": "true", tabindex: "-1",
      "data-picker": `${this.name}-${folder ? "folder" : "file"}` });
    if (folder) input.webkitdirectory = true;
    input.addEventListener("change", () => { if (input.files.length) this.hold(picked(input.files)); });
    return input;
  }

  async dropped(event) {
    event.preventDefault();
    this.place.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const plain = picked(event.dataTransfer.files);
    const found = [];
    for (const entry of entries.filter(Boolean)) found.push(...(await entriesOf(entry, "")));
    this.hold(found.length ? found : plain);
  }

  hold(files) {
    this.files = files;
    this.input.value = "";
    const size = files.reduce((sum, entry) => sum + entry.file.size, 0);
    const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
    const part = size > 2 ** 20 ? ": only the header is read" : "";
    this.held.textContent = `${files[0].path}${more}, ${size.toLocaleString("en")} bytes${part}`;
    this.changed();
  }

  release() {
    this.files = null;
    this.held.textContent = "or drop a file or a folder here";
  }

  typed() {
    this.release();
    this.changed();
  }

  get value() { return this.input.value; }
  set value(text) { this.release(); this.input.value = text; }
  get empty() { return !this.files && !this.input.value.trim(); }
}
