module.exports = { ...require('../../jest.preset.js'), displayName: 'ldap', rootDir: __dirname };
