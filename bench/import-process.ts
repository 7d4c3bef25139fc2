/** Prints the milliseconds that the bundle takes to load, without the start of Node.js. */
import { loadHandler } from './lambda-global.ts';

const [taskRoot = '', name = ''] = process.argv.slice(2);
const started = performance.now();
await loadHandler(taskRoot, name);
process.stdout.write(`${performance.now() - started}\n`);
