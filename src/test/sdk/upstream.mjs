// A provider for the SDK checks. The key determines whether it is refused, and the model determines the answer.
// Prints its port; GET /_calls is its ledger.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const BASE = '/api/v1';
const ID = 'gen-1700000000-abcdef';
const WORDS = ['The ', 'gateway ', 'passes ', 'bytes ', 'through: ', 'äöü 🚀'];
const TEXT = WORDS.join('');
const calls = [];

const NAMES = ['plain', 'tools', 'json', 'choices', 'broken', 'cut', 'slow', 'mute', 'whole', 'busy', 'flat', 'failed', 'spent:free'];
const MODELS = NAMES.map(name => `test/${name}`);

const BUSY = {
  code: 429,
  message: 'Provider returned error',
  metadata: { provider_name: 'Maker', raw: 'rate-limited upstream', limit_source: 'upstream_provider_shared_pool' },
};
let busy = 0; // calls of that model; three of four are refused, as many as the gateway makes for a request

const ERRORS = {
  401: { code: 401, message: 'User not found.' },
  402: { code: 402, message: 'Insufficient credits.', metadata: { limit_source: 'openrouter_credits' } },
  429: {
    code: 429,
    message: 'Rate limit exceeded: free-models-per-day.',
    metadata: { limit_source: 'openrouter_free_tier_daily' },
  },
};

function spent() {
  const reset = String(Date.now() + 3 * 3_600_000);
  return { ...ERRORS[429], metadata: { ...ERRORS[429].metadata, headers: { 'X-RateLimit-Reset': reset } } };
}

const sha = text => createHash('sha256').update(text).digest('hex');

function usage() {
  return { prompt_tokens: 11, completion_tokens: 6, total_tokens: 17, cost: 0.000123 };
}

function chunk(model, delta, finish = null, more = {}) {
  return {
    id: ID, provider: 'Test', model, object: 'chat.completion.chunk', created: 1700000000,
    choices: [{ index: 0, delta, finish_reason: finish, native_finish_reason: finish, logprobs: null }],
    ...more,
  };
}

const data = event => `data: ${JSON.stringify(event)}\n\n`;
const named = event => `event: ${event.type}\n${data(event)}`;

function toolEvents(model) {
  const call = (index, id, name) => chunk(model, {
    role: 'assistant', content: null,
    tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
  });
  const piece = (index, text) => chunk(model, { tool_calls: [{ index, function: { arguments: text } }] });
  return [
    call(0, 'call_1', 'weather'), piece(0, '{"city":'), piece(0, '"Oslo"}'),
    call(1, 'call_2', 'weather'), piece(1, '{"city":"Rome"}'),
    chunk(model, {}, 'tool_calls'), chunk(model, {}, 'tool_calls', { usage: usage() }),
  ];
}

function textOf(model) {
  return model === 'test/json' ? '{"city":"Oslo","degrees":21}' : TEXT;
}

function chatEvents(body) {
  const { model } = body;
  if (model === 'test/tools') return toolEvents(model).map(data);
  const words = model === 'test/json' ? [textOf(model)] : WORDS;
  const some = words.map(word => data(chunk(model, { role: 'assistant', content: word })));
  if (model === 'test/broken') {
    const error = chunk(model, { content: '' }, 'error', { error: { code: 502, message: 'Provider disconnected' } });
    return [...some.slice(0, 3), data(error)];
  }
  if (model === 'test/cut') return some.slice(0, 3);
  return [
    ': OPENROUTER PROCESSING\n\n', ...some, data(chunk(model, { content: '' }, 'stop')),
    data(chunk(model, { content: '' }, 'stop', { usage: usage() })), 'data: [DONE]\n\n',
  ];
}

