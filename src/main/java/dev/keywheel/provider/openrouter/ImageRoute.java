package dev.keywheel.provider.openrouter;

/** The request forms for a picture. */
enum ImageRoute {
  /** The chat route, for models that draw and speak. */
  CHAT,
  /** The chat route, for models that only draw and refuse to be asked for text as well. */
  CHAT_IMAGE_ONLY,
  /** The route for pictures alone. */
  IMAGES
}
