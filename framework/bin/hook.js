// Two things that Node does not do by itself, both before anything else is loaded:
// - `@integration-framework/framework` means this framework, also from an integration folder outside the repository;
// - a `.ts` file is compiled as it is required, where the compiler is installed (development). A built tree holds no TypeScript.
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

let swc;
require.extensions['.ts'] = function (module, filename) {
  swc ??= require('@swc/core');
  const options = require('../../tools/swc.js');
  const { code } = swc.transformSync(fs.readFileSync(filename, 'utf8'), { ...options, filename });
  module._compile(code, filename);
};