function messageEvents(body) {
  const message = {
    id: 'msg_1', type: 'message', role: 'assistant', model: body.model, content: [],
    stop_reason: null, stop_sequence: null, usage: { input_tokens: 11, output_tokens: 0 },
  };
  const thinking = [
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Let me see.' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2lnbmF0dXJl' } },
    { type: 'content_block_stop', index: 0 },
  ];
  const text = [
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
    ...WORDS.map(word => ({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: word } })),
    { type: 'content_block_stop', index: 1 },
  ];
  const tool = [
    { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} } },
    { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":"Oslo"}' } },
    { type: 'content_block_stop', index: 2 },
  ];
  const start = { type: 'message_start', message };
  const all = [start, ...thinking, ...text, ...tool];
  if (body.model === 'test/broken') {
    return [...all.slice(0, 4), { type: 'error', error: { type: 'api_error', message: 'Provider disconnected' } }].map(named);
  }
  if (body.model === 'test/cut') return all.slice(0, 4).map(named);
  return [
    ...all,
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 6 } },
    { type: 'message_stop' },
  ].map(named);
}

function response(model, status, output) {
  return {
    id: 'resp_1', object: 'response', created_at: 1700000000, status, model, output, error: null,
    incomplete_details: null, instructions: null, metadata: {}, parallel_tool_calls: true, tool_choice: 'auto', tools: [],
    usage: status === 'completed' ? { input_tokens: 11, output_tokens: 6, total_tokens: 17, cost: 0.000123 } : null,
  };
}

