// Built JavaScript for production: `dist/` mirrors the tree with every .ts compiled, so that the same paths work without the compiler.
// Run it with: node dist/framework/bin/framework.js start
const fs = require('node:fs');
const path = require('node:path');
const swc = require('@swc/core');
const options = require('../framework/bin/swc-options.js');

const root = path.join(__dirname, '..');
const out = path.join(root, 'dist');
const left = new Set(['node_modules', 'dist', 'test', 'fixtures', '.data', '.cache']);
let compiled = 0;

function build(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    if (entry.isDirectory()) {
      if (!left.has(entry.name)) build(source, path.join(to, entry.name));
    } else if (/\.test\.ts$|\.d\.ts$|^(tsconfig|project)\.json$|^jest\.config\.js$/.test(entry.name)) continue;
    else if (entry.name.endsWith('.ts')) {
      const { code } = swc.transformFileSync(source, { ...options, sourceMaps: false });
      fs.writeFileSync(path.join(to, entry.name.replace(/\.ts$/, '.js')), code);
      compiled++;
    } else fs.copyFileSync(source, path.join(to, entry.name));
  }
}

fs.rmSync(out, { recursive: true, force: true });
for (const folder of ['framework', 'integrations']) build(path.join(root, folder), path.join(out, folder));
for (const file of ['package.json', 'package-lock.json', '.npmrc', 'config.yaml', 'LICENSE']) fs.copyFileSync(path.join(root, file), path.join(out, file));
console.log(`built ${compiled} files into dist/; run it with: node dist/framework/bin/framework.js start`);
