/* What is seen, kept in the address bar's fragment, which no browser sends anywhere. */
export function read() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

let state = read();

export function write(changes) {
  state = { ...state, ...changes };
  const kept = Object.entries(state).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const hash = new URLSearchParams(kept).toString();
  history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
}

export const get = (name, otherwise = "") => state[name] || otherwise;

export function reread() {
  state = read();
}
