// One major version of the openai package against the gateway; SDK names it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { z } from 'zod';
import { awaitCall, calls, GATEWAY, HELLO, TEXT, TOKEN } from './support.mjs';

const sdk = process.env.SDK;
const major = Number(sdk.at(-1));
const { default: OpenAI } = await import(sdk);
const client = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: TOKEN });
const chat = (model, more = {}) => client.chat.completions.create({ model, messages: HELLO, ...more });

async function text(stream) {
  let all = '';
  for await (const event of stream) all += event.choices[0]?.delta?.content ?? '';
  return all;
}

test('a chat', async () => {
  const answer = await chat('test/plain');
  assert.equal(answer.choices[0].message.content, TEXT);
  assert.equal(answer.usage.total_tokens, 17);
});

test('a streamed chat', async () => assert.equal(await text(await chat('test/plain', { stream: true })), TEXT));

test('keys that are refused are replaced unseen', async () => {
  // The pool has keys that answer 401, 402, 429, 200 with an error, and an error as first event.
  for (let i = 0; i < 8; i++) {
    assert.equal((await chat('test/plain')).choices[0].message.content, TEXT);
    assert.equal(await text(await chat('test/plain', { stream: true })), TEXT);
  }
});

test('two tool calls in a stream', async () => {
  const seen = [];
  for await (const event of await chat('test/tools', { stream: true })) {
    for (const call of event.choices[0]?.delta?.tool_calls ?? []) {
      seen[call.index] ??= { id: call.id, name: call.function.name, arguments: '' };
      seen[call.index].arguments += call.function.arguments;
    }
  }
  assert.deepEqual(seen, [
    { id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
    { id: 'call_2', name: 'weather', arguments: '{"city":"Rome"}' },
  ]);
});

test('structured output', { skip: major < 5 }, async () => {
  const { zodResponseFormat } = await import(`${sdk}/helpers/zod`);
  const Weather = z.object({ city: z.string(), degrees: z.number() });
  const answer = await client.chat.completions.parse({
    model: 'test/json', messages: HELLO, response_format: zodResponseFormat(Weather, 'weather'),
  });
  assert.deepEqual(answer.choices[0].message.parsed, { city: 'Oslo', degrees: 21 });
});

test('two choices with log probabilities', async () => {
  const answer = await chat('test/choices', { n: 2, logprobs: true });
  assert.equal(answer.choices.length, 2);
  assert.equal(answer.choices[1].logprobs.content[0].logprob, -0.5);
});

test('models', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes('test/plain'), ids.join());
  assert.equal((await client.models.retrieve('test/plain')).id, 'test/plain');
  await assert.rejects(client.models.retrieve('test/none'), error =>
    error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
});

test('embeddings as numbers and in base64', async () => {
  for (const encoding_format of ['float', 'base64', undefined]) {
    const answer = await client.embeddings.create({ model: 'test/plain', input: ['a', 'b'], encoding_format });
    const embedding = answer.data[1].embedding;
    assert.deepEqual(
      typeof embedding === 'string' ? [...new Float32Array(Uint8Array.from(atob(embedding), c => c.charCodeAt(0)).buffer)] : embedding,
      [0.25, -0.5, 1]);
  }
});

test('completions', async () => {
  const answer = await client.completions.create({ model: 'test/plain', prompt: 'Hello' });
  assert.equal(answer.choices[0].text, TEXT);
});

test('responses', { skip: !client.responses }, async () => {
  const answer = await client.responses.create({ model: 'test/plain', input: 'Hello' });
  assert.equal(answer.output_text, TEXT);
  const types = [];
  for await (const event of await client.responses.create({ model: 'test/plain', input: 'Hello', stream: true })) {
    types.push(event.type);
  }
  assert.equal(types[0], 'response.created');
  assert.equal(types.at(-1), 'response.completed');
});

test('the final response of a stream', { skip: !client.responses?.stream }, async () => {
  const stream = client.responses.stream({ model: 'test/plain', input: 'Hello' });
  assert.equal((await stream.finalResponse()).output[0].content[0].text, TEXT);
});

