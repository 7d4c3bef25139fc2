import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SAMPLE_RESULTS } from './sample-results.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const run = (results: string, folder: string) =>
  spawnSync(process.execPath, ['cost-model/write.ts', results, folder], { cwd: ROOT, encoding: 'utf8' });

const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'images-api-scale-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const readPages = (folder: string) => ['scale.md', 'scale.svg'].map((name) => readFileSync(join(folder, name), 'utf8'));

describe('npm run docs:scale', () => {
  it('writes a page and its plot, in which every figure is one', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'results.json'), JSON.stringify(SAMPLE_RESULTS));
    expect(run(join(folder, 'results.json'), folder)).toMatchObject({ status: 0, stderr: '' });
    const [page = '', plot = ''] = readPages(folder);
    // A million of 25 MB: 3 requests of the API for each, and 19 MB that are streamed slowly.
    expect(page).toContain('| API Gateway, requests | $3.50 | $3.50 | $3.50 | $3.50 | $10.50 |');
    expect(page).toContain('| Lambda, streamed bytes | $0.00 | $0.00 | $0.00 | $0.00 | $139.39 |');
    expect(plot).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(page + plot).not.toMatch(/NaN|undefined|Infinity|∞|\[object/);
  });

  it('says on the page which figures were seen nowhere but in other places', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'results.json'), JSON.stringify(SAMPLE_RESULTS));
    run(join(folder, 'results.json'), folder);
    expect(readPages(folder)[0]).toMatch(/S3 Standard, GET requests .* only where others cite it: check it \|/);
  });

  it('says how to get the results that it has not', () => {
    const folder = makeFolder();
    const path = join(folder, 'results.json');
    expect(run(path, folder)).toMatchObject({
      status: 1,
      stderr: `${path}: there is no such file; npm run bench writes it.\n`,
    });
    expect(existsSync(join(folder, 'scale.md'))).toBe(false);
  });

  it.runIf(existsSync(join(ROOT, 'docs/scale.md')))('has written the page that stands in docs', () => {
    const folder = makeFolder();
    expect(run('bench/results.json', folder)).toMatchObject({ status: 0 });
    expect(readPages(join(ROOT, 'docs'))).toEqual(readPages(folder));
  });
});
