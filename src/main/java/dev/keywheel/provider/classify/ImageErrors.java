package dev.keywheel.provider.classify;

import java.util.Set;

/** The types and codes of errors about an image in the request, in all APIs of the providers. */
public final class ImageErrors {
  private static final Set<String> TYPES =
      Set.of(
          "invalid_image",
          "image_too_large",
          "image_too_small",
          "unsupported_image_format",
          "image_not_found",
          "image_download_failed",
          "invalid_image_format",
          "invalid_base64_image",
          "invalid_image_url",
          "image_parse_error",
          "invalid_image_mode",
          "image_file_too_large",
          "unsupported_image_media_type",
          "empty_image_file",
          "failed_to_download_image",
          "image_file_not_found");

  private ImageErrors() {}

  public static boolean contains(String type) {
    return TYPES.contains(type);
  }
}
