package dev.keywheel.sandbox.base;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The models that the sandbox offers, with their features and prices in US dollars per token. */
public final class OfferedModels {

  private static final Map<String, Model> MODELS =
      Resources.text("models.txt")
          .lines()
          .skip(1)
          .map(line -> Model.read(line.split(" \\| ")))
          .collect(Collectors.toMap(Model::id, model -> model, (a, _) -> a, LinkedHashMap::new));

  private OfferedModels() {}

  public record Model(
      String id,
      String name,
      int context,
      BigDecimal promptPrice,
      BigDecimal completionPrice,
      List<String> output,
      List<String> parameters) {

    private static final String COMMON =
        "max_tokens temperature top_p stop seed frequency_penalty presence_penalty";

    /** Parses a line of the list: id, name, context length, prices, output, features. */
    private static Model read(String[] line) {
      var parameters = new StringBuilder(COMMON);
      if (line[5].equals("text")) {
        parameters.append(" response_format");
      }
      parameters.append(line[6].contains("schemas") ? " structured_outputs" : "");
      parameters.append(line[6].contains("reasoning") ? " reasoning include_reasoning" : "");
      return new Model(
          line[0],
          line[1],
          Integer.parseInt(line[2]),
          new BigDecimal(line[3]),
          new BigDecimal(line[4]),
          List.of(line[5].split(" ")),
          List.of(parameters.toString().split(" ")));
    }

    public boolean free() {
      return isFree(id);
    }

    public boolean supports(String parameter) {
      return parameters.contains(parameter);
    }

    public boolean generatesImages() {
      return output.contains("image");
    }

    public BigDecimal cost(int promptTokens, int completionTokens) {
      return promptPrice
          .multiply(BigDecimal.valueOf(promptTokens))
          .add(completionPrice.multiply(BigDecimal.valueOf(completionTokens)));
    }
  }

  public static boolean isFree(String model) {
    return model.endsWith(":free") || model.equals("openrouter/free");
  }

  public static Optional<Model> find(String id) {
    return Optional.ofNullable(MODELS.get(id));
  }

  /** The model for a call that names none: the first of the list, a free text model. */
  public static Model defaultModel() {
    return MODELS.values().iterator().next();
  }

  /** The name of a model's provider, as in answers. */
  public static String providerOf(String model) {
    return switch (model.replaceAll("/.*", "")) {
      case "google" -> "Google AI Studio";
      case "openai" -> "OpenAI";
      case "anthropic" -> "Anthropic";
      case "black-forest-labs" -> "Black Forest Labs";
      default -> "Chutes";
    };
  }

  /** The body of {@code GET /models}. */
  public static JsonNode listing() {
    var body = SandboxJson.object();
    var data = body.putArray("data");
    MODELS.values().forEach(model -> data.add(entry(model)));
    body.put("total_count", MODELS.size());
    body.putObject("links").putNull("next");
    return body;
  }

  private static ObjectNode entry(Model model) {
    var values = new HashMap<String, Object>();
    values.put("id", model.id);
    values.put("slug", model.id.replace(":free", ""));
    values.put("name", model.name);
    values.put("context", model.context);
    values.put("modality", "text->" + String.join("+", model.output));
    values.put("output", model.output);
    values.put("promptPrice", model.promptPrice.toPlainString());
    values.put("completionPrice", model.completionPrice.toPlainString());
    values.put("parameters", model.parameters);
    return SandboxJson.response("model", values);
  }
}