function responseEvents(body) {
  const { model } = body;
  const item = (status, text) => ({
    type: 'message', id: 'msg_1', status, role: 'assistant',
    content: text === null ? [] : [{ type: 'output_text', text, annotations: [] }],
  });
  const part = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const events = [
    { type: 'response.created', response: response(model, 'in_progress', []) },
    { type: 'response.output_item.added', output_index: 0, item: item('in_progress', null) },
    { type: 'response.content_part.added', ...part, part: { type: 'output_text', text: '', annotations: [] } },
    ...WORDS.map(delta => ({ type: 'response.output_text.delta', ...part, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...part, text: TEXT, logprobs: [] },
    { type: 'response.content_part.done', ...part, part: { type: 'output_text', text: TEXT, annotations: [] } },
    { type: 'response.output_item.done', output_index: 0, item: item('completed', TEXT) },
    { type: 'response.completed', response: response(model, 'completed', [item('completed', TEXT)]) },
  ].map((event, i) => ({ ...event, sequence_number: i }));
  const error = { code: 'server_error', message: 'Provider disconnected' };
  const some = events.slice(0, 4);
  if (model === 'test/cut') return some.map(named);
  if (model === 'test/flat') return [...some, { type: 'error', ...error, param: null, sequence_number: 4 }].map(named);
  if (model === 'test/failed') {
    const failed = { ...response(model, 'failed', []), error };
    return [...some, { type: 'response.failed', response: failed, sequence_number: 4 }].map(named);
  }
  return events.map(named);
}

function whole(path, body) {
  const { model } = body;
  switch (path) {
    case '/embeddings': {
      const numbers = Float32Array.of(0.25, -0.5, 1);
      const embedding = body.encoding_format === 'base64'
        ? Buffer.from(numbers.buffer).toString('base64') : [...numbers];
      return {
        object: 'list', model, usage: { prompt_tokens: 3, total_tokens: 3 },
        data: [body.input].flat().map((_, index) => ({ object: 'embedding', index, embedding })),
      };
    }
    case '/messages':
      return {
        id: 'msg_1', type: 'message', role: 'assistant', model, stop_reason: 'end_turn', stop_sequence: null,
        content: [{ type: 'text', text: TEXT }], usage: { input_tokens: 11, output_tokens: 6 },
      };
    case '/responses': {
      const item = { type: 'message', id: 'msg_1', status: 'completed', role: 'assistant' };
      return response(model, 'completed', [{ ...item, content: [{ type: 'output_text', text: TEXT, annotations: [] }] }]);
    }
    case '/completions':
      return {
        id: ID, object: 'text_completion', created: 1700000000, model, usage: usage(),
        choices: [{ index: 0, text: TEXT, logprobs: null, finish_reason: 'stop' }],
      };
    default: {
      const choice = index => ({
        index, finish_reason: 'stop', native_finish_reason: 'stop',
        logprobs: body.logprobs ? { content: [{ token: 'The', logprob: -0.5, bytes: null, top_logprobs: [] }], refusal: null } : null,
        message: { role: 'assistant', content: textOf(model), refusal: null },
      });
      return {
        id: ID, provider: 'Test', model, object: 'chat.completion', created: 1700000000,
        choices: Array.from({ length: body.n ?? 1 }, (_, i) => choice(i)), usage: usage(),
      };
    }
  }
}

function eventsOf(path, body) {
  switch (path) {
    case '/messages': return messageEvents(body);
    case '/responses': return responseEvents(body);
    case '/completions': {
      const one = (text, finish) => data({
        id: ID, object: 'text_completion', created: 1700000000, model: body.model,
        choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
      });
      return [...WORDS.map(word => one(word, null)), one('', 'stop'), 'data: [DONE]\n\n'];
    }
    default: return chatEvents(body);
  }
}

function json(res, status, body, call, headers = {}) {
  const text = JSON.stringify(body);
  call.sent = sha(text);
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

function stream(res, path, body, call) {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = eventsOf(path, body);
  call.sent = sha(events.filter(event => !event.startsWith(':')).join(''));
  if (body.model === 'test/slow') {
    const timer = setInterval(() => res.write(data(chunk(body.model, { content: '.' }))), 20);
    res.on('close', () => clearInterval(timer));
    return;
  }
  events.forEach(event => res.write(event));
  if (body.model === 'test/cut') {
    setTimeout(() => res.destroy(), 50); // what was written leaves first
  } else {
    res.end();
  }
}

function answer(req, res, path, text) {
  const key = (req.headers.authorization ?? '').replace('Bearer ', '');
  const refusal = key.split('-')[3];
  if (path === '/models') {
    const data = MODELS.map(id => ({
      id, name: id, created: 1700000000, context_length: 8000, pricing: { prompt: '0.000001', completion: '0.000002' },
      architecture: { input_modalities: ['text'], output_modalities: ['text'] }, supported_parameters: ['tools'],
    }));
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
    return;
  }
  if (path === '/key') {
    const status = refusal === '401' ? 401 : 200;
    const body = status === 401
      ? { error: ERRORS[401] }
      : { data: { label: 'sk-or-...', usage: 0, limit: null, limit_remaining: null, is_free_tier: false } };
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return;
  }
  if (req.method !== 'POST') {
    res.writeHead(404).end();
    return;
  }
  const body = JSON.parse(text);
  const call = { path, model: body.model, key: refusal, body: sha(text), headers: req.headers, gone: false, sent: null };
  calls.push(call);
  delete call.headers.authorization;
  res.on('close', () => { call.gone = !res.writableFinished; });
  if (ERRORS[refusal]) {
    json(res, Number(refusal), { error: ERRORS[refusal] }, call);
  } else if (refusal === 'in200') {
    json(res, 200, { error: ERRORS[402] }, call);
  } else if (body.model === 'test/spent:free') {
    json(res, 429, { error: spent() }, call);
  } else if (body.model === 'test/busy' && ++busy % 4 !== 0) {
    json(res, 429, { error: BUSY }, call, { 'retry-after': '1' });
  } else if (body.model === 'test/whole') {
    json(res, 200, whole(path, body), call, { 'content-type': 'text/event-stream' });
  } else if (refusal === 'first' && body.stream) {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(`: OPENROUTER PROCESSING\n\n${data({ error: ERRORS[402] })}`);
  } else {
    call.endless = ['test/mute', 'test/slow'].includes(body.model);
    if (body.model !== 'test/mute') {
      body.stream ? stream(res, path, body, call) : json(res, 200, whole(path, body), call);
    }
  }
}

const server = createServer((req, res) => {
  const parts = [];
  req.on('data', part => parts.push(part));
  req.on('end', () => {
    const path = req.url.replace(/\?.*/, '');
    if (path === '/_calls') {
      res.end(JSON.stringify(calls));
    } else if (path.startsWith(BASE)) {
      answer(req, res, path.slice(BASE.length), Buffer.concat(parts).toString());
    } else {
      res.writeHead(404).end();
    }
  });
});
// A check on a busy machine would send on a connection that was closed after 5 s: "fetch failed".
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume(); // ends with the test that started it
