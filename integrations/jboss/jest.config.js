module.exports = { ...require('../../jest.preset.js'), displayName: 'jboss', rootDir: __dirname };
