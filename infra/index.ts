/** What `images-api/infra` exports: the service as a construct, for the apps of others. */
export { ImagesApi, type ImagesApiProps } from './images-api.ts';
export { Operations, type OperationsProps } from './operations.ts';
export type { ResponseMode, ServiceSettings } from './service-settings.ts';
