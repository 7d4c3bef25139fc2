export { port } from '../serving/ports.ts';
