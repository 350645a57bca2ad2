#!/usr/bin/env node
// The live heap is some 30 MB at any number of rows, but V8 by default lets garbage grow to a multiple of it before it looks. A resync then took 270 MB
// instead of 170; this costs a few percent of its CPU.
require('node:v8').setFlagsFromString('--heap-growing-percent=50');
require('./hook.js');
require('../src/cli/main').main(process.argv.slice(2));
