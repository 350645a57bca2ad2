export { watchDirectory, type WatchOptions } from './watch-directory';
