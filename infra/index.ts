/** What `images-api/infra` exports: the service as a construct, for the apps of others. */
export { ImagesApi, type ImagesApiProps } from './construct/images-api.ts';
export { Operations, type OperationsProps } from './construct/operations.ts';
export type { ResponseMode, ServiceSettings } from './construct/service-settings.ts';
