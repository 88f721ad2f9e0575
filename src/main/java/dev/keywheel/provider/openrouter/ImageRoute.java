package dev.keywheel.provider.openrouter;

/** The ways to request an image. */
enum ImageRoute {
  /** The chat route, for models whose output is images and text. */
  CHAT,
  /** The chat route, for models whose output is images only and that refuse a request for text. */
  CHAT_IMAGE_ONLY,
  /** The route for images only. */
  IMAGES
}
