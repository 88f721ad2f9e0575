// Shared code of the checks: the addresses of the gateway and its provider, and the provider's ledger.
export const GATEWAY = process.env.GATEWAY_URL;
export const TOKEN = process.env.GATEWAY_TOKEN;
export const TEXT = 'The gateway passes bytes through: äöü 🚀';
export const HELLO = [{ role: 'user', content: 'Hello' }];

export async function calls() {
  return (await fetch(`${process.env.UPSTREAM_URL}/_calls`)).json();
}

/** Waits for a call to the provider, made after this many others, that `is` as it should be. */
export async function awaitCall(since, is) {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if ((await calls()).slice(since).some(is)) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error(`no such call: ${JSON.stringify((await calls()).slice(since))}`);
}