test('a response that is cut fails, and a program that reads only text notices', { skip: !client.responses }, async () => {
  const events = [];
  await assert.rejects(async () => {
    for await (const event of await client.responses.create({ model: 'test/cut', input: 'Hello', stream: true })) events.push(event);
  }, /was cut off/);
  assert.equal(events.at(-1).type, 'response.failed');
  assert.equal(events.at(-1).response.id, 'resp_1');
});

for (const [model, last] of [['test/flat', 'error'], ['test/failed', 'response.failed']]) {
  test(`a response that the provider ends with ${last} fails`, { skip: !client.responses }, async () => {
    const events = [];
    await assert.rejects(async () => {
      for await (const event of await client.responses.create({ model, input: 'Hello', stream: true })) events.push(event);
    }, /Provider disconnected/);
    assert.ok(events.length >= 4);
    assert.ok(events.length === 4 || events.at(-1).type === last);
  });
}

test('a busy model is asked again after the time that the provider names', async () => {
  const before = (await calls()).length;
  assert.equal((await chat('test/busy')).choices[0].message.content, TEXT);
  const asked = (await calls()).slice(before).filter(call => call.model === 'test/busy' && ['ok', 'first'].includes(call.key));
  assert.equal(asked.length, 4); // three by the gateway, then one for the SDK's own repetition
});

test('a pool that is limited for hours is not waited for', { timeout: 60_000 }, async () => {
  await assert.rejects(chat('test/spent:free'), OpenAI.RateLimitError);
  await assert.rejects(chat('test/spent:free'), error =>
    error instanceof OpenAI.RateLimitError && error.code === 'pool_limited');
});

test('a whole answer in place of a stream is an error, not an empty stream', async () => {
  await assert.rejects(async () => text(await chat('test/whole', { stream: true })), OpenAI.APIError);
});

test('a wrong token', async () => {
  const before = (await calls()).length;
  const stranger = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: 'kw1_wrong' });
  await assert.rejects(stranger.chat.completions.create({ model: 'test/plain', messages: HELLO }), error =>
    error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key');
  assert.equal((await calls()).length, before);
});

test('a model that is not offered', async () => {
  await assert.rejects(chat('test/none'), error => error instanceof OpenAI.NotFoundError);
});

test('an error after three events is the SDK\'s error', async () => {
  await assert.rejects(async () => text(await chat('test/broken', { stream: true })), OpenAI.APIError);
});

test('a cut is an error, not an end', async () => {
  await assert.rejects(async () => text(await chat('test/cut', { stream: true })), OpenAI.APIError);
});

test('the provider hears that the client has gone', async () => {
  for (const [model, stream] of [['test/slow', true], ['test/mute', true], ['test/mute', false]]) {
    const before = (await calls()).length;
    const controller = new AbortController();
    const pending = client.chat.completions
      .create({ model, messages: HELLO, stream }, { signal: controller.signal, maxRetries: 0 })
      .then(async answer => { for await (const _ of answer) controller.abort(); })
      .catch(error => error);
    await awaitCall(before, call => call.endless);
    if (model === 'test/mute') controller.abort();
    await pending;
    await awaitCall(before, call => call.endless && call.gone);
  }
});

test('bytes pass unchanged in both directions', async () => {
  const body = '{ "model":"test/plain", "stream":true, "odd" : 1.0, "e":1e2, "esc":"\\u00e4\\/", "messages":[{"role":"user","content":"🚀"}]}';
  const answer = await fetch(`${GATEWAY}/v1/chat/completions`, {
    method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
  });
  const received = (await answer.text()).replace(/^:.*\n\n/gm, '');
  const call = (await calls()).filter(each => each.sent && each.model === 'test/plain').at(-1);
  assert.equal(createHash('sha256').update(body).digest('hex'), call.body);
  assert.equal(createHash('sha256').update(received).digest('hex'), call.sent);
});
