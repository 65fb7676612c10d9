// ftp_basic.mjs TLS HOST PORT FOLDER: basic-ftp, a client for node, does there what it can, with $TREE, and
// brings what comes back into ".".
import assert from 'node:assert/strict';
import { cpSync, createWriteStream, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const { BUILD = 'build', CA, FILES, FTP_PASSWORD, FTP_USER, ROOT, TREE } = process.env;
const { Client } = createRequire(resolve(ROOT, BUILD, 'npm') + '/')('basic-ftp');
const [tls, host, port, folder] = process.argv.slice(2);
const big = `${TREE}/big.bin`;
const client = new Client(20000);

await client.access({
  host,
  port: Number(port),
  user: FTP_USER,
  password: FTP_PASSWORD,
  secure: { clear: false, explicit: true, implicit: 'implicit' }[tls],
  secureOptions: { ca: readFileSync(CA) },
});
await client.cd(folder);
assert.equal(await client.pwd(), `/${folder}`);

// Of an empty file it closes the data connection before TLS has begun on it, now and then: no upload.
cpSync(TREE, 'tree', { recursive: true });
if (tls !== 'clear') rmSync('tree/empty');
await client.uploadFromDir('tree', 'up');
if (tls !== 'clear') cpSync(`${TREE}/empty`, `${FILES}/${folder}/up/empty`);
await client.downloadToDir('down', 'up');

const found = (await client.list('up')).map((one) => [one.name, one.isDirectory, one.isFile && one.size]);
assert.deepEqual(found, [
  ['big.bin', false, 3000000],
  ['empty', false, 0],
  ['nothing here', true, false],
  ['with blank.txt', false, 4],
  ['小明', true, false],
]);
assert.equal(await client.size('up/big.bin'), 3000000);
assert.ok(Math.abs((await client.lastMod('up/big.bin')) - Date.now()) < 3600e3);

await client.downloadTo(createWriteStream('got.bin'), 'up/big.bin');
await client.downloadTo(createWriteStream('got.bin', { flags: 'r+', start: 1234567 }), 'up/big.bin', 1234567);
await client.appendFrom(big, 'cut.bin', { localStart: await client.size('cut.bin') });
await client.rename('up/with blank.txt', '小 明');
await client.remove('up/big.bin');
await assert.rejects(client.size('up/big.bin'), { code: 550 });
await client.removeDir('up');
client.close();
