export { port } from '../domain/serving/ports.ts';
