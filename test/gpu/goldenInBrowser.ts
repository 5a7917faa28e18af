import { gunzipSync, strFromU8 } from 'fflate';
import { commands } from 'vitest/browser';
import type { OpsCase } from '../golden/cases.js';

/** The reference cases, read by the server of the tests. */
export async function goldenCases(): Promise<readonly OpsCase[]> {
  const text = await commands.readFile('test/fixtures/golden/ops.json.gz', 'base64');
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return (JSON.parse(strFromU8(gunzipSync(bytes))) as { readonly cases: readonly OpsCase[] }).cases;
}
