// @anthropic-ai/sdk against the gateway.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { calls, GATEWAY, HELLO, TEXT, TOKEN } from './support.mjs';

const client = new Anthropic({ baseURL: GATEWAY, apiKey: TOKEN });
const ask = (model, client_ = client) => client_.messages.create({ model, max_tokens: 100, messages: HELLO });
const stream = model => client.messages.stream({ model, max_tokens: 100, messages: HELLO });

test('a message', async () => assert.equal((await ask('test/plain')).content[0].text, TEXT));

test('a streamed message with thinking, text and a tool', async () => {
  const message = await stream('test/plain').finalMessage();
  assert.deepEqual(message.content, [
    { type: 'thinking', thinking: 'Let me see.', signature: 'c2lnbmF0dXJl' },
    { type: 'text', text: TEXT },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
  ]);
  assert.equal(message.stop_reason, 'tool_use');
});

test('the key as a bearer token', async () => {
  const bearer = new Anthropic({ baseURL: GATEWAY, apiKey: null, authToken: TOKEN });
  assert.equal((await ask('test/plain', bearer)).content[0].text, TEXT);
});

test('models in the shape of Anthropic', async () => {
  const page = await client.models.list();
  assert.ok(page.data.some(model => model.id === 'test/plain' && model.type === 'model'));
  assert.equal((await client.models.retrieve('test/plain')).type, 'model');
});

test('beta headers reach the provider', async () => {
  await client.beta.messages.create({ model: 'test/plain', max_tokens: 100, messages: HELLO, betas: ['one-2025-01-01'] });
  assert.equal((await calls()).at(-1).headers['anthropic-beta'], 'one-2025-01-01');
  assert.equal((await calls()).at(-1).headers['x-api-key'], undefined);
});

test('a wrong token', async () => {
  const stranger = new Anthropic({ baseURL: GATEWAY, apiKey: 'kw1_wrong' });
  await assert.rejects(ask('test/plain', stranger), error =>
    error instanceof Anthropic.AuthenticationError && error.error.error.type === 'authentication_error');
});

test('a busy model is asked again after the time that the provider names', async () => {
  const before = (await calls()).length;
  assert.equal((await ask('test/busy')).content[0].text, TEXT);
  const asked = (await calls()).slice(before).filter(call => call.model === 'test/busy' && ['ok', 'first'].includes(call.key));
  assert.equal(asked.length, 4);
});

test('a pool that is limited for hours is not waited for', { timeout: 60_000 }, async () => {
  await assert.rejects(ask('test/spent:free'), Anthropic.RateLimitError);
  await assert.rejects(ask('test/spent:free'), error =>
    error instanceof Anthropic.RateLimitError && error.error.error.type === 'rate_limit_error');
});

test('an error in a stream, and a cut, are errors of the SDK', async () => {
  for (const model of ['test/broken', 'test/cut']) {
    await assert.rejects(stream(model).finalMessage(), Anthropic.APIError);
  }
});
