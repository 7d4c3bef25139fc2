/** Prints how long the bundle takes to load, in milliseconds, once the runtime is up. */
import { loadHandler } from './lambda-global.ts';

const [file = ''] = process.argv.slice(2);
const started = performance.now();
await loadHandler(file);
process.stdout.write(`${performance.now() - started}\n`);
