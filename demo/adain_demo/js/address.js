// The page's address. Value: {query} to be shown there, without "?", as far as it is ours.
// Event: "submit" for what a link brought along, which then is the value, as text.
const theirs = () => [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
const ours = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => !name.startsWith("__")));
watch("value", () => {
  if (typeof props.value?.query !== "string") return; // Gradio tells of what this page has set, too
  const kept = new URLSearchParams(theirs()).toString();
  const query = [kept, props.value.query].filter(Boolean).join("&");
  history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : "") + location.hash);
});
if (ours.size) {
  props.value = ours.toString();
  trigger("submit");
}
