package dev.keywheel.gateway.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import dev.keywheel.gateway.stream.StreamFilter.Pass;
import dev.keywheel.gateway.stream.StreamFilter.Step;
import dev.keywheel.gateway.stream.StreamFilter.Waiting;
import java.nio.ByteBuffer;

/** A provider's stream that passes through the filter. */
final class TestStream {
  static final String FIRST =
      "data: {\"id\":\"gen-1\",\"model\":\"a/b\",\"choices\":[{\"delta\":{\"content\":\"x\"},"
          + "\"finish_reason\":null}]}\n\n";
  static final String LAST =
      "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  static final String USAGE =
      "data: {\"id\":\"gen-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
          + "\"completion_tokens\":2,\"cost\":0.5}}\n\n";
  static final String DONE = "data: [DONE]\n\n";

  final StreamProtocol protocol;
  final StreamFilter filter;

  TestStream(StreamProtocol protocol) {
    this.protocol = protocol;
    this.filter = new StreamFilter(protocol, false);
  }

  Step accept(String bytes) {
    return filter.accept(ByteBuffer.wrap(bytes.getBytes(UTF_8)));
  }

  static String text(Step step) {
    byte[] bytes =
        switch (step) {
          case Pass(var passed, _) -> passed;
          case Waiting(var comments) -> comments;
          default -> throw new AssertionError(step);
        };
    return new String(bytes, UTF_8);
  }

  static JsonNode json(byte[] bytes) {
    return Json.read(new String(bytes, UTF_8), JsonNode.class);
  }
}
