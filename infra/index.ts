/** Public API of `images-api/infra`: the service as a construct for other CDK apps. */
export { ImagesApi, type ImagesApiProps } from './construct/images-api.ts';
export { Operations, type OperationsProps } from './construct/operations.ts';
export type { ResponseMode, ServiceSettings } from './construct/service-settings.ts';
