package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.keywheel.gateway.peek.PeekResult.Malformed;
import dev.keywheel.provider.http.JsonCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields that the gateway needs, in one pass over the body with a streaming parser. Skips
 * all other fields and builds no tree.
 *
 * <p>A top-level field that occurs twice is refused, because the gateway might check one value and
 * the provider use the other. Names are compared after their escapes are resolved.
 */
final class PeekReader {
  private static final int MAX_DEPTH = 200;

  /** Maximum number of fields, far more than any API has: limits the memory for their names. */
  private static final int MAX_FIELDS = 1_000;

  /** The field that chooses among the provider's endpoints. */
  static final String ENDPOINTS = "provider";

  /** Fields that choose among the provider's endpoints or models. */
  private static final Set<String> ROUTING = Set.of(ENDPOINTS, "models", "fallbacks");

  private static final int MAX_NAME_LENGTH = 1_000;
  private static final int MAX_MODEL_LENGTH = 256;

  private static final int MAX_CHOICES = 10_000;
  private static final Pattern WHOLE_NUMBER = Pattern.compile("(\\d{1,4})(?:\\.0+)?");

  /** Maximum length of session ids, prompt cache keys and response ids. Longer ones are ignored. */
  private static final int MAX_ID_LENGTH = 10_000;

  /** Maximum length of a value, enough for reasoning in which each character is escaped. */
  private static final int MAX_DECODED_LENGTH = 2 << 20;

  /** Maximum number of models in {@code models} and {@code fallbacks}. */
  private static final int MAX_MODELS = 100;

