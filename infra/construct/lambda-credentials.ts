/**
 * Replaces the SDK's default credential provider in the bundles: Lambda passes the credentials of a Node.js function in
 * environment variables. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
