/**
 * In the bundles, this stands in place of the SDK's default chain: Lambda gives a function of Node.js its credentials in
 * variables. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
