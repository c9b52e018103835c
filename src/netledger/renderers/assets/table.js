/* Sorting, filtering and folding of a ledger's table; without it everything can still be read. */
(function () {
  "use strict";
  const text = (row) => row.textContent.toLowerCase();
  function valueOf(row, column) {
    const cell = row.cells[column];
    if (!cell) return null;
    const raw = cell.dataset.value;
    if (raw === undefined) return cell.textContent.trim().toLowerCase() || null;
    return /^-?\d+$/.test(raw) ? BigInt(raw) : Number(raw);
  }
  function compare(a, b) {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function group(number) {
    return number.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }
  class Ledger {
    constructor(table) {
      this.table = table;
      this.heads = [...table.tHead.rows[0].cells];
      this.bodies = [...table.tBodies];
      this.order = this.bodies.map((body) => [...body.rows]);
      this.boxes = this.bodies.map((body) => body.querySelector("tr.group input")).filter(Boolean);
      for (const box of this.boxes) box.addEventListener("change", () => this.changed());
      this.rows = this.order.flat().filter((row) => !row.classList.contains("group"));
      this.sorted = document.createElement("tbody");
      this.column = -1;
      this.descending = false;
      this.hovers();
      this.controls();
    }
    hovers() {
      const formula = this.heads.findIndex((head) => head.dataset.name === "formula");
      const count = this.heads.findIndex((head) => head.dataset.name === "parameters");
      if (formula < 0 || count < 0) return;
      for (const row of this.rows) {
        const said = row.cells[formula] && row.cells[formula].textContent;
        if (said && row.cells[count]) row.cells[count].title = said + " = " + row.cells[count].textContent.trim();
      }
    }
    controls() {
      this.heads.forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        button.addEventListener("click", () => this.next(column));
        head.append(button);
      });
      const tools = document.createElement("div");
      tools.className = "nl-tools";
      this.filterBox = document.createElement("input");
      this.filterBox.type = "search";
      this.filterBox.placeholder = "filter rows";
      this.filterBox.setAttribute("aria-label", "filter rows");
      this.filterBox.addEventListener("input", () => this.filter(this.filterBox.value));
      this.said = document.createElement("span");
      this.said.setAttribute("role", "status");
      tools.append(this.filterBox);
      if (this.table.querySelector("tr.group")) {
        for (const [word, open] of [["unfold all", true], ["fold all", false]]) {
          const button = document.createElement("button");
          button.type = "button";
          button.textContent = word;
          button.addEventListener("click", () => this.fold(open));
          tools.append(button);
        }
      }
      tools.append(this.said);
      this.table.closest(".nl-scroll").before(tools);
    }
    fold(open) {
      for (const box of this.boxes) box.checked = open;
      this.changed();
    }
    next(column) {
      const number = this.heads[column].classList.contains("number");
      if (this.column !== column) this.sort(column, number);
      else if (this.descending === number) this.sort(column, !number);
      else this.sort(-1, false);
      this.changed();
    }
    sort(column, descending) {
      this.column = column;
      this.descending = descending;
      this.heads.forEach((head, place) => {
        if (place === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      if (column < 0) {
        this.order.forEach((rows, place) => this.bodies[place].append(...rows));
        this.sorted.replaceWith(...this.bodies);
        return;
      }
      const sign = descending ? -1 : 1;
      const keyed = this.rows.map((row, place) => [valueOf(row, column), place, row]);
      keyed.sort((a, b) => {
        if (a[0] === null || b[0] === null) return compare(a[0], b[0]) || a[1] - b[1];
        return sign * compare(a[0], b[0]) || a[1] - b[1];
      });
      this.sorted.replaceChildren(...keyed.map((entry) => entry[2]));
      const first = this.table.tBodies[0];
      if (first !== this.sorted) {
        first.before(this.sorted);
        this.bodies.forEach((body) => body.remove());
      }
    }
    filter(words) {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of this.rows) {
        row.hidden = !wanted.every((word) => text(row).includes(word));
        if (!row.hidden) shown += 1;
      }
      for (const head of this.table.querySelectorAll("tr.group")) {
        const inside = [...head.parentNode.rows].filter((row) => row !== head);
        head.hidden = inside.every((row) => row.hidden);
        if (wanted.length) head.querySelector("input").checked = true;
      }
      this.said.textContent = wanted.length ? this.sum(shown) : "";
      if (this.filterBox.value !== words) this.filterBox.value = words;
      this.changed();
    }
    sum(shown) {
      const column = this.heads.findIndex((head) => head.dataset.name === "parameters");
      if (column < 0) return shown + " rows";
      let sum = 0n;
      let least = "";
      for (const row of this.rows) {
        if (row.hidden || !row.cells[column]) continue;
        const value = valueOf(row, column);
        if (typeof value === "bigint") sum += value;
        else if (row.cells[column].textContent.trim()) least = "≥ ";
        if (row.cells[column].dataset.least !== undefined) least = "≥ ";
      }
      return shown + " rows, " + least + group(sum) + " parameters";
    }
    changed() {
      this.table.dispatchEvent(new CustomEvent("netledger", { bubbles: true, detail: this.state() }));
    }
    state() {
      const sort = this.column < 0 ? "" : (this.descending ? "-" : "") + this.heads[this.column].dataset.name;
      const folded = this.boxes.map((box, place) => (box.checked ? -1 : place)).filter((place) => place >= 0);
      return { sort: sort, filter: this.filterBox.value, fold: folded.join(",") };
    }
    restore(state) {
      const name = (state.sort || "").replace(/^-/, "");
      const column = this.heads.findIndex((head) => head.dataset.name === name);
      if (column >= 0) this.sort(column, state.sort[0] === "-");
      if (state.filter) this.filter(state.filter);
      for (const place of (state.fold || "").split(",")) if (this.boxes[place]) this.boxes[place].checked = false;
    }
  }
  function enhance(root) {
    const found = [...root.querySelectorAll("table.nl[data-ledger]")].filter((table) => table.tHead);
    return found.map((table) => new Ledger(table));
  }
  globalThis.netledgerTable = { enhance: enhance };
  if (document.body && document.body.dataset.report !== undefined) enhance(document.body);
})();