  static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME_LENGTH)
                  .maxStringLength(MAX_DECODED_LENGTH)
                  .maxNumberLength(MAX_DECODED_LENGTH)
                  .build())
          .build();

  private final JsonParser parser;
  private final JsonCursor cursor;
  private final Set<String> names = new HashSet<>();
  private final List<String> otherModels = new ArrayList<>();
  private final ProviderExtras extras;
  private final ConversationOpening opening;
  private String model = "";
  private @Nullable ModelField modelField;
  private boolean stream;
  private boolean background;
  private int requestedChoices = 1;
  private int prompts = 1;
  private boolean includesUsage;
  private @Nullable Splice usageRequest;
  private @Nullable String session;
  private @Nullable String cacheKey;
  private @Nullable String previousResponse;

  private PeekReader(JsonParser parser, byte[] body) {
    this.parser = parser;
    this.cursor = new JsonCursor(parser, body);
    this.extras = new ProviderExtras(parser, cursor);
    this.opening = new ConversationOpening(parser, cursor, body);
  }

  static PeekResult read(byte[] body) {
    if (!beginsObject(body) || !Utf8.isValid(body)) {
      return new Malformed("The body must be one JSON object in UTF-8, without a byte order mark.");
    }
    try (JsonParser parser = FACTORY.createParser(body)) {
      return new PeekReader(parser, body).read();
    } catch (Refusal refusal) {
      return new Malformed(refusal.reason());
    } catch (IOException | IllegalStateException notJson) {
      return new Malformed(
          "The body is not one well-formed JSON object of at most " + MAX_DEPTH + " levels.");
    }
  }

  /** Whether the body begins with an object and is not in UTF-16 or UTF-32. */
  private static boolean beginsObject(byte[] body) {
    int at = 0;
    while (at < body.length && (body[at] == ' ' || (body[at] >= '\t' && body[at] <= '\r'))) {
      at++;
    }
    return at + 1 < body.length && body[at] == '{' && body[at + 1] != 0;
  }

  private PeekResult read() throws IOException {
    parser.nextToken();
    int start = cursor.end();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (!names.add(name)) {
        throw new Refusal("The body has a field twice. Send each field once.");
      }
      if (FieldOverrides.isMisspelled(name)) {
        throw new Refusal(
            "Write the names of fields in lower case: one of them chooses a model or an endpoint.");
      }
      if (names.size() > MAX_FIELDS) {
        throw new Refusal("The body has more than " + MAX_FIELDS + " fields.");
      }
      parser.nextToken();
      readField(name);
    }
    if (parser.nextToken() != null) {
      throw new Refusal("The body contains data after its JSON object.");
    }
    if (usageRequest == null && !includesUsage) {
      String more = names.isEmpty() ? "" : ",";
      usageRequest = Splice.of(start, start, "\"stream_options\":{\"include_usage\":true}" + more);
    }
    extras.addModels(model, otherModels);
    return new RequestPeek(
        model,
        modelField == null ? ModelField.missing(start, names.isEmpty()) : modelField,
        List.copyOf(otherModels),
        extras.found(),
        !Collections.disjoint(names, ROUTING),
        stream,
        background,
        Math.min(requestedChoices * prompts, MAX_CHOICES),
        includesUsage,
        usageRequest,
        session != null ? session : cacheKey != null ? cacheKey : opening.hash(),
        previousResponse,
        opening.reasoning());
  }

  private void readField(String name) throws IOException {
    switch (name) {
      case "model" -> readModel();
      case "models", "fallbacks" -> addNames(otherModels);
      case "stream" -> stream = readStream();
      case "stream_options" -> readStreamOptions();
      case FieldOverrides.BACKGROUND -> background = readTrue();
      case "n" -> requestedChoices = readNumber();
      case "prompt" -> prompts = readPromptCount();
      case "session_id" -> session = readText();
      case "prompt_cache_key" -> cacheKey = readText();
      case "previous_response_id" -> previousResponse = readText();
      case "plugins", "preset" -> extras.addField(name);
      case "tools" -> extras.addTools();
      case "system", "instructions" -> opening.add();
      case "messages", "input" -> opening.addTurns();
      default -> parser.skipChildren();
    }
  }

  private void readModel() throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new Refusal("The field model must be a string.");
    }
    model = modelId();
    modelField = ModelField.of(cursor.start(), cursor.end());
  }

  /** Refuses values other than a boolean or null, since some providers read them as true. */
  private boolean readStream() throws Refusal {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE, VALUE_NULL -> false;
      default -> throw new Refusal("The field stream must be true or false.");
    };
  }

  private boolean readTrue() throws IOException {
    boolean value = parser.currentToken() == JsonToken.VALUE_TRUE;
    parser.skipChildren();
    return value;
  }

  /** Reads a model id. The database cannot store NUL, unpaired surrogates or very long ids. */
  private String modelId() throws IOException {
    @Nullable String id = cursor.text(MAX_MODEL_LENGTH);
    if (id == null || id.codePoints().anyMatch(PeekReader::isUnstorable)) {
      throw new Refusal(
          "A model's id must have at most "
              + MAX_MODEL_LENGTH
              + " characters, and no control character or unpaired surrogate.");
    }
    return id;
  }

  private static boolean isUnstorable(int letter) {
    return letter < ' ' || letter == 0x7f || Character.getType(letter) == Character.SURROGATE;
  }

  /** Adds the models of the value: its strings, and those of fields named {@code model} in it. */
  private void addNames(List<String> found) throws IOException {
    int depth = 0;
    String field = "model";
    do {
      JsonToken token = parser.currentToken();
      switch (token) {
        case START_ARRAY, START_OBJECT -> depth++;
        case END_ARRAY, END_OBJECT -> depth--;
        case FIELD_NAME -> field = parser.currentName();
        case VALUE_STRING -> {
          if (field.equalsIgnoreCase("model")) {
            found.add(modelId());
            if (found.size() > MAX_MODELS) {
              throw new Refusal("The body names more than " + MAX_MODELS + " models.");
            }
          }
        }
        default -> {}
      }
      if (token == JsonToken.END_OBJECT) {
        field = "model";
      }
    } while (depth > 0 && parser.nextToken() != null);
  }

  private void readStreamOptions() throws IOException {
    int from = cursor.start();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      usageRequest = Splice.of(from, cursor.end(), "{\"include_usage\":true}");
      return;
    }
    int inside = cursor.end();
    boolean empty = true;
    boolean asked = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      empty = false;
      boolean usage = parser.currentName().equals("include_usage");
      parser.nextToken();
      int valueFrom = cursor.start();
      parser.skipChildren();
      if (usage && asked) {
        throw new Refusal("The body has a field twice. Send each field once.");
      }
      if (usage) {
        asked = true;
        includesUsage = parser.currentToken() == JsonToken.VALUE_TRUE;
        usageRequest = includesUsage ? null : Splice.of(valueFrom, cursor.end(), "true");
      }
    }
    if (!asked) {
      usageRequest = Splice.of(inside, inside, "\"include_usage\":true" + (empty ? "" : ","));
    }
  }

  /** An integer, also as a string or with a decimal point, both of which some providers accept. */
  private int readNumber() throws IOException {
    String number = parser.currentToken().isNumeric() ? parser.getText() : readText();
    parser.skipChildren();
    var whole = WHOLE_NUMBER.matcher(number == null ? "" : number);
    return whole.matches() ? Math.clamp(Integer.parseInt(whole.group(1)), 1, MAX_CHOICES) : 1;
  }

  /** Number of prompts, each of which gets an answer. A list of numbers is one prompt. */
  private int readPromptCount() throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return 1;
    }
    int count = 0;
    while (parser.nextToken() != null && parser.currentToken() != JsonToken.END_ARRAY) {
      count += parser.currentToken().isNumeric() ? 0 : 1;
      parser.skipChildren();
    }
    return Math.clamp(count, 1, MAX_CHOICES);
  }

  private @Nullable String readText() throws IOException {
    @Nullable String text = cursor.text(MAX_ID_LENGTH);
    parser.skipChildren();
    return text;
  }
}
