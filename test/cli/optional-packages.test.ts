import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importOrExplain, MissingPackagesError } from '../../src/cli/optional-packages.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('importOrExplain', () => {
  const load = async () => 'the module';

  it('returns the module if all packages are installed', async () => {
    expect(await importOrExplain('images-api x', ['commander', 'zod'], load)).toBe('the module');
  });

  it('accepts an installed package that supports import but not require', async () => {
    expect(await importOrExplain('images-api x', ['dependency-cruiser'], load)).toBe('the module');
  });

  it.each([
    [
      ['@images-api/gone', 'commander'],
      'the package @images-api/gone, which is not installed.\nRun: npm install @images-api/gone',
    ],
    [['gone-1', 'gone-2'], 'the packages gone-1, gone-2, which are not installed.\nRun: npm install gone-1 gone-2'],
  ])('rejects with the missing packages of %j and does not load the module', async (packages, message) => {
    let loaded = false;
    const loading = importOrExplain('images-api x', packages, async () => {
      loaded = true;
    });
    await expect(loading).rejects.toThrow(MissingPackagesError);
    await expect(loading).rejects.toThrow(`images-api x needs ${message}`);
    expect(loaded).toBe(false);
  });
});

describe('a project without the AWS SDK', () => {
  let project: string;

  /** Copies the sources and installs only the packages that `explain` needs. */
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'images-api-'));
    await cp(join(ROOT, 'src'), join(project, 'src'), { recursive: true });
    await cp(join(ROOT, 'package.json'), join(project, 'package.json'));
    await mkdir(join(project, 'node_modules'));
    for (const name of ['commander', 'zod']) await install(name);
  });

  afterAll(() => rm(project, { recursive: true }));

  const install = async (name: string) => {
    const target = join(project, 'node_modules', name);
    await mkdir(resolve(target, '..'), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), target);
  };

  const run = (...args: string[]): Promise<{ exitCode: unknown; stdout: string; stderr: string }> =>
    new Promise((done) => {
      const env = {
        PATH: process.env['PATH'],
        ENVIRONMENT: 'dev',
        IMAGES_BUCKET: 'images',
        // Without credentials and a region, the first check fails before it sends a request.
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      };
      execFile(process.execPath, ['src/cli/images-api.ts', ...args], { cwd: project, env }, (error, stdout, stderr) =>
        done({ exitCode: error?.code ?? 0, stdout, stderr }),
      );
    });

  it('runs explain and the help of the doctor', async () => {
    expect(await run('explain', 'a.png')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run('doctor', '--help')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('runs the doctor only after the packages in its error message are installed', async () => {
    const { exitCode, stdout, stderr } = await run('doctor');
    expect([exitCode, stdout]).toEqual([2, '']);
    const [, packages = ''] =
      /^images-api doctor needs .+ not installed\.\nRun: npm install (.+)\n$/.exec(stderr) ?? [];
    expect(packages).toBe(
      '@aws-sdk/client-api-gateway @aws-sdk/client-s3 @aws-sdk/client-secrets-manager @aws-sdk/client-sts',
    );
    for (const name of packages.split(' ')) await install(name);
    const installed = await run('doctor');
    expect(installed).toMatchObject({ exitCode: 10, stderr: '' });
    expect(installed.stdout).toMatch(/^failed {3}identity/);
    for (const setting of [
      ['--signed-locations', 'on'],
      ['--redirect-above', '1'],
    ]) {
      expect(await run('doctor', ...setting)).toEqual({
        exitCode: 2,
        stdout: '',
        stderr:
          'images-api doctor needs the package @aws-sdk/s3-request-presigner, which is not installed.\nRun: npm install @aws-sdk/s3-request-presigner\n',
      });
    }
    await install('@aws-sdk/s3-request-presigner');
    expect(await run('doctor', '--signed-locations', 'on')).toMatchObject({ exitCode: 10, stderr: '' });
  });
});
