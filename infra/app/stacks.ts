import {
  type App,
  BootstraplessSynthesizer,
  type Environment,
  type IStackSynthesizer,
  type Stack,
  Stage,
  Tags,
} from 'aws-cdk-lib';
import {
  apiStackName,
  globalStackName,
  lambdaRoleArn,
  readerStackName,
  readerStageName,
} from '../../src/settings/names.ts';
import { ApiStack } from './api-stack.ts';
import type { EnvironmentSettings } from './environment-settings.ts';
import { GlobalStack } from './global-stack.ts';
import { ReaderStack } from './reader-stack.ts';
import type { Settings } from './settings.ts';

/** Adds the stacks of every environment: the global stack, the API stacks and, if configured, the reader stack. */
export const addStacks = (app: App, { environments, engineers }: Settings): void => {
  for (const settings of environments) {
    const { environment } = settings;
    const env = toEnv(settings.account, settings.region);
    const global = new GlobalStack(app, globalStackName(environment), settings, {
      env,
      terminationProtection: settings.protect,
    });
    addTags(global, settings);
    for (const engineer of [undefined, ...(settings.owners ? engineers : [])]) {
      const protect = settings.protect && engineer === undefined;
      const props = { env, terminationProtection: protect };
      const api = new ApiStack(app, apiStackName(environment, engineer), { ...settings, protect, engineer }, props);
      // The API stack imports exports of the global stack, which is therefore deployed first and destroyed last.
      api.addStackDependency(global);
      addTags(api, { environment, protect });
      if (engineer !== undefined) Tags.of(api).add('owner', engineer);
    }
    addReader(app, settings);
  }
};

/**
 * Adds the tags of a stack. The tag `protected` also changes every resource when the setting changes: CloudFormation
 * ignores a new removal policy unless a property changes as well.
 */
const addTags = (
  stack: Stack,
  { environment, protect }: Pick<EnvironmentSettings, 'environment' | 'protect'>,
): void => {
  Tags.of(stack).add('environment', environment);
  if (protect) Tags.of(stack).add('protected', 'true');
};

/**
 * Adds the reader stack. It needs the credentials of another account, so it is in a separate CDK stage, which
 * `cdk deploy --all` does not deploy.
 */
const addReader = (app: App, settings: EnvironmentSettings): void => {
  const { environment, account, region, bucketAccount, readerRoleArn, externalId } = settings;
  if (readerRoleArn === undefined || account === undefined || externalId === undefined) return;
  const [, partition = 'aws'] = readerRoleArn.split(':');
  const stage = new Stage(app, readerStageName(environment));
  const stack = new ReaderStack(
    stage,
    readerStackName(environment),
    {
      environment,
      images: settings,
      roleArn: readerRoleArn,
      trustedRoleArns: [lambdaRoleArn(partition, account, environment), ...settings.readers],
      externalId,
    },
    {
      env: toEnv(bucketAccount, region),
      stackName: readerStackName(environment),
      terminationProtection: settings.protect,
      // That account need not be bootstrapped. (The cast is needed: CDK's types ignore exactOptionalPropertyTypes.)
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    },
  );
  Tags.of(stack).add('environment', environment);
};

const toEnv = (account: string | undefined, region: string | undefined): Environment => ({
  ...(account === undefined ? {} : { account }),
  ...(region === undefined ? {} : { region }),
});
