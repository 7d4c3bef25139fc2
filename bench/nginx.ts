import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Nginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** nginx with one worker, in front of the origin; undefined where it is not installed. */
export const startNginx = async (origin: string): Promise<Nginx | undefined> => {
  const command = COMMANDS.find((path) => spawnSync(path, ['-v']).error === undefined);
  if (command === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'images-api-nginx-'));
  const port = await freePort();
  const configuration = join(folder, 'nginx.conf');
  await writeFile(configuration, configure(folder, port, origin));
  const child = spawn(command, ['-p', folder, '-c', configuration, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill();
    await exit;
    await rm(folder, { recursive: true });
  };
  for (let attempt = 0; !(await answers(url)); attempt++) {
    if (attempt < 100) {
      await sleep(20);
      continue;
    }
    await stop();
    throw new Error('nginx did not answer within two seconds.');
  }
  return { url, stop };
};

/** Where Debian puts it is on root's PATH only. */
const COMMANDS = ['nginx', '/usr/sbin/nginx'];

/** nginx cannot say which port it was given, so that it has to be told one. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

/** Passed on as it comes: no log, no buffering to disk, connections to the origin kept. */
const configure = (folder: string, port: number, origin: string): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream origin { server ${new URL(origin).host}; keepalive 128; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "AWS4-HMAC-SHA256 none";
      proxy_max_temp_file_size 0;
    }
  }
}
`;
