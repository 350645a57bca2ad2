// Two things that Node does not do by itself, both before anything else is loaded:
// - `@integration-framework/framework` means this framework, also from an integration folder outside the repository;
// - a `.ts` file is compiled as it is required, where the compiler is installed (development). A built tree holds no TypeScript.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const src = path.join(__dirname, '..', 'src');
const resolve = Module._resolveFilename;
const own = { '@integration-framework/framework': 'contract/index', '@integration-framework/framework/testkit': 'testkit/index' };

Module._resolveFilename = function (request, ...rest) {
  const file = own[request];
  return file === undefined ? resolve.call(this, request, ...rest) : resolve.call(this, path.join(src, file), ...rest);
};

process.setSourceMapsEnabled(true);

let compiler;
function prepare() {
  // Lines of an integration are shown as its author wrote them. For our own files that would cost 14 MB and 75 ms of every start.
  const written = require('./swc-options.js');
  const optionsOf = (filename) => (filename.startsWith(src + path.sep) ? { ...written, sourceMaps: false } : written);
  const { version } = JSON.parse(fs.readFileSync(require.resolve('@swc/core/package.json'), 'utf8'));
  return { optionsOf, folder: path.join(__dirname, '../../node_modules/.cache/integration-framework', version) };
}

// What was compiled once is kept: the compiler takes half a second and some 60 MB, and most starts change no file.
function compile(source, filename) {
  compiler ??= prepare();
  const options = compiler.optionsOf(filename);
  const name = createHash('sha1').update(JSON.stringify(options)).update(filename).update('\0').update(source).digest('hex');
  const kept = path.join(compiler.folder, `${name}.js`);
  try {
    return fs.readFileSync(kept, 'utf8');
  } catch {
    const { code } = require('@swc/core').transformSync(source, { ...options, filename });
    try {
      fs.mkdirSync(compiler.folder, { recursive: true });
      fs.writeFileSync(`${kept}.${process.pid}`, code);
      fs.renameSync(`${kept}.${process.pid}`, kept);
    } catch {
      // A read-only folder compiles at every start.
    }
    return code;
  }
}

require.extensions['.ts'] = function (module, filename) {
  module._compile(compile(fs.readFileSync(filename, 'utf8'), filename), filename);
};
