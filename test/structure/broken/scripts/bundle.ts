export { c } from '../test/events.ts';
