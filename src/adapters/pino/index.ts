/** `images-api/pino`: the request log that needs `pino`. */
export { createPinoRequestLog, type PinoRequestLogOptions } from './request-log.ts';
