// What can be chosen in the pack's nodes is shown in the user's language. Workflows keep the English values.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

let texts = {};

function named(kind, widget, value) {
  const locale = app.extensionManager.setting.get("Comfy.Locale");
  const input = texts[locale]?.nodeDefs?.[kind]?.inputs?.[widget.replaceAll(".", "_")];
  return input?.options?.[value] ?? value ?? "";
}

app.registerExtension({
  name: "AdaIN.OptionNames",
  async init() {
    texts = await (await api.fetchApi("/i18n")).json();
  },
  nodeCreated(node) {
    if (!node.comfyClass?.startsWith("AdaIN")) return;
    const languages = Object.values(texts).map((text) => text.nodeDefs?.[node.comfyClass]?.inputs);
    for (const widget of node.widgets ?? []) {
      if (languages.some((inputs) => inputs?.[widget.name]?.options)) {
        widget.options.getOptionLabel = (value) => named(node.comfyClass, widget.name, value);
      }
    }
  },
});
