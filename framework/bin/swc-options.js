// The one way TypeScript becomes JavaScript here: in tests, at run time in development, and in `npm run build`.
module.exports = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
  module: { type: 'commonjs', ignoreDynamic: false },
};
