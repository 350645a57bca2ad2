// A GitHub that keeps what it is told, in memory. Ends when its standard input does, which is with the process that started it.
import { createEmulator } from 'emulate';

const [port, seed] = process.argv.slice(2);
const emulator = await createEmulator({ service: 'github', port: Number(port), seed: JSON.parse(seed) });
process.stdin.resume().on('end', () => process.exit());
process.once('SIGTERM', () => process.exit());
console.log(`listening ${emulator.url}`);
