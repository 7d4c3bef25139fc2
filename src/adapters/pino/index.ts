/** `images-api/pino`: the adapter that needs `pino`. */
export { createPinoRequestLog, type PinoRequestLogOptions } from './request-log.ts';
