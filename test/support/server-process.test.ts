import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFailed } from 'vitest';
import { untilServing } from './server-process.ts';

const IDLE = 'setInterval(() => undefined, 1000)';

const start = (code: string): ChildProcess =>
  spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });

describe('untilServing', () => {
  it('stops a process that serves', async () => {
    const child = start(IDLE);
    const { url, stop } = await untilServing('the server', child, async () => 'http://127.0.0.1:1');
    expect([url, child.signalCode]).toEqual(['http://127.0.0.1:1', null]);
    await stop();
    expect(child.signalCode).toBe('SIGTERM');
  });

  it('reports the output of a process that exits before it serves', async () => {
    const child = start('console.error("no such module"); process.exitCode = 3');
    const serving = untilServing('the server', child, () => new Promise(() => undefined));
    await expect(serving).rejects.toThrow('the server exited with 3.\nno such module\n');
  });

  it('reports a command that does not exist', async () => {
    const child = spawn(join(import.meta.dirname, 'no-such-command'));
    const serving = untilServing('the server', child, () => new Promise(() => undefined));
    await expect(serving).rejects.toThrow(/^spawn .*no-such-command ENOENT/);
  });

  it('stops a process that does not serve in time', async () => {
    const child = start(IDLE);
    const serving = untilServing('the server', child, () => Promise.reject(new Error('too late')));
    await expect(serving).rejects.toThrow('too late');
    expect(child.signalCode).toBe('SIGTERM');
  });

  it('stops the process when its parent exits without stopping it', async () => {
    const module = JSON.stringify(join(import.meta.dirname, 'server-process.ts'));
    const parent = start(`
      const { spawn } = require('node:child_process');
      process.on('SIGINT', () => process.exit(130));
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(IDLE)}], { stdio: 'inherit' });
      import(${module}).then(async ({ untilServing }) => {
        await untilServing('the server', child, async () => 'http://127.0.0.1:1');
        console.log(child.pid);
      });
      ${IDLE};`);
    const [pid] = await once(createInterface({ input: parent.stdout as NodeJS.ReadableStream }), 'line');
    onTestFailed(() => void process.kill(Number(pid)));
    parent.kill('SIGINT');
    // The server inherits the output of its parent, so the output closes only after both have exited.
    await once(parent, 'close');
    expect(parent.exitCode).toBe(130);
  }, 15_000);
});
