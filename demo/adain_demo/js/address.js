// The page's address. Value: its query, without "?", as far as it is ours. Event: "submit" for what a link brought along.
const theirs = () => [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
const ours = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => !name.startsWith("__")));
watch("value", () => {
  const kept = new URLSearchParams(theirs()).toString();
  const query = [kept, props.value ?? ""].filter(Boolean).join("&");
  history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : "") + location.hash);
});
if (ours.size) {
  props.value = ours.toString();
  trigger("submit");
}
