#!/usr/bin/env node
require('./hook.js');
require('../src/cli/main').main(process.argv.slice(2));
