package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.base.TokenCount;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;

/** Answers {@code POST /embeddings}: unit vectors that depend only on the text. */
final class Embeddings {
  private static final int DIMENSIONS = 256;
  private static final int MAX_DIMENSIONS = 4_096;

  /**
   * Maximum number of values in an answer: a small request could ask for more than fit in memory.
   */
  private static final long MAX_VALUES = 1_000_000;

  private Embeddings() {}

  /** The texts to embed; empty when there are none. */
  static List<String> inputs(JsonNode request) {
    var inputs = new ArrayList<String>();
    JsonNode input = request.path("input");
    if (input.isTextual()) {
      inputs.add(input.asText());
    } else {
      input.forEach(text -> inputs.add(text.asText()));
    }
    return inputs;
  }

  private static int dimensions(JsonNode request) {
    return Math.clamp(request.path("dimensions").asInt(DIMENSIONS), 1, MAX_DIMENSIONS);
  }

  /** Whether the answer would have too many values. */
  static boolean areTooMany(List<String> inputs, JsonNode request) {
    return (long) inputs.size() * dimensions(request) > MAX_VALUES;
  }

  static ObjectNode answer(JsonNode request, String model) {
    int dimensions = dimensions(request);
    boolean base64 = request.path("encoding_format").asText().equals("base64");
    var body = SandboxJson.object().put("object", "list");
    var data = body.putArray("data");
    var inputs = inputs(request);
    for (String text : inputs) {
      var item = data.addObject().put("object", "embedding").put("index", data.size() - 1);
      var vector = vector(text, dimensions);
      if (base64) {
        item.put("embedding", base64(vector));
      } else {
        var numbers = item.putArray("embedding");
        for (float number : vector) {
          numbers.add(number);
        }
      }
    }
    int tokens = inputs.stream().mapToInt(TokenCount::count).sum();
    body.put("model", model);
    body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return body;
  }

  private static float[] vector(String text, int dimensions) {
    RandomGenerator random = Hash.of("embedding", text).random();
    var vector = new float[dimensions];
    double squares = 0;
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) random.nextGaussian();
      squares += vector[i] * vector[i];
    }
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (vector[i] / Math.sqrt(squares));
    }
    return vector;
  }

  /** Base64 of little-endian 32-bit floats, which SDKs expect. */
  private static String base64(float[] vector) {
    var bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      bytes.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
