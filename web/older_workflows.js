// Workflows that were saved before the styles and masks of two nodes got sockets that are always there: their links
// are led to the new names before the editor opens them.
import { app } from "../../scripts/app.js";

const PREFIXES = { AdaINMixStyles: "count.", AdaINMaskedTransfer: "regions." };

function rename(nodes) {
  for (const node of nodes ?? []) {
    const prefix = PREFIXES[node.type];
    for (const input of prefix ? node.inputs ?? [] : []) {
      if (input.name?.startsWith(prefix) && !input.widget) input.name = input.name.slice(prefix.length);
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
