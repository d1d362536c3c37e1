import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectoryStore } from '../../src/engine/sharing/remote/directory.js';
import { HttpStore } from '../../src/engine/sharing/remote/http.js';
import { openRemote, remoteOn } from '../../src/engine/sharing/remote/open.js';
import type { Remote } from '../../src/engine/sharing/remote/transfer.js';
import { exampleRecord } from '../engine/artifacts/example.js';
import { blobStoreContract, resultStoreContract } from '../engine/artifacts/contract.js';
import { scratch } from '../engine/artifacts/scratch.js';
import { value } from '../engine/artifacts/value.js';
import { FakeServer } from './fake-server.js';

describe('a folder as a remote', () => {
  const open = (folder: string): Remote => remoteOn(new DirectoryStore(folder));
  blobStoreContract('a remote folder', (folder) => open(folder).blobs);
  resultStoreContract('a remote folder', (folder) => open(folder).results);
});

describe('a server of Bazel’s protocol as a remote', () => {
  const server = new FakeServer();
  before(() => server.start());
  after(() => server.stop());
  const open = (folder: string): Remote => remoteOn(new HttpStore(new URL(`${server.address}/${basename(folder)}`)));
  blobStoreContract('a server', (folder) => open(folder).blobs);
  resultStoreContract('a server', (folder) => open(folder).results);
});

describe('an S3 bucket as a remote', () => {
  const server = new FakeServer();
  before(() => server.start());
  after(() => server.stop());
  const account = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
  const open = (folder: string): Remote =>
    value(openRemote(`s3://bucket/${basename(folder)}`, '/', { ...account, AWS_ENDPOINT_URL: server.address }));
  blobStoreContract('a bucket', (folder) => open(folder).blobs);
  resultStoreContract('a bucket', (folder) => open(folder).results);

  it('is asked by requests signed as Amazon documents it, the body included', async () => {
    server.requests.length = 0;
    const folder = mkdtempSync(join(tmpdir(), 'fx-s3-'));
    writeFileSync(join(folder, 'file'), 'alpha');
    value(await open(folder).blobs.store(join(folder, 'file')));
    rmSync(folder, { recursive: true });
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ['HEAD', 'PUT'],
    );
    for (const request of server.requests) {
      const { authorization = '' } = request.headers;
      const body = request.method === 'PUT' ? 'alpha' : '';
      assert.equal(request.headers['x-amz-content-sha256'], createHash('sha256').update(body).digest('hex'));
      assert.match(authorization, /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request, /);
      assert.equal(/Signature=(\w+)/.exec(authorization)![1], signatureOf(request));
    }
  });

  /** Signature Version 4, written from Amazon's description of it. */
  function signatureOf({ method, path, headers }: FakeServer['requests'][number]): string {
    const { authorization = '' } = headers;
    const names = /SignedHeaders=([^,]+)/.exec(authorization)![1]!.split(';');
    const lines = names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
    const hashed = String(headers['x-amz-content-sha256']);
    const canonical = [method, path, '', lines, names.join(';'), hashed].join('\n');
    const time = String(headers['x-amz-date']);
    const scope = `${time.slice(0, 8)}/eu-west-1/s3/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
    const mac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
    const key = scope.split('/').reduce<string | Buffer>((last, part) => mac(last, part), 'AWS4secret');
    return mac(key, text).toString('hex');
  }
});

const NGINX = '/usr/sbin/nginx';

describe('nginx with WebDAV as a remote', function () {
  const folder = mkdtempSync(join(tmpdir(), 'fx-nginx-'));
  let nginx: ChildProcess | undefined;
  let address = '';

  before(async function () {
    if (!existsSync(NGINX)) {
      console.log(`      (${NGINX} is not installed: skipped)`);
      this.skip();
    }
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    for (const name of ['files', 'tmp']) mkdirSync(join(folder, name), { mode: 0o777 });
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port));
    nginx = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      stdio: 'ignore',
    });
    for (let i = 0; i < 100; i += 1) {
      if (
        await fetch(address).then(
          () => true,
          () => false,
        )
      )
        return;
      await sleep(50);
    }
    this.skip();
  });
  after(async () => {
    if (nginx?.exitCode === null) {
      const gone = new Promise((resolve) => nginx!.once('exit', resolve));
      nginx.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (at: string): Remote => remoteOn(new HttpStore(new URL(`${address}/${basename(at)}`)));
  blobStoreContract('nginx', (at) => open(at).blobs);

  describe('and its results', () => {
    const fresh = scratch();
    it('are kept by the first writer, told to a later one', async () => {
      const [one, two] = [exampleRecord('one'), { ...exampleRecord('one'), duration: 9 }];
      const at = fresh();
      assert.deepEqual(value(await open(at).results.publish(one)), one);
      assert.deepEqual(value(await open(at).results.publish(two)), one);
      assert.deepEqual(await open(at).results.find(one.key), { record: one, warnings: [] });
    });
  });
});

function configuration(folder: string, port: number): string {
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path ${folder}/tmp;
  proxy_temp_path ${folder}/tmp; fastcgi_temp_path ${folder}/tmp; uwsgi_temp_path ${folder}/tmp; scgi_temp_path ${folder}/tmp;
  server { listen 127.0.0.1:${port}; root ${folder}/files;
    location / { dav_methods PUT; create_full_put_path on; } }
}
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
