/**
 * Replaces `thread-stream` in the bundle. pino needs it only to start transports in worker threads, and the function logs
 * to standard output without them.
 */
export {};
