module.exports = { ...require('../../jest.preset.js'), displayName: 'azure-devops', rootDir: __dirname };
