package dev.keywheel.provider.openrouter;

/** The ways in which a picture can be asked for. */
enum ImageRoute {
  /** The chat route, for models that draw and speak. */
  CHAT,
  /** The chat route, for models that only draw and refuse to be asked for text as well. */
  CHAT_IMAGE_ONLY,
  /** The route for pictures alone. */
  IMAGES
}
