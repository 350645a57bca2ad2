module.exports = { ...require('../../jest.preset.js'), displayName: 'confluence', rootDir: __dirname };
