/* Small helpers: every text goes in as text, never as markup. */
export const byId = (id) => document.getElementById(id);

export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") element.textContent = value;
    else if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/* Markup that netledger's own renderer wrote and escaped; parsed apart, so that nothing in it can run. */
export function parsed(html) {
  return document.adoptNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild);
}

export function problem(answer) {
  const said = [answer.error, answer.caret, answer.hint ? "hint: " + answer.hint : ""].filter(Boolean).join("\n");
  return make("p", { class: "error", role: "alert", text: said });
}

/* The last call wins: earlier ones are dropped while somebody types or drags, and one is asked at a time. */
export function latest(wait, act) {
  let timer = 0;
  let turn = 0;
  let busy = false;
  let again = null;
  async function go(mine, values) {
    if (busy) {
      again = [mine, values];
      return;
    }
    busy = true;
    try {
      await act(() => mine === turn, ...values);
    } finally {
      busy = false;
    }
    if (again) {
      const [next, held] = again;
      again = null;
      await go(next, held);
    }
  }
  return (...values) => {
    clearTimeout(timer);
    turn += 1;
    const mine = turn;
    timer = setTimeout(() => go(mine, values), wait);
  };
}
