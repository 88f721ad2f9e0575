package dev.keywheel.provider;

import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One model of a catalogue.
 *
 * @param created when the model was published, in seconds since 1970; 0 when unknown
 * @param contextLength maximum tokens of prompt and completion together; 0 when unknown
 * @param supportedParameters names of request fields, for instance {@code structured_outputs}
 * @param outputModalities {@code text}, {@code image}, …
 * @param promptPrice US dollars per token; null when unknown
 * @param completionPrice US dollars per token; null when unknown
 * @param imagePrice US dollars per image; null when unknown
 */
public record ModelInfo(
    String id,
    String name,
    long created,
    int contextLength,
    Set<String> supportedParameters,
    Set<String> outputModalities,
    @Nullable BigDecimal promptPrice,
    @Nullable BigDecimal completionPrice,
    @Nullable BigDecimal imagePrice) {

  public boolean supports(String parameter) {
    return supportedParameters.contains(parameter);
  }

  /** Whether the catalogue says that the model supports {@link ReplyFormat.JsonSchema}. */
  public boolean followsSchemas() {
    return supports("structured_outputs");
  }

  /** Whether the catalogue says that the model supports {@link ReplyFormat.JsonObject}. */
  public boolean answersJson() {
    return supports("response_format");
  }

  public boolean generatesImages() {
    return outputModalities.contains("image");
  }
}
