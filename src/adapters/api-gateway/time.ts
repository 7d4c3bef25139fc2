/** Formats milliseconds since 1970 as ISO 8601 in UTC, in whole seconds like the dates of HTTP. */
export const formatTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+/, '');
