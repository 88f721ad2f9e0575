package dev.keywheel.web.security;

import dev.keywheel.problem.Forbidden;

/**
 * Thrown if a request does not come from a page of Keywheel: its origin or its token is not valid.
 */
final class ForgedRequest extends Forbidden {
  ForgedRequest(String sentence) {
    super(sentence);
  }
}
