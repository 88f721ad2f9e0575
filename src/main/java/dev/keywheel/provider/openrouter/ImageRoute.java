package dev.keywheel.provider.openrouter;

/** The forms of a request for an image. */
enum ImageRoute {
  /** The chat route, for models whose output is images and text. */
  CHAT,
  /** The chat route, for models whose output is images only and that refuse a request for text. */
  CHAT_IMAGE_ONLY,
  /** The route for images only. */
  IMAGES
}
