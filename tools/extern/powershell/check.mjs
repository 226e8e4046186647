// check.mjs FILE...: parses PowerShell by the tree-sitter grammar, which this project has no
// part in, and names each place that is no PowerShell. Exit 1 when there is one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";

const require = createRequire(import.meta.url);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm")));

function wrong(text) {
  const places = [];
  const walk = (node) => {
    if (node.isError || node.isMissing) {
      places.push(`${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${node.isMissing ? "missing " + node.type : JSON.stringify(node.text.slice(0, 60))}`);
    } else if (node.hasError) {
      node.children.forEach(walk);
    }
  };
  walk(parser.parse(text).rootNode);
  return places;
}

// A checker that finds nothing in what is broken would find nothing at all.
if (wrong("if ($x -eq 1) { 'a' \n").length === 0) {
  console.error("check.mjs: the grammar takes an unclosed block");
  process.exit(2);
}
let bad = 0;
for (const file of process.argv.slice(2)) {
  for (const place of wrong(readFileSync(file, "utf8"))) {
    console.error(`${file}:${place}`);
    bad++;
  }
}
console.log(`${process.argv.length - 2} files parsed, ${bad} errors`);
process.exit(bad > 0 || process.argv.length < 3 ? 1 : 0);
