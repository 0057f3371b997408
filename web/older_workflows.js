// Workflows that were saved before the styles and masks of two nodes got sockets that are always there: their links
// are led to the new names before the editor opens them. And those in which built-in styles have their names of before
// ("scream"): they are shown as what they are called now ("Munch: The Scream").
import { app } from "../../scripts/app.js";

const PREFIXES = { AdaINMixStyles: "count.", AdaINMaskedTransfer: "regions." };

function olderNames(type) {
  const inputs = globalThis.LiteGraph?.registered_node_types?.[type]?.nodeData?.input;
  const specs = Object.values({ ...inputs?.required, ...inputs?.optional });
  return specs.map((spec) => spec?.[1]?.older_names).find((names) => names) ?? {};
}

function rename(nodes) {
  for (const node of nodes ?? []) {
    if (!node.type?.startsWith("AdaIN")) continue;
    const prefix = PREFIXES[node.type];
    for (const input of prefix ? node.inputs ?? [] : []) {
      if (input.name?.startsWith(prefix) && !input.widget) input.name = input.name.slice(prefix.length);
    }
    if (Array.isArray(node.widgets_values)) {
      const names = olderNames(node.type);
      node.widgets_values = node.widgets_values.map((value) => (Object.hasOwn(names, value) ? names[value] : value));
    }
  }
}

app.registerExtension({
  name: "AdaIN.OlderWorkflows",
  beforeConfigureGraph(graph) {
    rename(graph.nodes);
    for (const subgraph of graph.definitions?.subgraphs ?? []) rename(subgraph.nodes);
  },
});
