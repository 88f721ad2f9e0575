package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.classify.ErrorTypes;
import dev.keywheel.provider.http.JsonCursor;
import dev.keywheel.provider.http.LenientJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a non-streamed answer that the gateway needs, read in one pass over its top level.
 * Vectors, images and texts are skipped.
 *
 * @param id the provider's id of the answer; empty without one
 * @param failed whether the answer contains an error although its status says success
 * @param empty whether the answer has no content although the model ended it by itself
 * @param innerStatus the HTTP status that the error names, or that the documentation of the
 *     provider gives to its type; 0 for neither
 * @param error the error; a missing node without one, or when it is larger than 1 MB
 * @param references the response id and encrypted reasoning; empty without a list of output items
 */
public record AnswerPeek(
    String id,
    Usage usage,
    boolean failed,
    boolean empty,
    int innerStatus,
    JsonNode error,
    List<String> references) {
  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxStringLength(1 << 20)
          .maxNumberLength(1 << 20)
          .maxNameLength(1 << 20)
          .maxNestingDepth(100_000)
          .build();

  /** Maximum length of an id, a reason or a status; longer ones are ignored. */
  static final int MAX_NAME_LENGTH = 200;

  /**
   * Maximum size in bytes of a part that is searched for content; larger parts count as content.
   */
  private static final int MAX_SEARCHED_BYTES = 64 << 10;

  /** Maximum size in bytes of an error, the usage or an output item; larger ones are skipped. */
  private static final int MAX_TREE_BYTES = 1 << 20;

  /**
   * Reads an answer. Returns empty when the body is not one JSON object. Bytes that are not UTF-8
   * do not make an answer unreadable, because some providers cut a character in the middle.
   */
  public static Optional<AnswerPeek> read(byte[] body) {
    return parse(body).or(() -> inAscii(body).flatMap(AnswerPeek::parse));
  }

  /**
   * The body with a question mark in place of each byte that is not ASCII; empty when all bytes are
   * ASCII. Decoding the body to a text would take several times as much memory.
   */
  private static Optional<byte[]> inAscii(byte[] body) {
    if (LenientJson.isAscii(body)) {
      return Optional.empty();
    }
    byte[] ascii = body.clone();
    for (int i = 0; i < ascii.length; i++) {
      if (ascii[i] < 0) {
        ascii[i] = '?';
      }
    }
    return Optional.of(ascii);
  }

  private static Optional<AnswerPeek> parse(byte[] body) {
    try (JsonParser parser = factory().createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT || !hasByteOffsets(parser)) {
        return Optional.empty();
      }
      var answer = new Pass(parser, body).read();
      return parser.nextToken() == null ? Optional.of(answer) : Optional.empty();
    } catch (IOException | IllegalStateException notJson) {
      return Optional.empty();
    }
  }

  /** A factory for one answer: a shared one would keep thousands of the provider's names. */
  private static JsonFactory factory() {
    return new JsonFactoryBuilder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // Python's NaN, as in logprobs
        .streamReadConstraints(CONSTRAINTS)
        .build();
  }

  /** Whether the body is in UTF-8. The parser also reads UTF-16 and UTF-32, but without offsets. */
  private static boolean hasByteOffsets(JsonParser parser) {
    return parser.currentTokenLocation().getByteOffset() >= 0;
  }

  /** A JSON body that contains only the error; empty without an error. */
  public byte[] errorBody() {
    return error.isMissingNode() ? new byte[0] : StreamProtocol.errorBody(error);
  }

  private static final class Pass {
    private final JsonParser parser;
    private final JsonCursor cursor;
    private String id = "";
    private Usage usage = Usage.NONE;
    private boolean failed;
    private int status;
    private int canonicalStatus;
    private JsonNode error = LenientJson.missing();
    private final List<String> references = new ArrayList<>();
    private boolean response;
    private boolean parts;
    private boolean content;

    private Pass(JsonParser parser, byte[] body) {
      this.parser = parser;
      this.cursor = new JsonCursor(parser, body);
    }

    private AnswerPeek read() throws IOException {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "id" -> id = text();
          case "usage" -> usage = UsageReader.read(tree());
          case "error" -> recordError(tree());
          case "error_type" -> canonicalStatus = ErrorTypes.status(text());
          case "object" -> failed |= text().equals("error"); // as vLLM reports errors
          case "choices" -> readChoices();
          case "output" -> readOutput();
          case "content" -> readBlocks();
          case "stop_reason", "status" -> recordEnd(text());
          default -> parser.skipChildren();
        }
      }
      return new AnswerPeek(
          id,
          usage,
          failed,
          parts && !content && !failed,
          status == 0 && failed ? canonicalStatus : status,
          error,
          response ? ResponseReferences.with(id, references) : List.of());
    }

    private void recordError(JsonNode found) {
      if (found.isMissingNode()) {
        failed = true;
      } else if (StreamProtocol.isError(found)) {
        failed = true;
        error = found;
        int other = found.path("status").asInt(found.path("http_status").asInt(0));
        int code = found.path("code").asInt(other);
        int named = code >= 400 && code < 600 ? code : ErrorTypes.status(found);
        status = named == 0 ? status : named;
      }
    }

    private void recordEnd(String reason) {
      failed |= reason.equals("failed"); // the status of a response
      content |= !AnswerContent.isRegularEnd(reason);
    }

    private void readBlocks() throws IOException {
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        parts = true;
        JsonNode blocks = tree(MAX_SEARCHED_BYTES);
        content |= blocks.isMissingNode() || AnswerContent.inItems(blocks);
      } else {
        parser.skipChildren();
      }
    }

    private void searchMessage() throws IOException {
      JsonNode message = tree(MAX_SEARCHED_BYTES);
      content |= message.isMissingNode() || AnswerContent.inValue(message);
    }

    /** Reads the finish reasons and errors of the choices, and whether they have content. */
    private void readChoices() throws IOException {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        parser.skipChildren();
        return;
      }
      parts = true;
      while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
          parser.skipChildren();
          content = true;
          continue;
        }
        boolean message = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          switch (name) {
            case "error" -> recordError(tree());
            case "finish_reason" -> recordFinish(text());
            case "message", "text" -> {
              message = true;
              searchMessage();
            }
            default -> parser.skipChildren();
          }
        }
        content |= !message;
      }
    }

    private void recordFinish(String reason) {
      failed |= reason.equals("error");
      content |= !AnswerContent.isRegularEnd(reason);
    }

    /** Reads the references in the output items of a response. */
    private void readOutput() throws IOException {
      response = parser.currentToken() == JsonToken.START_ARRAY;
      if (!response) {
        parser.skipChildren();
        return;
      }
      parts = true;
      while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
        JsonNode item = tree();
        ResponseReferences.of(item).forEach(references::add);
        content |= item.isMissingNode() || AnswerContent.inItem(item);
      }
    }

    private JsonNode tree() throws IOException {
      return tree(MAX_TREE_BYTES);
    }

    /** The current value; missing when it is too large, too deep, or has too long a number. */
    private JsonNode tree(int largest) throws IOException {
      try {
        return cursor.tree(largest);
      } catch (StreamConstraintsException beyondLimits) {
        return LenientJson.missing();
      }
    }

    private String text() throws IOException {
      @Nullable String text = cursor.text(MAX_NAME_LENGTH);
      parser.skipChildren();
      return text == null ? "" : text;
    }
  }
}
