package dev.keywheel.web.security;

import dev.keywheel.problem.Forbidden;

/** The request does not come from a page of ours: another origin, or no right token. */
final class ForgedRequest extends Forbidden {
  private static final long serialVersionUID = 1L;

  ForgedRequest(String sentence) {
    super(sentence);
  }
}
