// What moves in the report: the theme, the table of locks; bus.js, which follows in the same script, has the bus view.
// All text goes in as text, never as markup.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const make = (tag, kind, text) => {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) write(element, text);
  return element;
};
// A text that may be broken after its underscores.
const write = (element, text) => {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.textContent = "";
  text.split("_").forEach((part, index, all) => {
    element.append(index + 1 < all.length ? part + "_" : part);
    if (index + 1 < all.length) element.append(document.createElement("wbr"));
  });
};
const button = (id, text, press) => {
  const element = make("button", "", text);
  element.type = "button";
  if (id) element.id = id;
  element.addEventListener("click", press);
  return element;
};

// Numbers as the rest of the report has them.
const fixed = (value, digits) => {
  const [whole, part] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole;
  return grouped + (part ? "." + part : "");
};
const time = (ns) => {
  for (const [size, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]) {
    if (ns >= size * 0.9995) {
      const value = ns / size;
      return fixed(value, value < 9.95 ? 2 : value < 99.5 ? 1 : 0) + "\u202f" + unit;
    }
  }
  return fixed(ns, 0) + "\u202fns";
};

// --- Light and dark ---

const theme = find("theme");
const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};
const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
theme.setAttribute("aria-label", "Switch between light and dark");
theme.hidden = false;
nameTheme();

// --- The table of locks ---

const lockTable = () => {
  const table = find("locks");
  if (!table) return;
  const first = 12, digits = [0, 0, 2, 2, 1, 2, 2, 0];
  const heads = [...table.tHead.rows[0].cells];
  const extra = heads.map((head) => head.classList.contains("extra"));
  const workload = find("lock-workload"), regime = find("lock-regime"), cpus = find("lock-cpus"), more = find("lock-more");
  let column = 5, down = true, all = false;

  const rows = () => data.runs
    .filter((run) => run.workload === workload.value && String(run.cpus) === cpus.value && (!regime.value || run.regime === regime.value))
    .flatMap((run) => run.rows.map(([name, region, ...numbers]) => [data.names[name], run.regime, data.regions[region], ...numbers]));
  const show = () => {
    const list = rows().sort((a, b) => {
      const order = column < 3 ? (a[column] < b[column] ? -1 : Number(a[column] > b[column])) : (a[column] ?? -1) - (b[column] ?? -1);
      return (down ? -order : order) || b[3] - a[3];
    });
    const body = document.createElement("tbody");
    for (const row of all ? list : list.slice(0, first)) {
      const line = body.insertRow();
      row.forEach((value, index) => {
        const cell = index === 0 ? make("th", "", value) : line.insertCell();
        if (index === 0) {
          cell.scope = "row";
          line.append(cell);
        } else {
          cell.className = (index < 3 ? "text " : "") + (extra[index] ? "extra " : "") + (index === 1 ? value : "");
          cell.textContent = index < 3 ? value : value === null ? "–" : fixed(value, digits[index - 3]);
        }
      });
    }
    table.tBodies[0].replaceWith(body);
    heads.forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    table.caption.textContent = "Locks in " + workload.value + " with " + cpus.value + " CPUs" + (regime.value ? " under " + regime.value : "");
    more.hidden = list.length <= first;
    more.textContent = all ? "Show fewer" : "Show all " + list.length;
  };
  heads.forEach((head, index) => {
    const press = head.querySelector("button");
    press.disabled = false;
    press.addEventListener("click", () => {
      down = index === column ? !down : index > 2;
      column = index;
      show();
    });
  });
  for (const choice of [workload, regime, cpus]) choice.addEventListener("change", show);
  more.addEventListener("click", () => { all = !all; show(); });
  find("lock-controls").hidden = false;
  show();
};
lockTable();
