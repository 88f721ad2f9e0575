// The package ai against the gateway.
import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { GATEWAY, TEXT, TOKEN } from './support.mjs';

const openai = createOpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: TOKEN });
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

for (const [api, model] of [['compatible', provider], ['chat', openai.chat], ['responses', openai.responses]]) {
  for (const id of api === 'responses' ? ['cut', 'flat', 'failed'] : ['broken', 'cut']) {
    test(`a stream of ${api} that ends with ${id} is reported`, async () => {
      const errors = [];
      const result = streamText({ model: model(`test/${id}`), prompt: 'Hello', maxRetries: 0, onError: e => errors.push(e) });
      await result.consumeStream({ onError: e => errors.push(e) });
      assert.match(inspect(errors), /Provider disconnected|was cut off/);
    });
  }
}
