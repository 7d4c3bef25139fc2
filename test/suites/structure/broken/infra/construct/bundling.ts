export { event } from '../../test/support/events.ts';
