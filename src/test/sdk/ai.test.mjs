// The package ai against the gateway.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { GATEWAY, TEXT, TOKEN } from './support.mjs';

const provider = createOpenAICompatible({ name: 'keywheel', baseURL: `${GATEWAY}/v1`, apiKey: TOKEN });

test('generated text', async () => {
  const { text, usage } = await generateText({ model: provider('test/plain'), prompt: 'Hello' });
  assert.equal(text, TEXT);
  assert.equal(usage.totalTokens, 17);
});

test('streamed text', async () => {
  let text = '';
  for await (const piece of streamText({ model: provider('test/plain'), prompt: 'Hello' }).textStream) text += piece;
  assert.equal(text, TEXT);
});

test('two tool calls in a stream', async () => {
  const weather = tool({ inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } } }) });
  const result = streamText({ model: provider('test/tools'), prompt: 'Hello', tools: { weather } });
  await result.consumeStream();
  assert.deepEqual((await result.toolCalls).map(call => call.input.city), ['Oslo', 'Rome']);
});

test('an error after three events is reported', async () => {
  const errors = [];
  const result = streamText({ model: provider('test/broken'), prompt: 'Hello', maxRetries: 0, onError: e => errors.push(e) });
  await result.consumeStream({ onError: e => errors.push(e) });
  assert.ok(errors.length > 0);
});
