// The results so far, and the way back. Value: {rows: [{number, file, title}], at, wanted}. Events: "undo"; "select" of the wanted one.
const root = element.querySelector(".history");
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const undo = make("button", "undo", say("undo"));
undo.type = "button";
undo.title = say("undo-hint");
undo.addEventListener("click", () => trigger("undo"));
const list = make("div", "results");
list.setAttribute("role", "group");
list.setAttribute("aria-label", say("results"));
root.append(undo, list);

function show() {
  const { rows = [], at = null } = props.value ?? {};
  const place = rows.findIndex((row) => row.number === at);
  undo.disabled = place < 1;
  const there = new Map([...list.children].map((node) => [node.dataset.number, node]));
  const nodes = rows.map(({ number, file, title }) => {
    const node = there.get(String(number)) ?? make("button", "result");
    node.type = "button";
    node.dataset.number = number;
    node.title = title;
    node.setAttribute("aria-label", say("result-of", { title }));
    node.setAttribute("aria-current", number === at);
    node.style.backgroundImage = `url("gradio_api/file=${encodeURI(file)}")`;
    node.onclick = () => {
      props.value = { ...props.value, wanted: number };
      trigger("select");
    };
    return node;
  });
  list.replaceChildren(...nodes);
  const shown = list.querySelector("[aria-current=true]");
  if (shown) list.scrollLeft = shown.offsetLeft - list.clientWidth / 2;
}
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
  if (undo.disabled || !element.offsetParent || event.target.matches?.("input:not([type=range], [type=radio], [type=checkbox]), textarea")) return;
  event.preventDefault();
  trigger("undo");
});
watch("value", show);
show();
