import { type App, BootstraplessSynthesizer, type Environment, type IStackSynthesizer, Stage, Tags } from 'aws-cdk-lib';
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

/** Adds the stacks of every environment: the global one, that of the environment, and those of the engineers. */
export const addStacks = (app: App, { environments, owners }: Settings): void => {
  for (const settings of environments) {
    const { environment } = settings;
    const env = place(settings.account, settings.region);
    const global = new GlobalStack(app, globalStackName(environment), settings, { env });
    Tags.of(global).add('environment', environment);
    for (const owner of [undefined, ...(settings.owners ? owners : [])]) {
      const api = new ApiStack(app, apiStackName(environment, owner), { ...settings, owner }, { env });
      // What it imports has to be exported first, and may not go before it.
      api.addStackDependency(global);
      Tags.of(api).add('environment', environment);
      if (owner !== undefined) Tags.of(api).add('owner', owner);
    }
    addReader(app, settings);
  }
};

/** In a stage of its own, which `cdk deploy --all` leaves out: it takes the credentials of another account. */
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
      trustedRoleArn: lambdaRoleArn(partition, account, environment),
      externalId,
    },
    {
      env: place(bucketAccount, region),
      stackName: readerStackName(environment),
      // Nothing of CDK has to be in that account. (Its types are not made for exactOptionalPropertyTypes.)
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    },
  );
  Tags.of(stack).add('environment', environment);
};

const place = (account: string | undefined, region: string | undefined): Environment => ({
  ...(account === undefined ? {} : { account }),
  ...(region === undefined ? {} : { region }),
});
