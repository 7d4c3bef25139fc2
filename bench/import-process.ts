/** Prints how long the bundle takes to load, in milliseconds, once the runtime is up. */
import { loadHandler } from './lambda-global.ts';

const [taskRoot = '', name = ''] = process.argv.slice(2);
const started = performance.now();
await loadHandler(taskRoot, name);
process.stdout.write(`${performance.now() - started}\n`);
